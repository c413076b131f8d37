"""What is charged so far: the tariff over recorded usage, from the right position.

Brackets accumulate over a calendar year or month in UTC, per beneficial owner.
Inside a span the owner's charge is split over its agreements by quantity, as
billing does; for an owner with one agreement that is simply its own charge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from fractions import Fraction

from gateway.kernel.period import Period, month_of, year_of
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.tariff import Tariff
from gateway.metering.cap import Charge, Position
from gateway.metering.ports import Allowance, Usage, UsageSums
from gateway.metering.quantity import NOTHING, Quantity


def charge_of(tariff: Tariff, *, is_proven: bool) -> Charge:
    """A tariff as a cap needs it."""

    def charge(start: Quantity, more: Quantity, floor_bracket: int) -> Fraction:
        return tariff.charge_micros(
            start.units(tariff.metered),
            more.units(tariff.metered),
            floor_bracket=floor_bracket,
            is_proven=is_proven,
        )

    return charge


def span_of(tariff: Tariff, instant_us: int) -> Period:
    """The span of the brackets that holds an instant."""
    if tariff.brackets_over is BracketsOver.MONTH:
        return month_of(instant_us)
    return year_of(instant_us)


def settled_position(
    sums: UsageSums,
    allowance: Allowance,
    *,
    agreement_id: str,
    period: Period,
    now_us: int,
    up_to_seq: int,
    key_id: str = "",
) -> Position:
    """What an agreement was charged in a period, and where its owner stands now.

    Each part is charged by what counted of its party when it was taken.

    Args:
        sums: Adds up what was recorded.
        allowance: The agreement's tariff and owner.
        agreement_id: Whose charge.
        period: In which; it may cover several spans of the brackets.
        now_us: The owner's position is that of the span which holds this instant.
        up_to_seq: Nothing recorded later counts, so that all sums agree.
        key_id: Only what was taken with this key; empty for all of the agreement.
    """

    def by_owner(within: Period) -> tuple[Usage, ...]:
        return tuple(
            usage
            for stretch, party_ids in _proven_in(allowance, within)
            for usage in sums.priced_usage(
                tariff=allowance.tariff.id,
                party_ids=party_ids,
                period=stretch,
                up_to_seq=up_to_seq,
                with_statements=allowance.is_statement,
            )
        )

    used, micros = NOTHING, Fraction(0)
    for before, part in _parts(allowance, period, now_us):
        usages = sums.agreement_usage(
            agreement_id,
            period=part,
            up_to_seq=up_to_seq,
            with_statements=allowance.is_statement,
            key_id=key_id,
        )
        mine = _total(usages)
        if mine == NOTHING:
            continue
        used += mine
        if allowance.proven_over_time.at(part.start_us):
            start = _total(by_owner(before)) if before else NOTHING
            micros += _share(allowance, start=start, taken=by_owner(part), mine=mine)
        else:
            last_price = charge_of(allowance.tariff, is_proven=False)
            micros += last_price(NOTHING, mine, 0)
    return Position(_total(by_owner(span_of(allowance.tariff, now_us))), used, micros)


def _proven_in(
    allowance: Allowance, within: Period
) -> Iterator[tuple[Period, tuple[str, ...]]]:
    """When which parties of the owner were verified, in a period."""
    found: dict[Period, list[str]] = defaultdict(list)
    for party_id in allowance.owner_party_ids:
        proven = allowance.family.get(party_id, allowance.proven_over_time)
        for stretch in proven.within(within):
            found[stretch].append(party_id)
    for stretch, party_ids in sorted(found.items()):
        yield stretch, tuple(party_ids)


def _parts(
    allowance: Allowance, period: Period, now_us: int
) -> Iterator[tuple[Period | None, Period]]:
    """The period cut by spans, and where it was verified what the party is, or no more.

    With each part comes what of its span lies before it.
    """
    start_us = period.start_us
    while start_us < min(period.end_us, now_us + 1):
        span = span_of(allowance.tariff, start_us)
        before = Period(span.start_us, start_us) if start_us > span.start_us else None
        turns_us = allowance.proven_over_time.stretch(start_us).end_us
        end_us = min(span.end_us, period.end_us, turns_us)
        yield before, Period(start_us, end_us)
        start_us = end_us


def _share(
    allowance: Allowance, *, start: Quantity, taken: Iterable[Usage], mine: Quantity
) -> Fraction:
    metered = allowance.tariff.metered
    charge = charge_of(allowance.tariff, is_proven=True)
    position, micros = start, Fraction(0)
    for usage in taken:
        micros += charge(position, usage.quantity, usage.floor_bracket)
        position += usage.quantity
    whole = (position - start).units(metered)
    return micros * Fraction(mine.units(metered), whole) if whole else Fraction(0)


def _total(usages: Iterable[Usage]) -> Quantity:
    return sum((usage.quantity for usage in usages), NOTHING)
