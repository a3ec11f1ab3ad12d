//! Showing that a stranger speaks now and receives where it sends from, without remembering it.

use core::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::addr::{Addr, AddrRef};
use crate::count::Sequence;
use crate::frame::Header;
use crate::key::keyed;

/// What a challenge demands back. Eight bytes on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cookie([u8; COOKIE_LEN]);

const COOKIE_LEN: usize = 8;

impl Cookie {
    /// The cookie as it stands on the wire.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; COOKIE_LEN]) -> Self {
        Self(bytes)
    }

    /// The cookie as it stands on the wire.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; COOKIE_LEN] {
        &self.0
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Makes and checks cookies; who was challenged is not remembered, so strangers cost no memory.
///
/// A cookie is the beginning of an HMAC-SHA256 under a secret of this receiver, over the time and over who was
/// challenged: its id, its epoch and its address, and what was heard of it. So only who receives at that address can return
/// it, only that life of that member, only soon, and only until the window of that member moves.
///
/// A challenge is never longer than a frame with a ping. Whoever writes it gives
/// [`Keyring::frame`](crate::Keyring::frame) the length of the datagram it answers as the budget, and sends nothing if
/// it does not fit: then a forged address is never sent more bytes than the forger spent.
pub struct Challenger(Hmac<Sha256>);

impl Challenger {
    /// `secret` is random, and is this receiver's alone, in this life alone.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self(keyed(&secret))
    }

    /// What the sender of a frame from this address must echo in this period or the next.
    ///
    /// A period is the time since any origin, divided by the time that an answer may take: it has at most twice as long.
    /// `heard` is [`Windows::highest`](crate::Windows::highest): without it, an echo that was recorded could move a window
    /// back, once its sender has sent so much more that it is [too old](crate::Freshness::TooOld), or had a later life.
    #[must_use]
    pub fn cookie(&self, period: u64, heard: Option<Sequence>, header: &Header, from: &Addr) -> Cookie {
        let mac = self.mac(period, heard, header, from).finalize();
        let mut cookie = [0; COOKIE_LEN];
        cookie.iter_mut().zip(mac.as_bytes()).for_each(|(to, from)| *to = *from);
        Cookie(cookie)
    }

    /// Whether the sender of a frame from this address was given this cookie in this period or the one before.
    /// Compares in constant time.
    #[must_use]
    pub fn is_right(
        &self,
        cookie: Cookie,
        period: u64,
        heard: Option<Sequence>,
        header: &Header,
        from: &Addr,
    ) -> bool {
        let given_in =
            |period| self.mac(period, heard, header, from).verify_truncated_left(&cookie.0).is_ok();
        given_in(period) | given_in(period.wrapping_sub(1))
    }

    fn mac(&self, period: u64, heard: Option<Sequence>, header: &Header, from: &Addr) -> Hmac<Sha256> {
        let mac = self.0.clone().chain_update(period.to_be_bytes()).chain_update(header.sender.as_bytes());
        // No sequence is 0.
        let heard = heard.map_or(0, Sequence::get);
        let mac = mac.chain_update(header.epoch.to_be_bytes()).chain_update(heard.to_be_bytes());
        match from.as_ref() {
            AddrRef::V4(octets, port) => {
                mac.chain_update([4]).chain_update(octets).chain_update(port.to_be_bytes())
            }
            AddrRef::V6(octets, port) => {
                mac.chain_update([6]).chain_update(octets).chain_update(port.to_be_bytes())
            }
            AddrRef::UnixPath(path) => mac.chain_update([0]).chain_update(path),
            AddrRef::UnixAbstract(name) => mac.chain_update([1]).chain_update(name),
        }
    }
}

impl fmt::Debug for Challenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Challenger").finish_non_exhaustive()
    }
}
