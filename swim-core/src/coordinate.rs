//! How far members are from each other, learned from round trips: network coordinates.
//!
//! Vivaldi (Dabek et al., SIGCOMM 2004): every node is a point in a space in which distance is time, and each
//! round trip is a spring that pulls it nearer to the other or pushes it away, the more so the surer the other and
//! the less sure itself. A height stands for the last mile (§5.4). What Ledlie et al. (NSDI 2007) found out in the
//! field is here too: the median of a few round trips instead of each (§4.1), and gravity, so that the whole does
//! not drift away (§4.2). The adjustment takes up what no point in such a space can express (Lee et al. 2006).
//!
//! Times are `f64` seconds. Only `libm` and the four basic operations are used: the same inputs give the same
//! bits everywhere.

use core::time::Duration;

use swim_codec::{Coordinate, DIMENSIONS, MemberId};

use crate::round_trip::RoundTrips;

/// An error above this says no more than this.
const ERROR_MAX: f64 = 1.5;
/// How much one round trip changes the error (`c_e`), and the place (`c_c`).
const ERROR_GAIN: f64 = 0.25;
const PLACE_GAIN: f64 = 0.25;
/// Round trips over which the adjustment is a mean.
const WINDOW: usize = 20;
/// Nobody is nearer to the core of the network than this.
const HEIGHT_MIN: f64 = 10e-6;
/// Less than this is no time at all.
const ZERO: f64 = 1e-6;
/// At this distance gravity pulls by a second; its pull goes with the square.
const GRAVITY_RHO: f64 = 150.0;
/// Farther than any round trip.
const FAR: f64 = 10.0;
/// The longest round trip that counts.
pub(crate) const RTT_MAX: Duration = Duration::from_secs(10);

type Vector = [f64; DIMENSIONS];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    vector: Vector,
    height: f64,
    adjustment: f64,
    error: f64,
}

/// The middle of the space, where everybody starts.
const ORIGIN: Point =
    Point { vector: [0.0; DIMENSIONS], height: HEIGHT_MIN, adjustment: 0.0, error: ERROR_MAX };

impl Point {
    /// `None` for what is not finite, or absurd.
    pub(crate) fn from_coordinate(from: &Coordinate) -> Option<Self> {
        let point = Self {
            vector: from.vector.map(f64::from),
            height: from.height.into(),
            adjustment: from.adjustment.into(),
            error: from.error.into(),
        };
        point.is_sane().then_some(point)
    }

    /// What is not a number is in no range.
    fn is_sane(&self) -> bool {
        norm(&self.vector) <= FAR
            && (0.0..=FAR).contains(&self.height)
            && (-FAR..=FAR).contains(&self.adjustment)
            && (0.0..=ERROR_MAX).contains(&self.error)
    }

    #[allow(clippy::cast_possible_truncation, reason = "seconds with 24 bits are exact enough for others")]
    fn to_coordinate(self) -> Coordinate {
        Coordinate {
            vector: self.vector.map(|component| component as f32),
            height: self.height as f32,
            adjustment: self.adjustment as f32,
            error: self.error as f32,
        }
    }

    fn raw_distance(&self, other: &Self) -> f64 {
        norm(&difference(&self.vector, &other.vector)) + self.height + other.height
    }

    fn distance(&self, other: &Self) -> f64 {
        let raw = self.raw_distance(other);
        let adjusted = raw + self.adjustment + other.adjustment;
        if adjusted > 0.0 { adjusted } else { raw }
    }

    /// Moves by `force` seconds away from `other`, or towards it if that is negative. Where both are at one point,
    /// `apart` says which way is away.
    fn push(&mut self, force: f64, other: &Self, apart: impl FnOnce() -> Vector) {
        let away = difference(&self.vector, &other.vector);
        let length = norm(&away);
        if length > ZERO {
            self.shift(&away, force / length);
            let height = (self.height + other.height) * force / length + self.height;
            self.height = height.max(HEIGHT_MIN);
        } else {
            self.shift(&apart(), force);
        }
    }

    fn shift(&mut self, along: &Vector, by: f64) {
        for (component, along) in self.vector.iter_mut().zip(along) {
            *component += along * by;
        }
    }
}

