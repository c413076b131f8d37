"""gateway.proxy.host: a name or an address and perhaps a port, and nothing else."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.proxy.host import read_host

GOOD = {
    "archive.example": ("archive.example", "archive.example", None),
    "Archive.Example:8080": ("archive.example", "archive.example:8080", 8080),
    "localhost": ("localhost", "localhost", None),
    "archive.example.": ("archive.example", "archive.example.", None),
    "archive.example:": ("archive.example", "archive.example", None),
    "my_service:80": ("my_service", "my_service:80", 80),
    "xn--bcher-kva.example": (
        "xn--bcher-kva.example",
        "xn--bcher-kva.example",
        None,
    ),
    "192.0.2.7": ("192.0.2.7", "192.0.2.7", None),
    "192.0.2.7:443": ("192.0.2.7", "192.0.2.7:443", 443),
    "[::1]": ("::1", "[::1]", None),
    "[2001:DB8::7]:8443": ("2001:db8::7", "[2001:db8::7]:8443", 8443),
    "1a.example": ("1a.example", "1a.example", None),
    "a-b.example": ("a-b.example", "a-b.example", None),
}


@pytest.mark.parametrize(("field", "expected"), GOOD.items())
def test_a_host_is_read(field: str, expected: tuple[str, str, int | None]) -> None:
    host = read_host(field)

    assert (host.name, host.authority, host.port) == expected


@pytest.mark.parametrize(
    "field",
    [
        "",
        " ",
        "a b",
        "a,b",
        "a, b",
        "user@a",
        "user:pw@a",
        "a/path",
        "a?q",
        "a#f",
        "http://a",
        "a:b",
        "a:-1",
        "a:+80",
        "a:0",
        "a:65536",
        "a:99999999999",
        "a:80:80",
        ":80",
        ":",
        ".",
        "..",
        "a..b",
        ".a",
        "-a.example",
        "a-.example",
        "a%2e.example",
        "é.example",
        "a\x00",
        "a\\b",
        "[::1",
        "::1",
        "[]",
        "[1.2.3.4]",
        "[fe80::1%25eth0]",
        "[fe80::1%eth0]",
        "[v1.x]",
        "256.1.1.1",
        "1.2.3",
        "127.1",
        "0x7f.1",
        "0x7f000001",
        "2130706433",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
    ],
)
def test_anything_else_in_a_host_field_is_refused(field: str) -> None:
    with pytest.raises(InvalidValue):
        read_host(field)


@pytest.mark.parametrize(
    ("one", "other", "scheme", "same"),
    [
        ("a.example", "A.example:80", "http", True),
        ("a.example", "a.example:443", "https", True),
        ("a.example", "a.example:443", "http", False),
        ("a.example:8080", "a.example", "http", False),
        ("a.example", "b.example", "http", False),
    ],
)
def test_a_port_that_goes_without_saying_changes_nothing(
    one: str, other: str, scheme: str, *, same: bool
) -> None:
    assert read_host(one).is_same(read_host(other), scheme=scheme) is same
