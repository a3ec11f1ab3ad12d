//! The paths that run all day allocate nothing.

use std::net::SocketAddr;

use swim_core::{
    Addr, ClusterId, Config, Epoch, Instant, Key, Keyring, Local, Machine, Name, Node, StreamId, StreamInput,
    Suite, Transmit,
};

fn addr(port: u16) -> Addr {
    SocketAddr::from(([10, 0, 0, 1], port)).into()
}

fn node(port: u16) -> Node {
    node_with(port, Keyring::plain())
}

fn node_with(port: u16, keyring: Keyring) -> Node {
    let local = Local {
        cluster: ClusterId::from_name("allocation"),
        name: Name::new(&format!("node-{port}")).expect("a valid name"),
        addr: addr(port),
        epoch: Epoch::new(1).expect("below 2^48"),
    };
    let mut config = Config::lan();
    config.newcomers_per_minute = 1 << 20;
    Node::new(config, local, keyring, [7; 32], Instant::ZERO).expect("a valid config")
}

/// Nodes that know each other, and the time. What one of them sends arrives at once.
struct Group {
    nodes: Vec<Node>,
    now: Instant,
    buf: Vec<u8>,
    /// Who dialled whom, under which number.
    dialed: Vec<(usize, u64, usize)>,
    /// Datagrams so far, if one of twenty is lost, and no stream can be opened.
    lossy: Option<u64>,
}

impl Group {
    fn joined(count: u16, keyring: &Keyring) -> Self {
        let nodes = (1..=count).map(|port| node_with(port, keyring.clone())).collect();
        let buf = Vec::with_capacity(2_048);
        let mut group = Self { nodes, now: Instant::ZERO, buf, dialed: vec![], lossy: None };
        group.nodes[1..].iter_mut().for_each(|node| node.join(Instant::ZERO, &[addr(1)]));
        // Until all is told, and every queue has had its largest size.
        group.steps(200);
        assert!(group.nodes.iter().all(|node| node.members().len() == usize::from(count)));
        group
    }

    fn steps(&mut self, count: usize) {
        (0..count).for_each(|_| self.step());
    }

    /// The next deadline of anybody, and all that follows from it.
    fn step(&mut self) {
        let next = self.nodes.iter().filter_map(Machine::poll_timeout).min();
        self.now = next.expect("all are running").max(self.now);
        self.nodes.iter_mut().for_each(|node| node.handle_timeout(self.now));
        while (0..self.nodes.len()).any(|at| self.flush(at)) {}
    }

    fn flush(&mut self, at: usize) -> bool {
        let mut sent = false;
        while let Some(transmit) = self.nodes[at].poll_transmit(&mut self.buf) {
            self.deliver(at, &transmit);
            sent = true;
        }
        while self.nodes[at].poll_event().is_some() {}
        sent
    }

    fn deliver(&mut self, at: usize, transmit: &Transmit) {
        let (now, from) = (self.now, addr(u16::try_from(at).expect("few") + 1));
        let listener = |to: &Addr| usize::from(to.as_ip().expect("an IP address").port()) - 1;
        match transmit {
            Transmit::Datagram { .. } if self.is_lost() => {}
            Transmit::Datagram { to } => {
                self.nodes[listener(to)].handle_datagram(now, &from, &mut self.buf);
            }
            Transmit::Connect { stream, .. } if self.lossy.is_some() => {
                self.nodes[at].handle_stream(now, *stream, StreamInput::Failed);
            }
            Transmit::Connect { stream, to } => {
                let StreamId::Dialed(number) = *stream else { panic!("nobody dials {stream:?}") };
                self.dialed.push((at, number, listener(to)));
                self.tell(at, *stream, StreamInput::Accepted { from });
                self.nodes[at].handle_stream(now, *stream, StreamInput::Connected);
            }
            Transmit::Write { stream } => {
                let mut bytes = self.buf.clone();
                self.tell(at, *stream, StreamInput::Data(&mut bytes));
                self.nodes[at].handle_stream(now, *stream, StreamInput::Written);
            }
            Transmit::Finish { stream } => self.tell(at, *stream, StreamInput::Finished),
            Transmit::Abort { stream } => self.tell(at, *stream, StreamInput::Failed),
        }
    }

    /// Something happens at the other end of a stream. The number of an accepted one is the place among all.
    fn tell(&mut self, at: usize, stream: StreamId, input: StreamInput<'_>) {
        let other = match stream {
            StreamId::Dialed(number) => {
                let place = self.dialed.iter().position(|&(by, n, _)| (by, n) == (at, number));
                place.map(|place| (self.dialed[place].2, StreamId::Accepted(place as u64)))
            }
            StreamId::Accepted(place) => {
                let &(by, number, _) = &self.dialed[usize::try_from(place).expect("few")];
                Some((by, StreamId::Dialed(number)))
            }
        };
        if let Some((other, stream)) = other {
            self.nodes[other].handle_stream(self.now, stream, input);
        }
    }

