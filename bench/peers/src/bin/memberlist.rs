//! A cluster of the crate `memberlist`, with its settings for a local network and CRC-32 as its checksum.

use std::net::SocketAddr;
use std::time::Duration;

use memberlist::net::NetTransportOptions;
use memberlist::proto::{ChecksumAlgorithm, MaybeResolvedAddress};
use memberlist::tokio::{TokioNetTransport, TokioSocketAddrResolver, TokioTcp};
use memberlist::{Memberlist, Options};
use peers::{addr, nodes, ready};
use smol_str::SmolStr;

type Member = Memberlist<TokioNetTransport<SmolStr, TokioSocketAddrResolver, TokioTcp>>;

#[tokio::main]
async fn main() {
    let mut members = Vec::new();
    for number in 0..nodes() {
        members.push(start(number).await);
    }
    for member in &members {
        while member.num_online_members().await < members.len() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    ready().await;
}

async fn start(number: u16) -> Member {
    let mut transport = NetTransportOptions::<SmolStr, TokioSocketAddrResolver, TokioTcp>::new(
        format!("node-{number}").into(),
    );
    transport.add_bind_address(addr(number));
    let options = Options::lan().with_checksum_algo(ChecksumAlgorithm::default());
    let member: Member = Member::new(transport, options).await.expect("a free port");
    if number > 0 {
        let seed = MaybeResolvedAddress::<SocketAddr, SocketAddr>::resolved(addr(0));
        member.join(seed).await.expect("the first listens");
    }
    member
}
