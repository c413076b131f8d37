"""gateway.services.admission: one code for every door, under both switches."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.classification.given import UNREAD, Given
from gateway.identity.party import Attribute, Party
from gateway.identity.principal import (
    ANONYMOUS,
    CredentialFault,
    Identified,
    Principal,
    Refused,
)
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.evidence import Level
from gateway.kernel.request import Headers, Request
from gateway.licensing.agreement import Agreement
from gateway.licensing.decision import (
    Allow,
    Decision,
    Identify,
    Meter,
    Offer,
    Throttle,
    word,
)
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.metering.admit import Admitted
from gateway.metering.budget import BudgetBook
from gateway.policy_files.loader import load
from gateway.services.admission import Admission
from gateway.services.agreement_book import AgreementBook
from gateway.services.explaining import explanation_of
from gateway.services.pressure import Comfort, Pressure
from tests.fakes.time_and_chance import START_US, HandClock

POLICIES = load(Path("policies"))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GPTBOT = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"
EVERYTHING = Switches(Protect.ON, LicenceMode.INVOICE)


@dataclass
class Porter:
    """An authenticator that knows whom the test says."""

    known: Identified = ANONYMOUS
    is_gone: bool = False

    async def identify(self, asked: Request) -> Identified:
        if self.is_gone:
            raise Unavailable("the store does not answer")
        return self.known

    def at_once(self, asked: Request, *, now_ns: int) -> Identified | None:
        return None if self.is_gone else self.known


@dataclass
class Drawer:
    """The agreements there are."""

    agreements: tuple[Agreement, ...] = ()
    given: Given = UNREAD

    def agreements_of(self, party_id: str) -> tuple[Agreement, ...]:
        return self.agreements

    def given_by(self, party_id: str) -> Given:
        return self.given


async def at_once(call: Callable[[], Any]) -> Any:
    return call()


@dataclass
class Door:
    """An admission and everything a test may turn."""

    switches: Switches = EVERYTHING
    porter: Porter = field(default_factory=Porter)
    drawer: Drawer = field(default_factory=Drawer)
    clock: HandClock = field(default_factory=HandClock)
    is_off: bool = False
    in_flight_max: int = 16

    def __post_init__(self) -> None:
        self.pressure = Pressure(self.clock, Comfort(in_flight_max=self.in_flight_max))
        self.admission = Admission(
            authenticator=self.porter,
            agreements=AgreementBook(
                self.drawer, at_once, self.clock, self.drawer.given_by
            ),
            policies=lambda: POLICIES,
            budgets=BudgetBook(key=bytes(16)),
            pressure=self.pressure,
            switches=self.switches,
            clock=self.clock,
            is_off=lambda: self.is_off,
        )

    async def decide(self, asked: Request) -> Decision:
        who = await self.admission.identify(asked)
        facts = self.admission.classify(asked, who)
        return self.admission.decide(asked, who, facts)


def a_request(user_agent: str = FIREFOX, *, path: str = "/registers/1742") -> Request:
    return Request(
        id="req_1",
        method="GET",
        scheme="https",
        host="library.example",
        authority="library.example",
        target=path,
        path=path,
        headers=Headers([("User-Agent", user_agent)]),
        client_ip="198.18.4.7",
        received_us=START_US,
    )


def a_company() -> Principal:
    entity = Attribute("company", Level.VOUCHED, "steward")
    return Principal(Party("pty_1", "Mapworks", {"entity": entity}), "key_1")


def an_agreement(**terms: Any) -> Agreement:
    return Agreement("agr_1", "pty_1", "ai-2026", 1, "EUR", **terms)


async def test_a_reader_is_allowed_and_a_training_crawler_gets_an_offer() -> None:
    door = Door()

    assert isinstance(await door.decide(a_request(FIREFOX)), Allow)
    assert isinstance(await door.decide(a_request(GPTBOT)), Offer)


@pytest.mark.parametrize("mode", [LicenceMode.OFF, LicenceMode.LABEL])
async def test_below_offer_a_crawler_reads_and_no_credential_is_looked_at(
    mode: LicenceMode,
) -> None:
    door = Door(Switches(Protect.ON, mode), Porter(is_gone=True))

    decision = await door.decide(a_request(GPTBOT))

    assert isinstance(decision, Allow)


async def test_a_company_is_metered_under_its_agreement_and_offered_without() -> None:
    with_one = Door(porter=Porter(a_company()), drawer=Drawer((an_agreement(),)))
    without = Door(porter=Porter(a_company()))

    metered = await with_one.decide(a_request("MapworksBot/4.1"))
    offered = await without.decide(a_request(GPTBOT))

    assert isinstance(metered, Meter)
    assert metered.agreement_id == "agr_1"
    assert isinstance(offered, Offer)


async def test_an_agreement_that_ended_meters_nothing_more() -> None:
    ended = an_agreement(ends_us=START_US)
    door = Door(porter=Porter(a_company()), drawer=Drawer((ended,)))

    assert not isinstance(await door.decide(a_request(GPTBOT)), Meter)


async def test_a_credential_that_fails_is_told_how() -> None:
    refused = Refused(CredentialFault.KEY_CHECKSUM, "The key has a typo.")
    door = Door(porter=Porter(refused))

    decision = await door.decide(a_request())

    assert isinstance(decision, Identify)
    assert decision.fault == "key-checksum"
    assert decision.ruling.reason == "The key has a typo."


async def test_a_store_that_is_gone_is_an_outage_and_no_verdict() -> None:
    door = Door(porter=Porter(is_gone=True))

    with pytest.raises(Unavailable):
        await door.decide(a_request())


async def test_off_passes_everything_on_without_asking_anybody() -> None:
    door = Door(porter=Porter(is_gone=True), is_off=True)

    decision = await door.decide(a_request(GPTBOT))

    assert isinstance(decision, Allow)
    assert decision.ruling.rule == "off"


def spent_until_refused(door: Door, decision: Allow) -> int:
    for count in range(1_000):
        answer = door.admission.admit(a_request(), ANONYMOUS, decision)
        if isinstance(answer, Throttle):
            assert answer.retry_after_s >= 1
            return count
    return 1_000


async def test_the_anonymous_budget_refuses_only_under_pressure() -> None:
    busy, calm = Door(in_flight_max=0), Door()
    busy.pressure.enter("archive")

    decision = await busy.decide(a_request())
    assert isinstance(decision, Allow)

    assert spent_until_refused(busy, decision) == 300
    assert spent_until_refused(calm, decision) == 1_000


async def test_who_only_watches_never_slows() -> None:
    door = Door(Switches(Protect.WATCH, LicenceMode.OFF), in_flight_max=0)
    door.pressure.enter("archive")

    decision = await door.decide(a_request())

    assert isinstance(decision, Allow)
    assert spent_until_refused(door, decision) == 1_000


async def test_two_readers_do_not_share_a_budget() -> None:
    door = Door(in_flight_max=0)
    door.pressure.enter("archive")
    decision = await door.decide(a_request())
    assert isinstance(decision, Allow)
    spent_until_refused(door, decision)

    other = a_request()
    object.__setattr__(other, "client_ip", "198.18.4.8")

    assert isinstance(door.admission.admit(other, ANONYMOUS, decision), Admitted)


async def test_explain_says_what_full_switches_would_say_and_spends_nothing() -> None:
    door = Door(Switches())

    explanation = explanation_of(door.admission, a_request(GPTBOT), ANONYMOUS)

    assert word(explanation.decision) == "offer"
    assert explanation.decision.ruling.line > 0
    assert not door.admission.budgets


async def test_a_key_in_an_address_goes_no_further() -> None:
    door = Door()
    door.admission.leaked_key = lambda target: "cg_live_…x7Qz"

    with pytest.raises(InvalidValue, match="cg_live_…x7Qz") as refused:
        await door.admission.identify(a_request())

    assert "replace it" in refused.value.detail


async def test_where_nothing_is_licensed_addresses_are_nobodys_business() -> None:
    door = Door(Switches(Protect.ON, LicenceMode.LABEL))
    door.admission.leaked_key = lambda target: "cg_live_…x7Qz"

    assert await door.admission.identify(a_request()) is ANONYMOUS
