//! How values of the machine stand in a file.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use swim_core::{Addr, Key, Keyring, Mode, StreamId};

/// All that a trace says of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Keys {
    None,
    Some {
        #[serde(with = "ModeSpelling")]
        mode: Mode,
        /// Of every key, the one that seals first.
        fingerprints: Vec<String>,
    },
}

impl Keys {
    pub(crate) fn of(keyring: &Keyring) -> Self {
        let fingerprints = || keyring.keys().map(fingerprint).collect();
        keyring.mode().map_or(Self::None, |mode| Self::Some { mode, fingerprints: fingerprints() })
    }

    /// The keyring again. `Err` is the fingerprint of a key that is not among these.
    pub(crate) fn to_keyring(&self, keys: &[Key]) -> Result<Keyring, String> {
        let Self::Some { mode, fingerprints } = self else { return Ok(Keyring::plain()) };
        let find = |wanted: &String| {
            keys.iter().find(|key| fingerprint(key) == *wanted).cloned().ok_or_else(|| wanted.clone())
        };
        let mut found = fingerprints.iter().map(find);
        let Some(sealing) = found.next() else { return Ok(Keyring::plain()) };
        let mut keyring = Keyring::with_mode(sealing?, *mode);
        for key in found {
            // What was in one keyring fits into another.
            let _ = keyring.install(key?);
        }
        Ok(keyring)
    }
}

fn fingerprint(key: &Key) -> String {
    key.fingerprint().to_string()
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Mode")]
enum ModeSpelling {
    SendPlain { until: u64 },
    AcceptPlain { until: u64 },
    Strict,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "StreamId")]
pub(crate) enum StreamSpelling {
    Dialed(u64),
    Accepted(u64),
}

/// An address in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed(#[serde(with = "addr")] pub(crate) Addr);

/// Bytes of which the reader need not make a copy.
pub(crate) fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

pub(crate) mod addr {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

    use super::*;

    #[derive(Serialize, Deserialize)]
    enum Spelling<'a> {
        V4([u8; 4], u16),
        V6([u8; 16], u16, u32),
        #[serde(borrow)]
        UnixPath(Cow<'a, [u8]>),
        UnixAbstract(Cow<'a, [u8]>),
    }

    pub(crate) fn serialize<S: Serializer>(addr: &Addr, serializer: S) -> Result<S::Ok, S::Error> {
        let spelling = match addr {
            Addr::Ip(SocketAddr::V4(v4)) => Spelling::V4(v4.ip().octets(), v4.port()),
            Addr::Ip(SocketAddr::V6(v6)) => Spelling::V6(v6.ip().octets(), v6.port(), v6.scope_id()),
            Addr::UnixPath(path) => Spelling::UnixPath(Cow::Borrowed(path)),
            Addr::UnixAbstract(name) => Spelling::UnixAbstract(Cow::Borrowed(name)),
        };
        spelling.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Addr, D::Error> {
        Ok(match Spelling::deserialize(deserializer)? {
            Spelling::V4(ip, port) => SocketAddr::from((Ipv4Addr::from(ip), port)).into(),
            Spelling::V6(ip, port, scope) => {
                SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::from(ip), port, 0, scope)).into()
            }
            Spelling::UnixPath(path) => Addr::unix_path(&path).map_err(de::Error::custom)?,
            Spelling::UnixAbstract(name) => Addr::unix_abstract(&name).map_err(de::Error::custom)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use swim_core::Suite;

    use super::*;

    #[test]
    fn every_kind_of_address_is_read_as_it_was_written() {
        let ips = ["127.0.0.1:7001", "[::1]:7001", "[fe80::1%7]:7001"]
            .map(|text| Addr::from(text.parse::<std::net::SocketAddr>().expect(text)));
        let unix =
            [Addr::unix_path(b"/run/swim").expect("short"), Addr::unix_abstract(b"\0swim").expect("short")];
        for addr in ips.into_iter().chain(unix) {
            let text = postcard::to_extend(&Listed(addr.clone()), Vec::new()).expect("it can be written");
            assert_eq!(postcard::from_bytes(&text), Ok(Listed(addr)));
        }
    }

    #[test]
    fn a_keyring_is_made_again_of_the_keys_and_not_without_them() {
        let keys = [Key::from_bytes([1; 32]), Key::new(Suite::Aes256Gcm, [2; 32])];
        let mut keyring = Keyring::with_mode(keys[0].clone(), Mode::AcceptPlain { until: 7 });
        keyring.install(keys[1].clone()).expect("room");
        let known = Keys::of(&keyring);
        let [second, first] = [keys[1].clone(), keys[0].clone()];
        let again = known.to_keyring(&[second, first]).expect("both are there");
        assert_eq!(Keys::of(&again), known);
        assert_eq!(known.to_keyring(&keys[..1]).err(), Some(keys[1].fingerprint().to_string()));
        assert_eq!(Keys::of(&Keyring::plain()), Keys::None);
    }
}
