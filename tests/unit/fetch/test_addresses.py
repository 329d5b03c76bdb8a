from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.fetch.addresses import is_public, may_connect


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "a name",
        "",
    ],
)
def test_no_private_address_is_public_in_any_disguise(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_what_carries_an_address_is_as_public_as_that(address: ipaddress.IPv4Address) -> None:
    inside = int(address)
    for outer in (0xFFFF << 32 | inside, 0x64FF9B << 96 | inside, 0x2002 << 112 | inside << 80 | 1):
        assert is_public(str(ipaddress.IPv6Address(outer))) == is_public(str(address))


def test_loopback_is_allowed_as_one_address_only() -> None:
    assert may_connect("127.0.0.1", allow_loopback=True)
    assert not may_connect("127.0.0.1", allow_loopback=False)
    assert not may_connect("127.0.0.2", allow_loopback=True)
    assert not may_connect("::1", allow_loopback=True)
