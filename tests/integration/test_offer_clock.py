"""The guaranteed offer: 32 days without an answer, and the tariff applies by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gateway.bootstrap.application_desk import ApplicationDesk
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import FULL
from gateway.metering.budget import BudgetBook
from gateway.services.applications import Applications as Service
from gateway.terms.applications import Applications
from gateway.terms.offers import Offers
from gateway.terms.replays import Replays
from gateway.terms.site import Site
from gateway.web.answer import Answer
from tests.fakes.applications import FakeApplications
from tests.fakes.books import MemoryBooks
from tests.fakes.time_and_chance import CountingIds, HandClock
from tests.unit.terms.builders import Desk, a_request, a_set, a_tariff

DAY_S = 86_400
WHO = {"name": "Acme Models SA", "email": "accounts@acme.example"}


@dataclass
class World:
    """An archive with one offer, its clock, and a host who may sleep."""

    policies: PolicySet = field(default_factory=a_set)
    clock: HandClock = field(default_factory=HandClock)
    desk: Desk = field(default_factory=Desk)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        site = Site("https://archive.example", lambda: self.policies, lambda: FULL)
        self.service = Service(
            FakeApplications(),
            MemoryBooks(),
            lambda: self.policies,
            clock=self.clock,
            ids=CountingIds(),
        )
        budgets = BudgetBook(key=b"k" * 16)
        self.offers = Offers(
            site,
            self.desk,
            budgets,
            Replays(self.clock),
            self.clock,
            Applications(
                site,
                ApplicationDesk(self.service, lambda word, **_: self.log.append(word)),
                budgets,
                self.clock,
            ),
        )
        offer = self.policies.offer_of(self.policies.collections[0])
        self.offer = f"/_copyfair/offers/{offer.id}"

    async def post(self, path: str, document: Any) -> Answer:
        headers = {"Content-Type": "application/json"}
        asked = a_request(path, "POST", headers=headers)
        return await self.offers(asked, json.dumps(document).encode())

    async def get(self, path: str) -> dict[str, Any]:
        return said(await self.offers(a_request(path), b""))

    async def applied(self) -> str:
        answer = await self.post(
            f"{self.offer}/applications", WHO | {"wish": "half of it"}
        )
        assert answer.status == 202
        return f"{self.offer}/applications/{said(answer)['application_id']}"

    def raise_the_price(self) -> None:
        """Another version: the offer that was shown is made no more."""
        (name,) = self.policies.tariffs
        raised = replace(a_tariff(), version=2)
        self.policies = replace(self.policies, tariffs={name: raised})


def said(answer: Answer) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(answer.body)
    return read


async def test_the_offer_says_how_to_apply_and_the_clock_is_told() -> None:
    world = World()
    offer = await world.get(world.offer)
    where = await world.applied()
    told = await world.get(where)

    href = offer["guaranteed_offer"]["apply"]["href"]
    assert href.endswith(f"{world.offer}/applications")
    assert (told["standing"], told["accept"]) == ("open", None)
    assert told["guaranteed"]["id"] == offer["id"]
    assert world.log == ["application.received"]


async def test_nobody_accepts_before_the_days_are_over() -> None:
    world = World()
    where = await world.applied()
    world.clock.forward(s=32 * DAY_S - 1)

    answer = await world.post(where, WHO)

    assert answer.status == 409
    assert world.desk.accepted == []


async def test_after_32_days_the_tariff_that_was_shown_applies_by_itself() -> None:
    world = World()
    where = await world.applied()
    world.raise_the_price()
    world.clock.forward(s=32 * DAY_S)

    told = await world.get(where)
    gone = await world.post(world.offer, WHO)
    accepted = await world.post(where, WHO)

    assert told["standing"] == "guaranteed"
    assert told["accept"]["href"].endswith(where)
    assert gone.status == 404
    assert accepted.status == 201
    [(terms, acceptance, _)] = world.desk.accepted
    assert terms.tariff is not None
    assert terms.tariff.version == 1
    assert acceptance.name == WHO["name"]


async def test_an_answer_in_time_stops_the_clock() -> None:
    world = World()
    where = await world.applied()
    application_id = where.rpartition("/")[2]
    world.clock.forward(s=31 * DAY_S)
    world.service.answer(application_id, "No, but write again in May.")
    world.clock.forward(s=2 * DAY_S)

    told = await world.get(where)
    refused = await world.post(where, WHO)

    assert (told["standing"], told["answer"]) == (
        "answered",
        "No, but write again in May.",
    )
    assert refused.status == 409


async def test_an_answer_that_comes_too_late_takes_nothing_back() -> None:
    world = World()
    where = await world.applied()
    world.clock.forward(s=33 * DAY_S)

    with pytest.raises(Conflict, match="days are over"):
        world.service.answer(where.rpartition("/")[2], "No.")
    with pytest.raises(NotFound):
        world.service.answer("apn_unknown", "No.")
    assert (await world.post(where, WHO)).status == 201


async def test_an_answer_says_something() -> None:
    world = World()
    where = await world.applied()

    with pytest.raises(InvalidValue):
        world.service.answer(where.rpartition("/")[2], "  ")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"name": "Acme"},
        WHO | {"email": "nobody"},
        WHO | {"wish": "x" * 4_001},
        WHO | {"price": 1},
    ],
    ids=["no-object", "no-address", "no-email", "long-wish", "unknown-field"],
)
async def test_a_faulty_application_is_not_taken(document: Any) -> None:
    world = World()

    answer = await world.post(f"{world.offer}/applications", document)

    assert answer.status == 400
    assert world.service.list() == ()


async def test_what_is_not_there_is_not_found() -> None:
    world = World()
    where = await world.applied()
    other = where.replace("/off_", "/off_9")

    for path in (f"{world.offer}/applications/apn_9", other, f"{world.offer}/x"):
        assert (await world.post(path, WHO)).status == 404
    missing = await world.post("/_copyfair/offers/off_9/applications", WHO)
    assert missing.status == 404


async def test_few_applications_at_once_from_one_network() -> None:
    world = World()
    answers = [
        (await world.post(f"{world.offer}/applications", WHO)).status for _ in range(5)
    ]

    assert answers[0] == 202
    assert answers[-1] == 429
