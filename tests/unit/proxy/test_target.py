"""gateway.proxy.target: one reading of an address, or none."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.proxy.target import other_readings, read_target

KEPT = {
    "/": "/",
    "/a": "/a",
    "/a/": "/a/",
    "/%61": "/a",
    "/%7Euser": "/~user",
    "/%2A": "/*",
    "/a%20b": "/a b",
    "/a+b": "/a+b",
    "/AT%26T": "/AT&T",
    "/AC%2FDC": "/AC%2FDC",
    "/AC%2fDC": "/AC%2FDC",
    "/What%3F": "/What%3F",
    "/C%23": "/C%23",
    "/100%25": "/100%25",
    "/%5C": "/%5C",
    "/a;b=c": "/a;b=c",
    "/a%3Bb": "/a%3Bb",
    "/a%3bb": "/a%3Bb",
    "/%C3%A9": "/é",
    "/%c3%a9": "/é",
    "/%E2%82%AC": "/€",
    "/caf%E9": "/caf%E9",
    "/caf%e9": "/caf%E9",
    "/%C0%20propos": "/%C0 propos",
    "/%F0%9F%98%80": "/😀",
    "//a": "//a",
    "/web/2020/http://x.example//y": "/web/2020/http://x.example//y",
    "/a|b": "/a|b",
    "/a/...": "/a/...",
    "/.well-known/x": "/.well-known/x",
    "/a/.git": "/a/.git",
    "/%2Egit": "/.git",
    "/%5Fcopyfair/x": "/_copyfair/x",
    "/a:b@c": "/a:b@c",
    "/a%252Eb": "/a%252Eb",
}


@pytest.mark.parametrize(("raw", "path"), KEPT.items())
def test_a_plain_address_has_a_canonical_path(raw: str, path: str) -> None:
    target = read_target(raw)

    assert (target.path, target.raw) == (path, raw)


REFUSED = (
    "",
    "*",
    "a",
    "a.example:443",
    "http://x.example/",
    "/a/../b",
    "/..",
    "/a/..",
    "/./a",
    "/a/.",
    "/%2e%2e/a",
    "/.%2E/a",
    "/%2E/a",
    "/a/%252e%252e/b",
    "/a/.%252e/b",
    "/a/%252E/b",
    "/a/%25%32%65%25%32%65/b",
    "/a%2F..%2Fb",
    "/a%2f%2e%2e%2fb",
    "/a%252F..%252Fb",
    "/..%5Ca",
    "/a%5C..%5Cb",
    "/a/..;x=y/b",
    "/a/..%3Bx/b",
    "/a/.;/b",
    "/a\\b",
    "/a\\..\\b",
    "/%00",
    "/a%00.html",
    "/a%0d%0aX: y",
    "/a%0A",
    "/a%1F",
    "/a%7F",
    "/a\x00b",
    "/a b",
    "/a\tb",
    "/a\x7f",
    "/café",
    "/a?q=café",
    "/a\udcc0\udcaf",
    "/%",
    "/%z",
    "/%zz",
    "/%4",
    "/100%",
    "/%u0041",
    "/%C0%AF",
    "/%c0%ae%c0%ae/a",
    "/%E0%80%AF",
    "/%F0%80%80%AF",
    "/%C1%9C",
    "/a#b",
    "/a?b#c",
)


@pytest.mark.parametrize("raw", REFUSED)
def test_an_address_with_several_readings_is_refused_with_a_reason(raw: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_target(raw)

    assert len(refused.value.detail) > 20


def test_the_query_is_nobodys_path() -> None:
    target = read_target("/w/index.php?title=../x&q=100%&r=%2e%2e%2f\\")

    assert target.path == "/w/index.php"
    assert target.query == "title=../x&q=100%&r=%2e%2e%2f\\"


@pytest.mark.parametrize(
    ("path", "readings"),
    [
        ("/a", ()),
        ("/a%25b", ()),
        ("/a%2Fb", ("/a%2Fb", "/a/b")),
        ("//a", ("//a", "/a")),
        ("/a;x/b", ("/a/b", "/a;x/b")),
        ("/a%3Fb", ("/a", "/a%3Fb")),
        ("/a%23b", ("/a", "/a%23b")),
        ("/a%5Cb", ("/a%5Cb", "/a/b")),
        ("/a%252Fb", ("/a%252Fb", "/a%2Fb", "/a/b")),
    ],
)
def test_every_reading_of_an_ambiguous_path_is_known(
    path: str, readings: tuple[str, ...]
) -> None:
    assert other_readings(path) == readings


def test_readings_are_bounded() -> None:
    assert len(other_readings("/%252F//a%3Fb;c%23d%5C/%3B/%252f//")) <= 64


RESERVED_OR_NOT = st.sampled_from(
    ["a", "b", "/", ".", "..", "%2e", "%2E", "%2f", "%5c", ";", "%3b", "%25", "é", "%"]
)


@given(parts=st.lists(RESERVED_OR_NOT, max_size=8))
def test_no_accepted_path_climbs_however_often_it_is_decoded(parts: list[str]) -> None:
    raw = "/" + "".join(parts)
    try:
        path = read_target(raw).path
    except InvalidValue:
        return

    for _ in range(2):
        path = unquote(path).replace("\\", "/")
        assert not {".", ".."} & {part.partition(";")[0] for part in path.split("/")}


@given(text=st.text(alphabet=st.characters(codec="ascii"), max_size=40))
def test_a_canonical_path_is_its_own_canonical_path(text: str) -> None:
    try:
        path = read_target("/" + text).path
    except InvalidValue:
        return
    if path.isascii() and " " not in path:
        assert read_target(path).path == path
