//! Who went last: where thousands are remembered as gone, those whom a partition took away just now are among the last.

use alloc::collections::VecDeque;

use crate::rng::Rng;
use crate::table::MemberIndex;

/// The members that went last, the last one first. Some may be back by now, or forgotten.
#[derive(Default)]
pub(crate) struct Lately(VecDeque<MemberIndex>);

/// So many are kept, in a kilobyte.
const KEPT_MAX: usize = 256;

impl Lately {
    pub(crate) fn push(&mut self, member: MemberIndex) {
        self.0.truncate(KEPT_MAX - 1);
        self.0.push_front(member);
    }

    /// One of the last one, two, four and so on, any of these numbers: so the last are drawn most often, and the first
    /// of many who went together soon as well.
    pub(crate) fn draw(&self, rng: &mut Rng) -> Option<MemberIndex> {
        if self.0.is_empty() {
            return None;
        }
        let last = 1 << rng.below(KEPT_MAX.ilog2() as usize + 1);
        self.0.get(rng.below(self.0.len().min(last))).copied()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn went(count: u32) -> Lately {
        let mut lately = Lately::default();
        (0..count).for_each(|member| lately.push(MemberIndex::new(member)));
        lately
    }

    fn drawn(lately: &Lately, times: usize) -> Vec<u32> {
        let mut rng = Rng::new([1; 32]);
        (0..times).filter_map(|_| lately.draw(&mut rng)).map(MemberIndex::subject).collect()
    }

    #[test]
    fn only_so_many_are_kept_and_they_are_the_last() {
        let lately = went(100_000);
        assert_eq!(lately.0.len(), KEPT_MAX);
        assert!(drawn(&lately, 20_000).iter().all(|&member| member >= 100_000 - 256));
    }

    #[test]
    fn the_last_are_drawn_most_often_and_every_one_now_and_then() {
        let drawn = drawn(&went(256), 20_000);
        let share = |last: u32| {
            let among = drawn.iter().filter(|&&member| member >= 256 - last).count();
            among as f64 / drawn.len() as f64
        };
        assert!(share(32) > 0.6, "{}", share(32));
        assert!((0..256).all(|member| drawn.contains(&member)));
    }

    #[test]
    fn where_nobody_went_nobody_is_drawn() {
        assert_eq!(drawn(&went(0), 10), []);
        assert_eq!(drawn(&went(1), 3), [0, 0, 0]);
    }
}
