//! What a node does, rule by rule: the name of each test is the rule.

#![allow(unreachable_pub, reason = "one vocabulary for all test modules")]

mod bad_input;
mod comparing;
mod coordinates;
mod events;
mod gossip;
mod healing;
mod joining;
mod lab;
mod leaving;
mod lies;
mod lifeguard;
mod limits;
mod merging;
mod names;
mod pauses;
mod probing;
mod reconfiguring;
mod registers;
mod snapshot;
mod stream_probing;
mod streams;
mod suspicion;
mod world;
