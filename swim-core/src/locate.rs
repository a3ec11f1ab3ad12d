//! Learning where the members are from their acks.

use core::time::Duration;

use swim_codec::{Coordinate, MemberId};

use crate::Node;
use crate::buggify::Site;
use crate::coordinate::{Neighbour, Place, Point, RTT_MAX, apart, estimate};
use crate::round_trip::RoundTrips;
use crate::stats::DropReason;
use crate::table::MemberIndex;

/// Where this node is, and what it just measured.
#[derive(Default)]
pub(crate) struct Location {
    place: Place,
    /// The round trip that the last ack told, until its coordinate comes behind it.
    measured: Option<(MemberId, Duration)>,
    /// The first of each member.
    first: Option<RoundTrips>,
}

impl Node {
    /// Where this node is in a space in which distance is time. Worth something once it has probed some members;
    /// until then its [`error`](Coordinate::error) is 1.5.
    #[must_use]
    pub fn coordinate(&self) -> Coordinate {
        self.location.place.coordinate()
    }

    /// How long a packet and its answer take between two members, as far as their coordinates tell. O(1).
    ///
    /// `None` if one of them is not known by that name, or never acked a ping of this node. An estimate is often
    /// some ten percent off; in places where routes are odd, or within a rack, far more. Zero for a member and
    /// itself.
    #[must_use]
    pub fn estimate_rtt(&self, a: &str, b: &str) -> Option<Duration> {
        let (from, to) = (self.coordinate_of(a)?, self.coordinate_of(b)?);
        if a == b { Some(Duration::ZERO) } else { estimate(&from, &to) }
    }

    fn coordinate_of(&self, name: &str) -> Option<Coordinate> {
        match self.table.find(name)? {
            MemberIndex::LOCAL => Some(self.coordinate()),
            index => Some(self.table.get(index)?.neighbour()?.coordinate),
        }
    }

    /// A ping was acked by the member that it went to, so long after it was sent.
    pub(crate) fn measure(&mut self, member: MemberId, rtt: Duration) {
        let counts = rtt <= RTT_MAX && !self.switches.fires(Site::MeasuresNothing);
        self.location.measured = counts.then_some((member, rtt));
    }

    /// How long the answer of a member may take before it is late: who never answered is taken for one of those who did.
    pub(crate) fn expected_rtt(&self, member: MemberIndex) -> Option<Duration> {
        if self.switches.fires(Site::ForgetsRoundTrips) {
            return None;
        }
        let neighbour = self.table.get(member).and_then(|row| row.neighbour());
        let trips = neighbour.map(|it| &it.round_trips).or(self.location.first.as_ref());
        trips.map(RoundTrips::late)
    }

    /// A coordinate belongs to the ack in its own datagram, and to no earlier one.
    pub(crate) fn forget_measured(&mut self) {
        self.location.measured = None;
    }

    /// An ack says where it came from. One whose way was not measured, because it came through a helper or
    /// answered nothing, teaches nothing.
    pub(crate) fn on_coordinate(&mut self, sender: MemberId, coordinate: &Coordinate) {
        let Some(there) = Point::from_coordinate(coordinate) else {
            return self.stats.drop(DropReason::AbsurdCoordinate);
        };
        let Some((_, rtt)) = self.location.measured.take_if(|measured| measured.0 == sender) else { return };
        let local = self.id();
        let Some(neighbour) = self.table.find_id(sender).and_then(|index| self.table.neighbour_mut(index))
        else {
            return;
        };
        let first = &mut self.location.first;
        let neighbour = neighbour.get_or_insert_with(|| {
            let _median = first.get_or_insert_with(|| RoundTrips::new(rtt)).add(rtt);
            Neighbour { coordinate: *coordinate, round_trips: RoundTrips::new(rtt) }
        });
        neighbour.coordinate = *coordinate;
        let rtt = neighbour.round_trips.add(rtt);
        self.location.place.observe(&there, rtt, || apart(sender, local));
    }
}
