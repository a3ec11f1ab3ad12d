//! All orders of steps, the laws, and the shortest way to where one is broken.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::iter;

use swim_core::State;

use crate::actor::{Belief, Input, Role};

/// How things stand: the fingerprint by which a world is known again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct World {
    subject: Belief,
    /// The lesser first: it does not matter which of them believes what.
    observers: [Belief; 2],
    said: Said,
}

/// All that was ever believed, so may be heard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Said(u128);

impl Said {
    fn with(self, belief: Belief) -> Self {
        Self(self.0 | 1 << place(belief))
    }

    fn has(self, belief: Belief) -> bool {
        self.0 & 1 << place(belief) != 0
    }

    /// In the order of precedence.
    fn claims(self) -> impl Iterator<Item = Belief> {
        let mut left = self.0;
        iter::from_fn(move || {
            let place = (left != 0).then(|| left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(at(place))
        })
    }
}

const STATES: [State; 4] = [State::Alive, State::Suspect, State::Dead, State::Left];
/// Incarnations of each of two lives for which there is a place.
const INCARNATIONS: usize = 16;
const PLACES: usize = 2 * INCARNATIONS * STATES.len();
/// Every claim, silence, and leaving.
const INPUTS: usize = PLACES + 2;

/// Of a belief among all, in the order of precedence.
fn place(belief: Belief) -> usize {
    let (epoch, incarnation) = (usize::from(belief.epoch), usize::from(belief.incarnation));
    assert!(incarnation < INCARNATIONS && (1..=2).contains(&epoch), "{belief} has no place");
    ((epoch - 1) * INCARNATIONS + incarnation) * STATES.len() + belief.state as usize
}

fn at(place: usize) -> Belief {
    let (life, state) = (place / STATES.len(), place % STATES.len());
    let small = |value: usize| u8::try_from(value).expect("below 16");
    Belief {
        epoch: small(life / INCARNATIONS) + 1,
        incarnation: small(life % INCARNATIONS),
        state: STATES[state],
    }
}

fn number(input: Input) -> usize {
    match input {
        Input::Hear(claim) => place(claim),
        Input::Silence => PLACES,
        Input::Leave => PLACES + 1,
    }
}

/// What may happen in a world.
#[derive(Clone, Copy)]
enum Move {
    Subject(Input),
    Observer(usize, Input),
    Restart,
}

/// Where a world was found first.
type Found = BTreeMap<World, Option<(World, Move)>>;

/// How far the search went.
pub(crate) struct Extent {
    pub(crate) worlds: usize,
    pub(crate) steps: usize,
}

pub(crate) struct Search<F> {
    incarnations: u8,
    step: F,
    /// Steps that were taken before, by what they began with.
    known: Vec<Option<Belief>>,
}

impl<F: FnMut(Role, Belief, Input) -> Belief> Search<F> {
    /// Subjects do not refute beyond `incarnations`.
    pub(crate) fn new(incarnations: u8, step: F) -> Self {
        let greatest = INCARNATIONS - 3;
        assert!(usize::from(incarnations) <= greatest, "there is room for incarnations up to {greatest}");
        Self { incarnations, step, known: vec![None; 2 * PLACES * INPUTS] }
    }

    /// What a node believes after an input.
    pub(crate) fn after(&mut self, role: Role, belief: Belief, input: Input) -> Belief {
        let number = (role as usize * PLACES + place(belief)) * INPUTS + number(input);
        *self.known[number].get_or_insert_with(|| (self.step)(role, belief, input))
    }

    /// Every world that can come to be, or the law that one breaks, and how it comes to that.
    pub(crate) fn run(&mut self) -> Result<Extent, String> {
        let alive = Belief::alive(1);
        let first = World { subject: alive, observers: [alive; 2], said: Said(0).with(alive) };
        let (mut found, mut waiting, mut steps) = (Found::from([(first, None)]), VecDeque::from([first]), 0);
        while let Some(world) = waiting.pop_front() {
            let mut rest = Rest { from_hearing: true, of_observers: true };
            for step in self.moves(world) {
                let next = self.carry_out(world, step);
                keeps_the_laws(world, next)
                    .map_err(|law| format!("{law}\n{}", story(&found, world, Some(step))))?;
                steps += 1;
                if next == world {
                    continue;
                }
                rest.end(step);
                let next = next.sorted();
                if next.subject.incarnation <= self.incarnations && !found.contains_key(&next) {
                    found.insert(next, Some((world, step)));
                    waiting.push_back(next);
                }
            }
            rest.keeps_the_laws(world).map_err(|law| format!("{law}\n{}", story(&found, world, None)))?;
        }
        Ok(Extent { worlds: found.len(), steps })
    }

