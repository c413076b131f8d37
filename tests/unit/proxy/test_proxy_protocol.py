"""gateway.proxy.proxy_protocol: who the client is, or a closed connection."""

from __future__ import annotations

import struct

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.proxy.proxy_protocol import SIGNATURE, read_announcement

V4 = bytes([192, 0, 2, 7, 198, 51, 100, 1]) + struct.pack("!HH", 4711, 443)
V6 = bytes.fromhex("20010db8000000000000000000000007") + bytes(16) + bytes(4)


def v2(command: int, family: int, rest: bytes, *, length: int | None = None) -> bytes:
    said = len(rest) if length is None else length
    return SIGNATURE + struct.pack("!BBH", command, family, said) + rest


GOOD = [
    (b"PROXY TCP4 192.0.2.7 198.51.100.1 4711 443\r\n", "192.0.2.7"),
    (b"PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0"),  # noqa: S104 nobody binds to it
    (b"PROXY TCP6 2001:db8::7 2001:DB8::1 1 2\r\n", "2001:db8::7"),
    (b"PROXY TCP6 2001:0db8:0:0:0:0:0:7 ::1 1 2\r\n", "2001:db8::7"),
    (b"PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "::ffff:c000:207"),
    (b"PROXY UNKNOWN\r\n", ""),
    (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", ""),
    (v2(0x21, 0x11, V4), "192.0.2.7"),
    (v2(0x21, 0x11, V4 + b"\x03\x00\x04abcd"), "192.0.2.7"),
    (v2(0x21, 0x21, V6), "2001:db8::7"),
    (v2(0x21, 0x21, V6 + bytes(100)), "2001:db8::7"),
    (v2(0x20, 0x00, b""), ""),
    (v2(0x20, 0x11, V4), ""),
    (v2(0x20, 0x00, bytes(40)), ""),
    (v2(0x21, 0x00, b""), ""),
    (v2(0x21, 0x00, bytes(12)), ""),
]
BAD = [
    b"GET / HTTP/1.1\r\n",
    b"proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n",
    b"PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n",
    b"PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n",
    b"PROXY TCP4  192.0.2.7 198.51.100.1 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 1 65536\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n",
    b"PROXY TCP4 192.0.2.256 198.51.100.1 1 2\r\n",
    b"PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n",
    b"PROXY TCP4 2001:db8::7 ::1 1 2\r\n",
    b"PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n",
    b"PROXY TCP6 2001:db8::7%eth0 ::1 1 2\r\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n",
    b"PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n\r\n",
    b"PROXY TCP4 192.0.2.7\t198.51.100.1 1 2\r\n",
    b"PROXY " + b"x" * 200,
    b"PROXY UNKNOWN" + b" " * 100 + b"\r\n",
    b"PROXY UNKNOWNX\r\n",
    b"\x16\x03\x01\x02\x00",
    b"\r\n\r\nGET",
    v2(0x11, 0x11, V4),
    v2(0x22, 0x11, V4),
    v2(0x31, 0x11, V4),
    v2(0x21, 0x12, V4),
    v2(0x21, 0x31, bytes(216)),
    v2(0x21, 0x11, V4[:11]),
    v2(0x21, 0x21, V6[:35]),
    v2(0x21, 0x11, V4, length=60_000),
]


@pytest.mark.parametrize(("header", "peer"), GOOD)
def test_a_header_names_the_client(header: bytes, peer: str) -> None:
    announced = read_announcement(header + b"GET / HTTP/1.1\r\n")

    assert announced is not None
    assert (announced.length, announced.peer) == (len(header), peer)


@pytest.mark.parametrize(("header", "peer"), GOOD)
def test_a_part_of_a_header_is_waited_for(header: bytes, peer: str) -> None:
    for end in range(len(header)):
        assert read_announcement(header[:end]) is None


@pytest.mark.parametrize("header", BAD)
def test_whatever_else_comes_first_is_refused(header: bytes) -> None:
    with pytest.raises(InvalidValue):
        read_announcement(header)
