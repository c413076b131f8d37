"""From the offer to a key: one request, safely repeated."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.kernel.errors import Conflict, GatewayError, InvalidValue, Unavailable
from gateway.kernel.use import Commercial, Use
from gateway.terms.acceptance import READERS, FieldFault, read_acceptance
from gateway.terms.ports import Acceptance
from gateway.terms.replays import KEPT_NS
from gateway.web.answer import Answer
from tests.unit.terms.builders import (
    KEY,
    LABEL,
    Desk,
    House,
    a_collection,
    a_set,
    a_site,
    header,
)

POLICIES = a_set()
OFFER = f"/_copyfair/offers/{POLICIES.offer_of(POLICIES.collections[0]).id}"
WHO = {"name": "Acme Models SA", "email": "accounts@acme.example"}
JSON = {"Content-Type": "application/json"}


def a_house(**changes: Any) -> House:
    return House(site=a_site(POLICIES), **changes)


def said(answer: Answer | None) -> dict[str, Any]:
    assert answer is not None
    read: dict[str, Any] = json.loads(answer.body)
    return read


async def accept(house: House, key: str = "", **changes: Any) -> Answer:
    headers = JSON | ({"Idempotency-Key": key} if key else {})
    body = json.dumps(WHO | changes).encode()
    return await house.post(OFFER, body, headers=headers)


async def test_a_machine_reads_the_terms_and_how_to_accept_them() -> None:
    offer = said(await a_house().get(OFFER))

    assert offer["schema"] == "copyfair-offer/1"
    assert offer["accept"]["href"].endswith(OFFER)
    assert set(offer["accept"]["body"]) == set(READERS)


async def test_a_person_reads_them_as_a_page() -> None:
    accepts = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    answer = await a_house().get(OFFER, headers=accepts)

    assert answer is not None
    assert header(answer, "content-type").startswith("text/html")
    assert b"1.50 EUR" in answer.body
    assert b"<script" not in answer.body


async def test_one_request_makes_an_agreement_and_shows_the_key() -> None:
    house = a_house()

    answer = await accept(house, country="FR", uses=["train"], entity="company")

    assert answer.status == 201
    assert header(answer, "cache-control") == "no-store"
    document = said(answer)
    assert (document["agreement_id"], document["party_id"]) == ("agr_1", "pty_1")
    assert document["api_key"] == KEY
    assert document["prepay"] == {"reference": "agr_1"}
    assert document["note"] is None
    [(terms, acceptance, _)] = house.desk.accepted
    assert terms.id in OFFER
    assert acceptance == Acceptance(
        WHO["name"], WHO["email"], "FR", "company", frozenset({Use.TRAIN})
    )


async def test_where_nothing_is_invoiced_the_answer_says_so() -> None:
    house = a_house(desk=Desk(note="Nothing is invoiced at present."))

    document = said(await accept(house))

    assert (document["prepay"], document["note"]) == (
        None,
        "Nothing is invoiced at present.",
    )


async def test_a_retry_gets_the_first_answer_and_no_second_agreement() -> None:
    house = a_house()
    first = await accept(house, "a-key-of-mine")

    second = await accept(house, "a-key-of-mine")

    assert second == first
    assert len(house.desk.accepted) == 1


async def test_the_same_idempotency_key_for_something_else_is_a_conflict() -> None:
    house = a_house()
    await accept(house, "a-key-of-mine")

    answer = await accept(house, "a-key-of-mine", name="Somebody Else")

    assert answer.status == 409
    assert KEY.encode() not in answer.body


async def test_another_address_never_gets_the_key_of_the_first() -> None:
    house = a_house()
    await accept(house, "a-key-of-mine")
    body = json.dumps(WHO).encode()
    headers = JSON | {"Idempotency-Key": "a-key-of-mine"}

    await house.post(OFFER, body, headers=headers, client_ip="198.51.100.9")

    assert len(house.desk.accepted) == 2


async def test_a_key_is_forgotten_after_ten_minutes() -> None:
    house = a_house()
    await accept(house, "a-key-of-mine")
    house.clock.forward(s=KEPT_NS // 1_000_000_000 + 1)

    await accept(house, "a-key-of-mine")

    assert len(house.desk.accepted) == 2


@pytest.mark.parametrize(
    ("fails", "status", "code"),
    [
        (Conflict("the name is taken"), 409, "conflict"),
        (Unavailable("the store rests", retry_after_s=7), 503, "unavailable"),
        (InvalidValue("no such country"), 400, "invalid-value"),
    ],
)
async def test_what_the_desk_cannot_do_is_said_and_may_be_tried_again(
    fails: GatewayError, status: int, code: str
) -> None:
    house = a_house(desk=Desk(fails=fails))
    refused = await accept(house, "a-key-of-mine")
    house.desk.fails = None

    answer = await accept(house, "a-key-of-mine")

    assert (refused.status, said(refused)["code"]) == (status, code)
    assert answer.status == 201


async def test_an_address_accepts_a_few_offers_and_then_waits() -> None:
    house = a_house()
    answers = [await accept(house) for _ in range(6)]

    assert [one.status for one in answers] == [201] * 5 + [429]
    assert int(header(answers[-1], "retry-after")) > 0


async def test_every_faulty_field_is_named_at_once() -> None:
    answer = await accept(a_house(), email="nobody", country="France", nmae="x")

    assert answer.status == 400
    assert header(answer, "content-type") == "application/problem+json"
    assert [one["field"] for one in said(answer)["errors"]] == [
        "email",
        "country",
        "nmae",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "Acme\u202eSA"),
        ("name", 7),
        ("email", "a@b"),
        ("email", "a b@c.example"),
        ("email", "a@b.example\r\nBcc: x@y.example"),
        ("country", "fr"),
        ("entity", "pirate"),
        ("uses", "train"),
        ("uses", ["unknown"]),
        ("uses", [["train"]]),
        ("commercial", True),
        ("commercial", []),
        ("cap_minor", 0),
        ("cap_minor", True),
        ("cap_minor", 1.5),
    ],
)
def test_a_value_out_of_bounds_is_refused(field: str, value: object) -> None:
    read = read_acceptance(json.dumps(WHO | {field: value}).encode())

    assert isinstance(read, tuple)
    assert [fault.field for fault in read] == [field]


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 10_000, b'{"a":'])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    read = read_acceptance(body)

    assert isinstance(read, tuple)
    assert isinstance(read[0], FieldFault)


@pytest.mark.parametrize(
    "more",
    [
        {"\ud800": 1},
        {"name": "Acme \udfff"},
        {"uses": ["\ud800"]},
        {"x": [{"\udc00": 1}]},
    ],
    ids=["field name", "value", "in a list", "deep"],
)
async def test_half_a_surrogate_pair_is_a_fault_that_can_be_read(
    more: dict[str, object],
) -> None:
    body = json.dumps(WHO | more).encode()

    answer = await a_house().post(OFFER, body, headers=JSON)

    assert answer.status == 400
    (fault,) = said(answer)["errors"]
    assert "surrogate" in fault["detail"]


def test_a_whole_surrogate_pair_is_a_character() -> None:
    body = json.dumps(WHO | {"name": "Acme \U0001f4da"}).encode()

    assert isinstance(read_acceptance(body), Acceptance)


def test_everything_that_may_be_said_is_read() -> None:
    full = WHO | {"commercial": "no", "cap_minor": 5_000, "uses": ["rag", "search"]}

    read = read_acceptance(json.dumps(full).encode())

    assert isinstance(read, Acceptance)
    assert (read.commercial, read.cap_minor) == (Commercial.NO, 5_000)
    assert read.uses == {Use.RAG, Use.SEARCH}


async def test_an_offer_that_no_policy_makes_is_not_found() -> None:
    answer = await a_house().get("/_copyfair/offers/off_unknown")

    assert answer is not None
    assert answer.status == 404


async def test_other_methods_are_named() -> None:
    answer = await a_house().get(OFFER, method="DELETE")

    assert answer is not None
    assert (answer.status, header(answer, "allow")) == (405, "GET, HEAD, POST")


async def test_a_form_of_another_site_is_no_acceptance() -> None:
    answer = await a_house().post(
        OFFER, b"name=x", headers={"Content-Type": "text/plain"}
    )

    assert answer.status == 415


async def test_a_body_beyond_reason_is_not_read() -> None:
    answer = await a_house().post(OFFER, b" " * 20_000)

    assert answer.status == 413


async def test_an_idempotency_key_that_can_be_guessed_is_refused() -> None:
    assert (await accept(a_house(), "1")).status == 400


async def test_where_no_offers_are_made_none_is_accepted() -> None:
    house = House(site=a_site(POLICIES, LABEL))

    assert (await accept(house)).status == 409


UNPRICED = a_set(collection=a_collection())
PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def closed_houses() -> dict[str, House]:
    return {
        "label mode": House(site=a_site(POLICIES, LABEL)),
        "no tariff": House(site=a_site(UNPRICED)),
    }


@pytest.mark.parametrize("case", closed_houses())
async def test_no_document_says_accept_where_nothing_can_be_accepted(case: str) -> None:
    house = closed_houses()[case]
    policies = house.site.policies()
    path = f"/_copyfair/offers/{policies.offer_of(policies.collections[0]).id}"

    document = said(await house.get(path))
    page = await house.get(path, headers=PAGE)
    posted = await house.post(path, json.dumps(WHO).encode(), headers=JSON)
    licences = await house.get("/license.xml")

    assert document["accept"] is None
    assert document["contact"] == "licences@archive.example"
    assert page is not None
    assert b"How to accept" not in page.body
    assert b"curl" not in page.body
    assert b"write to licences@archive.example" in page.body
    assert posted.status == 409
    assert house.desk.accepted == []
    assert licences is not None
    assert b'type="crawl"' not in licences.body
    assert b"mailto:licences@archive.example" in licences.body


async def test_who_cannot_accept_is_told_whom_to_ask() -> None:
    house = House(site=a_site(UNPRICED))
    path = f"/_copyfair/offers/{UNPRICED.offer_of(UNPRICED.collections[0]).id}"

    answer = await house.post(path, json.dumps(WHO).encode(), headers=JSON)

    assert "licences@archive.example" in said(answer)["detail"]


async def test_what_can_be_accepted_says_how() -> None:
    page = await a_house().get(OFFER, headers=PAGE)
    licences = await a_house().get("/license.xml")

    assert page is not None
    assert b"How to accept" in page.body
    assert licences is not None
    assert b'type="crawl"' in licences.body
