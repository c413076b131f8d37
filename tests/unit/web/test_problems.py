"""gateway.web.problems: every refusal says who, why, and what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import http_sf
import pytest

from gateway.kernel.errors import (
    Conflict,
    GatewayError,
    InvalidValue,
    Misconfigured,
    NotFound,
    Unavailable,
    UpstreamFailed,
)
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import (
    Decision,
    Deny,
    Identify,
    Offer,
    Redirect,
    Ruling,
    Throttle,
)
from gateway.licensing.policy import PolicySet
from gateway.licensing.tariff import Bracket, Metered, Tariff
from gateway.web.answer import Answer
from gateway.web.problem_types import PROBLEM_TYPES
from gateway.web.problems import ERROR_CODES, Problems
from gateway.web.texts import Language, spoken_wait

RULING = Ruling("no-resale", "Members voted é against “resale”.", collection="books")
BOOKS = Collection(
    "books",
    {"en": "Books"},
    "Steward",
    "licences@archive.example",
    "library",
    tariff="ai",
    dump="https://archive.example/dump",
)
BY_REQUEST = Tariff(
    id="ai",
    version=1,
    currency="EUR",
    metered=Metered.REQUESTS,
    per_units=1000,
    per_label="1000 requests",
    brackets=(Bracket(None, 10_000_000),),
)
POLICIES = PolicySet("v", (BOOKS,), {}, {"ai": BY_REQUEST})
OFFERED = POLICIES.offer_of(BOOKS)
PROBLEMS = Problems(lambda: POLICIES, lambda asked: "https://archive.example")

DECISIONS: tuple[tuple[Decision, int], ...] = (
    (Offer(RULING, OFFERED.id, "ai"), 402),
    (Identify(RULING, "key-revoked"), 401),
    (Throttle(RULING, "anonymous", 12, 600, 3600, "https://archive.example/dump"), 429),
    (Redirect(RULING, "https://archive.example/dump"), 303),
    (Deny(RULING, "licences@archive.example"), 403),
)


def asked(accept: str = "*/*", agent: str = "", language: str = "") -> Request:
    fields = [("Accept", accept), ("User-Agent", agent), ("Accept-Language", language)]
    return Request(
        "req_1", "GET", "https", "a", "a", "/x", "/x", headers=Headers(fields)
    )


def field(answer: Answer, name: str) -> list[str]:
    return [value for key, value in answer.headers if key == name]


def document(answer: Answer) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(answer.body)
    return members


@pytest.mark.parametrize(("decision", "status"), DECISIONS)
def test_a_refusal_has_an_honest_status_and_says_why(
    decision: Decision, status: int
) -> None:
    answer = PROBLEMS.refusal(decision, asked())

    assert answer.status == status
    assert field(answer, "Request-Id") == ["req_1"]
    assert field(answer, "Cache-Control") == ["no-store"]
    assert field(answer, "Content-Type") == ["application/problem+json"]
    said = document(answer)
    assert (said["status"], said["rule"]) == (status, "no-resale")
    assert said["detail"] == RULING.reason
    assert said["type"] == f"/_copyfair/problems/{said['code']}"
    decided: Any = http_sf.parse(
        field(answer, "Copyfair-Decision")[0].encode(), tltype="dictionary"
    )
    assert str(decided["rule"][0]) == "no-resale"
    assert str(decided["reason"][0]) == RULING.reason


@pytest.mark.parametrize("target", ["/a/b?x=//y", "//evil.example/a"])
def test_the_one_spelling_of_a_page_is_on_the_public_host(target: str) -> None:
    public = replace(asked(), host="archive.example", authority="archive.example:81")

    answer = PROBLEMS.refusal(Redirect(RULING, target, is_same_page=True), public)

    assert answer.status == 308
    assert field(answer, "Location") == [f"https://archive.example{target}"]
    assert field(answer, "Cache-Control") == ["no-store"]
    assert document(answer)["code"] == "other-spelling"
    assert "decision=redirect" in field(answer, "Copyfair-Decision")[0]


def test_nobody_is_redirected_to_another_host() -> None:
    answer = PROBLEMS.refusal(Redirect(RULING, "/a", is_same_page=True), asked())

    assert answer.status == 400
    assert field(answer, "Location") == []


@pytest.mark.parametrize(("decision", "_status"), DECISIONS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_refusal_is_a_page_for_people(
    decision: Decision, _status: int, language: str
) -> None:
    answer = PROBLEMS.refusal(decision, asked("text/html", language=language))

    page = answer.body.decode()
    assert field(answer, "Content-Type") == ["text/html; charset=utf-8"]
    assert f'<html lang="{language}">' in page
    assert "no-resale" in page
    assert "req_1" in page
    assert "<script" not in page
    assert 'style="' not in page


@pytest.mark.parametrize(("decision", "_status"), DECISIONS)
def test_our_own_pages_allow_nothing_that_could_run(
    decision: Decision, _status: int
) -> None:
    answer = PROBLEMS.refusal(decision, asked("text/html"))

    policy = field(answer, "Content-Security-Policy")[0]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert field(answer, "X-Content-Type-Options") == ["nosniff"]


def test_what_a_policy_says_is_text_and_never_markup() -> None:
    ruling = replace(RULING, reason="<script>alert(1)</script>", rule="a&b")
    deny = Deny(ruling, "javascript:alert(1)")

    page = PROBLEMS.refusal(deny, asked("text/html")).body.decode()

    assert "<script>" not in page
    assert 'href="javascript' not in page


def test_an_offer_speaks_every_dialect_a_machine_may_know() -> None:
    answer = PROBLEMS.refusal(DECISIONS[0][0], asked())

    href = f"https://archive.example/_copyfair/offers/{OFFERED.id}"
    challenge = (
        'License error="invalid_request", '
        'error_description="Members voted ? against ?resale?."'
    )
    licence = (
        '<https://archive.example/license.xml>; rel="license"; '
        'type="application/rsl+xml"'
    )
    payment = f'<{href}>; rel="payment"; type="application/json"'
    assert field(answer, "WWW-Authenticate") == [challenge]
    assert field(answer, "Link") == [licence, payment]
    assert field(answer, "Crawler-Price") == ["EUR 0.01"]
    assert document(answer)["offer"]["accept"]["href"] == href


def test_an_offer_without_a_price_names_the_contact_and_no_payment() -> None:
    unpriced = replace(POLICIES, collections=(replace(BOOKS, tariff=""),), tariffs={})
    offered = unpriced.offer_of(unpriced.collections[0])
    problems = Problems(lambda: unpriced, lambda asked: "https://archive.example")

    answer = problems.refusal(Offer(RULING, offered.id, ""), asked())

    assert answer.status == 402
    assert document(answer)["offer"]["accept"] is None
    assert document(answer)["contact"] == BOOKS.contact
    assert not any("payment" in link for link in field(answer, "Link"))
    assert field(answer, "Crawler-Price") == []


@pytest.mark.parametrize(("decision", "status"), DECISIONS[:2])
def test_git_is_asked_for_a_password_because_it_shows_nothing_else(
    decision: Decision, status: int
) -> None:
    answer = PROBLEMS.refusal(decision, asked(agent="git/2.39.2"))

    assert answer.status == 401
    assert field(answer, "WWW-Authenticate")[0].startswith("Basic realm=")
    assert PROBLEMS.refusal(decision, asked(agent="gitlab")).status == status


def test_git_by_another_name_is_known_by_what_it_speaks() -> None:
    decision, status = DECISIONS[0]
    unnamed = asked(agent="JGit/6.7")
    service = replace(unnamed, path="/a.git/info/refs", query="service=git-upload-pack")

    assert PROBLEMS.refusal(decision, service).status == 401
    assert PROBLEMS.refusal(decision, unnamed).status == status


@pytest.mark.parametrize("decision", [one for one, _ in DECISIONS[2:]])
def test_nothing_else_is_a_401_for_git(decision: Decision) -> None:
    assert PROBLEMS.refusal(decision, asked(agent="git/2.39.2")).status != 401


def test_a_throttle_says_when_and_where_it_is_cheaper() -> None:
    answer = PROBLEMS.refusal(DECISIONS[2][0], asked())

    assert field(answer, "Retry-After") == ["12"]
    assert field(answer, "RateLimit-Policy") == ['"anonymous";q=600;w=3600']
    assert field(answer, "RateLimit") == ['"anonymous";r=0;t=12']
    assert document(answer)["cheaper_door"] == "https://archive.example/dump"


def test_a_throttle_says_whom_to_ask_and_where_to_appeal() -> None:
    answer = PROBLEMS.refusal(DECISIONS[2][0], asked())
    page = PROBLEMS.refusal(DECISIONS[2][0], asked("text/html")).body.decode()

    said = document(answer)
    assert said["appeal"] == "https://archive.example/_copyfair/appeals"
    assert said["contact"] == "licences@archive.example"
    assert said["remedy"] == PROBLEM_TYPES["throttle"].remedy.en
    assert "usage" not in said
    assert "mailto:licences@archive.example" in page


@pytest.mark.parametrize(
    ("budget", "retry_after_s", "remedy"),
    [("prepaid", 0, "Top the balance up"), ("monthly-cap", 3_600, "raise the limit")],
)
def test_a_limit_of_an_agreement_has_a_remedy_of_its_own(
    budget: str, retry_after_s: int, remedy: str
) -> None:
    throttle = Throttle(RULING, budget, retry_after_s)

    answer = PROBLEMS.refusal(throttle, asked())
    page = PROBLEMS.refusal(throttle, asked("text/html")).body.decode()

    said = document(answer)
    assert remedy in said["remedy"]
    assert "refills by itself" not in f"{said}{page}"
    assert said["usage"] == "https://archive.example/_copyfair/usage"
    assert (said["budget"], said["contact"]) == (budget, "licences@archive.example")
    assert 'href="https://archive.example/_copyfair/usage"' in page


def test_what_is_topped_up_promises_nothing_to_whoever_waits() -> None:
    answer = PROBLEMS.refusal(Throttle(RULING, "prepaid", 0), asked())

    assert answer.status == 429
    names = {name for name, _ in answer.headers}
    assert not names & {"Retry-After", "RateLimit", "RateLimit-Policy"}
    assert "retry_after_s" not in document(answer)


def test_a_bad_credential_is_challenged_by_name() -> None:
    answer = PROBLEMS.refusal(DECISIONS[1][0], asked())

    assert field(answer, "WWW-Authenticate")[0].startswith(
        'License error="invalid_token"'
    )
    assert document(answer)["fault"] == "key-revoked"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidValue("x"), 400),
        (NotFound("x"), 404),
        (Conflict("x"), 409),
        (Unavailable("x", retry_after_s=7), 503),
        (UpstreamFailed("x"), 502),
        (UpstreamFailed("x", timed_out=True), 504),
        (Misconfigured("x"), 500),
        (RuntimeError("secret"), 500),
    ],
)
def test_a_failure_is_never_the_clients_fault_unless_it_is(
    error: Exception, status: int
) -> None:
    answer = PROBLEMS.failure(error, asked())

    assert answer.status == status != 401
    assert bool(field(answer, "Retry-After")) is isinstance(error, Unavailable)
    assert b"secret" not in answer.body


def test_every_error_has_a_problem_type() -> None:
    codes = {kind.code for kind in GatewayError.__subclasses__()} | {"upstream-failed"}

    assert codes == set(ERROR_CODES)
    assert set(ERROR_CODES.values()) <= set(PROBLEM_TYPES)


@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_every_problem_speaks_both_languages(code: str) -> None:
    kind = PROBLEM_TYPES[code]

    assert kind.title.en != kind.title.fr
    assert 300 <= kind.status < 600


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (1, "1 s", "1 s"),
        (119, "119 s", "119 s"),
        (121, "3 minutes", "3 minutes"),
        (7_200, "2 hours", "2 heures"),
        (225_383, "3 days", "3 jours"),
    ],
)
def test_a_person_reads_a_wait_in_units_they_count(
    seconds: int, english: str, french: str
) -> None:
    assert spoken_wait(seconds, Language.EN) == english
    assert spoken_wait(seconds, Language.FR) == french


def test_whoever_is_made_an_offer_may_say_that_it_is_wrong() -> None:
    """The 402 had no way on but to pay."""
    for offer_id in (OFFERED.id, "off_of_yesterday"):
        offer = Offer(RULING, offer_id, "ai")
        appeal = "https://archive.example/_copyfair/appeals"

        page = PROBLEMS.refusal(offer, asked("text/html")).body.decode()

        assert f'<a href="{appeal}">' in page
        assert document(PROBLEMS.refusal(offer, asked()))["appeal"] == appeal
