//! Clusters on real sockets in which nothing happens: what does a node cost?

use std::path::PathBuf;
use std::time::Duration;
use std::{env, io};

use crate::part::Effort;
use crate::sockets::guest::{Guest, Usage};
use crate::table::{Table, digits, median, succeeded};

/// A program, and how many nodes it runs.
struct Cluster {
    name: &'static str,
    program: Program,
    nodes: u32,
}

enum Program {
    /// This one, as `bench host WORD`.
    Host(&'static str),
    /// One that `bench/peers/build` makes.
    Peer(&'static [&'static str]),
}

const CLUSTERS: [Cluster; 7] = [
    Cluster { name: "swim", program: Program::Host("swim"), nodes: 200 },
    Cluster { name: "swim, HMAC-SHA256", program: Program::Host("sealed"), nodes: 200 },
    Cluster { name: "foca 2.0 on adapter-std", program: Program::Host("foca"), nodes: 200 },
    Cluster {
        name: "memberlist 0.8 (Rust, tokio)",
        program: Program::Peer(&["release/memberlist"]),
        nodes: 200,
    },
    Cluster {
        name: "chitchat 0.13 (Rust, tokio)",
        program: Program::Peer(&["release/chitchat"]),
        nodes: 200,
    },
    Cluster { name: "memberlist 0.2.2 (Go)", program: Program::Peer(&["go-memberlist"]), nodes: 64 },
    Cluster {
        name: "swim-protocol 0.6 (Python)",
        program: Program::Peer(&["python/bin/python", "../python/cluster.py"]),
        nodes: 20,
    },
];

/// Where `bench/peers/build` puts them.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/target");

/// What one node cost in one second.
struct Cost {
    micros: f64,
    packets: f64,
    bytes: f64,
    kibibytes: f64,
}

pub(crate) fn measure(effort: Effort) -> Table {
    let mut runs = [const { Vec::new() }; CLUSTERS.len()];
    for _ in 0..effort.pick(1, 3) {
        for (runs, cluster) in runs.iter_mut().zip(&CLUSTERS) {
            runs.push(cluster.cost(effort));
        }
    }
    let mut table =
        Table::new(&["per node and second", "nodes", "µs of CPU", "packets", "bytes", "KiB of memory"]);
    for (runs, cluster) in runs.iter().zip(&CLUSTERS) {
        cluster.show(runs, &mut table);
    }
    table
}

impl Cluster {
    /// The middle of the runs, or why there are none.
    fn show(&self, runs: &[io::Result<Cost>], table: &mut Table) {
        let costs = match succeeded(runs) {
            Ok(costs) => costs,
            Err(why) => return table.push_missing(self.name, &why),
        };
        let middle = |of: fn(&Cost) -> f64| digits(median(costs.iter().map(|cost| of(cost)).collect()));
        let figures = [|c: &Cost| c.micros, |c: &Cost| c.packets, |c: &Cost| c.bytes, |c: &Cost| c.kibibytes];
        let head = [self.name.to_owned(), self.nodes.to_string()];
        table.push(head.into_iter().chain(figures.map(middle)));
    }

    fn cost(&self, effort: Effort) -> io::Result<Cost> {
        let (settle, measured) = effort.pick((3, 5), (15, 30));
        let (program, arguments) = self.command()?;
        let guest = Guest::start(&program, &arguments)
            .map_err(|error| io::Error::other(format!("did not start: {error}")))?;
        guest.rest(Duration::from_secs(settle));
        let before = guest.usage()?;
        guest.rest(Duration::from_secs(measured));
        Ok(self.between(before, guest.usage()?, measured))
    }

    fn command(&self) -> io::Result<(PathBuf, Vec<String>)> {
        let (program, mut arguments) = match self.program {
            Program::Host(word) => (env::current_exe()?, vec!["host".into(), word.into()]),
            Program::Peer(words) => {
                let [program, rest @ ..] = words else { return Err(io::ErrorKind::InvalidInput.into()) };
                let program = PathBuf::from(PEERS).join(program);
                if !program.exists() {
                    return Err(io::Error::other("not built: run bench/peers/build"));
                }
                (program, rest.iter().map(|word| format!("{PEERS}/{word}")).collect())
            }
        };
        arguments.push(self.nodes.to_string());
        Ok((program, arguments))
    }

    fn between(&self, before: Usage, after: Usage, seconds: u64) -> Cost {
        let node_seconds = f64::from(self.nodes) * seconds as f64;
        Cost {
            micros: (after.cpu.saturating_sub(before.cpu)).as_secs_f64() * 1e6 / node_seconds,
            packets: (after.packets - before.packets) as f64 / node_seconds,
            bytes: (after.bytes - before.bytes) as f64 / node_seconds,
            kibibytes: after.resident as f64 / 1_024.0 / f64::from(self.nodes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Cluster =
        Cluster { name: "peer", program: Program::Peer(&["nothing/of/this/name"]), nodes: 3 };

    #[test]
    fn a_peer_that_is_not_built_has_a_row_that_says_what_to_do() {
        let mut table = Table::new(&["", "nodes", "µs of CPU"]);
        PEER.show(&[PEER.cost(Effort::new(true))], &mut table);
        let text = table.markdown();
        assert!(text.contains("| peer | not built: run bench/peers/build | – |"), "{text}");
    }

    #[test]
    fn a_peer_that_runs_only_once_is_shown_by_that_run() {
        let cost = Cost { micros: 1.5, packets: 2.0, bytes: 3.0, kibibytes: 4.0 };
        let mut table = Table::new(&["", "nodes", "µs of CPU", "packets", "bytes", "KiB"]);
        PEER.show(&[Err(io::Error::other("it was late")), Ok(cost)], &mut table);
        let text = table.markdown();
        assert!(text.contains("| peer | 3 | 1.50 | 2.00 | 3.00 | 4.00 |"), "{text}");
    }
}
