//! A cluster of the crate `chitchat`, gossiping once a second as it does where it is used, with its newer wire.

use std::time::Duration;

use chitchat::transport::UdpTransport;
use chitchat::{
    ChitchatConfig, ChitchatHandle, ChitchatId, FailureDetectorConfig, ProtocolVersion, spawn_chitchat,
};
use peers::{addr, nodes, ready};

#[tokio::main]
async fn main() {
    let mut members = Vec::new();
    for number in 0..nodes() {
        members.push(start(number).await);
    }
    for member in &members {
        while member.with_chitchat(|chitchat| chitchat.live_nodes().count()).await < members.len() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    ready().await;
}

async fn start(number: u16) -> ChitchatHandle {
    let config = ChitchatConfig {
        chitchat_id: ChitchatId::new(format!("node-{number}"), 0, addr(number)),
        cluster_id: "bench".into(),
        gossip_interval: Duration::from_secs(1),
        listen_addr: addr(number),
        seed_nodes: vec![addr(0).to_string()],
        failure_detector_config: FailureDetectorConfig::default(),
        marked_for_deletion_grace_period: Duration::from_secs(900),
        catchup_callback: None,
        extra_liveness_predicate: None,
        protocol_version: ProtocolVersion::V1,
    };
    spawn_chitchat(config, Vec::new(), &UdpTransport).await.expect("a free port")
}
