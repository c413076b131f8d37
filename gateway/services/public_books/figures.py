"""The figures of the public pages: rows that go into tables and downloads as they are.

Amounts are minor units beside a currency, weights hundredths of an hour, shares parts
per million, ratios thousandths. A field's name is its name in the downloads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.identity.public_name import Who
from gateway.metering.footprint import EnergyModel

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class IncomeRow:
    """Income from one class of payer for one collection.

    Attributes:
        payer: Entity of the payers, as proven; empty where it is not.
        collection: The collection's id; empty for what names none.
        currency: ISO 4217.
        received_minor: Income in money, without VAT.
    """

    payer: str
    collection: str
    currency: str
    received_minor: int


@dataclass(frozen=True, slots=True)
class PotRow:
    """What ran into one pot of the fund, and what became of it.

    Attributes:
        pot: `operator_fee`, `reserve` …; `contributors` for what they are owed.
        currency: ISO 4217.
        received_minor: What the waterfall brought.
        spent_minor: What went out again.
        held_minor: What is there now.
    """

    pot: str
    currency: str
    received_minor: int
    spent_minor: int
    held_minor: int


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One division of the fund among contributors.

    Attributes:
        name: Of the round.
        held_on: Day, UTC.
        rule: By which rule it was divided.
        currency: ISO 4217.
        labour_minor: From the labour reserve.
        pool_minor: From the pool of the rounds.
        recipients: How many got anything.
        top_share_ppm: The largest share.
        normalised_hhi_ppm: See `fund.concentration`.
        gate: What the concentration gate says: `pass`, `fail`, `equal-split`;
            `none` of unpaid work, which is paid by its weight.
        value_equation: How worth was weighed, in words; or empty.
        value_equation_fr: The same in French.
    """

    name: str
    held_on: str
    rule: str
    currency: str
    labour_minor: int
    pool_minor: int
    recipients: int
    top_share_ppm: int
    normalised_hhi_ppm: int
    gate: str
    value_equation: str = ""
    value_equation_fr: str = ""


@dataclass(frozen=True, slots=True)
class ShareRow:
    """What somebody, or several who are not named, got in all rounds.

    Attributes:
        who: As what they stand here.
        name: Or empty.
        people: How many they are.
        currency: ISO 4217.
        allocated_minor: What was given to them.
    """

    who: Who
    name: str
    people: int
    currency: str
    allocated_minor: int


@dataclass(frozen=True, slots=True)
class GiveTakeRow:
    """What somebody took, and what they gave, in 12 months.

    Attributes:
        who: As what they stand here.
        name: Or empty.
        entity: What it is, as proven; or empty.
        parties: How many they are.
        requests: How many they made.
        body_bytes: How much they took.
        taken_ppm: Their share of all that was taken.
        currency: ISO 4217 of what they gave in money; or empty.
        given_minor: Money, and what they settled in kind.
        given_ppm: Their share of all that was given so, in that currency.
        work_hundredths: Accepted work.
        work_ppm: Their share of all accepted work.
        give_take_thousandths: Share given ÷ share taken, the larger of money and
            work; None for who took nothing.
    """

    who: Who
    name: str
    entity: str
    parties: int
    requests: int
    body_bytes: int
    taken_ppm: int
    currency: str
    given_minor: int
    given_ppm: int
    work_hundredths: int
    work_ppm: int
    give_take_thousandths: int | None


@dataclass(frozen=True, slots=True)
class ConcentrationRow:
    """How few hold how much.

    Attributes:
        of: `takers`, `payers` or `recipients`.
        currency: ISO 4217 where amounts are compared; or empty.
        parties: Among how many; one beneficial owner is one.
        hhi_ppm: Herfindahl–Hirschman index.
        normalised_hhi_ppm: The same, 0 for an equal division.
        top_share_ppm: Share of the largest.
        top_3_ppm: Share of the three largest together.
        capture_index_ppm: See `fund.capture`; None where it is not of takers.
    """

    of: str
    currency: str
    parties: int
    hhi_ppm: int
    normalised_hhi_ppm: int
    top_share_ppm: int
    top_3_ppm: int
    capture_index_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """Something the members decided.

    Attributes:
        decided_on: Day, UTC.
        about: What was decided: `ratify-tariff`, `resolve` …
        title: What was asked; empty where it is about somebody.
        outcome: `accepted`, `refused`, `no-quorum`.
        in_favour: Votes.
        against: Votes.
        entitled: How many might have voted.
    """

    decided_on: str
    about: str
    title: str
    outcome: str
    in_favour: int
    against: int
    entitled: int


