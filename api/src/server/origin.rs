//! Where a request comes from: the other end of its connection, or, where that is a proxy of ours, whom the proxy names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::App;
use super::request_id::RequestId;
use crate::core::Origin;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// Of a request whose head this is.
pub(super) fn of(app: &App, head: &Parts) -> Origin {
    let peer = head
        .extensions
        .get::<Peer>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
            peer.0.to_canonical()
        });
    Origin {
        address: client(peer, &head.headers, &app.trusted_proxies),
        request: RequestId::of(&head.extensions).to_string(),
    }
}

/// Each proxy adds at the end who spoke to it. Believed is what ours added: read from the end, the first that is none of ours is the
/// client; what stands before it, the client may have written.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_ours(&peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .collect();
    let mut known = peer;
    for hop in hops.into_iter().rev() {
        let Some(address) = address(hop.trim()) else {
            break;
        };
        known = address;
        if !is_ours(&address) {
            break;
        }
    }
    known
}

/// Some proxies write the port too.
fn address(hop: &str) -> Option<IpAddr> {
    hop.parse()
        .or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()))
        .ok()
        .map(|address| address.to_canonical())
}
