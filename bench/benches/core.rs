//! The core's hot calls, against the number of members: `cargo bench -p bench --bench core`.

use bench::Peer;
use divan::Bencher;
use swim_core::Node;

fn main() {
    divan::main();
}

const MEMBERS: [u32; 3] = [64, 1_000, 10_000];

/// A ping without news, taken in and answered.
#[divan::bench(args = MEMBERS)]
fn ping(bencher: Bencher<'_, '_>, members: u32) {
    time(bencher, <Node as Peer>::calls(members).ping);
}

/// A packet with 60 updates that are known, taken in.
#[divan::bench(args = MEMBERS)]
fn known(bencher: Bencher<'_, '_>, members: u32) {
    time(bencher, <Node as Peer>::calls(members).known);
}

/// An ack filled with news from among all members.
#[divan::bench(args = MEMBERS, sample_count = 20, sample_size = 5)]
fn fill(bencher: Bencher<'_, '_>, members: u32) {
    time(bencher, <Node as Peer>::calls(members).fill);
}

/// A table of all members, taken in.
#[divan::bench(args = MEMBERS, sample_count = 20, sample_size = 1)]
fn table(bencher: Bencher<'_, '_>, members: u32) {
    bencher.with_inputs(|| <Node as Peer>::table(members)).bench_local_values(|taken_in| taken_in());
}

fn time(bencher: Bencher<'_, '_>, call: Box<dyn FnMut()>) {
    bencher.bench_local(call);
}
