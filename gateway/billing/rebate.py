"""The openness rebate: who opens what was built from the commons pays less for use.

On proof, never on promise: for the use of an agreement, in each month at whose end a
proof for it holds, or holds at the run where that comes first; or for whom the
attribute is verified or vouched for. It takes nothing off a minimum or a royalty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.billing.rating import RatedLine
from gateway.billing.tally import Share
from gateway.identity.over_time import OverTime, over_time
from gateway.identity.party import Party
from gateway.identity.statement import Statement
from gateway.kernel.evidence import Level
from gateway.kernel.money import rounded_half_up
from gateway.kernel.period import Period
from gateway.licensing.tariff import Tariff

OPENNESS, OPEN = "openness", "weights+data"
PERCENT = 100


@dataclass(frozen=True, slots=True, order=True)
class Rebate:
    """What openness takes off one agreement's use, under one version of its tariff.

    Attributes:
        agreement_id: Under which agreement.
        tariff: The tariff's id.
        tariff_version: Its version.
        currency: ISO 4217.
        percent: Of what use costs.
        net_minor: How much less, minor units, above 0.
        month: The last month of the use.
    """

    agreement_id: str
    tariff: str
    tariff_version: int
    currency: str
    percent: int
    net_minor: int
    month: Period


def open_over_time(party: Party, statements: Iterable[Statement]) -> OverTime:
    """When it was proven that the party opened weights and data.

    Args:
        party: Which.
        statements: Everything ever said about it.
    """
    return over_time(
        party,
        statements,
        OPENNESS,
        holds=lambda known: known.value == OPEN and known.level >= Level.VERIFIED,
    )


def rebates(
    lines: Iterable[RatedLine],
    tariffs: Mapping[tuple[str, int], Tariff],
    *,
    has_opened: Callable[[Share], bool],
) -> tuple[Rebate, ...]:
    """What openness takes off, rounded half-up once per agreement and version.

    Args:
        lines: What a run rated.
        tariffs: Every version that a line names.
        has_opened: Is it proven for the use of a share: its agreement, its month?

    Returns:
        Only those above 0, by agreement and version.
    """
    used: Counter[tuple[str, str, int, str]] = Counter()
    months: dict[tuple[str, str, int, str], Period] = {}
    for line in lines:
        name = line.ladder.tariff
        if not has_opened(line.share):
            continue
        key = (line.share.agreement_id, name, line.tariff_version, line.currency)
        used[key] += line.net_minor
        months[key] = max(line.share.month, months.get(key, line.share.month))
    found: list[Rebate] = []
    for key, minor in used.items():
        agreement_id, name, version, currency = key
        percent = tariffs[name, version].openness_rebate_percent
        less = rounded_half_up(Fraction(minor * percent, PERCENT))
        if less:
            found.append(
                Rebate(
                    agreement_id,
                    name,
                    version,
                    currency=currency,
                    percent=percent,
                    net_minor=less,
                    month=months[key],
                )
            )
    return tuple(sorted(found))
