//! How much memory there is, and how much a cluster takes.

use crate::verdict::Misuse;

pub(crate) const GIB: f64 = 1_073_741_824.0;

/// So many nodes, each of which knows all others, must fit into the memory that is left, where the kernel tells.
pub(crate) fn must_fit(nodes: u32, bytes_per_pair: u32) -> Result<(), Misuse> {
    fits(nodes, bytes_per_pair, of_file("/proc/meminfo", "MemAvailable:"))
}

/// What the kernel says of this process, in bytes.
pub(crate) fn of_process(field: &str) -> f64 {
    of_file("/proc/self/status", field).unwrap_or(0.0)
}

fn fits(nodes: u32, bytes_per_pair: u32, free: Option<f64>) -> Result<(), Misuse> {
    let wanted = f64::from(nodes).powi(2) * f64::from(bytes_per_pair);
    match free {
        Some(free) if wanted > free => Err(Misuse::new(format!(
            "{nodes} nodes would need about {:.1} GiB of memory; {:.1} GiB are free, enough for {:.0}",
            wanted / GIB,
            free / GIB,
            (free / f64::from(bytes_per_pair)).sqrt()
        ))),
        _ => Ok(()),
    }
}

/// What a file of the kernel says, in bytes.
fn of_file(file: &str, field: &str) -> Option<f64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1_024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_size_is_answered_with_the_memory_that_it_needs() {
        let Misuse(text) = fits(100_000, 200, Some(4.0 * GIB)).expect_err("too large");
        assert!(
            text.starts_with("100000 nodes would need about 1862.6 GiB of memory; 4.0 GiB are free"),
            "{text}"
        );
        assert!(fits(4_000, 200, Some(4.0 * GIB)).is_ok() && fits(5_000, 200, Some(4.0 * GIB)).is_err());
        assert!(fits(4_000, 900, Some(4.0 * GIB)).is_err() && fits(100_000, 900, None).is_ok());
    }
}
