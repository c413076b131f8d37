"""services.cap_watch: each threshold once per period, whoever is asked how often."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.tax import Seller, Selling
from gateway.identity.api_key import ApiKey
from gateway.identity.party import Attribute, Party
from gateway.identity.webhook import Webhook
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.outgoing import Outgoing, Way
from gateway.metering.cap_terms import CapTerms, Counted, Per, Strength
from gateway.services.allowances import AgreementAllowances
from gateway.services.cap_desk import CapDesk
from gateway.services.cap_watch import CapWatch, Notices
from tests.fakes.books import FakeParties, MemoryBooks
from tests.fakes.ledger import SELF
from tests.fakes.outbox import FakeAlerts, FakeOutbox, FakeWebhooks
from tests.fakes.time_and_chance import CountingIds, HandClock
from tests.fakes.usage import FakeUsageStore, a_usage_event
from tests.unit.services.agreed import A_TARIFF, an_agreement

CAP = CapTerms("agr_1", Counted.REQUESTS, Per.DAY, 10)
NOBODY = Seller(Selling.NONE)


class FakeKeys:
    """One key."""

    def list(self, party_id: str = "") -> tuple[ApiKey, ...]:
        return (ApiKey("key_1", "pty_1", "l", "h", "p", "x7Qz", False, 1),)


class Setting:
    """A watch over one agreement, with a webhook and an address."""

    def __init__(self, *, email: str = "a@map.example", seller: Seller = SELF) -> None:
        said = {"email": Attribute(email, Level.CLAIMED, "offer")} if email else {}
        party = Party("pty_1", "Mapworks", said)
        parties = FakeParties(party)
        self.clock, self.ids = HandClock(), CountingIds()
        self.books, self.usage = MemoryBooks(), FakeUsageStore()
        self.books.tariffs.publish(A_TARIFF, at_us=1)
        self.books.agreements.add(an_agreement())
        self.outbox, self.webhooks = FakeOutbox(), FakeWebhooks()
        self.webhooks.add(Webhook("whk_1", "pty_1", "https://a.example", "pep_1", 1))
        self.desk = CapDesk(
            self.books,
            keys=FakeKeys(),
            allowances=AgreementAllowances(
                self.books, parties=parties, seller=seller, is_invoiced=lambda _: True
            ),
            usage=self.usage,
            sums=self.usage,
            clock=self.clock,
            sells=lambda: seller.selling is not Selling.NONE,
        )
        self.watch = CapWatch(
            self.books,
            self.desk,
            Notices(FakeAlerts(self.outbox), self.webhooks, True, parties.find_party),
            clock=self.clock,
            ids=self.ids,
        )
        self.count = 0

    def take(self, requests: int, *, body_bytes: int = 10) -> None:
        for _ in range(requests):
            self.count += 1
            event = a_usage_event(
                self.count, body_bytes=body_bytes, occurred_us=self.clock.now_us()
            )
            self.usage.record_event(event, recorded_us=1)

    def told(self, way: Way = Way.WEBHOOK) -> list[Outgoing]:
        return [each for each in self.outbox.listed()[::-1] if each.way is way]

    def thresholds(self) -> list[int]:
        return [
            json.loads(each.body)["data"]["threshold_percent"] for each in self.told()
        ]


def test_each_threshold_is_told_once_by_mail_and_webhook() -> None:
    setting = Setting()
    setting.desk.set(CAP)
    for _ in range(10):
        setting.take(1)
        setting.watch.look()
        setting.watch.look()

    assert setting.thresholds() == [50, 80, 100]
    letters = setting.told(Way.MAIL)
    assert [each.subject.split(" ")[0] for each in letters] == ["50", "80", "100"]
    assert "10 / 10 requests" in letters[2].body
    assert "est atteint" in letters[2].body
    assert {each.address for each in letters} == {"a@map.example"}


def test_the_next_day_tells_afresh_and_so_does_another_amount() -> None:
    setting = Setting()
    setting.desk.set(CAP)
    setting.take(6)
    setting.watch.look()
    setting.desk.set(replace(CAP, amount=7))
    setting.watch.look()
    setting.clock.forward(s=86_400)
    setting.watch.look()
    setting.take(5)
    setting.watch.look()

    assert setting.thresholds() == [50, 80, 50]


def test_a_soft_cap_says_that_nothing_stops() -> None:
    setting = Setting()
    setting.desk.set(replace(CAP, strength=Strength.SOFT))
    setting.take(12)
    setting.watch.look(frozenset({("agr_1", "", CAP.name)}))

    assert setting.thresholds() == [100]
    assert "soft cap" in setting.told(Way.MAIL)[0].body


def test_a_cap_that_refused_is_used_up_though_something_is_left() -> None:
    setting = Setting()
    setting.desk.set(CapTerms("agr_1", Counted.BYTES, Per.LIFE, 100))
    setting.take(2, body_bytes=30)
    setting.watch.look(frozenset({("agr_1", "", "bytes-per-life")}))

    assert setting.thresholds() == [100]


def test_an_ended_agreement_and_a_lifted_cap_tell_nothing() -> None:
    setting = Setting()
    setting.desk.set(CAP)
    setting.desk.set(replace(CAP, per=Per.MONTH))
    setting.desk.lift(CAP)
    setting.take(10)
    setting.books.agreements.end("agr_1", at_us=setting.clock.now_us())

    assert setting.watch.look() == 0
    assert setting.told() == []


def test_an_address_that_is_none_costs_nobody_the_webhook() -> None:
    setting = Setting(email="not an address")
    setting.desk.set(CAP)
    setting.take(10)
    setting.watch.look()

    assert setting.thresholds() == [100]
    assert setting.told(Way.MAIL) == []


def test_money_is_capped_where_something_is_sold_and_nowhere_else() -> None:
    money = CapTerms("agr_1", Counted.MONEY, Per.MONTH, 100)
    selling, giving = Setting(), Setting(seller=NOBODY)
    selling.desk.set(money)
    (taken,) = selling.desk.taken("agr_1")

    assert (taken.terms, taken.used) == (money, Fraction(0))
    with pytest.raises(InvalidValue):
        giving.desk.set(money)
    assert giving.desk.taken("agr_1") == []


def test_a_key_of_somebody_else_and_a_cap_that_is_not_there_are_not_found() -> None:
    setting = Setting()
    setting.desk.set(replace(CAP, key_id="key_1"))

    with pytest.raises(NotFound):
        setting.desk.set(replace(CAP, key_id="key_2"))
    with pytest.raises(NotFound):
        setting.desk.lift(CAP)
    with pytest.raises(NotFound):
        setting.desk.taken("agr_9")


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=15))
def test_thresholds_only_rise_within_a_period(steps: list[tuple[int, bool]]) -> None:
    setting = Setting()
    setting.desk.set(CAP)
    for requests, is_looked in steps:
        setting.take(requests)
        if is_looked:
            setting.watch.look()
    setting.watch.look()

    told = setting.thresholds()
    reached = max(
        (each for each in (50, 80, 100) if setting.count * 10 >= each), default=0
    )
    assert told == sorted(set(told))
    assert max(told, default=0) == reached
