//! Measures swim and its peers under the same workload.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench::run()
}
