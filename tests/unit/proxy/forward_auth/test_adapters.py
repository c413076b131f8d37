"""Adapters: one set of fields each, taken once, and nothing of any other set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers
from gateway.proxy.accept import Wire
from gateway.proxy.forward_auth.adapters import ADAPTERS, CLAIMS, Asking

NGINX = (
    ("X-Original-URI", "/a%2Fb?c=%20"),
    ("X-Original-Method", "POST"),
    ("X-Original-Host", "archive.example"),
    ("X-Original-Id", "f00d"),
    ("X-Forwarded-For", "203.0.113.9"),
)
CADDY = (
    ("X-Forwarded-Uri", "/a%2Fb?c=%20"),
    ("X-Forwarded-Method", "POST"),
    ("X-Forwarded-Host", "archive.example"),
    ("X-Forwarded-For", "203.0.113.9"),
)
ENVOY = (("Host", "archive.example"), ("X-Forwarded-For", "203.0.113.9"))
TOLD = {
    "nginx": NGINX,
    "haproxy": NGINX,
    "caddy": CADDY,
    "traefik": CADDY,
    "envoy": ENVOY,
}


def read(name: str, *pairs: tuple[str, str]) -> Asking:
    target = "/decide/envoy/a%2Fb?c=%20" if name == "envoy" else f"/decide/{name}"
    method = "POST" if name == "envoy" else "GET"
    wire = Wire("req_1", method, target, (1, 1), Headers(pairs), "127.0.0.1", 7)
    return ADAPTERS[name].read(wire)


@pytest.mark.parametrize("name", ADAPTERS)
def test_every_front_server_tells_the_same_request(name: str) -> None:
    wire = read(name, *TOLD[name], ("User-Agent", "x"), ("Cookie", "y")).wire

    assert (wire.method, wire.target) == ("POST", "/a%2Fb?c=%20")
    assert wire.headers.all("host") == ("archive.example",)
    assert wire.headers.get("user-agent") == "x"
    assert wire.headers.get("x-forwarded-for") == "203.0.113.9"
    assert wire.peer == "127.0.0.1"


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_field_of_another_set_is_refused(name: str) -> None:
    foreign = CLAIMS - frozenset(ADAPTERS[name].fields.values())

    assert foreign
    for field in foreign:
        with pytest.raises(InvalidValue, match="must remove it"):
            read(name, *TOLD[name], (field, "/admin"))


@pytest.mark.parametrize("name", ADAPTERS)
@given(data=st.data())
def test_a_spelling_with_underscores_is_refused(name: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted({*CLAIMS, "x-forwarded-for"})))
    letters = list(field)
    hyphens = [place for place, letter in enumerate(letters) if letter == "-"]
    for place in data.draw(st.sets(st.sampled_from(hyphens), min_size=1)):
        letters[place] = "_"

    with pytest.raises(InvalidValue, match="must remove it"):
        read(name, *TOLD[name], ("".join(letters), "/admin"))


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_field_is_there_exactly_once(name: str) -> None:
    for field in TOLD[name][: 1 if name == "envoy" else 3]:
        others = tuple(pair for pair in TOLD[name] if pair != field)

        with pytest.raises(InvalidValue, match="exactly once"):
            read(name, *others)
        with pytest.raises(InvalidValue, match="exactly once"):
            read(name, *TOLD[name], field)


def test_the_subrequest_says_nothing_about_a_body_or_a_connection() -> None:
    of_the_asking = (
        ("Content-Length", "7"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "close"),
        ("Forwarded", "for=198.51.100.1"),
        ("Host", "127.0.0.1:8701"),
    )

    headers = read("nginx", *NGINX, *of_the_asking).wire.headers

    names = [name.lower() for name, _ in headers]
    assert sorted(names) == ["host", "x-forwarded-for"]


def test_an_id_of_the_front_server_is_taken_where_there_is_one() -> None:
    assert read("nginx", *NGINX).front_id == "f00d"
    assert read("nginx", *NGINX[:3]).front_id == ""
    assert read("caddy", *CADDY).front_id == ""
