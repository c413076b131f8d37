"""Answers as bytes, and what is read of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.answer_reader import AnswerReader


@dataclass(frozen=True, slots=True)
class Read:
    """What became of an answer."""

    status: int
    body: bytes
    is_over: bool
    is_reusable: bool


def read(
    pieces: Iterable[bytes],
    *,
    has_body: bool = True,
    is_upgrade: bool = False,
    ends: bool = False,
) -> Read:
    """Feed an answer piece by piece; `ends` closes the connection behind it."""
    reader = AnswerReader(has_body=has_body, is_upgrade=is_upgrade)
    body = b""
    for piece in pieces:
        reader.feed(piece)
        while more := reader.take():
            body += more
    if ends:
        reader.end(is_orderly=True)
    status = reader.head.head.status if reader.head else 0
    return Read(status, body, reader.is_over, reader.is_reusable)


def fault_of(
    answer: bytes, *, has_body: bool = True, is_upgrade: bool = False
) -> UpstreamFailed | None:
    """How an answer fails that is all there is; None where it does not."""
    try:
        read([answer], has_body=has_body, is_upgrade=is_upgrade, ends=True)
    except UpstreamFailed as fault:
        return fault
    return None


def cut(answer: bytes, at: Iterable[int]) -> list[bytes]:
    """An answer in pieces."""
    edges = [0, *sorted(set(at)), len(answer)]
    return [answer[edges[n] : edges[n + 1]] for n in range(len(edges) - 1)]
