"""Footprint: the third ledger, beside money and contribution.

Bytes and requests are counted, CPU time is measured for all requests together, and the
energy is an estimate by a model that is stated beside it. Whole milliwatt-hours; exact
fractions between, rounded once, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.errors import InvalidValue
from gateway.metering.effort import Effort

US_PER_HOUR = 3_600_000_000
BYTES_PER_GB = 10**9
HALF = Fraction(1, 2)
UNMETERED = ""
"""The group of everything that was served and not metered."""


@dataclass(frozen=True, slots=True)
class EnergyModel:
    """How energy is estimated.

    Attributes:
        core_mw: What a busy core draws, milliwatts.
        pue_hundredths: Power usage effectiveness of where it stands: 156 is 1.56.
        network_mwh_per_gb: What carrying 10⁹ bytes takes, milliwatt-hours.
        source: Where these figures stand.
    """

    core_mw: int = 3_500
    pue_hundredths: int = 156
    network_mwh_per_gb: int = 59_000
    source: str = (
        "core: Cloud Carbon Footprint, 3.5 W per busy vCPU (average maximum); "
        "PUE: Uptime Institute, Global Data Center Survey 2024; "
        "network: Sustainable Web Design Model 4, 0.059 kWh/GB"
    )

    def __post_init__(self) -> None:
        if min(self.core_mw, self.network_mwh_per_gb) < 0:
            raise InvalidValue("nothing gives energy back")
        if self.pue_hundredths < 100:
            raise InvalidValue("a PUE is 1.00 or more")

    def energy_mwh(self, *, cpu_us: int, body_bytes: int) -> int:
        """The energy of so much work, milliwatt-hours, rounded once, half up."""
        return int(self.exact_mwh(cpu_us=cpu_us, body_bytes=body_bytes) + HALF)

    def exact_mwh(self, *, cpu_us: int, body_bytes: int) -> Fraction:
        """The same, not rounded."""
        power = Fraction(self.core_mw * self.pue_hundredths, 100)
        computing = power * Fraction(cpu_us, US_PER_HOUR)
        carrying = Fraction(body_bytes * self.network_mwh_per_gb, BYTES_PER_GB)
        return computing + carrying


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one group took.

    Attributes:
        group: Its name; `UNMETERED` for what nobody had an agreement for.
        requests: How many.
        body_bytes: Bytes delivered.
        cpu_us: Its part of the CPU time, by requests.
        energy_mwh: By the model.
    """

    group: str
    requests: int
    body_bytes: int
    cpu_us: int
    energy_mwh: int


def footprints(
    metered: Mapping[str, tuple[int, int]], effort: Effort, model: EnergyModel
) -> tuple[Footprint, ...]:
    """Divide what serving took among those it was served to.

    CPU time is divided by requests, by largest remainder, so it adds up exactly. What a
    front server delivered in our place is in no effort: then nothing is unmetered.

    Args:
        metered: Group to requests and bytes; no group is `UNMETERED`.
        effort: What everything took, in the same time.
        model: How energy is estimated.

    Returns:
        One for each group that took anything, by name; what was not metered first.
    """
    took = dict(metered)
    requests = sum(each for each, _ in metered.values())
    delivered = sum(each for _, each in metered.values())
    took[UNMETERED] = (
        max(0, effort.requests - requests),
        max(0, effort.egress_bytes - delivered),
    )
    took = {group: each for group, each in sorted(took.items()) if any(each)}
    cpu = _divided(effort.cpu_us, {group: each for group, (each, _) in took.items()})
    return tuple(
        Footprint(
            group=group,
            requests=requests,
            body_bytes=body_bytes,
            cpu_us=cpu[group],
            energy_mwh=model.energy_mwh(cpu_us=cpu[group], body_bytes=body_bytes),
        )
        for group, (requests, body_bytes) in took.items()
    )


def _divided(whole: int, weights: Mapping[str, int]) -> dict[str, int]:
    """By largest remainder, ties to the lower name; nothing where nobody asked."""
    total = sum(weights.values())
    if not total:
        return dict.fromkeys(weights, 0)
    parts = {name: whole * each // total for name, each in weights.items()}
    order = sorted(weights, key=lambda name: (-(whole * weights[name] % total), name))
    for name in order[: whole - sum(parts.values())]:
        parts[name] += 1
    return parts
