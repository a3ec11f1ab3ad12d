//! Seven hosts and the link between them.

use tappers::{Interface, Tun};

use crate::firewall::Rules;
use crate::link::{Link, Weather};
use crate::namespace::Namespace;
use crate::packet::address;

pub(crate) const HOSTS: usize = 7;

/// The name of the interface on each host.
const INTERFACE: &str = "swim0";

/// Hosts with an address each, on one link; gone when dropped.
pub(crate) struct Rig {
    link: Link,
    hosts: Vec<Host>,
}

struct Host {
    namespace: Namespace,
    rules: Rules,
}

impl Rig {
    /// The seed decides what the link does. Fails where there can be no such thing, with the reason.
    pub(crate) fn new(seed: u64) -> Result<Self, String> {
        let hosts: Vec<Host> = (0..HOSTS).map(|_| Host::new()).collect::<Result<_, _>>()?;
        let interfaces: Result<_, _> =
            hosts.iter().enumerate().map(|(number, host)| host.connect(number)).collect();
        let mut rig = Self { link: Link::new(interfaces?, seed), hosts };
        for host in 0..HOSTS {
            rig.rule(host, |_| {})?;
        }
        Ok(rig)
    }

    pub(crate) fn host(&self, host: usize) -> &Namespace {
        &self.hosts[host].namespace
    }

    /// The same everywhere, in both directions.
    pub(crate) fn weather(&self, weather: Weather) {
        self.link.set_all(weather);
    }

    /// Of one direction.
    pub(crate) fn weather_between(&self, from: usize, to: usize, weather: Weather) {
        self.link.set(from, to, weather);
    }

    /// Of a thousand packets that arrive anywhere, how many are lost.
    pub(crate) fn lose(&mut self, per_mille: u32) {
        self.rules(|rules| rules.loss = per_mille);
    }

    /// Nothing arrives at `to` from `from`, and `from` does not notice.
    pub(crate) fn cut(&mut self, from: usize, to: usize) {
        self.rules_of(to, |rules| {
            rules.deaf_to.insert(from);
        });
    }

    /// Nothing passes between these two groups any more.
    pub(crate) fn part(&mut self, some: &[usize], others: &[usize]) {
        for &one in some {
            for &other in others {
                self.cut(one, other);
                self.cut(other, one);
            }
        }
    }

    /// The kernel of `host` refuses to send to anybody, and takes nothing from anybody.
    pub(crate) fn forbid(&mut self, host: usize) {
        self.rules_of(host, |rules| {
            rules.mute_to = (0..HOSTS).filter(|&other| other != host).collect();
            rules.deaf_to.clone_from(&rules.mute_to);
        });
    }

    /// Everything passes again, but for what is lost.
    pub(crate) fn heal(&mut self) {
        self.rules(|rules| {
            rules.deaf_to.clear();
            rules.mute_to.clear();
        });
    }

    /// The cable is pulled and the address is gone.
    pub(crate) fn unplug(&self, host: usize) {
        self.ip(host, &format!("link set {INTERFACE} down\naddr flush dev {INTERFACE}"));
    }

    pub(crate) fn plug_in(&self, host: usize) {
        self.ip(host, &configuration(host));
    }

    fn ip(&self, host: usize, lines: &str) {
        self.host(host).command("ip -batch -", lines).expect("ip does it");
    }

    fn rules(&mut self, change: impl Fn(&mut Rules)) {
        (0..HOSTS).for_each(|host| self.rules_of(host, &change));
    }

    fn rules_of(&mut self, host: usize, change: impl FnOnce(&mut Rules)) {
        self.rule(host, change).expect("nft does it");
    }

    fn rule(&mut self, host: usize, change: impl FnOnce(&mut Rules)) -> Result<(), String> {
        let Host { namespace, rules } = &mut self.hosts[host];
        change(rules);
        namespace.command("nft -f -", &rules.script()).map(drop)
    }
}

impl Host {
    fn new() -> Result<Self, String> {
        Ok(Self { namespace: Namespace::new()?, rules: Rules::default() })
    }

    /// Answers the other end of its interface.
    fn connect(&self, number: usize) -> Result<Tun, String> {
        let interface = self.namespace.run(|| {
            let mut tun = Tun::new_named(Interface::new(INTERFACE)?)?;
            tun.set_nonblocking(true)?;
            Ok::<_, std::io::Error>(tun)
        });
        let interface = interface.map_err(|error| format!("cannot make a TUN interface: {error}"))?;
        self.namespace.command("ip -batch -", &configuration(number))?;
        Ok(interface)
    }
}

/// Long queues, so that only the rules lose packets.
fn configuration(host: usize) -> String {
    format!(
        "link set lo up\naddr add {}/24 dev {INTERFACE}\nlink set {INTERFACE} up txqueuelen 10000\n",
        address(host)
    )
}
