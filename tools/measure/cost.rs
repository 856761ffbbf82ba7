//! What this process has taken so far, as Linux counts it.

use std::io;

/// CPU milliseconds of all threads, in steps of 10.
pub fn cpu_ms() -> io::Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // after the name in brackets: utime and stime are the 12th and 13th fields, in ticks of a hundredth of a second
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks * 10)
}

/// Forgets the peak of memory reached so far, where the system lets a process do so.
pub fn forget_peak() {
    // without the right to it the peak since the start is told, which is larger
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The most memory held since [`forget_peak`], in megabytes.
pub fn peak_mb() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.map(|kilobytes| kilobytes / 1024).ok_or_else(|| io::Error::other("no VmHWM in /proc/self/status"))
}
