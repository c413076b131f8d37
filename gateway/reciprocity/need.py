"""What the commons asks for, and what it is worth in hours and credits.

A needs list is published by a steward. The table of equivalence counts only once the
members ratified its very version: what work is worth is not for one side to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR, WEIGHT_MAX

HOUR = "hour"

COUNTS_NOTHING: Mapping[str, str] = MappingProxyType(
    {
        "vendor-credit": "a vendor's credits buy from that vendor and bind to it",
        "cloud-credit": "a vendor's credits buy from that vendor and bind to it",
        "voucher": "a vendor's credits buy from that vendor and bind to it",
        "discount": "who lowers a price of its own has given nothing",
        "exposure": "being seen pays for no work",
        "publicity": "being seen pays for no work",
        "visibility": "being seen pays for no work",
        "backlink": "being seen pays for no work",
        "traffic": "visitors are what a link is for, not a gift",
    }
)
"""Kinds that settle nothing, each with the reason; refused by name."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that the commons asks for.

    Attributes:
        id: Kebab-case; claims name it.
        title: By language code.
        unit: What it is counted in; a unit of the table.
        wanted: How many units; None for as many as come.
        collection: For which collection; empty for all.
        list_id: The list it stands on.
    """

    id: str
    title: Mapping[str, str]
    unit: str
    wanted: int | None = None
    collection: str = ""
    list_id: str = ""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """One version of the table: what units are worth.

    Attributes:
        id: Kebab-case.
        version: From 1; a version that was ratified never changes.
        hours: Unit to hours, exactly; always with the hour itself.
        hour_minor: Currency to what an accepted hour settles, minor units.
    """

    id: str
    version: int
    hours: Mapping[str, Fraction]
    hour_minor: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def subject(self) -> str:
        """What members ratify: `commons@2`."""
        return f"{self.id}@{self.version}"

    @property
    def digest(self) -> str:
        """SHA-256, hex, over everything it says; what lay before the members."""
        said = [f"{self.id}\n{self.version}\n"]
        said += [
            f"{unit} {each.numerator}/{each.denominator}\n"
            for unit, each in sorted(self.hours.items())
        ]
        said += [
            f"{currency} {minor}\n"
            for currency, minor in sorted(self.hour_minor.items())
        ]
        return hashlib.sha256("".join(said).encode()).hexdigest()

    def weight_hundredths(self, unit: str, quantity: Fraction) -> int:
        """What a quantity of a unit weighs, hundredths of a credit, rounded down.

        Raises:
            InvalidValue: the table has no such unit, or it weighs nothing or too much.
        """
        hours = self.hours.get(unit)
        if hours is None:
            why = COUNTS_NOTHING.get(unit, f"table {self.subject} has no such unit")
            detail = f"{unit!r} counts nothing: {why}"
            raise InvalidValue(detail)
        weight = quantity * hours * HUNDREDTHS_PER_HOUR // 1
        if not 1 <= weight <= WEIGHT_MAX:
            detail = (
                f"{quantity} {unit} come to {weight} hundredths of an hour; a claim"
                f" weighs 1 to {WEIGHT_MAX}"
            )
            raise InvalidValue(detail)
        return int(weight)


@dataclass(frozen=True, slots=True)
class Needs:
    """Every published list, and every version of the table.

    Attributes:
        items: By id.
        tables: Oldest version first.
    """

    items: Mapping[str, Need] = field(default_factory=lambda: MappingProxyType({}))
    tables: tuple[Equivalence, ...] = ()

    def need(self, need_id: str) -> Need:
        """An item of the lists.

        Raises:
            InvalidValue: no list has it; vendor credits and exposure never are on one.
        """
        found = self.items.get(need_id)
        if found is not None:
            return found
        why = COUNTS_NOTHING.get(need_id)
        detail = f"{need_id!r} counts nothing: {why}" if why else _unlisted(need_id)
        raise InvalidValue(detail)


@dataclass(frozen=True, slots=True)
class Answering:
    """That a claim answers a need.

    Attributes:
        claim_id: The claim.
        need_id: The need, as it was published when the work was claimed.
        unit: In what it was counted.
        quantity: How much of it, as a fraction `7` or `5/2`.
        table: By which version its weight was found: `commons@2`; empty where it was
            told in hours.
    """

    claim_id: str
    need_id: str
    unit: str
    quantity: str
    table: str = ""


def latest(tables: Iterable[Equivalence], counts: Iterable[str]) -> Equivalence | None:
    """The newest version among those whose subject counts; None for none."""
    subjects = frozenset(counts)
    known = [each for each in tables if each.subject in subjects]
    return max(known, key=lambda each: each.version, default=None)


def _unlisted(need_id: str) -> str:
    return f"no needs list asks for {need_id!r}; see `copyfair need list`"
