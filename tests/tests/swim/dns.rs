//! A small name server that knows what a test tells it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::SRV;
use hickory_proto::rr::{Name, RData, Record};

/// What is known of each name; `None` is a name that the server fails to look up.
type Zone = Arc<Mutex<BTreeMap<Name, Option<Vec<RData>>>>>;

/// A name server on a UDP socket; it ends with the tests.
pub(crate) struct Dns {
    pub(crate) addr: SocketAddr,
    zone: Zone,
}

impl Dns {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let addr = socket.local_addr().expect("its address");
        let zone = Zone::default();
        let known = Arc::clone(&zone);
        thread::spawn(move || serve(&socket, &known));
        Self { addr, zone }
    }

    /// From now on a name has these addresses.
    pub(crate) fn hosts(&self, name: &str, ips: &[&str]) {
        let ips = ips.iter().map(|ip| match ip.parse().expect("an address") {
            IpAddr::V4(ip) => RData::A(ip.into()),
            IpAddr::V6(ip) => RData::AAAA(ip.into()),
        });
        self.set(name, ips.collect());
    }

    /// From now on a service has these hosts and ports.
    pub(crate) fn srv(&self, name: &str, targets: &[(&str, u16)]) {
        let records = targets.iter().map(|&(host, port)| RData::SRV(SRV::new(0, 0, port, absolute(host))));
        self.set(name, records.collect());
    }

    /// From now on the server cannot tell what it knows of a name.
    pub(crate) fn fails(&self, name: &str) {
        self.zone.lock().expect("the zone").insert(absolute(name), None);
    }

    /// As an option for `swim run`.
    pub(crate) fn option(&self) -> String {
        format!("--dns {}", self.addr)
    }

    fn set(&self, name: &str, records: Vec<RData>) {
        self.zone.lock().expect("the zone").insert(absolute(name), Some(records));
    }
}

fn absolute(name: &str) -> Name {
    let mut name = Name::from_ascii(name).expect("a name");
    name.set_fqdn(true);
    name
}

fn serve(socket: &UdpSocket, zone: &Zone) {
    let mut buf = [0; 4_096];
    while let Ok((len, from)) = socket.recv_from(&mut buf) {
        if let Ok(query) = Message::from_vec(&buf[..len]) {
            let answer = answer(&query, zone).to_vec().expect("a small message");
            let _ = socket.send_to(&answer, from);
        }
    }
}

fn answer(query: &Message, zone: &Zone) -> Message {
    let mut answer = Message::response(query.metadata.id, query.metadata.op_code);
    answer.add_queries(query.queries.iter().cloned());
    let Some(asked) = query.queries.first() else { return answer };
    match zone.lock().expect("the zone").get(asked.name()) {
        None => answer.metadata.response_code = ResponseCode::NXDomain,
        Some(None) => answer.metadata.response_code = ResponseCode::ServFail,
        Some(Some(records)) => {
            let fitting = records.iter().filter(|record| record.record_type() == asked.query_type());
            answer.add_answers(fitting.map(|data| Record::from_rdata(asked.name().clone(), 1, data.clone())));
        }
    }
    answer
}
