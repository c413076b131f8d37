"""gateway.upstream.answer_head: what is said of a head to those who pass it on."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.answer_head import answer_head

HEAD = (
    b"HTTP/1.1 203 Caf\xe9 \r\nDate: now\r\nContent-Type: text/html\r\n"
    b"content-length: 7\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
    b"X-A:  b \r\nx-a: caf\xe9\r\n\r\n"
)


def test_the_lines_go_out_without_what_the_carrier_says() -> None:
    found = answer_head(HEAD).head

    assert found.lines == (
        b"HTTP/1.1 203 Caf\xe9 \r\nDate: now\r\nContent-Type: text/html\r\n"
        b"X-A: b\r\nx-a: caf\xe9\r\n"
    )


def test_the_fields_can_be_asked_for() -> None:
    found = answer_head(HEAD).head

    assert (found.status, found.body_bytes, found.is_dated) == (203, 7, True)
    assert found.first("content-type") == "text/html"
    assert found.first("content-length") == "7"
    assert not found.first("x-hop")


def test_without_a_body_its_length_is_nothing() -> None:
    found = answer_head(HEAD)

    assert (found.bodiless.body_bytes, found.bodiless.lines) == (0, found.head.lines)


def test_a_head_without_a_date_says_so() -> None:
    assert not answer_head(b"HTTP/1.1 200 OK\r\nX-Date: now\r\n\r\n").head.is_dated


def test_fields_of_ours_come_behind_the_upstreams() -> None:
    found = answer_head(b"HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n").head
    joined = found.and_also((("Link", "</license.xml>"),))

    assert joined.headers == (("X-A", "b"), ("Link", "</license.xml>"))
    assert joined.lines == b"HTTP/1.1 200 OK\r\nX-A: b\r\nLink: </license.xml>\r\n"
    assert found.and_also(()) is found


def test_a_switch_says_again_to_what() -> None:
    head = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    )

    assert answer_head(head).head.lines == (
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
    )


def test_only_a_head_that_may_name_the_upstream_is_looked_at_again() -> None:
    plain = b"HTTP/1.1 200 OK\r\nX-Location: http://10.0.0.2/\r\n\r\n"

    assert answer_head(plain.replace(b"X-Location", b"LOCATION")).has_links
    assert not answer_head(plain).has_links


def test_the_same_bytes_are_read_once_and_cookies_are_not_kept() -> None:
    with_cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n"

    assert answer_head(HEAD) is answer_head(bytes(bytearray(HEAD)))
    assert answer_head(with_cookie) is not answer_head(with_cookie)


def test_fields_that_connection_names_stop_here_in_any_case() -> None:
    found = answer_head(
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nETag: x\r\nSet-Cookie: b\r\nX-HOP: 1\r\n"
        b"Date: now\r\nConnection: close, x-hop\r\nConnection: DATE\r\n\r\n"
    )

    assert found.head.headers == (
        ("Set-Cookie", "a"),
        ("ETag", "x"),
        ("Set-Cookie", "b"),
    )
    assert found.head.lines.endswith(b"ETag: x\r\nSet-Cookie: b\r\n")
    assert not found.head.is_dated
    assert not found.keeps_open


@pytest.mark.parametrize("value", ["a\r\nX-B: c", "a\nb", "a\x00"])
def test_a_field_of_ours_cannot_end_its_line_early(value: str) -> None:
    head = answer_head(b"HTTP/1.1 200 OK\r\n\r\n").head

    with pytest.raises(UpstreamFailed):
        head.and_also((("Link", value),))


@pytest.mark.parametrize("name", [b"Set-Cookie", b"SET-COOKIE", b"set-cOOKIE"])
def test_a_cookie_is_never_kept_however_it_is_spelled(name: bytes) -> None:
    block = b"HTTP/1.1 200 OK\r\n%b: a=b\r\n\r\n" % name

    assert answer_head(block) is not answer_head(block)
