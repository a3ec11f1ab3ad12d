//! Binding.

mod common;

use std::error::Error;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use adapter_std::{BindError, Sockets, epoch_now, seed};
use common::localhost;

#[test]
fn any_port_means_one_that_is_free_for_both() {
    for _ in 0..100 {
        let sockets = Sockets::bind(localhost()).unwrap();
        assert_ne!(sockets.local_addr().as_ip().unwrap().port(), 0);
    }
}

#[test]
fn a_port_in_use_is_a_clear_error() {
    let udp = UdpSocket::bind(localhost()).unwrap();
    let taken = udp.local_addr().unwrap();
    let error = Sockets::bind(taken).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot bind a UDP socket to {taken}"));
    assert!(
        matches!(&error, BindError::Datagrams { addr, error } if *addr == taken.into() && error.kind() == ErrorKind::AddrInUse)
    );
    assert!(error.source().is_some());

    let tcp = TcpListener::bind(localhost()).unwrap();
    let taken = tcp.local_addr().unwrap();
    let error = Sockets::bind(taken).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen for TCP connections on {taken}"));
    assert!(matches!(error, BindError::Streams { .. }));
}

#[test]
fn an_address_of_another_host_is_a_clear_error() {
    let error = Sockets::bind(SocketAddr::from(([192, 0, 2, 1], 0))).unwrap_err();
    assert_eq!(error.to_string(), "cannot bind a UDP socket to 192.0.2.1:0");
}

#[test]
fn seeds_differ_and_epochs_grow() {
    assert_ne!(seed().unwrap(), seed().unwrap());
    let first = epoch_now();
    assert!(first.get() > 1_700_000_000_000);
    assert!(epoch_now() >= first);
}
