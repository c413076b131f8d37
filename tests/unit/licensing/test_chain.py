"""gateway.licensing.chain: what is remembered is what `decide` would say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classification.facts import Fact, Facts
from gateway.kernel.evidence import Level
from gateway.kernel.request import Request
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement
from gateway.licensing.chain import FEW, Chain
from gateway.licensing.collection import Collection, DatedPath, Sensitivity
from gateway.licensing.conditions import Condition, FactTest
from gateway.licensing.costs import cost_of
from gateway.licensing.decide import decide
from gateway.licensing.decision import Decision
from gateway.licensing.enforce import enforced
from gateway.licensing.policy import PolicySet
from gateway.licensing.prices import PathCost
from gateway.licensing.rules import Outcome, Rule, Then
from gateway.licensing.scene import Resource
from gateway.licensing.switches import LicenceMode, Protect, Switches
from tests.unit.licensing.test_laws import agreements, requesters, the_policies

TODAY_US = 1_793_000_000_000_000

a_switch = st.builds(
    Switches, st.sampled_from(list(Protect)), st.sampled_from(list(LicenceMode))
)
values: Sequence[str] = ("person", "browser", "ai-crawler", "unknown", "git")
fact_tests = st.one_of(
    st.builds(
        lambda kinds, level: FactTest("client.kind", kinds, level=level),
        st.frozensets(st.sampled_from(values), min_size=1),
        st.sampled_from(list(Level)),
    ),
    st.builds(
        lambda most: FactTest("resource.cost", at_most=most), st.sampled_from([0, 1, 9])
    ),
    st.builds(
        lambda most: FactTest("resource.age_days", at_least=most),
        st.sampled_from([0, 10, 4_000]),
    ),
    st.builds(
        lambda said: FactTest("resource.released", frozenset({said})), st.booleans()
    ),
    st.builds(
        lambda said: FactTest("agreement.in_force", frozenset({said})), st.booleans()
    ),
    st.builds(
        lambda said: FactTest("party.passes_on", frozenset({said})),
        st.sampled_from(["bulk", "nobody"]),
    ),
)
patterns = st.sampled_from(
    ["/a/**", "/a/*", "/b**", "/**", "/a/b", "/search**", "**.xml", "/a"]
)
conditions = st.builds(
    Condition,
    st.lists(fact_tests, max_size=2).map(tuple),
    st.lists(patterns, max_size=2).map(tuple),
    st.lists(st.sampled_from(["diff=*", "q=*"]), max_size=1).map(tuple),
    st.frozensets(st.sampled_from(["GET", "POST"]), max_size=1),
)
rules = st.builds(
    lambda number, outcome, when: Rule(f"r{number}", outcome, "Because.", when),
    st.integers(0, 99),
    st.builds(
        Outcome,
        st.sampled_from(list(Then)),
        st.sampled_from(["person", "commercial", "automation"]),
        limits_redistributors=st.booleans(),
        budget=st.sampled_from(["", "anonymous"]),
    ),
    st.lists(conditions, max_size=3).map(tuple),
)
paths = st.sampled_from(["/a", "/a/b", "/a/b/c", "/b", "/SEARCH", "/x.xml", "/A/b"])
queries = st.sampled_from(["", "diff=1", "q=x&diff=2"])
methods = st.sampled_from(["GET", "POST"])


@cache
def a_book(*, ignores_case: bool = False) -> Collection:
    return replace(
        the_policies().collections[-1],
        release_age_days=1_460,
        costs=(PathCost("/search**", 20), PathCost("/**?diff=*", 9)),
        dated=(
            DatedPath("/a/b/**", date(2010, 1, 1)),
            DatedPath("/a/*", date(2026, 1, 1)),
        ),
        sensitivity=Sensitivity.OPEN,
        ignores_case=ignores_case,
    )


def asked(path: str, query: str, method: str) -> Request:
    return Request(
        "req_1", method, "https", "a.example", "a.example", path, path, query
    )


def plain(
    policies: PolicySet, facts: Facts, request: Request, *, agreement: Agreement | None
) -> Decision:
    (collection,) = policies.collections
    cost = cost_of(collection, request.path, request.query)
    age = age_days(collection, request.path, at_us=TODAY_US)
    resource = Resource(
        collection, request.path, request.query, request.method, cost, age_days=age
    )
    return decide(policies, facts, resource, agreement)


def remembered(
    chain: Chain, facts: Facts, request: Request, *, agreement: Agreement | None
) -> Decision:
    collection = chain.collection
    assert collection is not None
    cost = cost_of(collection, request.path, request.query)
    age = age_days(collection, request.path, at_us=TODAY_US)
    return chain.answer(facts, agreement, request, cost=cost, age_days=age)


requests = st.builds(asked, paths, queries, methods)


@given(
    st.lists(rules, max_size=FEW * 2),
    st.lists(requesters, min_size=1, max_size=3),
    st.lists(agreements, min_size=1, max_size=2),
    st.lists(requests, min_size=1, max_size=6),
    a_switch,
    st.sampled_from([a_book(), a_book(ignores_case=True)]),
)
@settings(max_examples=300)
def test_a_chain_answers_every_time_as_decide_does(
    own: list[Rule],
    stated: list[Mapping[str, Fact]],
    signed: list[Agreement | None],
    asking: list[Request],
    switches: Switches,
    book: Collection,
) -> None:
    """Any rules before the real pack; each question twice, in a mixed order."""
    real = the_policies()
    policies = PolicySet(
        "v", (book,), real.packs, real.tariffs, own_rules={book.id: tuple(own)}
    )
    chain = Chain(policies, book, lambda one: enforced(one, switches))
    known = [Facts(each) for each in stated]

    for _ in range(2):
        for facts in known:
            for agreement in signed:
                for request in asking:
                    expected = plain(policies, facts, request, agreement=agreement)
                    got = remembered(chain, facts, request, agreement=agreement)
                    assert got == enforced(expected, switches)


@given(requesters, agreements, requests)
def test_what_is_remembered_is_the_same_object(
    stated: Mapping[str, Fact], agreement: Agreement | None, request: Request
) -> None:
    policies = PolicySet("v", (a_book(),), the_policies().packs, the_policies().tariffs)
    chain = Chain(policies, a_book(), lambda decision: decision)
    facts = Facts(stated)

    first = remembered(chain, facts, request, agreement=agreement)

    assert remembered(chain, facts, request, agreement=agreement) is first
    assert first == plain(policies, facts, request, agreement=agreement)


def test_a_flood_of_requesters_is_forgotten_and_changes_no_answer() -> None:
    policies = PolicySet("v", (a_book(),), the_policies().packs, the_policies().tariffs)
    chain = Chain(policies, a_book(), lambda decision: decision)
    request = asked("/a", "", "GET")

    for number in range(20_000):
        kind = values[number % len(values)]
        facts = Facts({"client.kind": Fact(kind, Level.CLAIMED)})
        got = remembered(chain, facts, request, agreement=None)
        if number % 1_000 < len(values):
            assert got == plain(policies, facts, request, agreement=None)

    assert len(chain) <= 8_192


def test_outside_every_collection_the_archive_answers() -> None:
    chain = Chain(the_policies(), None, lambda decision: decision)
    facts = Facts({})

    got = chain.answer(facts, None, asked("/a", "", "GET"), cost=1, age_days=None)

    assert got.ruling.rule == "outside-every-collection"
