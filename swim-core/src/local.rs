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
        match self.addr.as_ip() {
            Some(ip) if ip.ip().is_unspecified() || ip.port() == 0 => Err(ConfigError::UnusableAddress),
            _ => Ok(()),
        }
    }
}
