//! Asking DNS.
//!
//! Not the system's own resolver, because that knows no SRV records and cannot be pointed at another name server. It
//! reads `/etc/hosts` and `/etc/resolv.conf` as that does.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::{Name, RData};
use hickory_resolver::system_conf::read_system_conf;
use tokio::runtime::{Builder, Runtime};

/// How long a name server may take. The next round comes soon enough.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Why a name led nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LookupError {
    /// The name servers know no such name.
    NoSuchName,
    /// They know the name, but nothing of what was asked for.
    NoAddress,
    /// Nobody could tell.
    Untold(String),
}

/// Looks up names for one round: what it learns it does not keep, and it sees the files as they are now.
pub(crate) struct Resolver {
    runtime: Runtime,
    dns: TokioResolver,
}

impl Resolver {
    /// Asks these name servers, or those of the system if there are none.
    pub(crate) fn open(servers: &[SocketAddr]) -> Result<Self, LookupError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| LookupError::Untold(format!("cannot look up names: {error}")))?;
        let (config, mut options) = if servers.is_empty() { of_the_system() } else { of_the_user(servers) };
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.cache_size = 0;
        options.timeout = TIMEOUT;
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let dns = builder.with_options(options).build().map_err(|error| explain(&error))?;
        Ok(Self { runtime, dns })
    }

    /// The addresses of a host, those of IPv4 first. An address stands for itself.
    pub(crate) fn ips(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        if let Ok(ip) = host.parse() {
            return Ok(vec![ip]);
        }
        let found = self.runtime.block_on(self.dns.lookup_ip(host)).map_err(|error| explain(&error))?;
        let ips: Vec<_> = found.iter().collect();
        if ips.is_empty() { Err(LookupError::NoAddress) } else { Ok(ips) }
    }

    /// Hosts and ports of a service.
    pub(crate) fn srv(&self, name: &str) -> Result<Vec<(String, u16)>, LookupError> {
        let found = self.runtime.block_on(self.dns.srv_lookup(name)).map_err(|error| explain(&error))?;
        let records = found.answers().iter().filter_map(|record| match &record.data {
            RData::SRV(srv) => Some((srv.target.to_utf8(), srv.port)),
            _ => None,
        });
        let found: Vec<_> = records.collect();
        if found.is_empty() { Err(LookupError::NoAddress) } else { Ok(found) }
    }
}

/// Without a readable file there are still the hosts file and `localhost`.
fn of_the_system() -> (ResolverConfig, ResolverOpts) {
    read_system_conf()
        .unwrap_or_else(|_| (ResolverConfig::from_parts(None, vec![], vec![]), ResolverOpts::default()))
}

fn of_the_user(servers: &[SocketAddr]) -> (ResolverConfig, ResolverOpts) {
    let servers = servers.iter().map(|server| {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        NameServerConfig::new(server.ip(), true, connections.into())
    });
    (ResolverConfig::from_name_servers(servers.collect()), ResolverOpts::default())
}

fn explain(error: &NetError) -> LookupError {
    let untold = match error {
        _ if error.is_nx_domain() => return LookupError::NoSuchName,
        NetError::Dns(DnsError::NoRecordsFound(_)) => return LookupError::NoAddress,
        NetError::Dns(DnsError::ResponseCode(code)) => format!("the name server says: {code}"),
        NetError::Timeout | NetError::NoConnections => NOBODY.into(),
        NetError::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => NOBODY.into(),
        _ => error.to_string().replace('\n', " "),
    };
    LookupError::Untold(untold)
}

const NOBODY: &str = "no name server answers";

/// In the words of a user, in one line.
impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchName => f.write_str("there is no such name"),
            Self::NoAddress => f.write_str("the name has no address"),
            Self::Untold(why) => f.write_str(why),
        }
    }
}

/// Whether a text can be the name of a host, or is an address.
pub(crate) fn check_host(host: &str) -> Result<(), String> {
    let looks_right = host.parse::<IpAddr>().is_ok()
        || (host.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c)) && Name::from_utf8(host).is_ok());
    looks_right
        .then_some(())
        .ok_or_else(|| "this is neither an address nor a name that DNS could know".into())
}
