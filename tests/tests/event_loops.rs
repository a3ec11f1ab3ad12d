//! The examples of event loops find somebody, leave politely and end.

#![forbid(unsafe_code)]

#[path = "../examples/blocking_loop.rs"]
mod blocking_loop;
#[path = "../examples/mio_loop.rs"]
mod mio_loop;
#[path = "../examples/poll_loop.rs"]
mod poll_loop;

use std::error::Error;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn the_loop_of_mio_meets_somebody_and_leaves() {
    ends(mio_loop::main);
}

#[test]
fn the_loop_of_poll_meets_somebody_and_leaves() {
    ends(poll_loop::main);
}

#[test]
fn the_loop_that_blocks_meets_somebody_and_leaves() {
    ends(blocking_loop::main);
}

fn ends(example: fn() -> Result<(), Box<dyn Error>>) {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(example().map_err(|error| error.to_string())));
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Ok(())));
}
