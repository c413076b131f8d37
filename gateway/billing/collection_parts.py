"""Which part of an invoice is for which collection; together they are all of it.

A tariff may publish weights (`shares`), by which everything charged under it is
divided. Without them use counts for what was used; what names no collection (a
minimum, a royalty, what is taken off) follows the rest of its invoice. Invoices,
credit notes and published tariffs never change, so neither does what follows here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from gateway.billing.credit_note import CreditNote
from gateway.billing.division import divide
from gateway.billing.invoice import Invoice, InvoiceLine

Weights = Mapping[str, int]


class Charged(Protocol):
    """What is told of a line: what it charges, for what."""

    @property
    def collection(self) -> str:
        """The collection's id, or empty."""

    @property
    def tariff(self) -> str:
        """The tariff's id, or empty."""

    @property
    def tariff_version(self) -> int:
        """Its version."""

    @property
    def net_minor(self) -> int:
        """Net, minor units."""


NOBODY = ""
"""Stands for what no collection can be named for."""


def collection_parts(
    lines: Iterable[Charged],
    weights: Mapping[tuple[str, int], Weights],
    *,
    covered: Sequence[str] = (),
) -> dict[str, int]:
    """Divide what lines charge over collections, by largest remainder.

    Args:
        lines: Of one invoice.
        weights: By tariff and version, where it publishes any.
        covered: Collections of the agreement, for what nothing else says.

    Returns:
        Collection to minor units; they add up to the lines.
    """
    parts: Counter[str] = Counter()
    rest = 0
    for line in lines:
        published = weights.get((line.tariff, line.tariff_version))
        if published:
            parts.update(_divided(line.net_minor, published))
        elif line.collection:
            parts[line.collection] += line.net_minor
        else:
            rest += line.net_minor
    follows = {name: minor for name, minor in parts.items() if minor > 0}
    parts.update(_divided(rest, follows or dict.fromkeys(covered or (NOBODY,), 1)))
    return {name: parts[name] for name in sorted(parts) if parts[name]}


def uncredited(invoice: Invoice, notes: Iterable[CreditNote]) -> list[InvoiceLine]:
    """An invoice's lines, less what was given back of each."""
    given: Counter[int] = Counter()
    for note in notes:
        for line in note.lines:
            given[line.position] += line.net_minor
    return [
        replace(line, net_minor=line.net_minor - given[line.position])
        for line in invoice.lines
    ]


def received_parts(received_minor: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Divide what arrived in proportion to what was charged."""
    weights = {name: minor for name, minor in parts.items() if minor > 0}
    return _divided(received_minor, weights or {NOBODY: 1})


def _divided(minor: int, weights: Weights) -> dict[str, int]:
    """Divide an amount that may be below 0; of 0 nothing is left to be said."""
    if not minor:
        return {}
    sign = 1 if minor > 0 else -1
    return {name: sign * part for name, part in divide(abs(minor), weights).items()}
