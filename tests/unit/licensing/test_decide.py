"""licensing.decide: the first match answers, and the answer is a value."""

import pytest

from gateway.classification.facts import Fact, Facts
from gateway.kernel.evidence import Level
from gateway.kernel.use import Use
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.decide import OUTSIDE, decide
from gateway.licensing.decision import (
    Allow,
    Decision,
    Deny,
    Identify,
    Meter,
    Offer,
    Redirect,
    Ruling,
    Throttle,
)
from gateway.licensing.enforce import enforced, switches_for
from gateway.licensing.explain import explain
from gateway.licensing.rules import Then
from gateway.licensing.switches import FULL, LicenceMode, Protect, Switches
from gateway.licensing.tariff import TOP_BRACKET
from tests.unit.licensing.builders import (
    a_collection,
    a_page,
    a_rule,
    an_agreement,
    facts,
    policies,
    when,
)

NOBODY = Facts({})


def test_the_first_rule_that_matches_answers() -> None:
    book = policies(
        a_rule("git", Then.DENY, when("client.kind", "git")),
        a_rule("browsers", Then.ALLOW, when("client.kind", "browser")),
        a_rule("rest", Then.DENY),
    )
    page = a_page(book.collections[0])

    assert decide(book, facts(client__kind="browser"), page, None).ruling.rule == (
        "browsers"
    )
    assert decide(book, facts(client__kind="git"), page, None).ruling.rule == "git"
    assert decide(book, NOBODY, page, None).ruling.rule == "rest"


def test_outside_every_collection_nothing_is_asked() -> None:
    assert decide(policies(), NOBODY, a_page(None), None) == OUTSIDE


def test_where_no_rule_answers_reading_is_free() -> None:
    book = policies()

    decision = decide(book, NOBODY, a_page(book.collections[0]), None)

    assert isinstance(decision, Allow)
    assert decision.budget == "anonymous"
    assert decision.ruling.rule == "no-rule"


def test_a_rule_that_meters_does_not_apply_without_an_agreement() -> None:
    book = policies(a_rule("metered", Then.METER), a_rule("rest", Then.OFFER))
    page = a_page(book.collections[0])

    assert isinstance(decide(book, NOBODY, page, an_agreement()), Meter)
    assert isinstance(decide(book, NOBODY, page, None), Offer)


@pytest.mark.parametrize(
    ("agreement", "covered"),
    [
        (an_agreement(), True),
        (an_agreement(collections=frozenset({"registers"})), True),
        (an_agreement(collections=frozenset({"maps"})), False),
        (an_agreement(uses=frozenset({Use.TRAIN})), True),
        (an_agreement(uses=frozenset({Use.SEARCH})), False),
    ],
    ids=["everything", "this one", "another one", "this use", "another use"],
)
def test_an_agreement_counts_where_it_covers_collection_and_use(
    *, agreement: Agreement, covered: bool
) -> None:
    book = policies(a_rule("metered", Then.METER), a_rule("rest", Then.OFFER))
    page = a_page(book.collections[0])

    decision = decide(book, facts(use__class="train"), page, agreement)

    assert isinstance(decision, Meter) is covered


def test_a_metered_answer_pins_the_version_of_the_agreement() -> None:
    book = policies(a_rule("large", Then.METER, floor_is_top=True))
    agreement = an_agreement(tariff_version=7)

    decision = decide(book, NOBODY, a_page(book.collections[0]), agreement)

    assert isinstance(decision, Meter)
    assert decision.tariff_version == 7
    assert decision.floor_bracket == TOP_BRACKET


def test_who_passes_copies_on_gets_the_rung_of_the_collection() -> None:
    collection = a_collection(redistributor_rung="sample", rungs={"sample": "/sample"})
    book = policies(
        a_rule("archives", Then.ALLOW, limits_redistributors=True),
        collection=collection,
    )
    page = a_page(book.collections[0])

    bulk = decide(book, facts(party__passes_on="bulk"), page, None)
    readers = decide(book, facts(party__passes_on="readers"), page, None)

    assert isinstance(bulk, Allow)
    assert isinstance(readers, Allow)
    assert (bulk.rung, readers.rung) == ("sample", "full")


