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

/// Two nodes and the time; whatever one sends arrives at the other at once.
struct Pair {
    nodes: [Node; 2],
    now: Instant,
    buf: Vec<u8>,
}

impl Pair {
    fn joined(keyring: &Keyring) -> Self {
        let nodes = [1, 2].map(|port| node_with(port, keyring.clone()));
        let mut pair = Self { nodes, now: Instant::ZERO, buf: Vec::with_capacity(2_048) };
        pair.nodes[0].join(Instant::ZERO, &[addr(2)]);
        // Until all is told, and every queue has had its largest size.
        (0..200).for_each(|_| pair.step());
        assert!(pair.nodes.iter().all(|node| node.members().len() == 2));
        pair
    }

    /// The next deadline of either, and all that follows from it.
    fn step(&mut self) {
        let next = self.nodes.iter().filter_map(Machine::poll_timeout).min();
        self.now = next.expect("both are running").max(self.now);
        for at in 0..2 {
            self.nodes[at].handle_timeout(self.now);
        }
        while self.flush(0) | self.flush(1) {}
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
        let (now, from) = (self.now, addr(u16::try_from(at).expect("0 or 1") + 1));
        let far = |stream| match stream {
            StreamId::Dialed(n) => StreamId::Accepted(n),
            StreamId::Accepted(n) => StreamId::Dialed(n),
        };
        let [near, other] = &mut self.nodes;
        let (near, other) = if at == 0 { (near, other) } else { (other, near) };
        match *transmit {
            Transmit::Datagram { .. } => other.handle_datagram(now, &from, &mut self.buf),
            Transmit::Connect { stream, .. } => {
                other.handle_stream(now, far(stream), StreamInput::Accepted { from });
                near.handle_stream(now, stream, StreamInput::Connected);
            }
            Transmit::Write { stream } => {
                other.handle_stream(now, far(stream), StreamInput::Data(&mut self.buf));
                near.handle_stream(now, stream, StreamInput::Written);
            }
            Transmit::Finish { stream } => other.handle_stream(now, far(stream), StreamInput::Finished),
            Transmit::Abort { stream } => other.handle_stream(now, far(stream), StreamInput::Failed),
        }
    }
}

#[test]
fn probing_an_idle_cluster_allocates_nothing_with_a_key_or_without() {
    let sealed = Suite::ALL.map(|suite| Keyring::sealed(Key::new(suite, [7; 32])));
    for keyring in [Keyring::plain()].iter().chain(&sealed) {
        let mut pair = Pair::joined(keyring);
        let probes = |pair: &Pair| pair.nodes[0].stats().probes;
        let before = probes(&pair);
        let allocated = allocation_counter::measure(|| (0..1_000).for_each(|_| pair.step()));
        assert!(probes(&pair) > before + 300);
        assert_eq!(allocated.count_total, 0, "{allocated:?}, {keyring:?}");
    }
}

#[test]
fn hearing_old_news_allocates_nothing() {
    let mut pair = Pair::joined(&Keyring::plain());
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