    fn moves(&self, world: World) -> Vec<Move> {
        let mut moves = vec![];
        for claim in world.said.claims() {
            let hear = Input::Hear(claim);
            moves.push(Move::Subject(hear));
            moves.extend([Move::Observer(0, hear), Move::Observer(1, hear)]);
        }
        moves.extend((0..2).map(|number| Move::Observer(number, Input::Silence)));
        if world.subject.state == State::Alive {
            moves.push(Move::Subject(Input::Leave));
        }
        if world.subject.epoch == 1 {
            moves.push(Move::Restart);
        }
        moves
    }

    /// The world after a step, the observers in their places.
    fn carry_out(&mut self, mut world: World, step: Move) -> World {
        let changed = match step {
            Move::Subject(input) => {
                world.subject = self.after(Role::Subject, world.subject, input);
                world.subject
            }
            Move::Observer(number, input) => {
                let observer = &mut world.observers[number];
                *observer = self.after(Role::Observer, *observer, input);
                *observer
            }
            Move::Restart => {
                world.subject = Belief::alive(2);
                world.subject
            }
        };
        world.said = world.said.with(changed);
        world
    }
}

/// What changes nothing any more in a world. By S1 and S3 beliefs only rise, so it comes to rest whatever the order.
struct Rest {
    from_hearing: bool,
    of_observers: bool,
}

impl Rest {
    fn end(&mut self, step: Move) {
        match step {
            Move::Subject(Input::Hear(_)) => self.from_hearing = false,
            Move::Observer(_, Input::Hear(_)) => (self.from_hearing, self.of_observers) = (false, false),
            Move::Observer(..) => self.of_observers = false,
            Move::Subject(_) | Move::Restart => {}
        }
    }

    fn keeps_the_laws(&self, world: World) -> Result<(), String> {
        let World { subject, observers: [one, other], .. } = world;
        if self.from_hearing && [one, other] != [subject; 2] {
            return Err(format!("agreement: all is heard, and {subject} is taken for {one} and {other}"));
        }
        if self.of_observers && (one != other || one.state < State::Dead) {
            return Err(format!("completeness: after all silence a crash is taken for {one} and {other}"));
        }
        Ok(())
    }
}

impl World {
    fn sorted(mut self) -> Self {
        self.observers.sort();
        self
    }
}

/// The laws of one step; names as in the simulator.
fn keeps_the_laws(before: World, after: World) -> Result<(), &'static str> {
    let check = |holds: bool, law| if holds { Ok(()) } else { Err(law) };
    for (old, new) in before.observers.into_iter().zip(after.observers) {
        check(new.life() >= old.life(), "S1, life and incarnation never fall")?;
        check(
            new.life() > old.life() || new.state >= old.state,
            "S3, within an incarnation it only gets worse",
        )?;
        let gone = old.state >= State::Dead;
        check(
            !gone || new.state >= State::Dead || new.life() > old.life(),
            "S4, nobody comes back as it was",
        )?;
        check(new.life() <= after.subject.life(), "S2, nothing is believed that the subject never said")?;
        let is_farewell = new.state == State::Left && new != old;
        check(!is_farewell || before.said.has(new), "S5, only the subject says that it left")?;
    }
    let (old, new) = (before.subject, after.subject);
    check(new.life() >= old.life(), "S1, the subject never falls back")?;
    check(new.state == State::Alive || new.state == State::Left, "S7, the subject knows that it lives")
}

/// The steps that led here.
fn story(found: &Found, mut world: World, last: Option<Move>) -> String {
    let mut steps: Vec<String> = last.into_iter().map(|step| told(world, step)).collect();
    while let Some((before, step)) = found[&world] {
        steps.push(told(before, step));
        world = before;
    }
    steps.iter().rev().fold(String::new(), |mut story, step| {
        let _ = writeln!(story, "  {step}");
        story
    })
}

fn told(world: World, step: Move) -> String {
    let input = |input| match input {
        Input::Hear(claim) => format!("hears {claim}"),
        Input::Silence => "waits for a verdict".to_owned(),
        Input::Leave => "leaves".to_owned(),
    };
    match step {
        Move::Subject(what) => format!("the subject, {}, {}", world.subject, input(what)),
        Move::Observer(number, what) => {
            format!("an observer that believes {} {}", world.observers[number], input(what))
        }
        Move::Restart => format!("the subject, {}, restarts", world.subject),
    }
}
