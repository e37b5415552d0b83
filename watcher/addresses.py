"""Addresses of machines: which of them may be dialled."""

import ipaddress
from collections.abc import Iterable

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = tuple(ipaddress.ip_network(n) for n in ("64:ff9b::/96", "64:ff9b:1::/48"))
#: IPv4-compatible addresses (RFC 4291 §2.5.5.1, deprecated), which `is_global` admits.
_COMPATIBLE = ipaddress.ip_network("::/96")


def is_allowed(ip: _Ip, networks: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    """Say whether an address may be dialled: it is public, or in one of the networks that the user named."""
    return is_public(ip) or any(ip in network for network in networks if network.version == ip.version)


def is_public(ip: _Ip) -> bool:
    """Say whether an address is on the public internet, also when it is wrapped in an IPv6 one.

    `is_global` alone admits NAT64, 6to4 and multicast on Python 3.11.
    """
    if isinstance(ip, ipaddress.IPv6Address):
        if any(ip in network for network in _NAT64):
            return is_public(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return is_public(inner)
        if ip.teredo is not None or ip in _COMPATIBLE:
            return False
    local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not (local or ip.is_multicast or ip.is_reserved or ip.is_unspecified)
