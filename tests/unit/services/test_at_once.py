"""All verbs in one pass say what they say one after the other, and spend as much."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classification.behaviour import Share
from gateway.classification.given import Given
from gateway.identity.party import Attribute, Party
from gateway.identity.principal import (
    ANONYMOUS,
    CredentialFault,
    Delayed,
    Identified,
    Principal,
    Refused,
)
from gateway.kernel.errors import InvalidValue
from gateway.kernel.evidence import Level
from gateway.kernel.request import Headers, Request
from gateway.kernel.use import Use
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.decision import PASSES, Decision, Throttle
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.metering.admit import Admitted
from gateway.metering.judged import Accounts, Judged, decision_of
from gateway.metering.relief.turn import Turn
from gateway.services.admission import OFF
from gateway.services.relief import Relief
from gateway.services.settled import passes, settled_for
from tests.fakes.time_and_chance import START_US
from tests.unit.services.test_admission import (
    FIREFOX,
    GPTBOT,
    Door,
    Drawer,
    Porter,
    a_request,
)

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
NETWORKS = ("198.18.4.7", "198.18.4.8", "2001:db8::1", "2001:db8::2", "nowhere")
PATHS = ("/", "/registers/1742", "/search", "/a/b.css", "/x.git/info/refs", "/a%2Fb")
BLOCKS = tuple(
    Headers(pairs)
    for pairs in (
        [("User-Agent", FIREFOX)],
        [("User-Agent", GPTBOT)],
        [("User-Agent", "MapworksBot/4.1")],
        [("User-Agent", "git/2.45.1"), ("Git-Protocol", "version=2")],
        [],
    )
)


def a_principal(number: int, entity: str, *, named: str, is_test: bool) -> Principal:
    attribute = Attribute(entity, Level.VOUCHED, "steward")
    party = Party(f"pty_{number}", f"Party {number}", {"entity": attribute})
    return Principal(party, f"key_{number}", is_test, agreement_id=named)


def agreements_of(number: int) -> Any:
    def made(terms: dict[str, Any]) -> Agreement:
        return Agreement(
            party_id=f"pty_{number}", tariff="ai-2026", currency="EUR", **terms
        )

    return st.builds(
        made,
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["agr_1", "agr_2"]),
                "tariff_version": st.integers(1, 3),
                "settling": st.sampled_from(Settling),
                "uses": st.sampled_from([frozenset(), frozenset({Use.TRAIN})]),
                "starts_us": st.sampled_from([0, START_US + 10**9]),
                "ends_us": st.sampled_from([None, START_US + 1]),
            }
        ),
    )


PRINCIPALS = st.builds(
    a_principal,
    st.integers(1, 2),
    st.sampled_from(["company", "university", "person", "data-broker"]),
    named=st.sampled_from(["", "agr_1", "agr_2"]),
    is_test=st.booleans(),
)
WHO: st.SearchStrategy[Identified] = st.one_of(
    st.just(ANONYMOUS),
    PRINCIPALS,
    st.just(Refused(CredentialFault.KEY_UNKNOWN, "That key is not known here.")),
    st.just(Delayed(3, 60, 60)),
)
GIVEN = st.builds(
    Given,
    standing=st.sampled_from([None, 0, 1, 40]),
    has_offset=st.sampled_from([None, False, True]),
    opened=st.sampled_from([frozenset(), frozenset({"agr_1"})]),
    share=st.sampled_from([None, Share(200, 10), Share(201, 10)]),
    notice_days=st.sampled_from([None, 29, 30]),
)
SWITCHES = st.builds(Switches, st.sampled_from(Protect), st.sampled_from(LicenceMode))


@st.composite
def requests(draw: Callable[..., Any]) -> Request:
    """One of a few kinds of client, at one of a few kinds of page."""
    path = draw(
        st.sampled_from(
            [
                "/",
                "/registers/1742",
                "/search",
                "/a/b.css",
                "/x.git/info/refs",
                "/a%2Fb",
            ]
        )
    )
    query = draw(st.sampled_from(["", "q=a", "service=git-upload-pack", "v=3", "a&b"]))
    return replace(
        a_request(path=path),
        query=query,
        method=draw(st.sampled_from(["GET", "HEAD", "POST"])),
        headers=draw(st.sampled_from(BLOCKS)),
        client_ip=draw(st.sampled_from(NETWORKS)),
    )


async def one_by_one(door: Door, asked: Request) -> Judged:
    """As the handler goes, verb by verb."""
    admission = door.admission
    who = await admission.identify(asked)
    facts = admission.classify(asked, who)
    decision: Decision | Turn = admission.decide(asked, who, facts)
    if isinstance(decision, PASSES):
        admitted = admission.admit(asked, who, decision)
        decision = admitted.decision if isinstance(admitted, Admitted) else admitted
    version = admission.policies().version
    return admission.collection_of(asked), version, who, facts, decision


@given(
    switches=SWITCHES,
    agreements=st.lists(st.integers(1, 2).flatmap(agreements_of), max_size=3).map(
        tuple
    ),
    visits=st.lists(
        st.tuples(requests(), WHO, st.sampled_from([0, 1, 1_000])), max_size=12
    ),
    given_then=st.lists(GIVEN, min_size=1, max_size=3),
    is_busy=st.booleans(),
    repeats=st.sampled_from([1, 1, 400]),
)
async def test_one_pass_says_what_the_verbs_say_and_spends_what_they_spend(
    switches: Switches,
    agreements: tuple[Agreement, ...],
    visits: list[tuple[Request, Identified, int]],
    *,
    given_then: list[Given],
    is_busy: bool,
    repeats: int,
) -> None:
    quick, slow = (
        Door(switches, drawer=Drawer(agreements), in_flight_max=0) for _ in range(2)
    )
    for door in (quick, slow):
        if is_busy:
            for collection in door.admission.policies().collections:
                door.pressure.enter(collection.upstream)
    # As connections keep them: each is of one client.
    accounts: dict[str, Accounts] = {}
    for number, (asked, who, pause_ms) in enumerate(visits):
        for door in (quick, slow):
            door.drawer.given = given_then[number % len(given_then)]
        held = accounts.setdefault(asked.client_ip, Accounts())
        for _ in range(repeats):
            for door in (quick, slow):
                door.porter.known = who
                door.clock.forward(ms=pause_ms)
                if isinstance(who, Principal):
                    await door.admission.agreements.prepare(who.party.id)

            said = quick.admission.at_once(
                asked, now_ns=quick.clock.ticks_ns(), accounts=held
            )
            expected = await one_by_one(slow, asked)

            if said is None:
                # Left to the verbs, and nothing was spent.
                assert isinstance(who, Refused | Delayed)
                said = await one_by_one(quick, asked)
            assert said == expected


async def test_a_key_that_is_revoked_is_refused_by_the_next_request() -> None:
    who = a_principal(1, "university", named="", is_test=False)
    door, held = Door(porter=Porter(who), in_flight_max=0), Accounts()
    asked = a_request()
    await door.admission.agreements.prepare(who.party.id)

    def judged() -> Judged | None:
        now_ns = door.clock.ticks_ns()
        return door.admission.at_once(asked, now_ns=now_ns, accounts=held)

    said = [judged() for _ in range(4)]
    assert said[2] is said[3]
    assert said[3] is not None
    assert said[3][2] is who

    door.porter.known = Refused(CredentialFault.KEY_REVOKED, "That key is revoked.")
    assert judged() is None
    other = a_principal(2, "university", named="", is_test=False)
    await door.admission.agreements.prepare(other.party.id)
    door.porter.known = other
    found = judged()
    assert found is not None
    assert found[2] is other


async def test_new_policies_are_asked_by_the_next_request_of_a_key_holder() -> None:
    who = a_principal(1, "university", named="", is_test=False)
    door, held = Door(porter=Porter(who), in_flight_max=0), Accounts()
    asked = a_request()
    await door.admission.agreements.prepare(who.party.id)
    said = [
        door.admission.at_once(asked, now_ns=door.clock.ticks_ns(), accounts=held)
        for _ in range(4)
    ]
    assert said[2] is said[3]
    swapped = replace(door.admission.policies(), version="e" * 64)
    door.admission.policies = lambda: swapped

    found = door.admission.at_once(asked, now_ns=door.clock.ticks_ns(), accounts=held)

    assert found is not None
    assert found[1] == "e" * 64


async def test_who_has_used_their_share_is_told_so_by_both() -> None:
    quick, slow = Door(in_flight_max=0), Door(in_flight_max=0)
    asked = a_request()
    said: Judged | None = None
    for door in (quick, slow):
        door.pressure.enter("archive")
        for collection in door.admission.policies().collections:
            door.pressure.enter(collection.upstream)

    for _ in range(10_000):
        said = quick.admission.at_once(asked, now_ns=quick.clock.ticks_ns())
        expected = await one_by_one(slow, asked)
        assert said == expected
        if isinstance(expected[4], Throttle):
            break

    assert said is not None
    assert isinstance(said[4], Throttle)
    assert said[4].retry_after_s >= 1


def test_a_key_in_the_address_is_refused_and_a_plain_escape_is_not() -> None:
    door = Door()
    seen: list[str] = []

    def heard(target: str) -> str | None:
        seen.append(target)
        return "cg_live_…0000" if "cg_live_" in target else None

    door.admission.leaked_key = heard
    now_ns = door.clock.ticks_ns()

    with pytest.raises(InvalidValue):
        door.admission.at_once(
            replace(a_request(), target="/?k=cg_live_x"), now_ns=now_ns
        )
    escaped = replace(a_request(), target="/b%C3%BCcher")
    assert door.admission.at_once(escaped, now_ns=now_ns) is not None
    assert len(seen) == 2


@given(
    visits=st.lists(st.tuples(requests(), WHO, st.booleans()), max_size=12),
)
async def test_switching_off_and_on_again_means_the_same_in_one_pass(
    visits: list[tuple[Request, Identified, bool]],
) -> None:
    quick, slow = Door(in_flight_max=0), Door(in_flight_max=0)
    accounts: dict[str, Accounts] = {}
    for asked, who, is_off in visits:
        held = accounts.setdefault(asked.client_ip, Accounts())
        for door in (quick, slow):
            door.porter.known = who
            door.admission.is_off = lambda answer=is_off: answer  # type: ignore[misc]
            if isinstance(who, Principal):
                await door.admission.agreements.prepare(who.party.id)
        for _ in range(3):
            said = quick.admission.at_once(
                asked, now_ns=quick.clock.ticks_ns(), accounts=held
            )
            expected = await one_by_one(slow, asked)

            assert said is not None or not is_off
            assert (said or await one_by_one(quick, asked)) == expected
            assert (expected[4] is OFF) == is_off


def test_whose_agreements_are_not_at_hand_has_to_wait() -> None:
    who = a_principal(1, "company", named="", is_test=False)
    door = Door(porter=Porter(who))

    assert door.admission.at_once(a_request(), now_ns=door.clock.ticks_ns()) is None


@given(
    switches=SWITCHES,
    asked=requests(),
    is_busy=st.booleans(),
    times=st.sampled_from([1, 3, 700]),
)
def test_what_is_settled_passes_as_often_as_asking_each_time(
    switches: Switches, asked: Request, *, is_busy: bool, times: int
) -> None:
    quick, slow = Door(switches, in_flight_max=0), Door(switches, in_flight_max=0)
    for door in (quick, slow):
        for collection in door.admission.policies().collections if is_busy else ():
            door.pressure.enter(collection.upstream)
    facts = slow.admission.classify(asked, ANONYMOUS)
    settled = settled_for(quick.admission, asked, facts)
    accounts = Accounts()

    for _ in range(times):
        now_ns = slow.clock.ticks_ns()
        judged = slow.admission.at_once(asked, now_ns=now_ns)
        assert judged is not None
        if settled is None:
            return
        assert settled.collection == judged[0]
        stands = not isinstance(settled.decision, PASSES)
        if stands or passes(
            quick.admission,
            settled,
            asked.client_ip,
            accounts=accounts,
            now_ns=now_ns,
        ):
            assert judged[4] == settled.decision
        else:
            assert isinstance(judged[4], Throttle)
            assert quick.admission.at_once(asked, now_ns=now_ns) == judged


def test_most_clients_are_settled_by_what_is_known_of_them() -> None:
    door = Door()
    asked = a_request()

    facts = door.admission.classify(asked, ANONYMOUS)
    settled = settled_for(door.admission, asked, facts)

    assert settled is not None
    assert settled.terms is not None


@pytest.mark.parametrize("agent", [FIREFOX, GOOGLEBOT, "curl/8.5"])
async def test_both_ways_wait_alike_before_an_expensive_page(agent: str) -> None:
    """A machine's share is its operator's, whichever way it was admitted."""
    quick, slow = Door(), Door()
    for door in (quick, slow):
        door.admission.relief = Relief(bytes(16))
    asked = replace(
        a_request(agent),
        host="archive.example",
        authority="archive.example",
        target="/registers/1742?diff=1",
        query="diff=1",
    )

    judged = quick.admission.at_once(asked, now_ns=quick.clock.ticks_ns())
    facts = slow.admission.classify(asked, ANONYMOUS)
    decision = slow.admission.decide(asked, ANONYMOUS, facts)
    assert isinstance(decision, PASSES)
    left = slow.admission.admit(asked, ANONYMOUS, decision)

    assert judged is not None
    assert isinstance(judged[4], Turn)
    assert isinstance(left, Turn)
    assert judged[4].claim.rank is left.claim.rank
    assert judged[4].claim.shares == left.claim.shares


async def test_standing_that_was_spent_is_asked_about_within_a_second() -> None:
    who = a_principal(1, "company", named="", is_test=False)
    drawer = Drawer(given=Given(standing=1))
    door, held = Door(porter=Porter(who), drawer=drawer, in_flight_max=0), Accounts()
    asked = replace(a_request(), headers=Headers([("User-Agent", "fetcher/1")]))
    await door.admission.agreements.prepare(who.party.id)

    def rule() -> str:
        now_ns = door.clock.ticks_ns()
        judged = door.admission.at_once(asked, now_ns=now_ns, accounts=held)
        assert judged is not None
        return decision_of(judged[4]).ruling.rule

    paid = [rule() for _ in range(4)]
    drawer.given = Given(standing=0)
    still = rule()
    door.clock.forward(s=1)
    await door.admission.agreements.prepare(who.party.id)

    assert {*paid, still} == {"contributors-with-standing"}
    assert rule() == "commercial-without-agreement"
