//! Who a node is.

use swim_codec::{Addr, ClusterId, Epoch, Name};

use crate::ConfigError;

/// What a node says about itself.
#[derive(Clone, Debug)]
pub struct Local {
    /// The cluster it belongs to. Frames of any other are dropped.
    pub cluster: ClusterId,
    /// Its name, unique in the cluster.
    pub name: Name,
    /// Where the others can reach it, for datagrams and streams alike.
    pub addr: Addr,
    /// Which life of its name this is: larger than any before. Milliseconds since 1970 unless you keep a
    /// counter.
    pub epoch: Epoch,
}

impl Local {
    /// Refuses an address to which nobody can send.
    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let usable = match &self.addr {
            Addr::Ip(ip) => !ip.ip().is_unspecified() && ip.port() != 0,
            Addr::UnixPath(path) => Addr::unix_path(path).is_ok(),
            Addr::UnixAbstract(name) => Addr::unix_abstract(name).is_ok(),
        };
        if usable { Ok(()) } else { Err(ConfigError::UnusableAddress) }
    }
}