    fn is_lost(&mut self) -> bool {
        // Not every twentieth, for what happens in turns would always lose the same.
        self.lossy.as_mut().is_some_and(|sent| {
            *sent += 1;
            *sent * 7_919 % 400 < 20
        })
    }
}

#[test]
fn probing_an_idle_cluster_allocates_nothing_with_a_key_or_without() {
    let sealed = Suite::ALL.map(|suite| Keyring::sealed(Key::new(suite, [7; 32])));
    for keyring in [Keyring::plain()].iter().chain(&sealed) {
        let mut pair = Group::joined(2, keyring);
        let probes = |pair: &Group| pair.nodes[0].stats().probes;
        let before = probes(&pair);
        let allocated = allocation_counter::measure(|| pair.steps(1_000));
        assert!(probes(&pair) > before + 300);
        assert_eq!(allocated.count_total, 0, "{allocated:?}, {keyring:?}");
    }
}

#[test]
fn asking_helpers_and_helping_allocates_nothing_once_all_have_done_so() {
    let mut group = Group::joined(5, &Keyring::plain());
    group.lossy = Some(0);
    group.steps(4_000);
    let asked = |group: &Group| group.nodes.iter().map(|node| node.stats().probes_indirect).min();
    let before = asked(&group).expect("five");
    let allocated = allocation_counter::measure(|| group.steps(10_000));
    let times = asked(&group).expect("five") - before;
    assert!(times > 100, "{times}");
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}

#[test]
fn hearing_old_news_allocates_nothing() {
    let mut pair = Group::joined(2, &Keyring::plain());
    let claims: Vec<_> = pair.nodes[1].members().map(|member| member.to_peer()).collect();
    let mut datagram = vec![];
    let header = swim_codec::Header {
        cluster: ClusterId::from_name("allocation"),
        sender: claims[0].name.id(),
        epoch: claims[0].epoch,
        sequence: swim_codec::Sequence::FIRST,
        destination: swim_codec::Destination::UNKNOWN,
    };
    let mut keyring = Keyring::plain();
    let mut frame = keyring.frame(&header, 1_400, &mut datagram);
    for peer in &claims {
        assert!(frame.push(&swim_codec::Message::Claim(swim_codec::Claim {
            name: peer.name.as_str(),
            addr: peer.addr.as_ref(),
            epoch: peer.epoch,
            incarnation: peer.incarnation,
            status: swim_codec::Status::Alive,
        })));
    }
    frame.seal();
    let (node, from) = (&mut pair.nodes[0], addr(2));
    let allocated = allocation_counter::measure(|| {
        for _ in 0..1_000 {
            node.handle_datagram(Instant::ZERO, &from, &mut datagram);
        }
    });
    assert_eq!(allocated.count_total, 0, "{allocated:?}");
}

#[test]
fn restoring_allocates_no_more_than_a_node_and_what_is_remembered() {
    let mut node = node(1);
    let name = |at: u32| format!("a-member-with-a-name-{at:06}");
    let header = swim_codec::Header {
        cluster: ClusterId::from_name("allocation"),
        sender: Name::new("somebody").expect("a valid name").id(),
        epoch: Epoch::new(1).expect("below 2^48"),
        sequence: swim_codec::Sequence::FIRST,
        destination: swim_codec::Destination::UNKNOWN,
    };
    for at in 0..10_000 {
        let mut datagram = vec![];
        let mut keyring = Keyring::plain();
        let mut frame = keyring.frame(&header, 1_400, &mut datagram);
        assert!(frame.push(&swim_codec::Message::Claim(swim_codec::Claim {
            name: &name(at),
            addr: swim_codec::AddrRef::UnixAbstract(name(at).as_bytes()),
            epoch: header.epoch,
            incarnation: swim_codec::Incarnation::default(),
            status: swim_codec::Status::Alive,
        })));
        frame.seal();
        node.handle_datagram(Instant::ZERO, &addr(2), &mut datagram);
    }
    let snapshot = node.snapshot();
    assert!(snapshot.len() > 500_000);
    let local = Local {
        cluster: ClusterId::from_name("allocation"),
        name: node.local().name().clone(),
        addr: addr(1),
        epoch: header.epoch,
    };
    let allocated = allocation_counter::measure(|| {
        let restored =
            Node::restore(Config::lan(), local, Keyring::plain(), [7; 32], Instant::ZERO, &snapshot);
        assert!(restored.is_ok());
    });
    assert!(allocated.bytes_max < 64 * 1_024, "{allocated:?}");
}
