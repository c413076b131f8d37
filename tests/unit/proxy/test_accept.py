"""gateway.proxy.accept: a request has one reading, or it is refused with a reason."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from gateway.kernel.request import Headers, Request
from gateway.proxy.accept import (
    Doorway,
    Wire,
    accept,
    body_bytes_of,
    wants_websocket,
)
from gateway.proxy.refusal import Refusal
from gateway.web.answer import Answer
from gateway.web.problem_types import PROBLEM_TYPES

HOST = ("Host", "archive.example")


def wire(
    target: str = "/",
    *fields: tuple[str, str],
    method: str = "GET",
    version: tuple[int, int] = (1, 1),
    host: bool = True,
    peer: str = "198.51.100.9",
) -> Wire:
    pairs = (HOST, *fields) if host else fields
    return Wire("req_1", method, target, version, Headers(pairs), peer, 7)


def accepted(sent: Wire, doorway: Doorway | None = None) -> Request:
    request = accept(sent, doorway or Doorway())
    assert isinstance(request, Request)
    return request


def refused(sent: Wire) -> str:
    refusal = accept(sent, Doorway())
    assert isinstance(refusal, Refusal)
    assert refusal.code in PROBLEM_TYPES
    assert refusal.asked.path == "/"
    return refusal.code


def test_a_request_is_read_once() -> None:
    request = accepted(wire("/wiki/AC%2FDC?x=%2F"))

    assert request.id == "req_1"
    assert (request.host, request.authority) == ("archive.example", "archive.example")
    assert (request.path, request.query) == ("/wiki/AC%2FDC", "x=%2F")
    assert request.target == "/wiki/AC%2FDC?x=%2F"
    assert request.client_ip == "198.51.100.9"
    assert request.received_us == 7


@pytest.mark.parametrize(
    ("target", "raw"),
    [
        ("http://archive.example/a?b", "/a?b"),
        ("HTTP://Archive.Example:80/a", "/a"),
        ("http://archive.example", "/"),
        ("http://archive.example?b", "/?b"),
    ],
)
def test_the_absolute_form_means_the_same(target: str, raw: str) -> None:
    assert accepted(wire(target)).target == raw


@pytest.mark.parametrize(
    "sent",
    [
        wire("http://other.example/"),
        wire("https://archive.example:80/"),
        wire("http://user@archive.example/"),
        wire("ftp://archive.example/"),
        wire("http:///a"),
        wire("*"),
        wire("/", ("Host", "archive.example")),
        wire("/", host=False),
        wire("/", version=(1, 0), host=False),
        wire("/", ("Host", ""), host=False),
        wire("/", ("Host", "a, b"), host=False),
        wire("/", ("Content-Length", "1"), ("Transfer-Encoding", "chunked")),
        wire("/", ("Content-Length", "1"), ("Content-Length", "1")),
        wire("/", ("Content-Length", "1, 1")),
        wire("/", ("Content-Length", "+1")),
        wire("/", ("Content-Length", "-0")),
        wire("/", ("Content-Length", "")),
        wire("/", ("Content-Length", "1_0")),
        wire("/", ("Content-Length", "٣")),
        wire("/", ("Transfer-Encoding", "")),
        wire("/", ("Transfer-Encoding", "gzip")),
        wire("/", ("Transfer-Encoding", "gzip, chunked")),
        wire("/", ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")),
        wire("/", ("Transfer-Encoding", "chunked"), version=(1, 0)),
    ],
    ids=str,
)
def test_two_readings_are_a_bad_request(sent: Wire) -> None:
    assert refused(sent) == "bad-request"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (wire(version=(2, 0)), "version-not-supported"),
        (wire(version=(0, 9)), "version-not-supported"),
        (wire(method="TRACE"), "method-not-allowed"),
        (wire("archive.example:443", method="CONNECT"), "method-not-allowed"),
        (wire("/", ("Expect", "200-ok")), "expectation-failed"),
    ],
    ids=str,
)
def test_what_is_not_done_here_is_said_so(sent: Wire, code: str) -> None:
    assert refused(sent) == code


@pytest.mark.parametrize(
    "field",
    [
        ("Transfer-Encoding", "Chunked"),
        ("Content-Length", "005"),
        ("Expect", "100-Continue"),
    ],
)
def test_what_has_one_reading_passes(field: tuple[str, str]) -> None:
    assert accepted(wire("/", field, method="POST")).method == "POST"


def test_the_gateway_itself_answers_options_star() -> None:
    answer = accept(wire("*", method="OPTIONS"), Doorway())

    assert isinstance(answer, Answer)
    assert answer.status == 204
    assert answer.headers[0][0] == "Allow"


@pytest.mark.parametrize(
    ("said", "peer", "scheme"),
    [
        ("https", "10.0.0.1", "https"),
        ("http, https", "10.0.0.1", "https"),
        ("gopher", "10.0.0.1", "http"),
        ("https", "198.51.100.9", "http"),
    ],
)
def test_only_a_trusted_front_says_which_scheme_it_spoke(
    said: str, peer: str, scheme: str
) -> None:
    doorway = Doorway("http", [ip_network("10.0.0.0/8")])

    request = accepted(wire("/", ("X-Forwarded-Proto", said), peer=peer), doorway)

    assert request.scheme == scheme


UPGRADE = (
    ("Connection", "keep-alive, Upgrade"),
    ("Upgrade", "WebSocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


def test_a_proper_upgrade_is_recognised() -> None:
    assert wants_websocket(wire("/", *UPGRADE))


@pytest.mark.parametrize("missing", range(len(UPGRADE)))
def test_half_an_upgrade_is_an_ordinary_request(missing: int) -> None:
    fields = UPGRADE[:missing] + UPGRADE[missing + 1 :]

    assert not wants_websocket(wire("/", *fields))


def test_nothing_but_a_get_upgrades() -> None:
    assert not wants_websocket(wire("/", *UPGRADE, method="POST"))
    assert not wants_websocket(wire("/", *UPGRADE, version=(1, 0)))


def test_the_announced_length_is_known_where_there_is_one() -> None:
    assert body_bytes_of(Headers([("Content-Length", "12")])) == 12
    assert body_bytes_of(Headers()) is None
