//! Finding other members by name, again and again.
//!
//! Peers are places that the user names; services are names of which DNS tells all members. Both are looked up when
//! the node starts, more and more seldom while it is alone, and now and then afterwards, so that clusters that formed
//! apart find each other. What fails is tried again; nothing here ends a node.

mod backoff;
mod error;
mod host;
mod own;
mod resolver;
mod round;
mod service;
mod watch;

pub(crate) use backoff::Backoff;
pub(crate) use error::ConfigError;
pub(crate) use host::look_up;
pub(crate) use own::find_own;
pub(crate) use resolver::check_host;
pub(crate) use service::Service;
pub(crate) use watch::{Discovery, Targets};
