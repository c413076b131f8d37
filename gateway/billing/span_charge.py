"""What a calendar span costs beside its use: a minimum, and royalties.

Both are worked out again from everything that is known whenever a run closes a
period, and only the difference to what the span was charged before is charged. So
nothing is charged twice, usage that comes late lowers what made up for it, and the
order in which things become known never matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from gateway.billing.division import divide
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import rounded_half_up
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.royalties import Royalties
from gateway.licensing.tariff import Minimum


class ChargedFor(StrEnum):
    """What a span is charged for beside use. Public: add, never rename."""

    MINIMUM = "minimum"
    ROYALTY = "royalty"


@dataclass(frozen=True, slots=True)
class SpanCharge:
    """One step of what a span costs beside its use.

    Attributes:
        charged_for: A minimum, or royalties.
        agreement_id: Under which agreement.
        party_id: Whose.
        tariff: The tariff's id.
        tariff_version: Its version.
        span: The calendar year or month; at its ends as far as it was agreed.
        currency: ISO 4217.
        basis_minor: What it was worked out from: the use that was charged, or the
            turnover that was declared.
        due_minor: What the span was charged after this step, 0 or more.
        net_minor: What is charged now, that much less what was charged before;
            below 0 where something is given back.
    """

    charged_for: ChargedFor
    agreement_id: str
    party_id: str
    tariff: str
    tariff_version: int
    span: Period
    currency: str
    basis_minor: int
    due_minor: int
    net_minor: int


@dataclass(frozen=True, slots=True, order=True)
class Declaration:
    """A turnover that somebody declared.

    Attributes:
        id: `dec_…`.
        agreement_id: Under which agreement.
        span: Of which calendar year or month.
        currency: ISO 4217.
        turnover_minor: How much, minor units, 0 or more.
        evidence: What it rests on: a signed letter, an annual account.
        declared_on: The date of the evidence, ISO 8601.
        declared_by: Who says so.
        recorded_us: When it was entered; the latest of a span counts.
    """

    id: str
    agreement_id: str
    span: Period
    currency: str
    turnover_minor: int
    evidence: str
    declared_on: str
    declared_by: str
    recorded_us: int

    def __post_init__(self) -> None:
        if self.turnover_minor < 0:
            raise InvalidValue("a turnover is 0 or more")
        if not (self.evidence.strip() and self.declared_by.strip()):
            raise InvalidValue("a turnover is declared by somebody, with evidence")


@dataclass(frozen=True, slots=True)
class Taker:
    """An agreement whose span may cost royalties.

    Attributes:
        agreement_id: Under which agreement.
        owner_id: The beneficial owner: all its turnover climbs one set of brackets.
        version: The tariff's pinned version.
        is_unproven: Nobody verified the entity: the last rate from the first cent on.
    """

    agreement_id: str
    owner_id: str
    version: int
    is_unproven: bool


def stretches(
    agreement: Agreement, over: BracketsOver, *, from_us: int, upto_us: int
) -> Iterator[Period]:
    """The calendar spans in which an agreement was in force, cut at its ends.

    They tile the agreement's time from the span that holds *from_us* on, and all of
    them are over at *upto_us*.
    """
    span = over.span_of(from_us)
    while True:
        ends = agreement.ends_us if agreement.ends_us is not None else span.end_us
        start, end = max(span.start_us, agreement.starts_us), min(span.end_us, ends)
        if end > upto_us or span.start_us >= ends:
            return
        if start < end:
            yield Period(start, end)
        span = over.span_of(span.end_us)


def is_bound(
    stretch: Period, priced: AbstractSet[Period], at_zero: AbstractSet[Period]
) -> bool:
    """Does a minimum, or a duty to declare, hold in a stretch?

    Accepting an offer costs nothing: it holds from the first priced use on. Where the
    latest use until the end of the stretch was priced at zero (the small, those who
    give back) it rests; in doubt it rests.

    Args:
        stretch: A part of a calendar span.
        priced: Months in which use was priced.
        at_zero: Periods of runs that took up use priced at zero.
    """
    before = [each for each in priced if each.start_us < stretch.end_us]
    if not before:
        return False
    last_us = max(each.end_us for each in before)
    rested = [each for each in at_zero if each.start_us < stretch.end_us]
    return all(each.end_us <= last_us for each in rested)


def minimum_minor(minimum: Minimum, stretch: Period) -> int:
    """The minimum of a stretch: the whole one in proportion to its length."""
    span = minimum.per.span_of(stretch.start_us)
    part = Fraction(stretch.end_us - stretch.start_us, span.end_us - span.start_us)
    return rounded_half_up(minimum.minor * part)


def left_open(minimum: Minimum, stretch: Period, used_minor: int) -> int:
    """What use leaves open of a minimum, minor units."""
    return max(0, minimum_minor(minimum, stretch) - used_minor)


def royalties_due(
    turnovers: Mapping[Taker, int], tariffs: Mapping[int, Royalties]
) -> dict[Taker, int]:
    """What declared turnovers of one tariff and span cost, by agreement.

    Per owner all turnovers climb one set of brackets, older versions first, the
    proven before the unproven; what each version costs is rounded once and divided
    by turnover. So ten parties of one owner pay what one would.

    Args:
        turnovers: Minor units, 0 or more.
        tariffs: The royalties of each version that a taker names.
    """
    by_owner: dict[str, dict[tuple[int, bool], dict[Taker, int]]] = defaultdict(dict)
    for taker, minor in turnovers.items():
        segment = (taker.version, taker.is_unproven)
        by_owner[taker.owner_id].setdefault(segment, {})[taker] = minor
    due: dict[Taker, int] = {}
    for segments in by_owner.values():
        position = 0
        for (version, is_unproven), members in sorted(segments.items()):
            whole = sum(members.values())
            exact = tariffs[version].charge_minor(
                position, whole, is_proven=not is_unproven
            )
            position += whole
            due |= _divided(rounded_half_up(exact), members)
    return due


def covered(
    charges: Iterable[SpanCharge], used_minor: Mapping[str, int]
) -> Iterator[SpanCharge]:
    """Give back no more than an agreement's draft charges: no draft is below 0.

    What is left to be given back is found again by the next run, as the difference
    to what the span was charged.

    Args:
        charges: Steps of any agreements; all of one are in its currency.
        used_minor: What a draft charges for use, by agreement.
    """
    steps = list(charges)
    room: dict[str, int] = defaultdict(int, used_minor)
    for step in steps:
        room[step.agreement_id] += max(0, step.net_minor)
    for step in steps:
        given = max(step.net_minor, -room[step.agreement_id])
        if step.net_minor < 0:
            room[step.agreement_id] += given
        if given:
            due = step.due_minor - step.net_minor + given
            yield replace(step, net_minor=given, due_minor=due)


def latest(
    declarations: Iterable[Declaration],
) -> dict[tuple[str, Period], Declaration]:
    """The declaration that counts, by agreement and span."""
    ordered = sorted(declarations, key=lambda each: (each.recorded_us, each.id))
    return {(each.agreement_id, each.span): each for each in ordered}


def _divided(whole: int, members: Mapping[Taker, int]) -> dict[Taker, int]:
    by_id = {taker.agreement_id: taker for taker in members}
    weights = {taker.agreement_id: minor for taker, minor in members.items()}
    if not any(weights.values()):
        return dict.fromkeys(members, 0)
    return {by_id[name]: minor for name, minor in divide(whole, weights).items()}
