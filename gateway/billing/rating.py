"""Rating: quantities become charges, once.

Per beneficial owner, tariff and span, all quantities climb one ladder of marginal
brackets from the position already reached, whatever the collection. Two versions
accumulate together; each part is priced by its own version. What fell into one
bracket of one version is one charge, exact until it is rounded half-up, once; it
is then split over the owner's parties by quantity, by largest remainder. So ten
parties of one owner pay together what one would have paid.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.billing.division import divide, spread
from gateway.billing.footing import Family
from gateway.billing.tally import Cell, Ladder, Segment, Share
from gateway.kernel.errors import NotFound
from gateway.kernel.money import minor_from_micros, rounded_half_up
from gateway.kernel.period import Period
from gateway.licensing.tariff import Metered, Tariff

Rung = tuple[int, int, bool]
"""A version of the tariff, one of its brackets, and whether nobody was verified."""
Reached = tuple[str, str, Period]
"""A party, a tariff and a span, in which it climbed so many units."""

Climbed = Mapping[Rung, Mapping[Share, int]]


@dataclass(frozen=True, slots=True)
class RatedLine:
    """What one party owes for what fell into one bracket.

    Attributes:
        ladder: Owner, tariff and span.
        share: Agreement, party, collection and month.
        tariff_version: The version that priced it.
        bracket: The bracket that priced it, from 0.
        quantity: Whole units of the metered thing.
        metered: What was counted.
        per_units: How many units the price stands for.
        price_micros: Per *per_units* units.
        currency: ISO 4217.
        net_minor: The charge, minor units, rounded.
        is_unproven: Nobody had verified the party: the last price, and no place on
            the ladder.
    """

    ladder: Ladder
    share: Share
    tariff_version: int
    bracket: int
    quantity: int
    metered: Metered
    per_units: int
    price_micros: int
    currency: str
    net_minor: int
    is_unproven: bool = False


def rate(
    units: Mapping[Cell, int],
    *,
    tariffs: Mapping[tuple[str, int], Tariff],
    reached: Mapping[Ladder, int],
) -> tuple[RatedLine, ...]:
    """Price a tally.

    Args:
        units: Whole units by cell, 0 or more.
        tariffs: Every version that a cell names, by id and version.
        reached: Units already rated on a ladder; 0 where it is not named.

    Returns:
        Lines in a fixed order that depends on nothing but the quantities.

    Raises:
        NotFound: a version is missing.
    """
    ladders: dict[Ladder, dict[Segment, dict[Share, int]]] = {}
    for (ladder, segment, share), quantity in sorted(units.items()):
        if quantity:
            segments = ladders.setdefault(ladder, {})
            segments.setdefault(segment, {})[share] = quantity
    lines: list[RatedLine] = []
    for ladder, segments in ladders.items():
        versions = {
            segment.version: _version(tariffs, ladder.tariff, segment.version)
            for segment in segments
        }
        climbed = _climb(segments, versions, start=reached.get(ladder, 0))
        lines += _priced(ladder, climbed, versions)
    return tuple(lines)


def rate_families(
    units: Mapping[Family, Mapping[Cell, int]],
    *,
    tariffs: Mapping[tuple[str, int], Tariff],
    reached: Mapping[Reached, int],
) -> tuple[RatedLine, ...]:
    """Price a tally in which parties may have changed hands.

    A family begins where its parties stand together, whoever they belonged to before.
    So neither a new owner nor a new name puts anybody back to the first bracket.

    Args:
        units: Whole units by family and cell; families in the order of their time.
        tariffs: As for `rate`.
        reached: Units that parties climbed already, by party, tariff and span.

    Returns:
        Lines, by family and then in the order of `rate`.

    Raises:
        NotFound: a version is missing.
    """
    climbed, lines = Counter(reached), list[RatedLine]()
    for family in sorted(units):
        ladders = {ladder for ladder, _, _ in units[family]}
        starts = {
            each: sum(climbed[one, each.tariff, each.span] for one in family.party_ids)
            for each in ladders
        }
        for line in rate(units[family], tariffs=tariffs, reached=starts):
            lines.append(line)
            if not line.is_unproven:
                of = (line.share.party_id, line.ladder.tariff, line.ladder.span)
                climbed[of] += line.quantity
    return tuple(lines)


def exact_charge(tariff: Tariff, bracket: int, units: int) -> Fraction:
    """What *units* cost in one bracket, in exact minor units."""
    micros = Fraction(units * tariff.brackets[bracket].price_micros, tariff.per_units)
    return minor_from_micros(micros, tariff.currency)


def _version(
    tariffs: Mapping[tuple[str, int], Tariff], tariff: str, version: int
) -> Tariff:
    try:
        return tariffs[tariff, version]
    except KeyError:
        detail = f"tariff {tariff} version {version} was never published"
        raise NotFound(detail) from None


def _climb(
    segments: Mapping[Segment, Mapping[Share, int]],
    versions: Mapping[int, Tariff],
    *,
    start: int,
) -> Climbed:
    """Give each segment its place on the ladder, one after the other.

    What costs the last price wherever it stands takes no place.
    """
    climbed: dict[Rung, dict[Share, int]] = defaultdict(lambda: defaultdict(int))
    position = start
    for segment, shares in sorted(segments.items()):
        quantity = sum(shares.values())
        slices = versions[segment.version].slices(
            position,
            quantity,
            floor_bracket=segment.floor_bracket,
            is_proven=not segment.is_unproven,
        )
        position += 0 if segment.is_unproven else quantity
        columns = {part.bracket: part.units for part in slices}
        for share, brackets in spread(shares, columns).items():
            for bracket, units in brackets.items():
                rung = (segment.version, bracket, segment.is_unproven)
                climbed[rung][share] += units
    return climbed


def _priced(
    ladder: Ladder, climbed: Climbed, versions: Mapping[int, Tariff]
) -> Iterator[RatedLine]:
    for (version, bracket, is_unproven), shares in sorted(climbed.items()):
        tariff = versions[version]
        whole = rounded_half_up(exact_charge(tariff, bracket, sum(shares.values())))
        charges = divide(whole, shares)
        for share in sorted(shares):
            yield RatedLine(
                ladder=ladder,
                share=share,
                tariff_version=version,
                bracket=bracket,
                quantity=shares[share],
                metered=tariff.metered,
                per_units=tariff.per_units,
                price_micros=tariff.brackets[bracket].price_micros,
                currency=tariff.currency,
                net_minor=charges[share],
                is_unproven=is_unproven,
            )
