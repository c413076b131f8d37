"""A usage statement: what was taken under an agreement in a month, to be signed.

It is made from the usage events of one window: a month, and a stretch of the order of
recording. What is recorded later goes on a supplement, so that the windows of a month
tile and no event stands on two statements.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from gateway.kernel.clock import US_PER_S, iso
from gateway.kernel.period import Period

HOUR_US = 3_600 * US_PER_S


@dataclass(frozen=True, slots=True)
class Window:
    """Which usage events a statement is about.

    Attributes:
        agreement_id: Under which agreement.
        period: By when they occurred.
        after_seq: Recorded after this place; 0 for the first statement of a month.
        upto_seq: And up to this one.
    """

    agreement_id: str
    period: Period
    after_seq: int
    upto_seq: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Usage events of a window that were taken on the same terms.

    Attributes:
        collection: Of which collection.
        tariff: Under which tariff; empty for none.
        tariff_version: And which version of it.
        use: For what use, as agreed.
        policy_version: Hash of the policy set that decided.
        events: How many.
        body_bytes: Body bytes delivered.
        counted_requests: Requests that count for the terms.
        counted_bytes: Bytes that count for the terms.
        repeats: Deliveries of an object version again within 30 days.
        repeat_bytes: Their bytes; they count for nothing.
        objects: Different object versions among them.
        first_us: When the first one occurred, microseconds UTC.
        last_us: And the last one.
    """

    collection: str
    tariff: str
    tariff_version: int
    use: str
    policy_version: str
    events: int
    body_bytes: int
    counted_requests: int
    counted_bytes: int
    repeats: int
    repeat_bytes: int
    objects: int
    first_us: int
    last_us: int


class TakenObject(NamedTuple):
    """One object version, and what was delivered of it.

    Attributes:
        sha256: Digest of target and strong ETag, hex.
        deliveries: How many events.
        body_bytes: Their bytes.
    """

    sha256: str
    deliveries: int
    body_bytes: int


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of requests that have no event.

    Attributes:
        orphaned: A run died before it knew how they ended; they count for nothing.
        released: Nothing passed.
    """

    orphaned: int = 0
    released: int = 0


@dataclass(frozen=True, slots=True)
class UsageStatement:
    """A statement as it was issued; it never changes.

    Attributes:
        id: `stm_…`.
        window: Which usage it is about.
        number: From 1; later ones are supplements of the same month.
        events: How many usage events it tells of.
        body_bytes: Their bytes.
        issued_us: When, microseconds UTC.
        jws: The statement: compact JWS (RFC 7515) over canonical JSON.
        sha256: Its digest, hex.
    """

    id: str
    window: Window
    number: int
    events: int
    body_bytes: int
    issued_us: int
    jws: str
    sha256: str

    def told(self) -> dict[str, Any]:
        """The statement as lists show it, without the signed bytes."""
        return {
            "statement_id": self.id,
            "agreement_id": self.window.agreement_id,
            "period": str(self.window.period),
            "number": self.number,
            "events": self.events,
            "bytes": self.body_bytes,
            "issued_at": iso(self.issued_us),
            "sha256": self.sha256,
        }


def objects_digest(objects: Iterable[TakenObject]) -> tuple[str, int]:
    """SHA-256 over a line for each object version, hex; and how many they are.

    Args:
        objects: By digest, each once. A line is digest, deliveries and bytes, with a
            space between and a line feed after.
    """
    digest, number = hashlib.sha256(), 0
    for each in objects:
        line = f"{each.sha256} {each.deliveries} {each.body_bytes}\n"
        digest.update(line.encode())
        number += 1
    return digest.hexdigest(), number


def silences(period: Period, heard_us: Iterable[int]) -> tuple[Period, ...]:
    """Stretches of a period in which nobody was heard, by whole hours.

    Args:
        period: Begins and ends on an hour.
        heard_us: First microseconds of hours in which somebody was heard.
    """
    marks = sorted({each for each in heard_us if each in period})
    edges = [period.start_us - HOUR_US, *marks, period.end_us]
    return tuple(_between(edges))


def _between(edges: Sequence[int]) -> Iterator[Period]:
    for before_us, next_us in pairwise(edges):
        if before_us + HOUR_US < next_us:
            yield Period(before_us + HOUR_US, next_us)
