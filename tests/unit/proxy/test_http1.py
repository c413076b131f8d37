"""gateway.proxy.http1: how an answer of ours is written."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.proxy.http1 import field_lines


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (200, b"HTTP/1.1 200 OK\r\n"),
        (201, b"HTTP/1.1 201 Created\r\n"),
        (308, b"HTTP/1.1 308 Permanent Redirect\r\n"),
        (413, b"HTTP/1.1 413 Content Too Large\r\n"),
        (414, b"HTTP/1.1 414 URI Too Long\r\n"),
        (416, b"HTTP/1.1 416 Range Not Satisfiable\r\n"),
        (422, b"HTTP/1.1 422 Unprocessable Content\r\n"),
        (431, b"HTTP/1.1 431 Request Header Fields Too Large\r\n"),
    ],
)
def test_each_status_has_its_phrase_whatever_the_python(
    status: int, line: bytes
) -> None:
    assert field_lines(status, ()) == line


def test_a_status_nobody_knows_keeps_the_blank_before_its_empty_phrase() -> None:
    assert field_lines(599, ()) == b"HTTP/1.1 599 \r\n"  # RFC 9112 §4


def test_a_field_that_would_end_its_line_is_not_written() -> None:
    with pytest.raises(InvalidValue):
        field_lines(308, (("Location", "/a\r\nSet-Cookie: x"),))
