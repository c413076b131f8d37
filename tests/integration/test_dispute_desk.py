"""A customer disputes its own invoice with its own key, by JSON and by the page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.billing.invoice import Invoice
from gateway.bootstrap import House, opened
from gateway.bootstrap.dispute_desk import disputes_of
from gateway.identity.principal import ANONYMOUS, Identified, Principal
from gateway.kernel.outgoing import Way
from gateway.kernel.request import Request
from gateway.metering.budget import BudgetBook
from gateway.settings import read_settings
from gateway.storage.sqlite.engine import SqliteDatabase
from gateway.terms.disputes import READ, WRITTEN, Disputes
from gateway.web.answer import Answer
from tests.fakes.ledger import (
    IN_NOVEMBER,
    NOVEMBER,
    PlainPress,
    an_event,
    put_events,
)
from tests.fakes.time_and_chance import HandClock
from tests.integration.test_offer_desk import a_set_up
from tests.unit.terms.builders import a_request

PATH = "/_copyfair/disputes"
MAIL = "mail: {host: 127.0.0.1, port: 9, security: none, from: books@archive.example}"
JSON = {"Content-Type": "application/json"}


class Keys:
    """Knows whose key stands in a header."""

    def __init__(self) -> None:
        self.holders: dict[str, Principal] = {}

    async def identify(self, asked: Request) -> Identified:
        key = asked.headers.get("authorization").removeprefix("Bearer ")
        return self.holders.get(key, ANONYMOUS)


class Counter:
    """A seller, two customers with a key each, and an invoice of the first."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.keys = Keys()
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.invoice = self._invoiced("Mapworks")
        self._add("Other Maps")
        budgets = BudgetBook(key=secrets.token_bytes(32))
        found = disputes_of(
            house,
            self.keys,
            budgets=budgets,
            clock=house.clock,
            say=lambda event, **told: self.said.append((event, told)),
        )
        assert found is not None
        self.disputes: Disputes = found

    def _add(self, name: str) -> str:
        told = {"entity": "company", "country": "DE"}
        party = self.house.parties.add(name, attributes=told, source="steward")
        self.keys.holders[name] = Principal(party, f"key_{name}")
        return party.id

    def _invoiced(self, name: str) -> Invoice:
        house, party_id = self.house, self._add(name)
        agreement = house.accept_offer(party_id, house.offer_for())
        used = replace(
            an_event(size=3 * 2**30, collection=house.offer_for().collection.id),
            agreement_id=agreement.id,
            party_id=party_id,
            tariff=agreement.tariff,
            tariff_version=agreement.tariff_version,
            occurred_us=IN_NOVEMBER + 1,
        )
        assert isinstance(house.store, SqliteDatabase)
        put_events(house.store, used)
        assert isinstance(house.clock, HandClock)
        house.clock.forward(s=40 * 86_400)
        (made,) = house.billing_run.run(NOVEMBER).invoices
        return made

    async def post(self, body: bytes, key: str = "Mapworks", **fields: str) -> Answer:
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        headers = {**JSON, **bearer, **fields}
        return await self.disputes(a_request(PATH, "POST", headers=headers), body)

    async def dispute(self, key: str = "Mapworks", **said: Any) -> tuple[int, Any]:
        told = {"invoice": self.invoice.number, "reason": "We were blocked.", **said}
        answer = await self.post(json.dumps(told).encode(), key)
        return answer.status, json.loads(answer.body)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    config = a_set_up(tmp_path, mode="invoice", is_selling=True)
    text = config.read_text(encoding="utf-8").replace(
        "  seller: self\n", "  seller: self\n  email: books@archive.example\n"
    )
    config.write_text(f"{text}\n{MAIL}\n", encoding="utf-8")
    with opened(read_settings(config)) as house:
        house.clock = HandClock(IN_NOVEMBER)
        house.press = PlainPress()
        yield Counter(house)


def letters(house: House) -> list[str]:
    now_us = house.clock.now_us() + 1
    due = house.mailroom.outbox.due(now_us=now_us, ways=(Way.MAIL,), at_most=99)
    return [one.subject for one in due]


async def test_it_takes_hold_at_once_and_the_seller_is_told(counter: Counter) -> None:
    status, told = await counter.dispute(lines=[2])

    made = told["dispute"]
    assert (status, made["lines"], made["outcome"]) == (201, [2], None)
    view = counter.house.invoices.show(counter.invoice.number)
    assert view.arrears is not None
    assert view.arrears.disputed_minor == counter.invoice.gross_minor
    assert letters(counter.house) == [f"Invoice {counter.invoice.number} is disputed"]
    assert [event for event, _ in counter.said] == ["dispute.opened"]


async def test_the_same_again_is_the_same_dispute_and_tells_nobody_twice(
    counter: Counter,
) -> None:
    first = await counter.dispute(lines=[2])
    again = await counter.dispute(lines=[2])
    other = await counter.dispute(lines=[2], reason="Something else.")

    assert again == (200, first[1])
    assert (other[0], other[1]["code"]) == (409, "conflict")
    assert len(counter.house.disputes.list()) == 1
    assert len(letters(counter.house)) == 1


