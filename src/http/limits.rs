//! How often somebody may ask (GCRA, by the crate `governor`), with a bound on the memory it takes.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::error::Problem;

/// Callers remembered by one limiter. Beyond that those who have been quiet are forgotten; if that is not enough, all are.
const REMEMBERED: usize = 50_000;

/// How often may be asked, each a minute.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Requests from one address (IPv6: one /64) without a login. A map that is moved about asks for some 20 tiles a second.
    pub anonymous: NonZeroU32,
    /// Requests of one principal. A dispatch system does not come near it.
    pub signed_in: NonZeroU32,
    /// Reports from one address without a login.
    pub reports: NonZeroU32,
    /// Sign-ins from one address, and under one login.
    pub sign_ins: NonZeroU32,
}

const fn rate(a_minute: u32) -> NonZeroU32 {
    NonZeroU32::new(a_minute).expect("not zero")
}

impl Default for Rates {
    fn default() -> Self {
        Self { anonymous: rate(3_000), signed_in: rate(120_000), reports: rate(60), sign_ins: rate(10) }
    }
}

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

struct Limiter<K: Hash + Eq + Clone> {
    quota: Quota,
    what: &'static str,
    keyed: Mutex<Keyed<K>>,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    /// A minute's worth may come at once.
    fn new(what: &'static str, a_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(a_minute);
        Self { quota, what, keyed: Mutex::new(RateLimiter::hashmap(quota)) }
    }

    fn check(&self, key: &K) -> Result<(), Problem> {
        // a panic in between leaves counts, which are as good as before
        let mut keyed = self.keyed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if keyed.len() >= REMEMBERED {
            keyed.retain_recent();
            if keyed.len() >= REMEMBERED {
                *keyed = RateLimiter::hashmap(self.quota);
            }
        }
        keyed.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Problem::too_often(self.what, wait.max(Duration::from_secs(1)))
        })
    }
}

/// The limits of a running service.
pub(super) struct Limits {
    anonymous: Limiter<u64>,
    signed_in: Limiter<String>,
    reports: Limiter<u64>,
    sign_ins_from: Limiter<u64>,
    sign_ins_as: Limiter<String>,
}

impl Limits {
    pub fn new(rates: Rates) -> Self {
        Self {
            anonymous: Limiter::new("requests", rates.anonymous),
            signed_in: Limiter::new("requests", rates.signed_in),
            reports: Limiter::new("reports", rates.reports),
            sign_ins_from: Limiter::new("sign-ins", rates.sign_ins),
            sign_ins_as: Limiter::new("sign-ins", rates.sign_ins),
        }
    }

    pub fn anonymous(&self, from: IpAddr) -> Result<(), Problem> {
        self.anonymous.check(&network(from))
    }

    pub fn signed_in(&self, id: &str) -> Result<(), Problem> {
        self.signed_in.check(&id.to_owned())
    }

    pub fn report(&self, from: IpAddr) -> Result<(), Problem> {
        self.reports.check(&network(from))
    }

    pub fn sign_in(&self, from: IpAddr, login: &str) -> Result<(), Problem> {
        self.sign_ins_from.check(&network(from))?;
        let login: String = login.trim().chars().take(64).collect::<String>().to_ascii_lowercase();
        self.sign_ins_as.check(&login)
    }
}

/// Who shares a limit: an IPv4 address, or the /64 of an IPv6 address, which one household has.
fn network(address: IpAddr) -> u64 {
    match address.to_canonical() {
        // no /64 in use begins so: ::/64 is reserved (RFC 4291 §2.4)
        IpAddr::V4(v4) => u64::from(u32::from(v4)),
        IpAddr::V6(v6) => (u128::from(v6) >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_runs_out_and_its_neighbour_does_not() {
        let limits = Limits::new(Rates { anonymous: rate(3), ..Rates::default() });
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for last in 1..=3 {
            limits.anonymous(ip(&format!("2001:db8:0:1::{last}"))).unwrap();
        }
        assert!(limits.anonymous(ip("2001:db8:0:1:ffff::9")).is_err(), "the same /64");
        limits.anonymous(ip("2001:db8:0:2::1")).unwrap();
        limits.anonymous(ip("192.0.2.1")).unwrap();
        limits.anonymous(ip("::ffff:192.0.2.1")).unwrap();
        limits.anonymous(ip("192.0.2.1")).unwrap();
        assert!(limits.anonymous(ip("192.0.2.1")).is_err(), "a mapped address is the same address");
    }

    #[test]
    fn memory_is_bounded_whoever_comes() {
        let limiter = Limiter::new("requests", rate(1));
        for n in 0..(REMEMBERED as u64 * 2 + 10) {
            limiter.check(&n).unwrap();
        }
        assert!(limiter.keyed.lock().unwrap().len() <= REMEMBERED);
    }

    #[test]
    fn sign_ins_are_limited_by_login_whatever_its_case_and_by_address() {
        let limits = Limits::new(Rates { sign_ins: rate(2), ..Rates::default() });
        let ip = |last: u8| IpAddr::from([192, 0, 2, last]);
        limits.sign_in(ip(1), "anna").unwrap();
        limits.sign_in(ip(2), " ANNA ").unwrap();
        assert!(limits.sign_in(ip(3), "anna").is_err());
        limits.sign_in(ip(1), "bert").unwrap();
        assert!(limits.sign_in(ip(1), "carl").is_err());
    }
}
