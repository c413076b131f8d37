"""gateway.proxy.client_address: nobody moves to the left by writing a header."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.request import Headers
from gateway.proxy.client_address import UNKNOWN, client_address

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("2001:db8:f::/48")]
FRONT = "10.0.0.1"
STRANGER = "198.51.100.9"

Fields = tuple[tuple[str, str], ...]


def xff(*values: str) -> Fields:
    return tuple(("X-Forwarded-For", value) for value in values)


def forwarded(*values: str) -> Fields:
    return tuple(("Forwarded", value) for value in values)


FROM_A_TRUSTED_FRONT: tuple[tuple[Fields, str], ...] = (
    # nothing said
    ((), FRONT),
    # one hop
    (xff("192.0.2.7"), "192.0.2.7"),
    (xff(" 192.0.2.7 "), "192.0.2.7"),
    (xff("192.0.2.7:4711"), "192.0.2.7"),
    (xff("2001:db8::7"), "2001:db8::7"),
    (xff("2001:DB8:0::7"), "2001:db8::7"),
    (xff("[2001:db8::7]"), "2001:db8::7"),
    (xff("[2001:db8::7]:4711"), "2001:db8::7"),
    (xff("::ffff:192.0.2.7"), "192.0.2.7"),
    # what the client wrote stands on the left and counts nothing
    (xff("203.0.113.1, 192.0.2.7"), "192.0.2.7"),
    (xff("127.0.0.1, 192.0.2.7"), "192.0.2.7"),
    (xff("10.0.0.9, 192.0.2.7"), "192.0.2.7"),
    (xff("unknown, 192.0.2.7"), "192.0.2.7"),
    (xff("garbage, 192.0.2.7"), "192.0.2.7"),
    (xff("203.0.113.1", "192.0.2.7"), "192.0.2.7"),
    # several fronts of ours
    (xff("192.0.2.7, 10.0.0.2"), "192.0.2.7"),
    (xff("192.0.2.7, 10.0.0.3, 10.0.0.2"), "192.0.2.7"),
    (xff("192.0.2.7", "10.0.0.2"), "192.0.2.7"),
    (xff("192.0.2.7, 2001:db8:f::2"), "192.0.2.7"),
    (xff("203.0.113.1, 192.0.2.7, 10.0.0.2"), "192.0.2.7"),
    # only fronts: the leftmost is as far as anybody knows
    (xff("10.0.0.2"), "10.0.0.2"),
    (xff("10.0.0.3, 10.0.0.2"), "10.0.0.3"),
    # what cannot be read stops the walk at the last address that was sure
    (xff(""), FRONT),
    (xff(","), FRONT),
    (xff("192.0.2.7,"), FRONT),
    (xff("192.0.2.7, "), FRONT),
    (xff("unknown"), FRONT),
    (xff("_hidden"), FRONT),
    (xff("192.0.2.7, unknown"), FRONT),
    (xff("192.0.2.7, garbage, 10.0.0.2"), "10.0.0.2"),
    (xff("192.0.2.7, , 10.0.0.2"), "10.0.0.2"),
    (xff("192.0.2.256"), FRONT),
    (xff("192.0.2.07"), FRONT),
    (xff("192.0.2.7.8"), FRONT),
    (xff("192.0.2.7 192.0.2.8"), FRONT),
    (xff("192.0.2.7;192.0.2.8"), FRONT),
    (xff("192.0.2.7:"), FRONT),
    (xff("192.0.2.7:port"), FRONT),
    (xff("[192.0.2.7]"), "192.0.2.7"),
    (xff("2001:db8::7]:80"), FRONT),
    (xff("fe80::1%eth0"), FRONT),
    (xff("0x7f.1"), FRONT),
    (xff("2130706433"), FRONT),
    (xff('"192.0.2.7"'), FRONT),
    (xff("192.0.2.7\x00"), FRONT),
    # the standard field
    (forwarded("for=192.0.2.7"), "192.0.2.7"),
    (forwarded("For=192.0.2.7"), "192.0.2.7"),
    (forwarded('for="192.0.2.7"'), "192.0.2.7"),
    (forwarded('for="192.0.2.7:4711"'), "192.0.2.7"),
    (forwarded('for="[2001:db8::7]"'), "2001:db8::7"),
    (forwarded('for="[2001:db8::7]:4711"'), "2001:db8::7"),
    (forwarded("proto=https;for=192.0.2.7;host=a"), "192.0.2.7"),
    (forwarded("for=203.0.113.1, for=192.0.2.7"), "192.0.2.7"),
    (forwarded("for=203.0.113.1", "for=192.0.2.7"), "192.0.2.7"),
    (forwarded("for=192.0.2.7, for=10.0.0.2"), "192.0.2.7"),
    (forwarded("for=192.0.2.7;by=10.0.0.1, for=10.0.0.2"), "192.0.2.7"),
    (forwarded("for=unknown"), FRONT),
    (forwarded("for=_secret"), FRONT),
    (forwarded("for=192.0.2.7, for=unknown, for=10.0.0.2"), "10.0.0.2"),
    (forwarded("proto=https"), FRONT),
    (forwarded(""), FRONT),
    (forwarded("for"), FRONT),
    (forwarded("for=192.0.2.7;for=192.0.2.8"), FRONT),
    (forwarded('for="192.0.2.7'), FRONT),
    (forwarded('host="a,for=203.0.113.1", for=192.0.2.7'), "192.0.2.7"),
    (forwarded('for=192.0.2.7;host="a, for=203.0.113.1"'), "192.0.2.7"),
    (forwarded('for="192.0.2.7\\""'), FRONT),
    # both: they must tell the same story
    (forwarded("for=192.0.2.7") + xff("192.0.2.7"), "192.0.2.7"),
    (forwarded("for=192.0.2.8") + xff("192.0.2.7"), FRONT),
    (forwarded("for=unknown") + xff("192.0.2.7"), FRONT),
    (forwarded("for=192.0.2.7") + xff("garbage"), FRONT),
)


@pytest.mark.parametrize(("fields", "address"), FROM_A_TRUSTED_FRONT)
def test_a_trusted_front_says_who_the_client_is(fields: Fields, address: str) -> None:
    assert client_address(FRONT, Headers(fields), TRUSTED) == address


@pytest.mark.parametrize(("fields", "_address"), FROM_A_TRUSTED_FRONT)
def test_a_stranger_is_who_the_connection_says(fields: Fields, _address: str) -> None:
    assert client_address(STRANGER, Headers(fields), TRUSTED) == STRANGER


@pytest.mark.parametrize(("fields", "_address"), FROM_A_TRUSTED_FRONT)
def test_nobody_is_trusted_by_default(fields: Fields, _address: str) -> None:
    assert client_address(FRONT, Headers(fields), ()) == FRONT


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("::ffff:198.51.100.9", "198.51.100.9"),
        ("2001:DB8::9", "2001:db8::9"),
        ("", UNKNOWN),
        ("fe80::1%eth0", UNKNOWN),
    ],
)
def test_an_address_has_one_spelling(peer: str, address: str) -> None:
    assert client_address(peer, Headers(), TRUSTED) == address


@pytest.mark.parametrize(
    "name", ["X-Real-IP", "X-Client-IP", "True-Client-IP", "X_Forwarded_For"]
)
def test_no_other_field_says_who_the_client_is(name: str) -> None:
    headers = Headers([(name, "192.0.2.7")])

    assert client_address(FRONT, headers, TRUSTED) == FRONT


@given(left=st.text(max_size=40))
def test_whatever_a_client_writes_on_the_left_changes_nothing(left: str) -> None:
    headers = Headers([("X-Forwarded-For", f"{left}, 192.0.2.7")])

    assert client_address(FRONT, headers, TRUSTED) == "192.0.2.7"


@given(value=st.text(max_size=60))
def test_no_value_makes_the_walk_fail(value: str) -> None:
    fields = [("Forwarded", value), ("X-Forwarded-For", value)]

    assert client_address(FRONT, Headers(fields), TRUSTED)
