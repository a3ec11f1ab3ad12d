//! Marks of what is said and heard in datagrams. A sync is only said over a stream.

use super::super::said::Said;

pub(super) fn said(said: &Said) -> Option<&'static str> {
    Some(match said {
        Said::Ping(_) => "says: ping",
        Said::PingReq(_) => "says: ping-req",
        Said::Ack(_) => "says: ack",
        Said::Nack(_) => "says: nack",
        Said::Claim { .. } => "says: claim",
        Said::Register { value: Some(_), .. } => "says: register",
        Said::Register { value: None, .. } => "says: removed register",
        Said::Sync => return None,
        Said::Digest => "says: digest",
        Said::Want => "says: want",
        Said::Coordinate => "says: coordinate",
        Said::Challenge(_) => "says: challenge",
        Said::Echo(_) => "says: echo",
    })
}

pub(super) fn heard(said: &Said) -> Option<&'static str> {
    Some(match said {
        Said::Ping(_) => "hears: ping",
        Said::PingReq(_) => "hears: ping-req",
        Said::Ack(_) => "hears: ack",
        Said::Nack(_) => "hears: nack",
        Said::Claim { .. } => "hears: claim",
        Said::Register { value: Some(_), .. } => "hears: register",
        Said::Register { value: None, .. } => "hears: removed register",
        Said::Sync => return None,
        Said::Digest => "hears: digest",
        Said::Want => "hears: want",
        Said::Coordinate => "hears: coordinate",
        Said::Challenge(_) => "hears: challenge",
        Said::Echo(_) => "hears: echo",
    })
}
