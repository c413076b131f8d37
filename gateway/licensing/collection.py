"""A collection: a named part of the archive, and the terms it stands under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from gateway.licensing.capacity import Capacity
from gateway.licensing.prices import PathCost, Prices
from gateway.licensing.spellings import AS_BY_DEFAULT, Spellings, folded
from gateway.licensing.switches import LicenceMode, Protect
from gateway.licensing.when_full import BY_CLASS, WhenFull
from gateway.reciprocity.spending import Rate

NOTHING: Mapping[str, str] = MappingProxyType({})


class Sensitivity(StrEnum):
    """Who may see it at all."""

    OPEN = "open"
    COMMUNITY = "community"
    RESTRICTED = "restricted"


class Rights(StrEnum):
    """On whose authority terms are set."""

    OWN = "own"
    MANDATED = "mandated"
    NONE = "none"


class Basis(StrEnum):
    """What is charged."""

    SERVICE = "service"  # machine access as a service
    LICENCE = "licence"  # the licence itself; not on licences that are free already


@dataclass(frozen=True, slots=True)
class BudgetTerms:
    """A rate in cost units that refills.

    Attributes:
        name: As decisions name it: `anonymous`, `trial` …
        cost: Cost units per window.
        window_s: The window's length, seconds.
        burst: Cost units that may be spent at once.
        only_under_pressure: Acts only while the upstream is under pressure.
    """

    name: str
    cost: int
    window_s: int
    burst: int
    only_under_pressure: bool = False


@dataclass(frozen=True, slots=True)
class DatedPath:
    """How old the records of one shape are.

    Attributes:
        pattern: A path glob (`/registers/17*/**`).
        on: The day they count from; for several years, the last day of them.
    """

    pattern: str
    on: date


@dataclass(frozen=True, slots=True)
class Collection:
    """A named part of the archive.

    Attributes:
        id: Kebab-case, as the file is called.
        title: By language code.
        steward: Who answers for it.
        contact: E-mail address or URL for licences, grants and appeals.
        upstream: Name of the upstream in gateway.yaml.
        hosts: Public host names; empty means every host of the gateway.
        paths: Path globs it covers, `/**` for everything.
        licence: SPDX id or LicenseRef-….
        rights: On whose authority.
        basis: What is charged.
        sensitivity: Who may see it.
        protect: Overrides the gateway's switch, or None.
        licence_mode: Overrides the gateway's switch, or None.
        extends: The pack whose rules follow this collection's own.
        tariff: The tariff's id, or empty.
        costs: First match counts; an ordinary page costs 1. Its own stand first,
            then those of its presets, in the order in which they are named.
        presets: What is known about the software behind it, by name.
        when_full: What is given instead while the lane of a page is full, by class.
        budgets: By name.
        rungs: Rung to upstream path prefix, for graduated access.
        redistributor_rung: What parties that pass copies on in bulk get; where
            `rungs` has no such rung, the full one within the anonymous budget.
        release_age_days: Records older than this are released; None for never.
        dated: How old they are, see `licensing.ages`; first match counts.
        dump: URL of the cheaper door (dump or feed), or empty.
        grants: Ids of parties that hold a grant on restricted material.
        spellings: What becomes of odd spellings, where it is not the default.
        capacity: What all metered use of it together may take; None for no limit.
        ignores_case: Its upstream takes `/A` and `/a` for the same, and so do its
            path patterns.
        standing: What a credit buys where standing is spent; None for the pack's.
        file: The file it stands in, relative to the policies folder.
        prices: The costs, made ready.
    """

    id: str
    title: Mapping[str, str]
    steward: str
    contact: str
    upstream: str
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ("/**",)
    licence: str = ""
    rights: Rights = Rights.OWN
    basis: Basis = Basis.SERVICE
    sensitivity: Sensitivity = Sensitivity.OPEN
    protect: Protect | None = None
    licence_mode: LicenceMode | None = None
    extends: str = "copyfair"
    tariff: str = ""
    costs: tuple[PathCost, ...] = ()
    presets: tuple[str, ...] = ()
    when_full: Mapping[str, WhenFull] = field(default_factory=lambda: BY_CLASS)
    budgets: Mapping[str, BudgetTerms] = field(
        default_factory=lambda: MappingProxyType({})
    )
    rungs: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    redistributor_rung: str = "metadata"
    release_age_days: int | None = None
    dated: tuple[DatedPath, ...] = ()
    dump: str = ""
    grants: frozenset[str] = frozenset()
    capacity: Capacity | None = None
    spellings: Spellings = field(default_factory=lambda: AS_BY_DEFAULT)
    ignores_case: bool = False
    standing: Rate | None = None
    file: str = ""
    prices: Prices = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        costs = self.costs
        if self.ignores_case:
            costs = tuple(_folded(cost) for cost in costs)
        object.__setattr__(self, "prices", Prices(costs))

    def matched(self, text: str) -> str:
        """A path, or a pattern for one, as this collection compares it."""
        return folded(text) if self.ignores_case else text


def _folded(cost: PathCost) -> PathCost:
    path, mark, query = cost.pattern.partition("?")
    return PathCost(folded(path) + mark + query, cost.cost, cost.page_class)
