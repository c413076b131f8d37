"""Who took and who gave, side by side, and how few hold how much of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from gateway.fund.capture import capture_index
from gateway.fund.concentration import concentration
from gateway.fund.public_ports import Taken
from gateway.identity.public_name import Shown, Who
from gateway.services.public_books.figures import (
    PPM,
    ConcentrationRow,
    GiveTakeRow,
    ppm,
)

THOUSAND = 1_000
TAKERS = "takers"
ORDER = (Who.ORGANISATION, Who.PERSON, Who.UNPROVEN, Who.PEOPLE)


@dataclass(slots=True)
class Moved:
    """What went both ways between the commons and its parties.

    Attributes:
        taken: By party id.
        given: Minor units by party id and currency.
        work: Hundredths of an hour by party id.
    """

    taken: Mapping[str, Taken]
    given: Counter[tuple[str, str]] = field(default_factory=Counter)
    work: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Sum:
    parties: set[str] = field(default_factory=set)
    requests: int = 0
    body_bytes: int = 0
    work: int = 0
    given: Counter[str] = field(default_factory=Counter)


def give_take_rows(
    moved: Moved, shown: Callable[[str], Shown]
) -> tuple[GiveTakeRow, ...]:
    """Who took and gave: by name where it may be said, else together."""
    sums: dict[Shown, _Sum] = {}
    for party_id, took in moved.taken.items():
        one = sums.setdefault(shown(party_id), _Sum())
        one.parties.add(party_id)
        one.requests += took.requests
        one.body_bytes += took.body_bytes
    for party_id, hundredths in moved.work.items():
        one = sums.setdefault(shown(party_id), _Sum())
        one.parties.add(party_id)
        one.work += hundredths
    for (party_id, currency), minor in moved.given.items():
        one = sums.setdefault(shown(party_id), _Sum())
        one.parties.add(party_id)
        one.given[currency] += minor
    totals = _total(sums.values())
    ranked = sorted(
        sums, key=lambda it: (ORDER.index(it.who), -sums[it].body_bytes, it)
    )
    return tuple(
        row
        for key in ranked
        for row in _rows(key, sums[key], totals)
        if row.body_bytes or row.given_minor or row.work_hundredths
    )


def _rows(who: Shown, one: _Sum, totals: _Sum) -> Iterable[GiveTakeRow]:
    """One row; one more for each further currency, which repeats nothing else."""
    currencies = sorted(each for each in one.given if one.given[each]) or [""]
    for number, currency in enumerate(currencies):
        is_first = not number
        taken = ppm(one.body_bytes, totals.body_bytes) if is_first else 0
        work = ppm(one.work, totals.work) if is_first else 0
        given = ppm(one.given[currency], totals.given[currency])
        yield GiveTakeRow(
            who=who.who,
            name=who.name,
            entity=who.entity,
            parties=len(one.parties),
            requests=one.requests if is_first else 0,
            body_bytes=one.body_bytes if is_first else 0,
            taken_ppm=taken,
            currency=currency,
            given_minor=one.given[currency],
            given_ppm=given,
            work_hundredths=one.work if is_first else 0,
            work_ppm=work,
            give_take_thousandths=_ratio(max(given, work), taken),
        )


def _ratio(given_ppm: int, taken_ppm: int) -> int | None:
    if not taken_ppm:
        return None
    return (2 * given_ppm * THOUSAND + taken_ppm) // (2 * taken_ppm)


def _total(sums: Iterable[_Sum]) -> _Sum:
    total = _Sum()
    for each in sums:
        total.body_bytes += each.body_bytes
        total.work += each.work
        total.given.update(each.given)
    return total


def concentration_row(
    of: str, amounts: Mapping[str, int], *, currency: str = ""
) -> ConcentrationRow | None:
    """How few hold how much; nothing to say of fewer than two.

    Args:
        of: Of whom.
        amounts: Beneficial owner to whole units.
        currency: Of the units, where they are money.
    """
    held = sorted((each for each in amounts.values() if each > 0), reverse=True)
    if len(held) < 2:
        return None
    figures = concentration(held)
    top_3 = Fraction(sum(held[:3]), sum(held))
    index = capture_index(amounts).index if of == TAKERS else None
    return ConcentrationRow(
        of=of,
        currency=currency,
        parties=len(held),
        hhi_ppm=int(figures.hhi * PPM),
        normalised_hhi_ppm=int(figures.normalised_hhi * PPM),
        top_share_ppm=int(figures.top_share * PPM),
        top_3_ppm=int(top_3 * PPM),
        capture_index_ppm=None if index is None else int(index * PPM),
    )
