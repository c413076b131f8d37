"""gateway.upstream.origin: an upstream's address has one reading."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import Misconfigured
from gateway.upstream.origin import origin_of


@pytest.mark.parametrize(
    ("url", "host", "port", "prefix", "authority"),
    [
        ("http://10.0.0.2:8080", "10.0.0.2", 8080, "", "10.0.0.2:8080"),
        ("http://wiki", "wiki", 80, "", "wiki"),
        ("https://Wiki/base/", "wiki", 443, "/base", "wiki"),
        ("https://wiki:443", "wiki", 443, "", "wiki"),
        ("http://[::1]:8080/", "::1", 8080, "", "[::1]:8080"),
    ],
)
def test_an_address_is_read(
    url: str, host: str, port: int, prefix: str, authority: str
) -> None:
    origin = origin_of(url)

    assert (origin.host, origin.port) == (host, port)
    assert (origin.prefix, origin.authority) == (prefix, authority)
    assert (origin.tls is not None) is url.startswith("https")


@pytest.mark.parametrize(
    "url", ["", "wiki", "ftp://wiki", "http://", "http://wiki:port", "http://[::1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        origin_of(url)
