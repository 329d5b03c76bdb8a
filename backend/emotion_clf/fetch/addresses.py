"""Which network addresses may be connected to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

LOOPBACK: Final = "127.0.0.1"
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Whether this is a numeric address of the public internet; a name is not.

    An IPv6 address that carries an IPv4 one is as public as the one it carries, whatever is on the way.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    carried = _carried(address)
    if carried is not None:
        return is_public(str(carried))
    return address.is_global and not address.is_multicast


def is_numeric(text: str) -> bool:
    """Whether this is a numeric address, public or not."""
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def may_connect(text: str, *, allow_loopback: bool) -> bool:
    """Whether this numeric address may be connected to.

    Args:
        text: the address, without port.
        allow_loopback: whether 127.0.0.1, and nothing else that is private, may be too.
    """
    return is_public(text) or (allow_loopback and text == LOOPBACK)


def _carried(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, 6to4 or NAT64 one."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