async def test_of_anothers_invoice_nothing_is_told(counter: Counter) -> None:
    others = await counter.dispute("Other Maps")
    nothing = await counter.dispute("Other Maps", invoice="INV-1999-0001")

    assert (others[0], nothing[0]) == (404, 404)
    number = counter.invoice.number
    assert others[1]["detail"].replace(number, "") == nothing[1]["detail"].replace(
        "INV-1999-0001", ""
    )
    assert counter.house.disputes.list() == ()


async def test_what_a_steward_rejected_is_not_disputed_here_again(
    counter: Counter,
) -> None:
    _, told = await counter.dispute(lines=[2])
    name = told["dispute"]["dispute_id"]
    counter.house.disputes.reject(name, by="host", reason="The log says otherwise.")

    named = await counter.dispute(lines=[2])
    whole = await counter.dispute()

    assert (named[0], whole[0]) == (409, 409)
    assert "was decided already" in named[1]["detail"]
    # A steward still may: whoever decides can hear somebody again.
    counter.house.disputes.open(counter.invoice.number, by="host", reason="New facts.")


async def test_without_a_key_nothing_is_shown_and_nothing_taken(
    counter: Counter,
) -> None:
    shown = await counter.disputes(a_request(PATH), b"")
    body = json.dumps({"invoice": counter.invoice.number, "reason": "x"}).encode()
    taken = await counter.post(body, "")

    assert (shown.status, taken.status) == (401, 401)
    assert counter.house.disputes.list() == ()


async def test_its_holder_sees_invoices_line_by_line_and_what_became_of_disputes(
    counter: Counter,
) -> None:
    await counter.dispute(lines=[2])
    mine, others = [
        await counter.disputes(
            a_request(PATH, headers={"Authorization": f"Bearer {name}"}), b""
        )
        for name in ("Mapworks", "Other Maps")
    ]

    told = json.loads(mine.body)
    (invoice,) = told["invoices"]
    assert invoice["invoice"] == counter.invoice.number
    assert [one["in_dispute"] for one in invoice["lines"]] == [False, True]
    assert [one["reason"] for one in told["disputes"]] == ["We were blocked."]
    assert json.loads(others.body)["invoices"] == []


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Your dispute is open"), ("fr", "Votre contestation est ouverte")],
)
async def test_the_page_takes_the_key_in_its_form(
    counter: Counter, language: str, title: str
) -> None:
    page = {"Accept": "text/html", "Accept-Language": language}
    form = await counter.disputes(a_request(PATH, headers=page), b"")
    said = {
        "key": "Mapworks",
        "invoice": counter.invoice.number,
        "lines": "2",
        "reason": "Blocked.",
    }
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    kept = await counter.post(urlencode(said).encode(), "", **page, **kind)

    assert (form.status, kept.status) == (200, 201)
    assert b'type="password"' in form.body
    assert title in kept.body.decode()
    chosen = a_request(PATH, headers=page, target=f"{PATH}?lang=fr")
    french = await counter.disputes(chosen, b"")
    assert f'action="{PATH}?lang=fr"'.encode() in french.body


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[1]",
        b"\xff",
        b'{"invoice": "INV-1", "reason": " "}',
        b'{"invoice": "INV-1", "reason": "x", "lines": [0]}',
        b'{"invoice": "INV-1", "reason": "x", "lines": [true]}',
        b'{"invoice": "INV-1", "reason": "' + b"x" * 501 + b'"}',
        b'{"invoice": "\\ud800", "reason": "x"}',
    ],
    ids=[
        *("nothing", "a list", "no text", "no words", "line 0", "a flag", "too long"),
        "half a character",
    ],
)
async def test_what_is_no_dispute_is_refused(counter: Counter, body: bytes) -> None:
    answer = await counter.post(body)

    assert (answer.status, json.loads(answer.body)["code"]) == (400, "invalid-value")
    assert counter.house.disputes.list() == ()


async def test_a_key_that_disputes_all_the_time_waits(counter: Counter) -> None:
    for _ in range(WRITTEN.burst or WRITTEN.cost):
        await counter.dispute("Other Maps")

    status, told = await counter.dispute("Other Maps")

    assert (status, told["code"]) == (429, "throttle")


async def test_a_key_that_asks_all_the_time_waits_and_others_do_not(
    counter: Counter,
) -> None:
    def asks(key: str) -> Request:
        return a_request(PATH, headers={"Authorization": f"Bearer {key}"})

    found = [await counter.disputes(asks("Mapworks"), b"") for _ in range(READ.burst)]
    late = await counter.disputes(asks("Mapworks"), b"")
    other = await counter.disputes(asks("Other Maps"), b"")

    assert {one.status for one in found} == {200}
    assert (late.status, json.loads(late.body)["code"]) == (429, "throttle")
    assert "Retry-After" in dict(late.headers)
    assert (other.status, json.loads(other.body)["invoices"]) == (200, [])
    # Reading does not use up what is left for disputing.
    assert (await counter.dispute("Mapworks"))[0] == 201


def test_where_nobody_sells_nobody_disputes(tmp_path: Path) -> None:
    with opened(read_settings(a_set_up(tmp_path))) as house:
        budgets = BudgetBook(key=secrets.token_bytes(32))
        found = disputes_of(
            house, Keys(), budgets=budgets, clock=house.clock, say=lambda *_, **__: None
        )
    assert found is None