@pytest.mark.parametrize("then", [Then.ALLOW, Then.METER])
def test_a_rung_that_the_collection_does_not_have_is_no_refusal(then: Then) -> None:
    """Whoever says that copies are passed on gets what a silent reader gets."""
    book = policies(a_rule("archives", then, limits_redistributors=True))
    page = a_page(book.collections[0])

    decision = decide(book, facts(party__passes_on="bulk"), page, an_agreement())

    assert isinstance(decision, Allow | Meter)
    assert (decision.rung, decision.budget) == ("full", "anonymous")


def test_redistributors_may_be_granted_everything() -> None:
    book = policies(
        a_rule("archives", limits_redistributors=True),
        collection=a_collection(redistributor_rung="full"),
    )
    page = a_page(book.collections[0])

    decision = decide(book, facts(party__passes_on="bulk"), page, None)

    assert isinstance(decision, Allow)
    assert (decision.rung, decision.budget) == ("full", "")


@pytest.mark.parametrize(
    ("entity", "kind", "klass"),
    [
        ("company", "http-library", "commercial"),
        ("data-broker", "http-library", "commercial"),
        ("purpose-company", "http-library", "commercial"),
        ("person", "http-library", "automation"),
        ("nonprofit", "http-library", "automation"),
        ("nonprofit", "ai-crawler", "automation"),
        ("unknown", "ai-crawler", "commercial"),
    ],
)
def test_only_a_company_is_proven_commercial_by_what_it_is(
    entity: str, kind: str, klass: str
) -> None:
    book = policies(a_rule("bots", Then.OFFER, klass="commercial"))
    known = facts(Level.VOUCHED, party__entity=entity).with_(
        client__kind=Fact(kind, Level.VERIFIED)
        if kind == "ai-crawler"
        else Fact(kind, Level.CLAIMED)
    )

    decision = decide(book, known, a_page(book.collections[0]), None)

    assert decision.ruling.klass == klass


def test_nobody_is_called_commercial_on_their_own_word() -> None:
    book = policies(a_rule("bots", Then.OFFER, klass="commercial"))
    page = a_page(book.collections[0])

    claimed = decide(book, facts(client__kind="ai-crawler"), page, None)
    proven = decide(book, facts(Level.VERIFIED, client__kind="ai-crawler"), page, None)

    assert claimed.ruling.klass == "automation"
    assert proven.ruling.klass == "commercial"


def test_contradicted_evidence_proves_nothing() -> None:
    condition = when("party.entity", "sse", level=Level.VERIFIED)
    book = policies(a_rule("sse", Then.ALLOW, condition), a_rule("rest", Then.DENY))
    page = a_page(book.collections[0])
    doubted = Facts({"party.entity": Fact("sse", Level.VERIFIED, "", True)})

    assert isinstance(decide(book, doubted, page, None), Deny)


@pytest.mark.parametrize(
    ("party_id", "level", "allowed"),
    [
        ("pty_1", Level.VERIFIED, True),
        ("pty_1", Level.CLAIMED, False),
        ("pty_2", Level.VERIFIED, False),
    ],
)
def test_a_grant_is_for_whoever_proves_to_hold_it(
    *, party_id: str, level: Level, allowed: bool
) -> None:
    no_grant = when("party.grant", False)
    book = policies(
        a_rule("no-grant", Then.DENY, no_grant),
        a_rule("rest"),
        collection=a_collection(grants=frozenset({"pty_1"})),
    )

    decision = decide(
        book, facts(level, party__id=party_id), a_page(book.collections[0]), None
    )

    assert isinstance(decision, Allow) is allowed


@pytest.mark.parametrize(
    ("age_days", "release", "released"),
    [(11, 10, True), (10, 10, False), (None, 10, False), (11, None, False)],
)
def test_a_record_is_released_by_age(
    *, age_days: int | None, release: int | None, released: bool
) -> None:
    book = policies(
        a_rule("old", Then.ALLOW, when("resource.released", True)),
        a_rule("rest", Then.DENY),
        collection=a_collection(release_age_days=release),
    )
    page = a_page(book.collections[0], age_days=age_days)

    assert isinstance(decide(book, NOBODY, page, None), Allow) is released


