"""What the outbox, alerts and webhooks promise, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from gateway.identity.party import Party
from gateway.identity.webhook import Webhook, WebhookStore
from gateway.kernel.outgoing import OutboxStore, Outgoing, State, Waiting, Way
from gateway.metering.alert import Alert, AlertStore
from gateway.metering.cap_terms import CapTerms, Counted, Per
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.identity_store import IdentityStore
from gateway.storage.stores.outbox_store import (
    StoredAlerts,
    StoredOutbox,
    StoredWebhooks,
)
from tests.fakes.outbox import FakeAlerts, FakeOutbox, FakeWebhooks
from tests.unit.services.agreed import A_TARIFF, an_agreement

BOTH = (Way.MAIL, Way.WEBHOOK)
CAP = CapTerms("agr_1", Counted.REQUESTS, Per.DAY, 100)


@dataclass(frozen=True, slots=True)
class Stores:
    outbox: OutboxStore
    alerts: AlertStore
    webhooks: WebhookStore


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "memory":
        outbox = FakeOutbox()
        yield Stores(outbox, FakeAlerts(outbox), FakeWebhooks())
        return
    db = open_sqlite(":memory:")
    IdentityStore(db).add_party(Party("pty_1", "Mapworks"), [], salt="s")
    books = StoredBooks(db)
    books.tariffs.publish(A_TARIFF, at_us=1)
    books.agreements.add(an_agreement())
    yield Stores(StoredOutbox(db), StoredAlerts(db), StoredWebhooks(db))
    db.close()


def a_parcel(number: int, *, way: Way = Way.MAIL, address: str = "a@b.eu") -> Outgoing:
    return Outgoing(
        f"msg_{number}", way, address, "s", "text", f"k{number}", 10, next_us=10
    )


def test_the_same_reason_is_kept_once(stores: Stores) -> None:
    first = stores.outbox.put([a_parcel(1), replace(a_parcel(2), once="k1")])
    again = stores.outbox.put([replace(a_parcel(3), once="k1"), a_parcel(4)])

    assert (first, again) == (1, 1)
    assert [each.id for each in stores.outbox.listed()] == ["msg_4", "msg_1"]


def test_what_has_no_reason_is_always_kept(stores: Stores) -> None:
    parcels = [replace(a_parcel(number), once="") for number in (1, 2)]

    assert stores.outbox.put(parcels) == 2


def test_due_is_the_oldest_of_each_receiver_by_the_ways_that_are_open(
    stores: Stores,
) -> None:
    hook = a_parcel(3, way=Way.WEBHOOK, address="whk_1")
    late = replace(a_parcel(4, address="c@d.eu"), next_us=99)
    stores.outbox.put([a_parcel(1), a_parcel(2), hook, late])

    def due(now_us: int, *ways: Way) -> list[str]:
        found = stores.outbox.due(now_us=now_us, ways=ways, at_most=8)
        return [each.id for each in found]

    assert due(9, *BOTH) == []
    assert due(10, *BOTH) == ["msg_1", "msg_3"]
    assert due(10, Way.WEBHOOK) == ["msg_3"]
    assert due(99, *BOTH) == ["msg_1", "msg_3", "msg_4"]


def test_one_try_is_claimed_by_one_and_comes_back_where_that_one_died(
    stores: Stores,
) -> None:
    parcel = a_parcel(1)
    stores.outbox.put([parcel])

    assert stores.outbox.claim(parcel, until_us=50)
    assert not stores.outbox.claim(parcel, until_us=60)
    assert stores.outbox.due(now_us=49, ways=BOTH, at_most=8) == []
    (again,) = stores.outbox.due(now_us=50, ways=BOTH, at_most=8)
    assert again == replace(parcel, tries=1, next_us=50)


def test_what_was_delivered_or_given_up_is_due_no_more(stores: Stores) -> None:
    stores.outbox.put([a_parcel(1), a_parcel(2), a_parcel(3)])
    stores.outbox.keep(
        replace(a_parcel(1), state=State.DELIVERED, answer="204"), at_us=20
    )
    stores.outbox.keep(replace(a_parcel(2), state=State.DEAD, answer="410"), at_us=20)
    stores.outbox.keep(replace(a_parcel(3), next_us=70, answer="away"), at_us=20)

    assert stores.outbox.due(now_us=69, ways=BOTH, at_most=8) == []
    assert stores.outbox.standing() == (Waiting(Way.MAIL, 1, 1, 10, "away"),)


def test_what_ended_long_ago_is_emptied_and_its_reason_stays(stores: Stores) -> None:
    stores.outbox.put([a_parcel(1), a_parcel(2)])
    stores.outbox.keep(replace(a_parcel(1), state=State.DELIVERED), at_us=20)

    assert stores.outbox.forget(before_us=20) == 0
    assert stores.outbox.forget(before_us=21) == 1
    assert stores.outbox.forget(before_us=21) == 0

    newest, oldest = stores.outbox.listed()
    assert (oldest.address, oldest.body, newest.body) == ("", "", "text")
    assert stores.outbox.put([replace(a_parcel(9), once="k1")]) == 0


def test_an_alert_is_kept_once_with_all_that_tells_it(stores: Stores) -> None:
    alert = Alert(CAP, 5, 80)

    first = stores.alerts.record(alert, (a_parcel(1),), at_us=7)
    again = stores.alerts.record(alert, (a_parcel(2),), at_us=8)

    assert (first, again) == (True, False)
    assert [each.id for each in stores.outbox.listed()] == ["msg_1"]
    assert stores.alerts.highest(CAP, period_start_us=5) == 80
    assert stores.alerts.highest(CAP, period_start_us=6) == 0
    raised = replace(CAP, amount=200)
    assert stores.alerts.highest(raised, period_start_us=5) == 0


def test_a_webhook_holds_until_it_is_ended(stores: Stores) -> None:
    webhook = Webhook("whk_1", "pty_1", "https://a.example/h", "pep_1", 3)
    stores.webhooks.add(webhook)
    held = stores.webhooks.of_party("pty_1")

    assert held == stores.webhooks.of_party() == (webhook,)
    assert stores.webhooks.of_party("pty_2") == ()
    assert stores.webhooks.end("whk_1", at_us=9)
    assert not stores.webhooks.end("whk_1", at_us=10)
    assert stores.webhooks.of_party() == ()
    assert stores.webhooks.find("whk_1") == replace(webhook, ended_us=9)
    assert stores.webhooks.find("whk_2") is None


def test_who_is_erased_is_sent_nothing_more(stores: Stores) -> None:
    done = replace(a_parcel(1), state=State.DELIVERED)
    stores.outbox.put([a_parcel(1), a_parcel(2), a_parcel(3, address="c@d.eu")])
    stores.outbox.keep(done, at_us=11)
    stores.webhooks.add(Webhook("whk_1", "pty_1", "https://a.example/h", "pep_1", 3))

    assert stores.outbox.drop("a@b.eu", at_us=20) == 2
    assert stores.outbox.drop("a@b.eu", at_us=20) == 0
    assert stores.webhooks.erase("pty_1", at_us=20) == ("whk_1",)
    assert stores.webhooks.erase("pty_2", at_us=20) == ()

    other, waited, sent = stores.outbox.listed()
    assert (other.address, other.state) == ("c@d.eu", State.WAITING)
    assert (waited.address, waited.body, waited.state) == ("", "", State.DEAD)
    assert (sent.address, sent.state) == ("", State.DELIVERED)
    ended = stores.webhooks.find("whk_1")
    assert ended is not None
    assert (ended.url, ended.ended_us) == ("erased", 20)