fn difference(a: &Vector, b: &Vector) -> Vector {
    core::array::from_fn(|axis| a[axis] - b[axis])
}

fn norm(vector: &Vector) -> f64 {
    libm::sqrt(vector.iter().map(|component| component * component).sum())
}

/// The direction from one member to another while both stand at one point: of length one, opposite for the two,
/// and as good as random, for ids are hashes.
pub(crate) fn apart(from: MemberId, to: MemberId) -> Vector {
    let (from, to) = (from.as_bytes().map(f64::from), to.as_bytes().map(f64::from));
    let way = difference(&to, &from);
    let length = norm(&way).max(1.0);
    way.map(|component| component / length)
}

/// Where this node is.
pub(crate) struct Place {
    here: Point,
    /// By how much the latest round trips were longer than the distances, in a ring.
    residuals: [f64; WINDOW],
    next: usize,
}

impl Default for Place {
    fn default() -> Self {
        Self { here: ORIGIN, residuals: [0.0; WINDOW], next: 0 }
    }
}

impl Place {
    pub(crate) fn coordinate(&self) -> Coordinate {
        self.here.to_coordinate()
    }

    /// A packet went there and back in `rtt` seconds.
    pub(crate) fn observe(&mut self, there: &Point, rtt: f64, apart: impl FnOnce() -> Vector) {
        let rtt = rtt.max(ZERO);
        self.spring(there, rtt, apart);
        self.adjust(there, rtt);
        self.fall();
        if !self.here.is_sane() {
            *self = Self::default();
        }
    }

    /// Vivaldi, figure 3.
    fn spring(&mut self, there: &Point, rtt: f64, apart: impl FnOnce() -> Vector) {
        let distance = self.here.distance(there);
        let wrongness = libm::fabs(distance - rtt) / rtt;
        let weight = self.here.error / (self.here.error + there.error).max(ZERO);
        let gain = ERROR_GAIN * weight;
        self.here.error = (wrongness * gain + self.here.error * (1.0 - gain)).min(ERROR_MAX);
        self.here.push(PLACE_GAIN * weight * (rtt - distance), there, apart);
    }

    fn adjust(&mut self, there: &Point, rtt: f64) {
        self.residuals[self.next] = rtt - self.here.raw_distance(there);
        self.next = (self.next + 1) % WINDOW;
        let mean = self.residuals.iter().sum::<f64>() / WINDOW as f64;
        self.here.adjustment = mean / 2.0;
    }

    /// Towards the middle.
    fn fall(&mut self) {
        let pull = self.here.distance(&ORIGIN) / GRAVITY_RHO;
        self.here.push(-pull * pull, &ORIGIN, || [0.0; DIMENSIONS]);
    }
}

/// Another member: where it says it is, and how long its answers took.
pub(crate) struct Neighbour {
    pub(crate) coordinate: Coordinate,
    pub(crate) round_trips: RoundTrips,
}