def test_a_number_that_is_not_known_is_in_no_range() -> None:
    book = policies(
        a_rule("small", Then.ALLOW, when("party.size.staff", at_most=99)),
        a_rule("rest", Then.DENY),
    )
    page = a_page(book.collections[0])

    assert isinstance(decide(book, facts(party__size__staff=99), page, None), Allow)
    assert isinstance(decide(book, facts(party__size__staff=100), page, None), Deny)
    assert isinstance(decide(book, NOBODY, page, None), Deny)


def test_an_explanation_names_what_the_rule_looked_at() -> None:
    book = policies(a_rule("sse", Then.DENY, when("party.entity", "sse")))
    page = a_page(book.collections[0])

    explained = explain(book, facts(party__entity="sse"), page, None)

    assert explained.word == "deny"
    assert [used.fact for used in explained.facts] == [
        "client.kind",
        "use.class",
        "party.entity",
    ]
    assert explained.facts[-1].level == "claimed"


RULING = Ruling("rule", "Because.")
PROTECT_ONLY = Switches(Protect.ON, LicenceMode.OFF)
OFFERS_ONLY = Switches(Protect.WATCH, LicenceMode.OFFER)
ALL: list[Decision] = [
    Allow(RULING, budget="anonymous", rung="metadata"),
    Meter(RULING, "agr_1", "ai", 1, budget="licensed"),
    Offer(RULING, "off_1", "ai"),
    Identify(RULING, "key-expired"),
    Throttle(RULING, "anonymous"),
    Redirect(RULING, "/dump"),
    Deny(RULING, "contact"),
]


@pytest.mark.parametrize("decision", ALL, ids=lambda each: type(each).__name__)
def test_with_both_switches_on_everything_stays(decision: Decision) -> None:
    assert enforced(decision, FULL) == decision


@pytest.mark.parametrize("decision", ALL, ids=lambda each: type(each).__name__)
def test_whoever_only_watches_lets_everything_pass(decision: Decision) -> None:
    watched = enforced(decision, Switches())

    assert isinstance(watched, Allow)
    assert (watched.budget, watched.lane, watched.rung) == ("", "", "full")
    assert watched.ruling == decision.ruling


@pytest.mark.parametrize("decision", ALL, ids=lambda each: type(each).__name__)
def test_the_first_evening_slows_but_asks_for_nothing(decision: Decision) -> None:
    left = enforced(decision, PROTECT_ONLY)

    assert isinstance(left, Allow | Throttle | Redirect)
    if isinstance(left, Allow):
        assert left.budget
        assert left.rung == "full"


@pytest.mark.parametrize("decision", ALL, ids=lambda each: type(each).__name__)
def test_offers_can_be_made_without_slowing_anybody(decision: Decision) -> None:
    left = enforced(decision, OFFERS_ONLY)

    assert not isinstance(left, Throttle)
    if isinstance(left, Allow | Meter):
        assert left.budget == ""
    if isinstance(decision, Offer | Identify | Deny):
        assert left == decision


def test_a_collection_overrides_each_switch_by_itself() -> None:
    gateway = Switches(Protect.ON, LicenceMode.INVOICE)
    collection = a_collection(licence_mode=LicenceMode.OFF)

    assert switches_for(collection, gateway) == PROTECT_ONLY
    assert switches_for(None, gateway) == gateway


@pytest.mark.parametrize(
    ("settling", "lane"),
    [(Settling.PREPAID, "automation"), (Settling.INVOICED, "licensed")],
    ids=["who pays ahead", "who is verified"],
)
def test_only_who_is_verified_waits_before_anonymous_automation(
    settling: Settling, lane: str
) -> None:
    book = policies(a_rule("metered", Then.METER), a_rule("rest", Then.OFFER))
    agreement = an_agreement(settling=settling)
    decision = decide(book, NOBODY, a_page(book.collections[0]), agreement)

    assert isinstance(decision, Meter)
    assert decision.lane == lane
