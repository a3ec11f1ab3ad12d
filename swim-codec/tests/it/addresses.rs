//! Addresses: equal when the protocol means the same.

use std::net::{SocketAddr, SocketAddrV6};

use swim_codec::{Addr, AddrRef, InvalidUnixAddr};

#[test]
fn an_ipv4_address_mapped_into_ipv6_is_the_ipv4_address() {
    let mapped = AddrRef::V6([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7], 7946);
    assert_eq!(mapped.to_addr(), ip("192.0.2.7:7946"));
    assert_eq!(ip("[::ffff:192.0.2.7]:7946"), ip("192.0.2.7:7946"));
}

#[test]
fn an_ipv4_address_is_written_in_one_way_however_it_was_made() {
    let mapped = Addr::Ip("[::ffff:192.0.2.7]:7946".parse().unwrap());
    assert_eq!(mapped.as_ref(), AddrRef::V4([192, 0, 2, 7], 7946));
    assert_eq!(mapped.canonical(), ip("192.0.2.7:7946"));
}

#[test]
fn the_flow_label_does_not_count_and_the_scope_does() {
    let with = |flow, scope| {
        Addr::from(SocketAddr::from(SocketAddrV6::new("fe80::1".parse().unwrap(), 1, flow, scope)))
    };
    assert_eq!(with(1, 2), with(3, 2));
    assert_ne!(with(0, 2), with(0, 3));
}

#[test]
fn only_the_scope_is_lost_on_the_wire() {
    let addrs = [
        ip("192.0.2.7:7946"),
        ip("[2001:db8::7]:7946"),
        Addr::unix_path(b"/run/bob").unwrap(),
        Addr::unix_abstract(b"bob").unwrap(),
    ];
    for addr in addrs {
        assert_eq!(addr.as_ref().to_addr(), addr);
    }
    let scoped = SocketAddrV6::new("fe80::1".parse().unwrap(), 1, 0, 2);
    assert_eq!(Addr::from(SocketAddr::from(scoped)).as_ref().to_addr(), ip("[fe80::1]:1"));
}

#[test]
fn a_unix_path_and_an_abstract_name_differ() {
    assert_ne!(Addr::unix_path(b"bob").unwrap(), Addr::unix_abstract(b"bob").unwrap());
}

#[test]
fn unix_addresses_are_checked_when_made() {
    for (len, valid) in [(0, false), (1, true), (107, true), (108, false)] {
        let bytes = vec![b'x'; len];
        assert_eq!(Addr::unix_path(&bytes).is_ok(), valid);
        assert_eq!(Addr::unix_abstract(&bytes).is_ok(), valid);
    }
    assert_eq!(Addr::unix_path(b"/run\0"), Err(InvalidUnixAddr));
}

#[test]
fn addresses_print_without_raw_bytes() {
    assert_eq!(ip("[2001:db8::7]:7946").to_string(), "[2001:db8::7]:7946");
    assert_eq!(Addr::unix_path(b"/run/\n").unwrap().to_string(), "unix:/run/\\n");
    assert_eq!(Addr::unix_abstract(b"\0bob").unwrap().to_string(), "unix:@\\x00bob");
}

fn ip(text: &str) -> Addr {
    Addr::from(text.parse::<SocketAddr>().unwrap())
}
