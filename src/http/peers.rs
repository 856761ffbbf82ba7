//! Which peers are proxies whose word we take, and from where a request really comes.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A block of addresses, such as `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    first: u128,
    v4: bool,
    /// Leading bits that must agree.
    bits: u32,
}

/// What is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address and no block of addresses: give one such as 127.0.0.1, 10.0.0.0/8 or fd00::/8")]
pub struct BlockError(String);

/// The address as bits, IPv4 in the upper 32 of 128.
fn bits_of(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)) << 96, true),
        IpAddr::V6(v6) => (u128::from(v6), false),
    }
}

impl FromStr for Block {
    type Err = BlockError;

    fn from_str(text: &str) -> Result<Self, BlockError> {
        let wrong = || BlockError(text.chars().take(60).collect());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let (first, v4) = bits_of(address.parse().map_err(|_| wrong())?);
        let most = if v4 { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { first, v4, bits })
    }
}

impl Block {
    /// Whether the address is of this block.
    pub(super) fn holds(self, address: IpAddr) -> bool {
        let (bits, v4) = bits_of(address);
        let differ = bits ^ self.first;
        v4 == self.v4 && (self.bits == 0 || differ >> (128 - self.bits) == 0)
    }
}

/// The proxies whose word we take, and the header in which they say who signed in with them.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Where they are.
    pub blocks: Vec<Block>,
    /// The header; without one they only say where a request comes from.
    pub user_header: Option<HeaderName>,
}

impl Proxies {
    pub(super) fn trust(&self, peer: IpAddr) -> bool {
        self.blocks.iter().any(|block| block.holds(peer))
    }

    /// Where a request comes from: the peer, or, when that is a proxy of ours, the last address in X-Forwarded-For that is
    /// none.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trust(peer) {
            return peer;
        }
        let lines: Vec<&str> = headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
        let mut from = peer;
        for hop in lines.iter().flat_map(|line| line.split(',')).rev() {
            // what cannot be read was not written by a proxy of ours
            let Some(address) = address(hop.trim()) else { break };
            from = address;
            if !self.trust(from) {
                break;
            }
        }
        from
    }

    /// Whom the proxy names, taken out of the request: from anybody else the header is worth nothing.
    pub(super) fn user(&self, trusted: bool, headers: &mut HeaderMap) -> Option<String> {
        let header = self.user_header.as_ref()?;
        let one = headers.get_all(header).iter().count() == 1;
        let named = headers.remove(header)?;
        (trusted && one)
            .then(|| named.to_str().ok().map(str::to_owned))
            .flatten()
            .filter(|login| !login.trim().is_empty())
    }
}

/// An address with or without a port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').split(']').next().unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn proxies() -> Proxies {
        let blocks = ["10.0.0.0/8", "fd00::/8"].map(|block| block.parse().unwrap()).to_vec();
        Proxies { blocks, user_header: Some(HeaderName::from_static("x-remote-user")) }
    }

    #[test]
    fn a_block_holds_its_own_addresses_alone() {
        let holds = |block: &str, address: &str| block.parse::<Block>().unwrap().holds(ip(address));
        assert!(holds("10.0.0.0/8", "10.255.1.2") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1") && !holds("0.0.0.0/0", "::1") && holds("0.0.0.0/0", "9.9.9.9"));
        assert!(holds("fd00::/8", "fdab::1") && !holds("fd00::/8", "fe80::1"));
        for wrong in ["", "10.0.0.0/33", "fd00::/129", "ten", "10.0.0.0/x", "10.0.0.0/-1"] {
            assert!(wrong.parse::<Block>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_client_is_the_last_address_that_is_no_proxy_of_ours() {
        let from = |peer: &str, forwarded: &str| {
            let headers = [(FORWARDED_FOR, forwarded.parse().unwrap())].into_iter().collect();
            proxies().client(ip(peer), &headers)
        };
        assert_eq!(from("192.0.2.1", "198.51.100.7"), ip("192.0.2.1"), "anybody can write the header");
        assert_eq!(from("10.0.0.1", "198.51.100.7"), ip("198.51.100.7"));
        assert_eq!(from("10.0.0.1", "1.2.3.4, 198.51.100.7, 10.0.0.9"), ip("198.51.100.7"));
        assert_eq!(from("10.0.0.1", "198.51.100.7:4711"), ip("198.51.100.7"));
        assert_eq!(from("fd00::1", "[2001:db8::7]:80"), ip("2001:db8::7"));
        assert_eq!(from("10.0.0.1", "198.51.100.7, garbage"), ip("10.0.0.1"));
    }

    #[test]
    fn the_user_header_is_taken_out_whoever_sent_it() {
        let mut headers: HeaderMap =
            [(HeaderName::from_static("x-remote-user"), "anna".parse().unwrap())].into_iter().collect();
        assert_eq!(proxies().user(false, &mut headers.clone()), None);
        assert_eq!(proxies().user(true, &mut headers), Some("anna".to_owned()));
        assert!(headers.is_empty());
        headers.append("x-remote-user", "anna".parse().unwrap());
        headers.append("x-remote-user", "root".parse().unwrap());
        assert_eq!(proxies().user(true, &mut headers), None, "two names are no name");
        assert!(headers.is_empty());
    }
}
