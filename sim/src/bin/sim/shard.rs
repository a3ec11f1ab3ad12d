//! A share of the work, for one of several machines.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Every `of`-th item, from `index` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// All the work.
    pub(crate) const WHOLE: Self = Self { index: 0, of: 1 };

    /// The items of this share, in order.
    pub(crate) fn of(self, items: Range<u64>) -> impl Iterator<Item = u64> {
        let first = items.start.checked_add(self.index);
        let step = usize::try_from(self.of).unwrap_or(usize::MAX);
        first.into_iter().flat_map(move |first| (first..items.end).step_by(step))
    }

    /// Whether the item at this place is of this share.
    pub(crate) fn has(self, place: u64) -> bool {
        place % self.of == self.index
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> Self {
        shard.to_string()
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (index, of) = text.split_once('/').ok_or("two numbers with / between them, as in 0/4")?;
        let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
        let (index, of) = (number(index)?, number(of)?);
        if index < of {
            return Ok(Self { index, of });
        }
        if of == 0 {
            return Err("there is everything of one share at least, as in 0/1".into());
        }
        Err(format!("the shares of {of} are 0/{of} to {}/{of}", of - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_everything_and_nothing_twice() {
        let mut all: Vec<_> = (0..3).flat_map(|index| Shard { index, of: 3 }.of(10..20)).collect();
        all.sort_unstable();
        assert_eq!(all, (10..20).collect::<Vec<_>>());
        assert_eq!(Shard { index: 2, of: 3 }.of(0..2).count(), 0);
        assert_eq!(Shard { index: 2, of: 3 }.of(u64::MAX - 1..u64::MAX).count(), 0);
    }

    #[test]
    fn a_share_is_one_of_those_that_there_are() {
        assert_eq!("3/4".parse(), Ok(Shard { index: 3, of: 4 }));
        for wrong in ["4/4", "0/0", "1", "a/2", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!(Shard { index: 3, of: 4 }.to_string(), "3/4");
    }
}
