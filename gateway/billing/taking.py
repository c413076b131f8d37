"""Taking usage up: very many events, counted and spelled one after the other.

What events have in common (their terms) is looked up and spelled once; of each event
only its own numbers are left. Counting is adding whole numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.billing.canonical import canonical_json
from gateway.billing.footing import Family, Footings
from gateway.billing.tally import (
    Cell,
    Excluded,
    Ladder,
    Segment,
    Share,
    span_of,
)
from gateway.kernel.period import Period, month_of
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.tariff import Metered, Tariff

Passed = tuple[str, int, int, int, int, int, int]
"""Of one event: its id, the number of its terms, body bytes, billable bytes, billable
requests, 1 for a repeat, and when it occurred, microseconds UTC."""

TERMS, OCCURRED = 1, 6
LINES_MAX = 4_096

_quoted = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class UsageTerms:
    """What events have in common, as far as it prices them; fields as in `UsageEvent`.

    The ending is its public word.
    """

    agreement_id: str
    party_id: str
    collection: str
    tariff: str
    tariff_version: int
    floor_bracket: int
    status: int
    ending: str
    priced_at_zero: bool
    is_test: bool
    is_statement: bool


class Summed(NamedTuple):
    """Events of the same terms that fared alike.

    Attributes:
        terms_id: The number of their terms.
        excluded: Why they are billed nothing; None where they count.
        events: How many.
        units: The units that count; 0 where they are excluded.
    """

    terms_id: int
    excluded: Excluded | None
    events: int
    units: int


class Taken:
    """Events of the same terms: counted, and spelled for the digest.

    Attributes:
        terms: Their terms.
        excluded: Events that are billed nothing, by reason.
        rated: How many count.
    """

    __slots__ = (
        "_after",
        "_before",
        "_is_bytes",
        "_is_paid",
        "_is_test",
        "_middle",
        "_stretch",
        "_stretch_of",
        "_units",
        "_units_by_stretch",
        "excluded",
        "rated",
        "terms",
    )

    def __init__(
        self,
        terms: UsageTerms,
        agreement: Agreement | None = None,
        tariff: Tariff | None = None,
        *,
        stretch_of: Callable[[int], Period] = month_of,
    ) -> None:
        """Begin to count.

        Args:
            terms: Their terms.
            agreement: Under which agreement; None where standing paid.
            tariff: By which version it is priced; None where standing paid.
            stretch_of: The span around an instant in which use is priced alike; at
                most a calendar month.
        """
        self.terms = terms
        self.excluded: Counter[Excluded] = Counter()
        self.rated = 0
        settling = agreement.settling if agreement else None
        self._is_test = terms.is_test or settling is Settling.TEST
        self._is_paid = agreement is None or tariff is None
        self._is_bytes = tariff is not None and tariff.metered is Metered.BYTES
        self._stretch_of = stretch_of
        self._stretch = Period(0, 1)
        self._units = 0
        self._units_by_stretch: Counter[Period] = Counter()
        named = (terms.agreement_id, terms.party_id, terms.collection)
        priced = (terms.tariff, terms.tariff_version, terms.floor_bracket)
        ended = (terms.status, terms.ending)
        self._before = f"{canonical_json((*named, priced, ended))[1:-1]},["
        flags = canonical_json((terms.priced_at_zero, terms.is_test))[1:-1]
        self._middle = (f"],[false,{flags}],", f"],[true,{flags}],")
        self._after = ',"statement"]\n' if terms.is_statement else "]\n"

    def take(self, passed: Passed) -> str:
        """Count an event.

        Returns:
            The line that a run's digest has for it: everything that prices it, as
            canonical JSON.
        """
        name, _, body_bytes, billable_bytes, requests, is_repeat, occurred_us = passed
        if self._is_paid:
            self.excluded[Excluded.STANDING] += 1
        elif self._is_test:
            self.excluded[Excluded.TEST] += 1
        elif is_repeat:
            self.excluded[Excluded.REPEAT] += 1
        elif self.terms.priced_at_zero:
            self.excluded[Excluded.PRICED_AT_ZERO] += 1
        elif units := billable_bytes if self._is_bytes else requests:
            stretch = self._stretch
            if not stretch.start_us <= occurred_us < stretch.end_us:
                self._turn_to(self._stretch_of(occurred_us))
            self._units += units
            self.rated += 1
        else:
            self.excluded[Excluded.NOT_BILLABLE] += 1
        return (
            f"[{_quoted(name)},{self._before}{body_bytes},{billable_bytes},{requests}"
            f"{self._middle[is_repeat]}{occurred_us}{self._after}"
        )

    def units(self) -> Mapping[Period, int]:
        """Units that count, by the stretch in which they occurred."""
        self._turn_to(self._stretch)
        return self._units_by_stretch

    def sums(self, terms_id: int) -> Iterator[Summed]:
        """What became of the events."""
        if self.rated:
            units = sum(self.units().values())
            yield Summed(terms_id, None, self.rated, units)
        for reason, events in sorted(self.excluded.items()):
            yield Summed(terms_id, reason, events, 0)

    def _turn_to(self, stretch: Period) -> None:
        if self._units:
            self._units_by_stretch[self._stretch] += self._units
        self._stretch, self._units = stretch, 0


@dataclass(slots=True)
class Taking:
    """Everything one run takes up, and the digest over it.

    Attributes:
        taken: By the number of their terms.
    """

    taken: dict[int, Taken] = field(default_factory=dict)
    _events: int = 0
    _lines: list[str] = field(default_factory=list)
    _digest: Any = field(default_factory=hashlib.sha256)

    def take(self, taken: Taken, passed: Passed) -> None:
        """Count an event; they come in the order of their ids."""
        self._lines.append(taken.take(passed))
        if len(self._lines) >= LINES_MAX:
            self._swallow()

    def digest(self) -> str:
        """SHA-256 over a line for each event, hex."""
        self._swallow()
        digest: str = self._digest.hexdigest()
        return digest

    def sums(self) -> Sequence[Summed]:
        """What became of the events, by terms and reason."""
        return [
            each
            for terms_id, taken in sorted(self.taken.items())
            for each in taken.sums(terms_id)
        ]

    def count(self) -> int:
        """How many events it took up."""
        self._swallow()
        return self._events

    def _swallow(self) -> None:
        self._events += len(self._lines)
        self._digest.update("".join(self._lines).encode())
        self._lines.clear()


def cells_of(
    taken: Taken, tariff: Tariff, footings: Footings
) -> Iterator[tuple[Family, Cell, int]]:
    """Where the quantities of events are added, with whom, and how much."""
    terms = taken.terms
    for stretch, units in taken.units().items():
        at_us = stretch.start_us
        footing = footings.at(terms.party_id, at_us)
        share = Share(
            terms.agreement_id, terms.party_id, terms.collection, month_of(at_us)
        )
        segment = Segment(
            terms.tariff_version, not footing.is_proven, terms.floor_bracket
        )
        owner_id = footing.family.owner_id
        ladder = Ladder(owner_id, terms.tariff, span_of(tariff, at_us))
        yield footing.family, (ladder, segment, share), units
