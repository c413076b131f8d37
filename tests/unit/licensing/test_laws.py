"""The laws of the game, over generated parties and requests and the real pack.

Product laws 1 to 5 as far as a decision can keep them, and P1 to P6 of the
reference policy. "Never worse" needs an order, and here it is, from best to worst:
allow > meter at zero > meter with a rebate > meter > meter at the top price >
offer or throttle > deny; then the rung (full > delayed > sample > metadata); then
the budget (none > commoner > crawlers > trial > anonymous).
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.classification.facts import ENTITIES, KINDS, UNKNOWN_FACT, Fact, Facts
from gateway.kernel.evidence import Level
from gateway.kernel.use import Commercial, Use
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import Sensitivity
from gateway.licensing.decide import decide
from gateway.licensing.decision import (
    Allow,
    Decision,
    Deny,
    Meter,
    Offer,
    Redirect,
)
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.licensing.vocabulary import LANES
from gateway.policy_files.loader import load
from tests.unit.licensing.builders import an_agreement

POLICIES = Path(__file__).parents[3] / "policies"
RUNGS = {"full": 3, "delayed": 2, "sample": 1, "metadata": 0}
BUDGETS = {"": 4, "commoner": 3, "crawlers": 2, "trial": 1, "anonymous": 0}
COMPANIES = {"company", "data-broker", "purpose-company"}
TOOLS = {"git", "http-library", "unknown"}
READING_KINDS = [
    "person",
    "browser",
    "feed-reader",
    "git",
    "http-library",
    "monitor",
    "link-preview",
    "fediverse",
    "unknown",
]
COMMERCIAL_KINDS = ("ai-crawler", "seo")

Goodness = tuple[int, int, int]


@cache
def the_policies() -> PolicySet:
    return load(POLICIES)


def goodness(decision: Decision) -> Goodness:
    if isinstance(decision, Allow):
        return (6, RUNGS[decision.rung], BUDGETS[decision.budget])
    if isinstance(decision, Meter):
        return (goodness_of_price(decision), 0, 0)
    return (0 if isinstance(decision, Deny) else 1, 0, 0)


def goodness_of_price(decision: Meter) -> int:
    if decision.priced_at_zero:
        return 5
    if decision.rebate:
        return 4
    return 2 if decision.floor_bracket else 3


levels = st.sampled_from(list(Level))


def a_fact(values: st.SearchStrategy[str | int | bool]) -> st.SearchStrategy[Fact]:
    return st.builds(Fact, values, levels, st.just("test"))


def one_of(*words: str) -> st.SearchStrategy[str | int | bool]:
    return st.sampled_from(words)


PARTY: Mapping[str, st.SearchStrategy[Fact]] = {
    "party.entity": a_fact(st.sampled_from(sorted(ENTITIES))),
    "party.surplus": a_fact(one_of("to-workers", "to-members", "to-shareholders")),
    "party.size.staff": a_fact(st.sampled_from([1, 99, 100, 5000])),
    "party.size.revenue_eur": a_fact(st.sampled_from([0, 999_999, 1_000_000, 10**9])),
    "party.size.mau": a_fact(st.sampled_from([0, 700_000_000, 700_000_001])),
    "party.size.country_income": a_fact(one_of("LIC", "LMIC", "UMIC", "HIC")),
    "party.size.controlled_by": a_fact(one_of("nobody", "Example Holding")),
    "party.passes_on": a_fact(one_of("nobody", "members", "readers", "bulk")),
    "party.standing": a_fact(st.sampled_from([0, 1, 500])),
    "party.openness": a_fact(one_of("none", "weights", "weights+data")),
    "party.offset": a_fact(st.booleans()),
    "party.mandate": a_fact(one_of("none", "legal-deposit", "research")),
    "party.notice_days": a_fact(st.sampled_from([0, 29, 30, 400])),
    "party.share.permille": a_fact(st.sampled_from([0, 200, 201, 900])),
    "party.share.takers": a_fact(st.sampled_from([1, 9, 10, 50])),
}
CLIENT: Mapping[str, st.SearchStrategy[Fact]] = {
    "client.kind": a_fact(st.sampled_from(sorted(KINDS))),
    "client.acts_for_person": a_fact(st.booleans()),
    "client.behaviour.rate": a_fact(one_of("human", "machine")),
    "use.class": a_fact(st.sampled_from([use.value for use in Use])),
    "use.commercial": a_fact(st.sampled_from([word.value for word in Commercial])),
}
clients = st.fixed_dictionaries({}, optional=dict(CLIENT))
parties = st.fixed_dictionaries({}, optional={**CLIENT, **PARTY}).map(
    lambda stated: {
        **stated,
        "credential.ours": Fact(True, Level.VERIFIED),
        "party.id": Fact("pty_1", Level.VERIFIED),
    }
)
requesters = st.one_of(clients, parties)
uses = st.frozensets(st.sampled_from(list(Use)), max_size=3)
agreements = st.one_of(st.none(), st.builds(lambda u: an_agreement(uses=u), uses))
resources = st.builds(
    lambda age_days, release, sensitivity, rungs: Resource(
        replace(
            the_policies().collections[-1],
            release_age_days=release,
            sensitivity=sensitivity,
            rungs=rungs,
        ),
        "/page",
        age_days=age_days,
    ),
    st.sampled_from([None, 10, 4000]),
    st.sampled_from([None, 1460]),
    st.sampled_from(list(Sensitivity)),
    st.sampled_from([{}, {"metadata": "/metadata"}]),
)


def answer(
    stated: Mapping[str, Fact], resource: Resource, agreement: Agreement | None
) -> Decision:
    # Whoever shows no key has no agreement.
    has_key = "party.id" in stated
    return decide(
        the_policies(), Facts(stated), resource, agreement if has_key else None
    )


@given(parties, resources, agreements, st.data())
def test_p1_more_contribution_is_never_worse(
    stated: dict[str, Fact],
    resource: Resource,
    agreement: Agreement | None,
    data: st.DataObject,
) -> None:
    ladder: dict[str, list[str | int | bool]] = {
        "party.standing": [0, 1, 500],
        "party.offset": [False, True],
        "party.openness": ["none", "weights", "weights+data"],
    }
    name = data.draw(st.sampled_from(sorted(ladder)))
    level = data.draw(levels)

    answers = [
        goodness(answer({**stated, name: Fact(value, level)}, resource, agreement))
        for value in ladder[name]
    ]

    assert answers == sorted(answers)


@given(parties, resources, agreements, st.data())
def test_p2_larger_is_never_cheaper(
    stated: dict[str, Fact],
    resource: Resource,
    agreement: Agreement | None,
    data: st.DataObject,
) -> None:
    ladder = {
        "party.size.staff": [1, 99, 100, 5000],
        "party.size.revenue_eur": [0, 999_999, 1_000_000, 10**9],
        "party.size.mau": [0, 700_000_000, 700_000_001],
        "party.share.permille": [0, 200, 201, 900],
    }
    name = data.draw(st.sampled_from(sorted(ladder)))
    level = data.draw(levels)

    answers = [
        goodness(answer({**stated, name: Fact(value, level)}, resource, agreement))
        for value in ladder[name]
    ]

    assert answers == sorted(answers, reverse=True)


@given(requesters, resources, agreements, st.data())
def test_p3_more_proof_of_the_same_facts_is_never_worse(
    stated: dict[str, Fact],
    resource: Resource,
    agreement: Agreement | None,
    data: st.DataObject,
) -> None:
    assume(stated)
    name = data.draw(st.sampled_from(sorted(stated)))
    # What passes on in bulk is limited by rules 3, 4 and 8 but not by those after
    # them, so neither the rung nor, where the collection has no such rung, the
    # budget is a measure of such a party's proof (ADR 0005).
    passes_all_on = stated.get("party.passes_on", UNKNOWN_FACT).value == "bulk"

    answers = []
    for level in Level:
        if level >= Level.VERIFIED or name not in {"party.id", "credential.ours"}:
            proven = {**stated, name: replace(stated[name], level=level)}
            kind, rung, budget = goodness(answer(proven, resource, agreement))
            answers.append((kind, 0, 0) if passes_all_on else (kind, rung, budget))

    assert answers == sorted(answers)


@given(clients, parties, resources)
def test_p3_showing_a_key_never_turns_an_allowance_into_a_refusal(
    client: dict[str, Fact], party: dict[str, Fact], resource: Resource
) -> None:
    known = {name: fact for name, fact in party.items() if name not in CLIENT}
    assume(not is_company({**client, **known}))

    silent = answer(client, resource, None)
    shown = answer({**client, **known}, resource, None)

    assert isinstance(shown, Allow) or not isinstance(silent, Allow)


def is_company(stated: Mapping[str, Fact]) -> bool:
    """A company by its entity, or a party that sells what its own tools fetch."""

    def word(name: str) -> str:
        return str(stated.get(name, UNKNOWN_FACT).value)

    sells = word("use.commercial") in {"direct", "indirect"}
    return word("party.entity") in COMPANIES or (sells and word("client.kind") in TOOLS)


@given(
    parties,
    one_of("person", "informal", "nonprofit", "university", "public", "glam"),
    st.sampled_from([Level.VERIFIED, Level.VOUCHED]),
    resources,
    agreements,
)
def test_p6_whoever_is_known_not_to_be_a_company_is_never_called_one(
    stated: dict[str, Fact],
    entity: str,
    level: Level,
    resource: Resource,
    agreement: Agreement | None,
) -> None:
    known = {**stated, "party.entity": Fact(entity, level)}

    decision = answer(known, resource, agreement)

    assert decision.ruling.klass != "commercial"


@given(requesters, resources, agreements)
def test_p4_no_answer_is_a_dead_end(
    stated: dict[str, Fact], resource: Resource, agreement: Agreement | None
) -> None:
    decision = answer(stated, resource, agreement)

    assert decision.ruling.rule
    assert decision.ruling.reason
    assert decision.ruling.line
    match decision:
        case Deny():
            assert decision.contact
        case Offer():
            terms = the_policies().offer(decision.offer_id)
            assert terms is not None
            assert terms.collection.contact
        case Redirect():
            assert decision.location
        case _:
            pass


@given(clients, requesters, resources, agreements)
def test_p5_no_payer_goes_before_a_silent_reader(
    silent: dict[str, Fact],
    stated: dict[str, Fact],
    resource: Resource,
    agreement: Agreement | None,
) -> None:
    reader = answer({"client.kind": Fact("unknown")}, resource, None)
    taker = answer(stated, resource, agreement)

    if isinstance(reader, Allow) and isinstance(taker, Meter):
        assert LANES[reader.lane] < LANES[taker.lane]


@given(clients, resources)
def test_p6_a_silent_party_is_never_called_a_company(
    stated: dict[str, Fact], resource: Resource
) -> None:
    proven = {
        name: replace(fact, level=min(fact.level, Level.CLAIMED))
        for name, fact in stated.items()
    }

    decision = answer(proven, resource, None)

    assert decision.ruling.klass != "commercial"


@given(st.sampled_from(READING_KINDS), levels, resources)
def test_reading_is_free(kind: str, level: Level, resource: Resource) -> None:
    assume(resource.collection is not None)
    assume(resource.collection.sensitivity is not Sensitivity.RESTRICTED)  # type: ignore[union-attr]  # assumed above

    decision = answer({"client.kind": Fact(kind, level)}, resource, None)

    assert isinstance(decision, Allow)
    assert decision.rung == "full"
    assert decision.budget == "anonymous"
    assert decision.lane == "readers"


@given(st.sampled_from(COMMERCIAL_KINDS), levels, resources)
def test_commercial_automation_meets_an_offer_not_a_wall(
    kind: str, level: Level, resource: Resource
) -> None:
    collection = resource.collection
    assume(collection is not None)
    is_released = resource.age_days == 4000 and collection.release_age_days  # type: ignore[union-attr]  # assumed above
    is_restricted = collection.sensitivity is Sensitivity.RESTRICTED  # type: ignore[union-attr]  # assumed above
    assume(not is_released)

    decision = answer({"client.kind": Fact(kind, level)}, resource, None)

    assert isinstance(decision, Deny if is_restricted else Offer)


@given(st.sampled_from(["search-crawler", "archive-crawler"]), levels)
def test_a_crawlers_name_has_a_budget_and_its_proof_has_none(
    kind: str, level: Level
) -> None:
    page = Resource(the_policies().collections[-1], "/page")

    decision = answer({"client.kind": Fact(kind, level)}, page, None)

    assert isinstance(decision, Allow)
    assert decision.budget == ("" if level >= Level.VERIFIED else "crawlers")
    terms = the_policies().collections[-1].budgets["crawlers"]
    assert terms.only_under_pressure


@given(requesters, resources, agreements)
def test_only_somebody_known_is_metered_and_only_under_an_agreement(
    stated: dict[str, Fact], resource: Resource, agreement: Agreement | None
) -> None:
    decision = answer(stated, resource, agreement)

    if isinstance(decision, Meter):
        assert agreement is not None
        assert decision.agreement_id == agreement.id
        assert decision.tariff_version == agreement.tariff_version
        assert stated["party.id"].level >= Level.VERIFIED


@given(clients, resources)
def test_a_crawler_that_only_says_who_it_is_is_never_metered(
    stated: dict[str, Fact], resource: Resource
) -> None:
    decision = answer({**stated, "client.kind": Fact("ai-crawler")}, resource, None)

    assert not isinstance(decision, Meter)


@given(requesters, resources, agreements)
def test_the_same_question_has_the_same_answer(
    stated: dict[str, Fact], resource: Resource, agreement: Agreement | None
) -> None:
    backwards = dict(reversed(stated.items()))

    assert answer(stated, resource, agreement) == answer(backwards, resource, agreement)
