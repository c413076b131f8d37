"""Usage, appeals and problem types: what parties and people ask us."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.identity.party import Party
from gateway.identity.principal import CredentialFault, Principal, Refused
from gateway.identity.refusal import DETAILS
from gateway.kernel.errors import GatewayError
from gateway.web.answer import Answer
from gateway.web.problem_types import PROBLEM_TYPES
from tests.unit.terms.builders import Doorkeeper, House, header

HTML = {"Accept": "text/html"}
USAGE = "/_copyfair/usage"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def said(answer: Answer | None) -> dict[str, Any]:
    assert answer is not None
    read: dict[str, Any] = json.loads(answer.body)
    return read


def family(kind: type[GatewayError]) -> list[type[GatewayError]]:
    members = kind.__subclasses__()
    return members + [one for member in members for one in family(member)]


async def test_a_party_sees_its_own_usage() -> None:
    house = House(door=Doorkeeper(Principal(Party("pty_7", "Acme"), "key_1")))

    usage = said(await house.get("/_copyfair/usage"))

    assert usage["schema"] == "copyfair-usage/1"
    assert (usage["party_id"], usage["of"], usage["bytes"]) == ("pty_7", "pty_7", 4096)


async def test_nobody_else_sees_it() -> None:
    answer = await House().get("/_copyfair/usage")

    assert answer is not None
    assert answer.status == 401
    assert header(answer, "www-authenticate").startswith("License ")


async def test_a_key_that_does_not_hold_is_told_why() -> None:
    refused = Refused(CredentialFault.KEY_REVOKED, "this key was revoked")

    answer = await House(door=Doorkeeper(refused)).get("/_copyfair/usage")

    assert said(answer)["detail"] == "this key was revoked"


ACME = Principal(Party("pty_7", "Acme"), "key_1")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("What you have taken", "November 2026", "4.1 kB", "Requests")),
        ("fr", ("Ce que vous avez pris", "novembre 2026", "4,1 ko", "Requêtes")),
    ],
)
async def test_a_party_reads_its_usage_as_a_page(
    language: str, words: tuple[str, ...]
) -> None:
    """Browsers were shown JSON."""
    headers = {**HTML, "Accept-Language": language}

    answer = await House(door=Doorkeeper(ACME)).get(USAGE, headers=headers)

    assert answer is not None
    assert header(answer, "content-type") == "text/html; charset=utf-8"
    assert header(answer, "cache-control") == "no-store"
    for word in (*words, "agr_1", "registers"):
        assert word in answer.body.decode()


async def test_a_browser_is_asked_for_the_key_and_a_script_is_not() -> None:
    page = await House().get(USAGE, headers=HTML)
    script = await House().get(USAGE)

    assert page is not None
    assert script is not None
    asked = [value for name, value in page.headers if name == "WWW-Authenticate"]
    assert [value.partition(" ")[0] for value in asked] == ["License", "Basic"]
    assert "Basic" not in header(script, "www-authenticate")


async def test_a_key_that_does_not_hold_is_told_why_in_the_reader_s_language() -> None:
    fault = CredentialFault.KEY_MALFORMED
    door = Doorkeeper(Refused(fault, DETAILS[fault]))
    headers = {**HTML, "Accept-Language": "fr"}

    answer = await House(door=door).get(USAGE, headers=headers)

    assert answer is not None
    assert "votre clé n&#39;est pas arrivée entière" in answer.body.decode()
    assert "your key" not in answer.body.decode()


OWN = "/_copyfair/usage/statements/stm_pty_7"


async def test_a_party_finds_its_statements_where_its_usage_is() -> None:
    house = House(door=Doorkeeper(ACME))

    listed = said(await house.get(said(await house.get(USAGE))["statements"]))

    assert listed["statements"] == [{"statement_id": "stm_pty_7", "href": OWN}]


async def test_a_statement_is_handed_out_as_it_was_signed() -> None:
    answer = await House(door=Doorkeeper(ACME)).get(OWN)

    assert answer is not None
    assert (answer.status, answer.body) == (200, b"a.pty_7.c")
    assert header(answer, "content-type") == "application/jose"
    assert header(answer, "etag") == '"abc123"'


@pytest.mark.parametrize("tag", ['"abc123"', 'W/"abc123"', '"x", "abc123"', "*"])
async def test_who_has_a_statement_is_told_so(tag: str) -> None:
    answer = await House(door=Doorkeeper(ACME)).get(OWN, headers={"If-None-Match": tag})

    assert answer is not None
    assert (answer.status, answer.body) == (304, b"")


async def test_who_has_another_one_gets_it() -> None:
    asked = {"If-None-Match": '"abc124"'}

    answer = await House(door=Doorkeeper(ACME)).get(OWN, headers=asked)

    assert answer is not None
    assert answer.status == 200


@pytest.mark.parametrize(
    "path", ["/statements/stm_pty_8", "/statements/", "/elsewhere", "/statements/a/b"]
)
async def test_nobody_sees_what_is_anothers(path: str) -> None:
    answer = await House(door=Doorkeeper(ACME)).get(f"{USAGE}{path}")

    assert answer is not None
    assert answer.status == 404


async def test_without_a_key_nobody_sees_a_statement() -> None:
    answer = await House().get(OWN)

    assert answer is not None
    assert answer.status == 401


async def test_anybody_may_have_the_keys_we_sign_with() -> None:
    answer = await House().get("/_copyfair/keys")

    assert answer is not None
    assert header(answer, "content-type") == "application/jwk-set+json"
    assert said(answer) == {"keys": [{"kid": "k1"}]}
    described = said(await House().get("/.well-known/copyfair"))
    assert described["keys"] == "https://archive.example/_copyfair/keys"


async def test_keys_are_only_read() -> None:
    answer = await House().post("/_copyfair/keys", b"")

    assert answer.status == 405


async def test_an_appeal_is_kept_without_an_address() -> None:
    house = House()
    body = json.dumps({"text": "I am a reader", "request_id": "req_9"}).encode()

    answer = await house.post("/_copyfair/appeals", body)

    assert answer.status == 201
    [appeal] = house.box.kept
    assert (appeal.text, appeal.request_id) == ("I am a reader", "req_9")
    assert "192.0.2" not in repr(appeal)


async def test_an_appeal_may_be_a_form() -> None:
    house = House()

    answer = await house.post("/_copyfair/appeals", b"text=Why%3F", headers=FORM)

    assert answer.status == 201
    assert house.box.kept[0].text == "Why?"


@pytest.mark.parametrize("body", [b"{}", b"[]", b"no", b'{"text": 7}', b'{"text":" "}'])
async def test_an_appeal_says_something(body: bytes) -> None:
    answer = await House().post("/_copyfair/appeals", body)

    assert answer.status == 400
    assert "text" in said(answer)["fields"]


async def test_appeals_are_bounded_in_length_and_number() -> None:
    house = House()
    body = json.dumps({"text": "x" * 8_000}).encode()

    statuses = [(await house.post("/_copyfair/appeals", body)).status for _ in range(6)]
    huge = await house.post("/_copyfair/appeals", b" " * 20_000)

    assert statuses == [201] * 5 + [429]
    assert len(house.box.kept[0].text) == 4_000
    assert huge.status == 413


async def test_a_person_is_told_whom_to_write_to() -> None:
    query = "request_id=%3Cscript%3Ereq_9"
    answer = await House().get("/_copyfair/appeals", headers=HTML, query=query)

    assert answer is not None
    assert b"mailto:licences@archive.example" in answer.body
    assert b"&lt;script&gt;req_9" in answer.body
    assert b"<script" not in answer.body


async def test_a_machine_is_told_how_to_appeal() -> None:
    document = said(await House().get("/_copyfair/appeals"))

    assert document["contacts"] == {"Archive Commons": "licences@archive.example"}


@pytest.mark.parametrize("path", ["/_copyfair/usage", "/_copyfair/problems/offer"])
async def test_reading_addresses_are_not_written_to(path: str) -> None:
    answer = await House().post(path, b"")

    assert (answer.status, header(answer, "allow")) == (405, "GET, HEAD")


async def test_appeals_know_their_methods() -> None:
    answer = await House().get("/_copyfair/appeals", method="PUT")

    assert answer is not None
    assert answer.status == 405


@pytest.mark.parametrize("code", PROBLEM_TYPES)
async def test_every_type_of_problem_can_be_read(code: str) -> None:
    house = House()

    for_machines = said(await house.get(f"/_copyfair/problems/{code}"))
    for_people = await house.get(f"/_copyfair/problems/{code}", headers=HTML)

    assert for_machines["status"] == PROBLEM_TYPES[code].status
    assert for_people is not None
    assert PROBLEM_TYPES[code].title.en.encode() in for_people.body


async def test_the_types_are_listed() -> None:
    house = House()

    assert set(said(await house.get("/_copyfair/problems/"))["problems"]) == set(
        PROBLEM_TYPES
    )
    page = await house.get("/_copyfair/problems", headers=HTML)
    assert page is not None
    assert b'href="/_copyfair/problems/throttle"' in page.body
    unknown = await house.get("/_copyfair/problems/nonsense")
    assert unknown is not None
    assert unknown.status == 404


def test_every_error_and_refusal_has_its_type() -> None:
    codes = {kind.code for kind in family(GatewayError)}
    refusals = {"offer", "identify", "throttle", "deny", "internal-error"}

    assert codes | refusals <= PROBLEM_TYPES.keys()
