"""What the policies answer. An answer is a value; only a broken promise raises.

`web/problems` holds the only table from these to HTTP: no room sees a status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Ruling:
    """What every decision carries: which rule answered, where it stands and why.

    Attributes:
        rule: The rule's id, kebab-case and public.
        reason: One sentence for the person who is answered.
        klass: The class the answering rule gives: person, commoner, commercial,
            statutory, search, automation or unknown.
        collection: The collection's id; empty where no collection matches.
        file: The policy file of the rule, relative to the policies folder.
        line: Its line, from 1; 0 for rules of the gateway itself.
    """

    rule: str
    reason: str
    klass: str = "unknown"
    collection: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Allow:
    """The upstream answers.

    Attributes:
        duties: What is owed besides money: `attribution`, `share-alike` …
        budget: Name of the collection's budget that is drawn on; empty for none.
        lane: Name of the lane in front of expensive pages.
        rung: Graduated access: full, sample, metadata or delayed.
        spends_standing: Each unit is paid with contribution: standing is spent.
        rate: At which rate, as `reciprocity.spending.Rate` names it; else empty.
    """

    ruling: Ruling
    duties: tuple[str, ...] = ()
    budget: str = ""
    lane: str = "readers"
    rung: str = "full"
    spends_standing: bool = False
    rate: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """The upstream answers, and what passes is measured; opens an obligation.

    Attributes:
        agreement_id: Under which agreement.
        tariff: The tariff's id.
        tariff_version: The pinned version.
        priced_at_zero: Measured and reported, but no charge (small parties).
        floor_bracket: The lowest bracket that prices this use, from 0;
            `tariff.TOP_BRACKET`, whichever is the last one, for the very largest.
        rebate: `openness` or `in-kind` where a rule grants one, else empty.
        spends_standing: No agreement stands behind it: standing pays, at the rate
            that stands in place of the tariff. See `metered`.
    """

    ruling: Ruling
    agreement_id: str
    tariff: str
    tariff_version: int
    duties: tuple[str, ...] = ()
    budget: str = ""
    lane: str = "licensed"
    rung: str = "full"
    priced_at_zero: bool = False
    floor_bracket: int = 0
    rebate: str = ""
    spends_standing: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Terms under which this would become lawful (402).

    Attributes:
        offer_id: `off_…`; the terms stand in the policies, not in a store.
        tariff: The tariff's id; empty where the collection has none.
        budget: What is drawn on where the gateway makes no offers.
        lane: And which lane leads to expensive pages there.
    """

    ruling: Ruling
    offer_id: str
    tariff: str
    budget: str = "anonymous"
    lane: str = "automation"


@dataclass(frozen=True, slots=True)
class Identify:
    """A credential of ours failed (401).

    Attributes:
        fault: Which, machine-readable.
    """

    ruling: Ruling
    fault: str


@dataclass(frozen=True, slots=True)
class Throttle:
    """Not now: a budget or cap is used up (429).

    Attributes:
        budget: Which budget or cap is used up.
        retry_after_s: Whole seconds until one more unit is there; 0 where it does
            not come back by itself.
        limit: Units per window.
        window_s: The window's length, seconds.
        counted: What its units are: `cost`, `requests`, `bytes` or `money`.
        cheaper_door: Where the same content costs less, or empty.
        ticket_for: The address of the page, where a button gives a ticket for it; or
            empty.
    """

    ruling: Ruling
    budget: str
    retry_after_s: int = 1
    limit: int = 0
    window_s: int = 0
    cheaper_door: str = ""
    ticket_for: str = ""
    counted: str = "cost"


@dataclass(frozen=True, slots=True)
class Redirect:
    """A cheaper door: dump, API, mirror (303); or the page's one spelling (308).

    Attributes:
        location: Where to; of the same page its target in origin-form.
        is_same_page: It is the page that was asked for, spelled plainly.
    """

    ruling: Ruling
    location: str
    is_same_page: bool = False


@dataclass(frozen=True, slots=True)
class Deny:
    """Not at all, whatever is paid (403); says whom to ask.

    Attributes:
        contact: Where to appeal or to ask for a grant.
    """

    ruling: Ruling
    contact: str


Decision = Allow | Meter | Offer | Identify | Throttle | Redirect | Deny
Answered = Allow | Meter
PASSES = (Allow, Meter)
"""The kinds of `Answered`, as one object for whoever asks in every request."""

WORDS: Mapping[type, str] = MappingProxyType(
    {
        Allow: "allow",
        Meter: "meter",
        Offer: "offer",
        Identify: "identify",
        Throttle: "throttle",
        Redirect: "redirect",
        Deny: "deny",
    }
)


def word(decision: Decision) -> str:
    """The decision's public name."""
    return WORDS[type(decision)]


def is_metered(decision: Decision | None) -> bool:
    """Is what passes counted, for an agreement or for standing?"""
    spends = isinstance(decision, Allow) and decision.spends_standing
    return spends or isinstance(decision, Meter)


def metered(decision: Decision) -> Meter | None:
    """How an answer is metered: as it says, or for the standing it spends.

    Returns:
        None where nothing is metered.
    """
    if isinstance(decision, Meter):
        return decision
    if not (isinstance(decision, Allow) and decision.spends_standing):
        return None
    return Meter(
        decision.ruling,
        agreement_id="",
        tariff=decision.rate,
        tariff_version=1,
        duties=decision.duties,
        budget=decision.budget,
        lane=decision.lane,
        rung=decision.rung,
        spends_standing=True,
    )


def because(decision: Decision, reason: str) -> Decision:
    """The same decision with another reason."""
    return replace(decision, ruling=replace(decision.ruling, reason=reason))