@dataclass(frozen=True, slots=True)
class TallyRow:
    """What one option of a vote got.

    Attributes:
        vote: The vote's title.
        closed_on: Day, UTC.
        option: Which.
        weight: What it got.
        share_ppm: Of all weights.
        voted: How many voted.
        entitled: How many might have.
    """

    vote: str
    closed_on: str
    option: str
    weight: int
    share_ppm: int
    voted: int
    entitled: int


@dataclass(frozen=True, slots=True)
class FootprintRow:
    """What serving took, by month.

    Attributes:
        month: `2026-11`.
        requests: How many.
        body_bytes: How much left us.
        cpu_ms: Processor time of the gateway.
        energy_mwh: Estimated energy, thousandths of a watt-hour.
    """

    month: str
    requests: int
    body_bytes: int
    cpu_ms: int
    energy_mwh: int


@dataclass(frozen=True, slots=True)
class ClassFootprintRow:
    """What serving took in 12 months, by class of whoever asked.

    Attributes:
        klass: `person`, `commercial` …; empty for what was not told apart.
        requests: How many.
        body_bytes: How much left us.
        cpu_ms: Processor time, divided by requests.
        energy_mwh: Estimated energy, thousandths of a watt-hour.
    """

    klass: str
    requests: int
    body_bytes: int
    cpu_ms: int
    energy_mwh: int


@dataclass(frozen=True, slots=True)
class TakerFootprintRow:
    """What serving took in 12 months, by who took under an agreement.

    Attributes:
        who: As what they stand here.
        name: Of whoever may be named; empty where several are counted together.
        parties: How many.
        requests: How many.
        body_bytes: How much.
        cpu_ms: Processor time, divided by requests.
        energy_mwh: Estimated energy, thousandths of a watt-hour.
    """

    who: Who
    name: str
    parties: int
    requests: int
    body_bytes: int
    cpu_ms: int
    energy_mwh: int


@dataclass(frozen=True, slots=True)
class LogState:
    """The published log, as it stands.

    Attributes:
        origin: Its name: where it is served, without the scheme.
        url: Where it is served.
        size: How many rows were signed.
        root: Base64 of the root over them.
        key: What checks the signature.
    """

    origin: str
    url: str
    size: int
    root: str
    key: str


@dataclass(frozen=True, slots=True)
class PublicFigures:
    """Everything, as of one instant.

    Attributes:
        stamp: Another one stands for other figures.
        at_us: As of when.
        sells: Whether there is any money to speak of.
        lately_thousandths: The most that came in within 12 months in one currency,
            thousandths of its unit: says how small the commons is.
        energy_model: How the energy was estimated.
        log: None where nothing was published.
    """

    stamp: tuple[Any, ...]
    at_us: int
    sells: bool
    lately_thousandths: int = 0
    income: tuple[IncomeRow, ...] = ()
    pots: tuple[PotRow, ...] = ()
    rounds: tuple[RoundRow, ...] = ()
    shares: tuple[ShareRow, ...] = ()
    give_take: tuple[GiveTakeRow, ...] = ()
    concentration: tuple[ConcentrationRow, ...] = ()
    decisions: tuple[DecisionRow, ...] = ()
    tallies: tuple[TallyRow, ...] = ()
    footprint: tuple[FootprintRow, ...] = ()
    footprint_classes: tuple[ClassFootprintRow, ...] = ()
    footprint_takers: tuple[TakerFootprintRow, ...] = ()
    energy_model: EnergyModel = field(default_factory=EnergyModel)
    log: LogState | None = None


def ppm(part: int, whole: int) -> int:
    """A share in parts per million, rounded half up; 0 of nothing."""
    return (2 * part * PPM + whole) // (2 * whole) if whole else 0
