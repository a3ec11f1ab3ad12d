//! A name of which DNS tells all members.

use std::fmt;
use std::str::FromStr;

use crate::discovery::check_host;
use crate::place::parse_port;

/// A name of which DNS tells all members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// Its addresses are those of the members, as with `tasks.web` of Docker or a headless service of Kubernetes.
    Hosts {
        name: String,
        /// Where they listen; `None` for where this node does.
        port: Option<u16>,
    },
    /// Its SRV records name hosts and ports.
    Srv { name: String },
}

impl FromStr for Service {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, Some(parse_port(port)?)),
            None => (text, None),
        };
        if name.is_empty() || port == Some(0) {
            return Err("write it as NAME, NAME:PORT or _SERVICE._PROTOCOL.NAME, such as tasks.web".into());
        }
        check_host(name)?;
        match (name.starts_with('_'), port) {
            (true, Some(_)) => Err("SRV records name the ports: write it without one".into()),
            (true, None) => Ok(Self::Srv { name: name.into() }),
            (false, port) => Ok(Self::Hosts { name: name.into(), port }),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hosts { name, port: Some(port) } => write!(f, "{name}:{port}"),
            Self::Hosts { name, port: None } | Self::Srv { name } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_a_name_with_or_without_a_port_or_one_of_srv_records() {
        for text in ["tasks.web", "web.default.svc.cluster.local.:7946", "_swim._udp.example.org"] {
            assert_eq!(text.parse::<Service>().expect(text).to_string(), text);
        }
        for text in ["", ":1", "web:0", "web:x", "web:65536", "a b", "a..b", "_swim._udp.example.org:1"] {
            assert!(text.parse::<Service>().is_err(), "{text} is no service");
        }
    }
}