/// The round trip between two coordinates; `None` if one of them makes no sense.
pub(crate) fn estimate(a: &Coordinate, b: &Coordinate) -> Option<Duration> {
    let (a, b) = (Point::from_coordinate(a)?, Point::from_coordinate(b)?);
    Duration::try_from_secs_f64(a.distance(&b)).ok()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use alloc::vec::Vec;
    use std::println;

    use swim_codec::Name;

    use super::*;
    use crate::rng::Rng;

    const MS: f64 = 1e-3;

    fn id(at: usize) -> MemberId {
        Name::new(&alloc::format!("node-{at}")).expect("a valid name").id()
    }

    fn close(a: f64, b: f64) -> bool {
        libm::fabs(a - b) < 1e-9
    }

    fn point(x: f64, height: f64) -> Point {
        let mut vector = [0.0; DIMENSIONS];
        vector[0] = x;
        Point { vector, height, adjustment: 0.0, error: 1.0 }
    }

    fn told(coordinate: &Coordinate) -> Point {
        Point::from_coordinate(coordinate).expect("a sane coordinate")
    }

    /// The share by which estimates differ from the truth, in ascending order, after so many round trips per node;
    /// each takes up to `jitter` longer than the truth, as a share of it.
    fn errors(nodes: usize, rounds: usize, jitter: f64, truth: impl Fn(usize, usize) -> f64) -> Vec<f64> {
        let mut rng = Rng::new([9; 32]);
        let mut places: Vec<_> = (0..nodes).map(|_| Place::default()).collect();
        for (round, near) in (0..rounds).flat_map(|round| (0..nodes).map(move |near| (round, near))) {
            let far = (near + 1 + round % (nodes - 1)) % nodes;
            let late = rng.below(1_000) as f64 / 1_000.0 * jitter;
            let there = told(&places[far].coordinate());
            places[near].observe(&there, truth(near, far) * (1.0 + late), || apart(id(far), id(near)));
        }
        let pairs = (0..nodes).flat_map(|a| (0..a).map(move |b| (a, b)));
        let mut errors: Vec<_> = pairs
            .map(|(a, b)| {
                let estimate = estimate(&places[a].coordinate(), &places[b].coordinate()).expect("sane");
                libm::fabs(estimate.as_secs_f64() - truth(a, b)) / truth(a, b)
            })
            .collect();
        errors.sort_unstable_by(f64::total_cmp);
        errors
    }

    fn report(what: &str, errors: &[f64]) -> f64 {
        let at = |share: usize| errors[errors.len() * share / 100];
        println!("{what}: relative error p50 {:.3}, p90 {:.3}, p99 {:.3}", at(50), at(90), at(99));
        at(50)
    }

    /// Points scattered over a square of 100 ms by 100 ms, each with a last mile of up to 10 ms.
    fn scattered(a: usize, b: usize) -> f64 {
        let at = |node: usize| {
            let bytes = *id(node).as_bytes();
            let [x, y, mile] = [bytes[0], bytes[1], bytes[2]].map(|byte| f64::from(byte) / 255.0);
            (x * 100.0 * MS, y * 100.0 * MS, mile * 10.0 * MS)
        };
        let ((ax, ay, am), (bx, by, bm)) = (at(a), at(b));
        libm::hypot(ax - bx, ay - by) + am + bm
    }

    /// Three data centres, 30 to 90 ms apart, half a millisecond within.
    fn data_centres(a: usize, b: usize) -> f64 {
        match (a % 3, b % 3) {
            (a, b) if a == b => 0.5 * MS,
            (0, 1) | (1, 0) => 30.0 * MS,
            (0, 2) | (2, 0) => 70.0 * MS,
            _ => 90.0 * MS,
        }
    }

    #[test]
    fn nodes_find_their_places_on_a_map() {
        assert!(report("map, exact", &errors(64, 500, 0.0, scattered)) < 0.03);
        assert!(report("map, 20 % jitter", &errors(64, 500, 0.2, scattered)) < 0.12);
    }

    #[test]
    fn nodes_find_their_data_centres() {
        let errors = errors(63, 500, 0.1, data_centres);
        assert!(report("data centres, 10 % jitter", &errors) < 0.12);
    }

    #[test]
    fn two_nodes_settle_at_their_round_trip() {
        assert!(report("two", &errors(2, 200, 0.0, |_, _| 50.0 * MS)) < 0.01);
    }

    #[test]
    fn a_distance_is_the_way_between_the_points_and_both_heights_and_adjustments() {
        let (mut a, b) = (point(3.0, 0.1), point(-1.0, 0.2));
        assert!(close(a.distance(&b), 4.3) && close(b.distance(&a), 4.3));
        a.adjustment = -0.3;
        assert!(close(a.distance(&b), 4.0));
        a.adjustment = -9.0;
        assert!(close(a.distance(&b), 4.3), "no distance is negative");
    }

    #[test]
    fn a_push_moves_along_the_line_and_scales_the_height() {
        let mut near = point(2.0, 0.1);
        near.push(1.0, &point(0.0, 0.3), || [0.0; DIMENSIONS]);
        assert!(close(near.vector[0], 3.0) && close(near.height, 0.1 + 0.4 / 2.0));
        near.push(-9.0, &point(0.0, 0.3), || [0.0; DIMENSIONS]);
        assert!(close(near.vector[0], -6.0) && close(near.height, HEIGHT_MIN));
    }

    #[test]
    fn two_at_one_point_part_in_opposite_directions() {
        let (there, back) = (apart(id(1), id(2)), apart(id(2), id(1)));
        assert!(close(norm(&there), 1.0) && close(norm(&difference(&there, &back)), 2.0));
        let mut moved = ORIGIN;
        moved.push(0.5, &ORIGIN, || there);
        assert!(close(norm(&moved.vector), 0.5));
        assert_eq!(apart(id(1), id(1)), [0.0; DIMENSIONS]);
    }

    #[test]
    fn gravity_pulls_with_the_square_of_the_distance_and_never_past_the_middle() {
        let pulled_from = |x: f64| {
            let mut place = Place { here: point(x, HEIGHT_MIN), ..Place::default() };
            place.fall();
            x - place.here.vector[0]
        };
        assert!((pulled_from(3.0) / pulled_from(1.5) - 4.0).abs() < 1e-3);
        assert!(libm::fabs(pulled_from(1.5) - 1e-4) < 1e-6, "(1.5 s / 150)²");
        assert!(close(pulled_from(0.0), 0.0));
    }

    #[test]
    fn a_cloud_that_drifts_falls_back_to_the_middle() {
        let mut places = [9.0, 9.1].map(|x| Place { here: point(x, HEIGHT_MIN), ..Place::default() });
        for _ in 0..50_000 {
            for (near, far) in [(0, 1), (1, 0)] {
                let there = told(&places[far].coordinate());
                places[near].observe(&there, 0.1, || apart(id(far), id(near)));
            }
        }
        assert!(places.iter().all(|place| norm(&place.here.vector) < 1.0));
    }

    #[test]
    fn the_adjustment_is_half_the_mean_of_what_the_latest_20_round_trips_took_longer() {
        let mut place = Place { here: point(0.0, HEIGHT_MIN), ..Place::default() };
        let there = point(0.1, HEIGHT_MIN);
        let raw = place.here.raw_distance(&there);
        for taken in 1..=WINDOW {
            place.adjust(&there, raw + 0.04);
            assert!(close(place.here.adjustment, 0.02 * taken as f64 / WINDOW as f64));
        }
        place.adjust(&there, raw + 0.04);
        assert!(close(place.here.adjustment, 0.02));
    }

    #[test]
    fn the_error_falls_as_round_trips_agree_and_never_exceeds_its_bound() {
        let mut place = Place::default();
        let there = told(&point(0.05, HEIGHT_MIN).to_coordinate());
        for _ in 0..500 {
            place.observe(&there, 0.05, || apart(id(1), id(2)));
        }
        assert!(place.here.error < 0.1, "{}", place.here.error);
        for rtt in [10.0, 1e-6].into_iter().cycle().take(500) {
            place.observe(&there, rtt, || apart(id(1), id(2)));
            assert!(place.here.error <= ERROR_MAX && place.here.is_sane());
        }
    }

    #[test]
    fn coordinates_out_of_range_or_not_numbers_are_not_sane() {
        let is_sane = |coordinate: &Coordinate| Point::from_coordinate(coordinate).is_some();
        let sane = Coordinate { vector: [0.0; DIMENSIONS], height: 0.0, adjustment: 0.0, error: 1.5 };
        assert!(is_sane(&sane) && is_sane(&Place::default().coordinate()));
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 10.1, -10.1] {
            let mut vector = [0.0; DIMENSIONS];
            vector[7] = bad;
            assert!(!is_sane(&Coordinate { vector, ..sane }), "{bad}");
            assert!(!is_sane(&Coordinate { height: bad, ..sane }), "{bad}");
            assert!(!is_sane(&Coordinate { adjustment: bad, ..sane }), "{bad}");
            assert!(!is_sane(&Coordinate { error: bad, ..sane }), "{bad}");
        }
        assert!(
            !is_sane(&Coordinate { error: 1.51, ..sane }) && !is_sane(&Coordinate { error: -0.1, ..sane })
        );
        assert!(!is_sane(&Coordinate { vector: [9.0; DIMENSIONS], ..sane }), "the whole counts");
        assert_eq!(estimate(&sane, &Coordinate { height: -1.0, ..sane }), None);
    }
}
