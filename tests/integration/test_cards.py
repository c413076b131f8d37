"""Payments by card against a Stripe on loopback: once, whatever goes wrong."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest

from gateway.billing.checkout import Checkout, CheckoutState
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PaidState
from gateway.bootstrap.cards import Outward
from gateway.fund.accounts import PAYMENT_FEE, STRIPE, UNMATCHED, prepaid
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import (
    Conflict,
    InvalidValue,
    Misconfigured,
    NotFound,
    Unavailable,
)
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.licensing.agreement import Settling
from gateway.payments.camt import read
from gateway.payments.stripe import Shop, Stripe
from gateway.payments.stripe_events import read_event
from gateway.services.card_desk import LIVES_S, CardDesk
from gateway.settings import Evidence, Settings, read_settings
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.terms.card_events import EVENTS, CardEvents
from gateway.web.answer import Answer
from tests.fakes.bank import Entry, statement
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
    put_events,
)
from tests.fakes.stripe import EVENTS_SECRET, KEY, FakeStripe, signed, stripe_running
from tests.unit.terms.builders import a_request

PAID_AHEAD = spelled("agr", 7)


@dataclass
class Till:
    """The desk, the books behind it and the provider it speaks to."""

    office: Office
    stripe: FakeStripe
    desk: CardDesk
    page: CardEvents
    invoice: Invoice

    async def hear(self, body: bytes, *, secret: str = EVENTS_SECRET) -> Answer:
        now_s = self.office.clock.now_us() // US_PER_S
        signature = signed(body, at_s=now_s, secret=secret)
        return await self.told(body, signature)

    async def told(self, body: bytes, signature: str) -> Answer:
        headers = {"Stripe-Signature": signature}
        return await self.page(a_request(EVENTS, "POST", headers=headers), body)

    def balance(self, account: str) -> int:
        return self.office.books.journal.balance(account, "EUR")

    def state(self) -> PaidState | None:
        return self.office.invoices.show(self.invoice.number).paid_state

    def open_minor(self) -> int:
        return self.office.invoices.show(self.invoice.number).open_minor


@dataclass
class Believing:
    """An event desk whose clock stands still; as in `bootstrap.cards`."""

    office: Office
    desk: CardDesk

    async def hear(self, body: bytes, signature: str) -> bool:
        now_s = self.office.clock.now_us() // US_PER_S
        secrets = (Secret("whsec_next"), Secret(EVENTS_SECRET))
        heard = read_event(body, signature, secrets=secrets, now_s=now_s)
        return await self.desk.hear(heard)


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("cards")
    file = folder / "gateway.yaml"
    file.write_text(
        "public_url: https://archive.example\nupstreams: {archive: http://127.0.0.1:9}"
        "\npolicies: policies\nstore: sqlite:///copyfair.db\n"
        "evidence: {loopback: yes}\n",
        encoding="utf-8",
    )
    settings = read_settings(file)
    assert settings.evidence == Evidence(loopback=True)
    return settings


@pytest.fixture
async def till(loopback: Settings) -> AsyncIterator[Till]:
    db = open_sqlite(":memory:")
    put_events(db, an_event(size=6_000))
    office = Office(StoredBooks(db), a_party())
    ahead = an_agreement(2, party=1, settling=Settling.PREPAID)
    office.agree(an_agreement(), replace(ahead, id=PAID_AHEAD))
    office.billing.run(NOVEMBER)
    (invoice,) = office.books.invoices.all()
    async with stripe_running() as fake:
        desk = a_desk(office, fake, loopback)
        page = CardEvents(Believing(office, desk))
        yield Till(office, fake, desk, page, invoice)
    assert office.audit.run().ok
    db.close()


def a_desk(
    office: Office, fake: FakeStripe, loopback: Settings, *, key: str = KEY
) -> CardDesk:
    shop = Shop(fake.url, Secret(key), "https://archive.example/thanks", "Archive")
    return CardDesk(
        office.books,
        provider=Stripe(shop, Outward(loopback)),
        bank_desk=office.bank_desk,
        clock=office.clock,
        ids=office.ids,
    )


async def test_an_invoice_is_paid_on_a_page_and_settled_once(till: Till) -> None:
    made = await till.desk.checkout(till.invoice.number)
    assert (made.state, made.amount) == (CheckoutState.OPEN, Money(1_190, "EUR"))
    assert made.url == f"{till.stripe.url}/pay/{made.session}"

    till.stripe.pay(made.session, fee=43)
    answer = await till.hear(till.stripe.completed(made.session))
    again = await till.hear(till.stripe.completed(made.session))

    assert json.loads(answer.body) == {"received": True, "new": True}
    assert json.loads(again.body) == {"received": True, "new": False}
    assert till.state() is PaidState.PAID
    assert (till.balance(STRIPE), till.balance(PAYMENT_FEE)) == (1_147, 43)
    assert [one.state for one in till.desk.all()] == [CheckoutState.PAID]


async def test_the_same_question_is_the_same_page(till: Till) -> None:
    first = await till.desk.checkout(till.invoice.number)
    again = await till.desk.checkout(till.invoice.number)

    assert again == first
    assert len(till.stripe.sessions) == 1


async def test_two_who_ask_at_once_get_one_page(till: Till) -> None:
    asked = [till.desk.checkout(till.invoice.number) for _ in range(2)]
    made = await asyncio.gather(*asked, return_exceptions=True)

    assert len(till.stripe.sessions) == 1
    assert any(isinstance(one, Checkout) for one in made)
    assert all(isinstance(one, Checkout | Conflict) for one in made)


@pytest.mark.parametrize("fault", ["silent", "deaf", "broken"])
async def test_no_answer_is_unknown_and_asked_again_under_the_same_key(
    till: Till, fault: str
) -> None:
    till.stripe.fault = fault
    made = await till.desk.checkout(till.invoice.number)
    assert made.state is CheckoutState.UNKNOWN

    told = await till.desk.refresh()

    assert told.silent == {}
    (now,) = told.checkouts
    assert (now.id, now.state) == (made.id, CheckoutState.OPEN)
    assert len(till.stripe.sessions) == 1


async def test_a_page_that_was_paid_while_we_knew_nothing_of_it_is_settled(
    till: Till,
) -> None:
    till.stripe.fault = "silent"
    await till.desk.checkout(till.invoice.number)
    (session,) = till.stripe.sessions
    till.stripe.pay(session)
    await till.desk.refresh()

    assert till.state() is PaidState.PAID
    with pytest.raises(InvalidValue, match="nothing is open"):
        await till.desk.checkout(till.invoice.number)


async def test_what_is_unknown_until_it_must_have_ended_has_ended(till: Till) -> None:
    till.stripe.fault = "deaf"
    await till.desk.checkout(till.invoice.number)
    till.office.clock.forward(s=LIVES_S)
    asked = len(till.stripe.asked)
    (now,) = (await till.desk.refresh()).checkouts

    assert now.state is CheckoutState.EXPIRED
    assert len(till.stripe.asked) == asked


async def test_a_provider_that_stays_silent_is_said_and_nothing_is_lost(
    till: Till,
) -> None:
    made = await till.desk.checkout(till.invoice.number)
    till.stripe.fault = "broken"
    told = await till.desk.refresh()

    assert set(told.silent) == {made.id}
    assert told.checkouts == (made,)


async def test_a_transfer_that_settles_the_invoice_ends_its_page(till: Till) -> None:
    made = await till.desk.checkout(till.invoice.number)
    document = statement(Entry(text=till.invoice.number))
    (told,) = read(document)
    till.office.bank_desk.take_in(told.movements)
    await till.desk.refresh()

    assert till.stripe.sessions[made.session]["status"] == "expired"
    assert [one.state for one in till.desk.all()] == [CheckoutState.EXPIRED]


async def test_a_part_that_is_paid_otherwise_makes_another_page(till: Till) -> None:
    first = await till.desk.checkout(till.invoice.number)
    (told,) = read(statement(Entry(amount="1.90", text=till.invoice.number)))
    till.office.bank_desk.take_in(told.movements)
    second = await till.desk.checkout(till.invoice.number)

    assert till.stripe.sessions[first.session]["status"] == "expired"
    assert second.amount == Money(1_000, "EUR")
    till.stripe.pay(second.session)
    await till.hear(till.stripe.completed(second.session))
    assert till.state() is PaidState.PAID


async def test_a_page_paid_at_the_very_moment_of_the_transfer_is_credit(
    till: Till,
) -> None:
    made = await till.desk.checkout(till.invoice.number)
    (told,) = read(statement(Entry(text=till.invoice.number)))
    till.office.bank_desk.take_in(told.movements)
    till.stripe.pay(made.session)
    await till.desk.refresh()

    assert [one.state for one in till.desk.all()] == [CheckoutState.PAID]
    assert till.balance(UNMATCHED) == -1_190
    (credit,) = [one for one in till.office.bank_desk.all() if one.left_minor]
    assert credit.credit_of == "pty_1"


async def test_a_top_up_by_card_is_paid_ahead(till: Till) -> None:
    ahead = till.office.books.agreements.find(PAID_AHEAD)
    assert ahead is not None
    with pytest.raises(InvalidValue, match="say how much"):
        await till.desk.checkout(ahead.id)
    made = await till.desk.checkout(ahead.id, Money(5_000, "EUR"))
    till.stripe.pay(made.session, fee=100)
    await till.hear(till.stripe.completed(made.session))

    assert till.balance(prepaid(ahead.id)) == -5_000
    assert till.balance(STRIPE) == 4_900


async def test_what_cannot_be_asked_for_is_refused(till: Till) -> None:
    with pytest.raises(NotFound):
        await till.desk.checkout("INV-2026-9999")
    with pytest.raises(NotFound):
        await till.desk.checkout("agr_unknown", Money(5_000, "EUR"))
    with pytest.raises(InvalidValue, match="nothing is paid ahead"):
        await till.desk.checkout("agr_1", Money(5_000, "EUR"))
    with pytest.raises(InvalidValue, match="all of it"):
        await till.desk.checkout(till.invoice.number, Money(5, "EUR"))
    with pytest.raises(InvalidValue, match="at least 50"):
        await till.desk.checkout(PAID_AHEAD, Money(49, "EUR"))

    assert [one.state for one in till.desk.all()] == [CheckoutState.REFUSED]


async def test_a_wrong_key_says_so_and_leaves_no_page_behind(
    till: Till, loopback: Settings
) -> None:
    desk = a_desk(till.office, till.stripe, loopback, key="sk_test_stolen")
    with pytest.raises(Misconfigured, match="secret key"):
        await desk.checkout(till.invoice.number)

    assert till.stripe.sessions == {}
    assert (await till.desk.checkout(till.invoice.number)).url


async def test_an_event_that_is_forged_old_or_changed_settles_nothing(
    till: Till,
) -> None:
    made = await till.desk.checkout(till.invoice.number)
    till.stripe.pay(made.session)
    body = till.stripe.completed(made.session)
    now_s = till.office.clock.now_us() // US_PER_S
    forged: Sequence[tuple[bytes, str]] = (
        (body, ""),
        (body, "t=1,v1="),
        (body, f"t={now_s}"),
        (body, f"t=x{now_s},v1=00"),
        (body, signed(body, at_s=now_s, secret="whsec_guessed")),
        (body, signed(body, at_s=now_s - 301)),
        (body, signed(body, at_s=now_s + 301)),
        (body + b" ", signed(body, at_s=now_s)),
        (body, signed(body, at_s=now_s).replace("v1=", "v2=")),
        (body, signed(body, at_s=now_s).replace(f"t={now_s}", f"t={now_s + 1}")),
    )
    for told, signature in forged:
        answer = await till.told(told, signature)
        assert answer.status == 400, signature
    assert till.state() is PaidState.OPEN

    at_the_edge = await till.told(body, signed(body, at_s=now_s - 300))
    assert at_the_edge.status == 200
    assert till.state() is PaidState.PAID


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"id":"evt_1"}', b'{"id":1,"type":2,"data":{"object":{}}}'],
    ids=["no JSON", "a list", "half an event", "numbers"],
)
async def test_a_signed_event_that_cannot_be_read_is_refused(
    till: Till, body: bytes
) -> None:
    assert (await till.hear(body)).status == 400


async def test_an_event_of_no_concern_is_kept_and_does_nothing(till: Till) -> None:
    about = {"id": "cus_1", "object": "customer"}
    answer = await till.hear(till.stripe.event("customer.created", about))
    assert answer.status == 200
    assert till.office.bank_desk.all() == ()


async def test_a_payment_that_is_none_of_ours_is_left_alone(till: Till) -> None:
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session)
    till.stripe.payments[payment]["metadata"] = {"copyfair_checkout": "chk_other"}
    await till.hear(till.stripe.completed(made.session))

    assert till.state() is PaidState.OPEN
    assert till.office.bank_desk.all() == ()


async def test_what_stripe_has_not_booked_yet_is_heard_when_it_comes_again(
    till: Till,
) -> None:
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session, is_booked=False)
    body = till.stripe.completed(made.session)
    answer = await till.hear(body)
    assert (answer.status, till.state()) == (503, PaidState.OPEN)

    booked = {"fee": 43, "currency": "eur", "net": 1_147}
    till.stripe.payments[payment]["latest_charge"]["balance_transaction"] = booked
    assert (await till.hear(body)).status == 200
    assert till.state() is PaidState.PAID


async def test_a_refund_heard_before_its_payment_undoes_it_all_the_same(
    till: Till,
) -> None:
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session)
    refund = till.stripe.refund(payment, 190)
    await till.hear(till.stripe.event("refund.updated", refund, "evt_2"))
    await till.hear(till.stripe.event("refund.created", refund, "evt_1"))
    await till.hear(till.stripe.completed(made.session))

    assert till.open_minor() == 190
    assert till.balance(STRIPE) == 1_000


async def test_a_chargeback_that_is_won_leaves_the_fee_alone(till: Till) -> None:
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session)
    await till.hear(till.stripe.completed(made.session))
    dispute = till.stripe.dispute(payment, 1_190, fee=1_500)
    await till.hear(till.stripe.event("charge.dispute.funds_withdrawn", dispute))
    assert (till.open_minor(), till.balance(PAYMENT_FEE)) == (1_190, 1_500)

    await till.hear(till.stripe.event("charge.dispute.funds_reinstated", dispute))
    assert (till.state(), till.balance(STRIPE)) == (PaidState.PAID, -310)


@pytest.mark.parametrize("seed", range(3))
async def test_a_storm_of_events_settles_once(till: Till, seed: int) -> None:
    chance = random.Random(seed)
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session, fee=43)
    dispute = till.stripe.dispute(payment, 1_100, fee=1_500)
    refund = till.stripe.refund(payment, 90)
    true = [
        till.stripe.completed(made.session),
        till.stripe.completed(made.session, "evt_another_name"),
        till.stripe.event("checkout.session.expired", {"id": made.session}),
        till.stripe.event("refund.created", refund, "evt_r1"),
        till.stripe.event("refund.updated", refund, "evt_r2"),
        till.stripe.event(
            "refund.created", till.stripe.refund(payment, 1, status="pending"), "evt_r0"
        ),
        till.stripe.event("charge.dispute.funds_withdrawn", dispute, "evt_d1"),
        till.stripe.event("charge.dispute.funds_reinstated", dispute, "evt_d2"),
    ]
    deliveries = [(body, EVENTS_SECRET) for body in true * 12]
    deliveries += [(body, "whsec_guessed") for body in true * 4]
    chance.shuffle(deliveries)
    answers = await asyncio.gather(
        *(till.hear(body, secret=secret) for body, secret in deliveries)
    )

    statuses = [answer.status for answer in answers]
    assert statuses.count(200) == 12 * len(true)
    assert statuses.count(400) == 4 * len(true)
    news = [json.loads(one.body)["new"] for one in answers if one.status == 200]
    assert news.count(True) == len(true)
    # Paid, 0.90 went back, 11.00 was charged back and came again.
    assert till.open_minor() == 90
    assert till.balance(STRIPE) == 1_190 - 43 - 90 - 1_500
    assert till.balance(UNMATCHED) == 0
    assert [one.state for one in till.desk.all()] == [CheckoutState.PAID]


async def test_what_came_again_can_be_refunded_too(till: Till) -> None:
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session)
    dispute = till.stripe.dispute(payment, 1_190)
    await till.hear(till.stripe.event("charge.dispute.funds_reinstated", dispute))
    assert till.state() is PaidState.PAID

    refund = till.stripe.refund(payment, 1_190)
    await till.hear(till.stripe.event("refund.created", refund))
    assert (till.open_minor(), till.balance(STRIPE)) == (1_190, 0)


async def test_a_faulty_answer_is_said_as_one(till: Till) -> None:
    made = await till.desk.checkout(till.invoice.number)
    payment = till.stripe.pay(made.session)
    del till.stripe.payments[payment]["amount_received"]
    with pytest.raises(Unavailable, match="says no amount_received"):
        await till.desk.checkout(till.invoice.number)
