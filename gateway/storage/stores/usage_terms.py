"""Terms of usage: what many events have in common, written down once.

Eleven words and five numbers repeat from event to event of an agreement. An event names
them by a small number, so a commit writes a third of the pages. Rows are told apart by
a digest of all they say, and never change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Insert, Reader, Transaction

WORDS = (
    "agreement_id",
    "party_id",
    "key_id",
    "collection",
    "tariff",
    "use",
    "ending",
    "policy_version",
    "node",
)
NUMBERS = (
    "tariff_version",
    "status",
    "priced_at_zero",
    "floor_bracket",
    "is_test",
    "is_statement",
)
TERMS_COLUMNS = (*WORDS, *NUMBERS)
INTO_TERMS = Insert(
    "usage_terms", ("digest", *TERMS_COLUMNS), "ON CONFLICT (digest) DO NOTHING"
)
LAST_SEQ = "last"
"""Stands where a digest does, which it cannot be."""
REMEMBERED_MAX = 4_096
ASKED_MAX = 64

Terms = tuple[str | int, ...]
"""Values of `TERMS_COLUMNS`, in that order; flags may be True and False."""

terms_of: attrgetter[Terms] = attrgetter(*TERMS_COLUMNS)


@lru_cache(maxsize=REMEMBERED_MAX)
def digest_of(terms: Terms) -> str:
    """What tells terms apart: hex SHA-256 over every value and its length."""
    digest = hashlib.sha256()
    for text in map(str, plain(terms)):
        raw = text.encode("utf-8", "surrogateescape")
        digest.update(b"%d:%b," % (len(raw), raw))
    return digest.hexdigest()


def plain(terms: Terms) -> Terms:
    """As plain texts and whole numbers."""
    words, numbers = terms[: len(WORDS)], terms[len(WORDS) :]
    return (*map(str, words), *map(int, numbers))


class Placed(NamedTuple):
    """Where events go.

    Attributes:
        after: The place of the last event that is there; 0 if there is none.
        terms_ids: The number of each event's terms.
    """

    after: int
    terms_ids: list[int]


def placed(transaction: Transaction, events: Sequence[UsageEvent]) -> Placed:
    """Where one event or more go; terms that are new are written down.

    The store is asked each time: what another transaction wrote may have been undone.
    Both in one question, for each one lets go of the interpreter a few times.
    """
    digests = [digest_of(terms_of(event)) for event in events]
    asked = dict(zip(digests, events, strict=True))
    known = dict(_known(transaction, [*asked]))
    after = known.pop(LAST_SEQ)
    if missing := asked.keys() - known.keys():
        new = sorted(missing)
        rows = [(digest, *plain(terms_of(asked[digest]))) for digest in new]
        transaction.insert_rows(INTO_TERMS, rows)
        known |= _known(transaction, new)
    return Placed(after, [known[digest] for digest in digests])


def _known(reader: Reader, digests: Sequence[str]) -> Iterator[tuple[str, int]]:
    for start in range(0, len(digests), ASKED_MAX):
        some = list(digests[start : start + ASKED_MAX])
        # One question in few lengths, so that few statements are ever compiled.
        some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
        named = {f"d{number}": digest for number, digest in enumerate(some)}
        places = ", ".join(f":{name}" for name in named)
        rows = reader.rows(
            f"SELECT digest, id FROM usage_terms WHERE digest IN ({places})"  # noqa: S608 - numbered names
            f" UNION ALL SELECT '{LAST_SEQ}', coalesce(max(seq), 0) FROM usage_event",
            named,
        )
        yield from ((row["digest"], row["id"]) for row in rows)
