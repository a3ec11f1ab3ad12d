//! What happens in the demo, and when everybody has seen it.

use std::collections::BTreeSet;
use std::time::Duration;

use swim_core::{Fact, Name};

use crate::demo::bounds::Bounds;
use crate::demo::cast::{Cast, KEY, VALUE};
use crate::demo::cluster::{Cluster, Sighting};
use crate::problem::Problem;

/// Those who have not seen yet what they should.
pub(crate) type Observers = BTreeSet<Name>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Join,
    Set,
    Crash,
    Restart,
    Leave,
}

impl Step {
    pub(crate) const ALL: [Self; 5] = [Self::Join, Self::Set, Self::Crash, Self::Restart, Self::Leave];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Set => "set",
            Self::Crash => "crash",
            Self::Restart => "restart",
            Self::Leave => "leave",
        }
    }

    /// What is about to happen.
    pub(crate) fn title(self, cast: &Cast) -> String {
        let Cast { seed, setter, victim, .. } = cast;
        match self {
            Self::Join => format!("{} join through {seed}", cast.list_joiners()),
            Self::Set => format!("{setter} sets a value for all to see: {KEY} = {VALUE}"),
            Self::Crash => format!("{victim} crashes: it is killed without a goodbye"),
            Self::Restart => format!("{victim} starts again, under the same name"),
            Self::Leave => format!("{seed} leaves politely"),
        }
    }

    /// How it works.
    pub(crate) fn about(self, cast: &Cast) -> Vec<String> {
        let Cast { seed, victim, .. } = cast;
        let lines: [&str; 2] = match self {
            Self::Join => [
                "Each of them knows one address only. It asks there who else is in the cluster,",
                "and gossip carries the news of it to all the others.",
            ],
            Self::Set => [
                "Every node keeps a copy of what the others say of themselves. The news rides on",
                "the packets that the nodes exchange anyway, and on a few more while it is fresh.",
            ],
            Self::Crash => [
                "Every node pings one other per interval. Who gets no answer asks a helper to try,",
                "then suspects aloud. Nobody refutes it in time: the suspicion becomes a verdict.",
            ],
            Self::Restart => {
                return vec![
                    format!(
                        "A later life of a name counts more than the death of an earlier one, so {victim} is"
                    ),
                    "welcome at once, and is told what it missed.".into(),
                ];
            }
            Self::Leave => {
                return vec![
                    format!(
                        "A goodbye spares the others the detection. {seed} was the way in for everybody, but a"
                    ),
                    "seed is a member like any other: the cluster goes on without it.".into(),
                ];
            }
        };
        lines.map(String::from).into()
    }

    /// What is done, and by whom, where the title does not tell it all.
    pub(crate) fn deed(self, cast: &Cast) -> Option<(&Name, String)> {
        match self {
            Self::Join => None,
            Self::Set => Some((&cast.setter, format!("sets {KEY} = {VALUE}"))),
            Self::Crash => Some((&cast.victim, "is killed".into())),
            Self::Restart => Some((&cast.victim, format!("starts again, and calls {}", cast.seed))),
            Self::Leave => Some((&cast.seed, "says goodbye".into())),
        }
    }

    /// When it is over.
    pub(crate) fn goal(self, cast: &Cast) -> String {
        let (nodes, survivors) = (cast.len(), cast.len() - 1);
        let Cast { seed, setter, victim, .. } = cast;
        match self {
            Self::Join => format!("all {nodes} know all {nodes}"),
            Self::Set => format!("all {nodes} know the {KEY} of {setter}"),
            Self::Crash => format!("all {survivors} survivors know that {victim} failed"),
            Self::Restart => format!("all {nodes} know all {nodes} again"),
            Self::Leave => format!("all {survivors} others know that {seed} left, and it has ended"),
        }
    }

    pub(crate) fn bound(self, bounds: &Bounds) -> Duration {
        match self {
            Self::Join | Self::Restart => bounds.join(),
            Self::Set => bounds.spread(),
            Self::Crash => bounds.detect(),
            Self::Leave => bounds.leave(),
        }
    }

    pub(crate) fn cause(self, cluster: &mut Cluster, cast: &Cast) -> Result<(), Problem> {
        match self {
            Self::Join => {
                cast.joiners().for_each(|name| cluster.join(name, &cast.seed));
                Ok(())
            }
            Self::Set => cluster.set(&cast.setter, KEY, VALUE),
            Self::Crash => {
                cluster.kill(&cast.victim);
                Ok(())
            }
            Self::Restart => {
                cluster.start(&cast.victim)?;
                cluster.join(&cast.victim, &cast.seed);
                Ok(())
            }
            Self::Leave => {
                cluster.leave(&cast.seed);
                Ok(())
            }
        }
    }

    /// Who has to see it.
    pub(crate) fn observers(self, cast: &Cast) -> Observers {
        let blind = (self == Self::Crash).then_some(&cast.victim);
        cast.everybody().filter(|&name| Some(name) != blind).cloned().collect()
    }

    /// Whether the observer has now seen what it should.
    pub(crate) fn is_seen_in(self, sighting: &Sighting, cast: &Cast) -> bool {
        match (self, &sighting.fact) {
            (Self::Join | Self::Restart, _) => sighting.members == cast.len(),
            (Self::Set, Fact::Updated { member, key, .. }) => *member == cast.setter && **key == *KEY,
            (Self::Crash, Fact::Failed { member, .. }) => member.name == cast.victim,
            (Self::Leave, Fact::Left { member }) => {
                member.name == cast.seed && sighting.observer != cast.seed
            }
            (Self::Leave, Fact::HasLeft) => sighting.observer == cast.seed,
            _ => false,
        }
    }
}
