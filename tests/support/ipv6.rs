//! Whether this machine has IPv6.

use std::net::{Ipv6Addr, UdpSocket};

use libtest_mimic::{Completion, Trial};

/// A trial that is skipped without IPv6, and says so.
pub(crate) fn trial(title: String, needs_ipv6: bool, body: impl FnOnce() + Send + 'static) -> Trial {
    Trial::ignorable_test(title, move || {
        if needs_ipv6 && let Err(error) = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)) {
            return Ok(Completion::ignored_with(format!("there is no IPv6: {error}")));
        }
        body();
        Ok(Completion::Completed)
    })
}
