"""Derivation: what a price is made of, its cost line worked out from what was measured.

Serving takes CPU time and egress. What both took lately, at the host's own unit costs
and divided by what was served, is what a unit of the tariff costs; a price may be
held against it. Exact until it is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.money import MICROS_PER_MAJOR, rounded_half_up
from gateway.licensing.tariff import Metered, Tariff

COST = "cost"
US_PER_HOUR = 3_600 * 1_000_000
BYTES_PER_GIB = 2**30


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """What the host pays; see `costs` in gateway.yaml.

    Attributes:
        cpu_hour_micros: An hour of CPU time, micros of the currency.
        egress_gib_micros: A GiB that leaves, micros.
        currency: ISO 4217.
        source: Where both figures stand.
    """

    cpu_hour_micros: int
    egress_gib_micros: int
    currency: str
    source: str


@dataclass(frozen=True, slots=True)
class Served:
    """What serving took, and what was served with it.

    Attributes:
        cpu_us: Microseconds of CPU time.
        egress_bytes: Body bytes that left.
        requests: Requests answered.
        hours: In how many hours of a node it was measured.
    """

    cpu_us: int
    egress_bytes: int
    requests: int
    hours: int


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one `per` of a tariff costs the host, or why that is not known.

    Attributes:
        cpu_micros: CPU time in it, micros, exact.
        egress_micros: Egress in it, micros, exact.
        because: Where it comes from, or why it is not known.
        is_known: Whether it may be held against a price.
    """

    cpu_micros: Fraction = Fraction(0)
    egress_micros: Fraction = Fraction(0)
    because: str = ""
    is_known: bool = False

    @property
    def micros(self) -> int:
        """All of it, rounded to whole micros once, half-up."""
        return rounded_half_up(self.cpu_micros + self.egress_micros)


def cost_line(tariff: Tariff, costs: UnitCosts | None, served: Served) -> CostLine:
    """What one `per` of a tariff costs, by what was measured.

    A tariff that states a figure of its own is believed; without one, or with
    `cost: measured`, what was measured counts. CPU time is shared by bytes where bytes
    are metered, else by requests; a record is a request. So a price is held against
    what serving anybody takes on average.
    """
    stated = _stated(tariff)
    if stated is not None:
        return CostLine(stated, because="as the tariff states it", is_known=True)
    if costs is None:
        return CostLine(because="not known: gateway.yaml says no unit costs (`costs`)")
    if costs.currency != tariff.currency:
        detail = f"not known: costs are in {costs.currency}, prices in"
        return CostLine(because=f"{detail} {tariff.currency}")
    whole = served.egress_bytes if tariff.metered is Metered.BYTES else served.requests
    if not whole:
        return CostLine(because="not known: nothing was measured yet")
    part = Fraction(tariff.per_units, whole)
    cpu = Fraction(served.cpu_us * costs.cpu_hour_micros, US_PER_HOUR)
    egress = Fraction(served.egress_bytes * costs.egress_gib_micros, BYTES_PER_GIB)
    return CostLine(
        cpu * part,
        egress * part,
        because=f"measured, {served.hours} h of service; {costs.source}",
        is_known=True,
    )


def _stated(tariff: Tariff) -> Fraction | None:
    """The cost that the derivation states as a decimal, micros."""
    told = dict(tariff.derivation).get(COST, "")
    if not re.fullmatch(r"[0-9]{1,12}(?:\.[0-9]{1,6})?", told):
        return None
    return Fraction(told) * MICROS_PER_MAJOR
