"""gateway.proxy.entrance: a plain first line has one spelling, which is its own."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.request import Request
from gateway.proxy.canonical import KINDS
from gateway.proxy.entrance import PLAIN
from gateway.proxy.strictest import strictest_reading
from gateway.proxy.target import read_target

A_REQUEST = Request("req_1", "GET", "http", "a.example", "a.example", "/", "/")
PIECES = ("a", "B9", ".", "..", "/", "//", ";", "%2F", "%2f", "%41", "=", "?", "&", "~")
targets = st.lists(st.sampled_from(PIECES), max_size=8).map(
    lambda all_: "/" + "".join(all_)
)


@given(targets)
def test_what_is_plain_is_read_the_same_by_everybody(target: str) -> None:
    plain = PLAIN.match(f"GET {target} HTTP/1.1\r\n".encode())
    if plain is None:
        return
    path = plain[3].decode()
    asked = replace(A_REQUEST, target=target, path=path)

    assert plain[1].decode() == f"GET {target}"
    assert read_target(target).path == path
    assert not any(odd.found.search(path) for odd in KINDS.values())
    assert strictest_reading(asked, lambda _: None) is asked


def test_some_are_plain_and_some_are_not() -> None:
    lines = (b"GET /a/b.html?c=%2F HTTP/1.1\r\n", b"HEAD / HTTP/1.1\r\n")
    odd = (
        b"GET /a//b HTTP/1.1\r\n",
        b"GET /a;b HTTP/1.1\r\n",
        b"GET /%41 HTTP/1.1\r\n",
    )

    assert all(PLAIN.match(line) for line in lines)
    assert not any(PLAIN.match(line) for line in odd)
