//! What a command took.

use std::time::Instant;

/// Since when a command runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since(Instant);

/// What a command took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    /// Seconds by the clock.
    pub wall_s: f64,
    /// Seconds of all processors; `None` where the system does not say.
    pub cpu_s: Option<f64>,
    /// The most memory it had at once, in MB of 1,000,000 bytes; `None` where the system does not say.
    pub peak_mb: Option<u64>,
}

/// Ticks of `/proc/self/stat` in a second: fixed to user programs on Linux (`USER_HZ`, proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

impl Since {
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }

    pub(super) fn spent(self) -> Spent {
        let hundredth = |seconds: f64| (seconds * 100.0).round() / 100.0;
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Spent {
            wall_s: hundredth(self.0.elapsed().as_secs_f64()),
            cpu_s: cpu_ticks(&stat).map(|ticks| hundredth(ticks as f64 / TICKS_PER_SECOND)),
            peak_mb: peak_kib(&status).map(|kib| (kib * 1024).div_ceil(1_000_000)),
        }
    }
}

/// User and system time of proc(5): the 14th and 15th field, counted behind the name, which may hold spaces.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

fn peak_kib(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_memory_are_read_from_proc_whatever_the_program_is_called() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 1 0 100 200 300";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(peak_kib("Name:\tx\nVmHWM:\t  2048 kB\n"), Some(2048));
        assert_eq!((cpu_ticks("nothing"), peak_kib("")), (None, None));
        let spent = Since::now().spent();
        assert!(spent.peak_mb.is_none_or(|mb| mb > 0), "{spent:?}");
    }
}
