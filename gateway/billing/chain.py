"""A chain of digests over everything that must not change.

Each link names a document, posting or batch of usage, its digest, and the hash of
the link before. Changing, removing or moving anything breaks every later hash. The
chain shows tampering to whoever kept its head; the published log comes on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.canonical import digest_of

GENESIS = "0" * 64


class Sealed(StrEnum):
    """What a link seals. Public: add, never rename."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    POSTING = "posting"
    USAGE = "usage"
    RENDITION = "rendition"
    STATEMENT = "usage-statement"


@dataclass(frozen=True, slots=True)
class Link:
    """One link.

    Attributes:
        index: From 1, without gaps.
        kind: What is sealed.
        ref: Its id.
        digest: Its SHA-256, hex.
        previous: Hash of the link before; `GENESIS` for the first.
        hash: SHA-256 over all of the above, hex.
    """

    index: int
    kind: Sealed
    ref: str
    digest: str
    previous: str
    hash: str


def next_link(last: Link | None, kind: Sealed, *, ref: str, digest: str) -> Link:
    """The link that follows *last*."""
    index = last.index + 1 if last else 1
    previous = last.hash if last else GENESIS
    seal = _hash(index, kind, ref, digest, previous)
    return Link(index, kind, ref, digest, previous, seal)


def first_break(links: Iterable[Link]) -> int | None:
    """The index of the first link that does not follow; None when all do."""
    last: Link | None = None
    for link in links:
        if link != next_link(last, link.kind, ref=link.ref, digest=link.digest):
            return link.index
        last = link
    return None


def _hash(*parts: int | str) -> str:
    return digest_of(parts)
