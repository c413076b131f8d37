"""Forward-auth over loopback: who may ask, what is answered, and what was recorded.

The requests of Traefik and Envoy are recorded: none of them runs here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

import aiohttp
import pytest
from yarl import URL

from gateway.kernel.request import Request
from gateway.licensing.decision import Decision, Deny, Redirect, Throttle
from gateway.licensing.policy import PolicySet
from gateway.licensing.spellings import Treatment
from gateway.metering.meter import HOLD_STEP_BYTES
from gateway.metering.room import Room
from gateway.metering.usage_reference import Seal
from gateway.proxy.accept import Doorway
from gateway.proxy.forward_auth.deciding import ForwardAuth
from gateway.proxy.forward_auth.holds import LINE_WITHIN_S, Holds
from gateway.web.problems import Problems
from tests.fakes.time_and_chance import HandClock
from tests.integration.proxy.fakes import (
    ALLOW,
    EVERYTHING,
    FREE,
    LICENSED,
    METER,
    POLICIES,
    SPENDS,
    FakeAdmission,
    FakeCaps,
    FakePages,
    Watching,
    always,
)
from tests.integration.proxy.fronts import DOORS
from tests.integration.proxy.standing import RealClock, our_fields

HERE = (ip_network("127.0.0.0/8"),)
ELSEWHERE = (ip_network("192.0.2.0/24"),)
NGINX = {
    "X-Original-URI": "/page?a=%2F",
    "X-Original-Method": "GET",
    "X-Original-Host": "archive.example",
    "X-Original-Id": "f00d",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
}
CADDY = {
    "X-Forwarded-Uri": "/page?a=%2F",
    "X-Forwarded-Method": "GET",
    "X-Forwarded-Host": "archive.example",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
}
# As Traefik 3 (docs: ForwardAuth) and Envoy 1.31 (docs: ext_authz, HTTP) send them.
TRAEFIK = {**CADDY, "X-Forwarded-Port": "443", "X-Forwarded-Server": "edge"}
ENVOY = {
    "Host": "archive.example",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Envoy-Internal": "true",
    "X-Envoy-Expected-Rq-Timeout-Ms": "5000",
    "Content-Length": "0",
}
ASKED: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "nginx": ("/decide/nginx", NGINX),
    "haproxy": ("/decide/haproxy", NGINX),
    "caddy": ("/decide/caddy", CADDY),
    "traefik": ("/decide/traefik", TRAEFIK),
    "envoy": ("/decide/envoy/page?a=%2F", ENVOY),
}
SEAL = Seal([b"a secret of the tests"])


@dataclass
class Standing:
    """A desk or a wicket on loopback, and who listens behind it."""

    port: int
    session: aiohttp.ClientSession
    admission: FakeAdmission
    watching: Watching
    asked: list[Request] = field(default_factory=list)

    async def ask(
        self, target: str, headers: Mapping[str, str], method: str = "GET"
    ) -> aiohttp.ClientResponse:
        url = f"http://127.0.0.1:{self.port}{target}"
        answer = await self.session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            allow_redirects=False,
        )
        await answer.read()
        return answer


class At:
    """The door that a test comes to."""

    door = "admin"


@pytest.fixture(params=DOORS, autouse=True)
def door(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test is taken at both doors."""
    At.door = request.param
    yield
    At.door = "admin"


@asynccontextmanager
async def desk(
    decision: Decision = ALLOW,
    *,
    fronts: tuple[object, ...] = HERE,
    caps: FakeCaps | None = None,
) -> AsyncIterator[Standing]:
    admission = FakeAdmission(
        always(decision),
        LICENSED if decision in {METER, SPENDS} else FakeAdmission().identified,
    )
    watching, clock = Watching(), RealClock()
    auth = ForwardAuth(
        admission,
        Problems(
            admission.policies, lambda asked: f"{asked.scheme}://{asked.authority}"
        ),
        Doorway("https", HERE),
        fronts,  # type: ignore[arg-type]  # networks of both families
        our_fields,
        Holds(caps, clock),
        SEAL,
        clock,
        own=FakePages(),
        observer=watching.hear,
    )
    async with DOORS[At.door](auth) as port, aiohttp.ClientSession() as session:
        yield Standing(port, session, admission, watching)


@pytest.mark.parametrize("name", ASKED)
async def test_a_yes_says_what_the_front_server_needs(name: str) -> None:
    target, headers = ASKED[name]
    async with desk() as standing:
        answer = await standing.ask(
            target, {**headers, "Authorization": "Bearer cg_live_x"}
        )

    (outcome,) = standing.watching.outcomes
    assert answer.status == 200
    assert answer.headers["Request-Id"] == outcome.asked.id
    assert answer.headers["Copyfair-Consumed"] == "authorization"
    assert "Copyfair-Usage" not in answer.headers
    assert outcome.asked.url == "https://archive.example/page?a=%2F"
    assert outcome.asked.client_ip == "203.0.113.9"


@pytest.mark.parametrize("name", ASKED)
async def test_a_yes_to_a_taker_seals_the_terms(name: str) -> None:
    target, headers = ASKED[name]
    async with desk(METER) as standing:
        answer = await standing.ask(target, headers)

    reference = SEAL.opened(answer.headers["Copyfair-Usage"])
    assert reference.request_id == answer.headers["Request-Id"]
    assert (reference.agreement_id, reference.party_id) == ("agr_1", "pty_1")
    assert "decision=meter" in answer.headers["Copyfair-Decision"]


async def test_a_yes_that_standing_pays_seals_whose_and_holds_no_money() -> None:
    target, headers = ASKED["nginx"]
    caps = FakeCaps(room_bytes=0)
    async with desk(SPENDS, caps=caps) as standing:
        answer = await standing.ask(target, headers)

    reference = SEAL.opened(answer.headers["Copyfair-Usage"])
    assert answer.status == 200
    assert (reference.agreement_id, reference.party_id) == ("standing:pty_1", "pty_1")
    assert reference.tariff == SPENDS.rate
    assert not reference.priced_at_zero
    assert "decision=allow" in answer.headers["Copyfair-Decision"]


@pytest.mark.parametrize("name", [name for name in ASKED if name != "nginx"])
async def test_a_no_is_the_readers_answer(name: str) -> None:
    target, headers = ASKED[name]
    async with desk(Throttle(FREE, "anonymous", retry_after_s=7)) as standing:
        answer = await standing.ask(target, headers)

    assert answer.status == 429
    assert answer.headers["Retry-After"] == "7"
    assert (await answer.json(content_type=None))["code"] == "throttle"


@pytest.mark.parametrize(
    ("decision", "status"),
    [
        (Throttle(FREE, "anonymous", retry_after_s=7), 429),
        (Deny(FREE, "steward@archive.example"), 403),
        (Redirect(FREE, "https://archive.example/dump"), 303),
    ],
)
async def test_nginx_hears_no_and_fetches_the_answer(
    decision: Decision, status: int
) -> None:
    async with desk(decision) as standing:
        told = await standing.ask("/decide/nginx", NGINX)
        kept = told.headers["Copyfair-Answer"]
        answer = await standing.ask(f"/decide/answer/{kept}", {})
        again = await standing.ask(f"/decide/answer/{kept}", {})
        lost = await standing.ask("/decide/answer/req_nobody", {})

    assert (told.status, told.headers["Copyfair-Status"]) == (403, str(status))
    assert (answer.status, again.status) == (status, status)
    assert answer.headers["Request-Id"] == kept
    assert (lost.status, lost.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize(
    ("uri", "status", "location"),
    [
        ("/a%2Fb?c=//d", 308, "https://archive.example/a/b?c=//d"),
        ("/a;b", 400, None),
        ("/a/b", 200, None),
    ],
)
async def test_a_spelling_is_treated_as_inline(
    uri: str, status: int, location: str | None
) -> None:
    chosen = {"encoded-slash": Treatment.REDIRECT, "parameters": Treatment.REJECT}
    plain = PolicySet("v", (replace(EVERYTHING, spellings=chosen),), {}, {})
    async with desk() as standing:
        standing.admission.set_in_force = plain
        answer = await standing.ask("/decide/caddy", {**CADDY, "X-Forwarded-Uri": uri})

    assert (answer.status, answer.headers.get("Location")) == (status, location)


@pytest.mark.parametrize("name", ASKED)
async def test_a_stranger_is_answered_nothing(name: str) -> None:
    target, headers = ASKED[name]
    async with desk(fronts=ELSEWHERE) as standing:
        answer = await standing.ask(target, headers)
        kept = await standing.ask("/decide/answer/req_1", {})

    assert (answer.status, kept.status) == (403, 403)
    assert standing.watching.outcomes == []


@pytest.mark.parametrize("name", ["caddy", "traefik", "envoy", "haproxy"])
async def test_a_field_of_another_set_is_a_400(name: str) -> None:
    target, headers = ASKED[name]
    foreign = "X-Forwarded-Uri" if name == "haproxy" else "X-Original-URI"
    async with desk() as standing:
        answer = await standing.ask(target, {**headers, foreign: "/robots.txt"})

    assert answer.status == 400
    assert standing.watching.outcomes == []


async def test_a_target_with_two_readings_is_no_yes() -> None:
    headers = {**NGINX, "X-Original-URI": "/a/%2e%2e/b"}
    async with desk() as standing:
        answer = await standing.ask("/decide/haproxy", headers)

    assert answer.status == 400


@pytest.mark.parametrize("agent", ["", "kube-probe/1.29", "GoogleHC/1.0"])
async def test_no_user_agent_is_waved_through(agent: str) -> None:
    async with desk(Deny(FREE, "")) as standing:
        answer = await standing.ask("/decide/caddy", {**CADDY, "User-Agent": agent})

    assert answer.status == 403


async def test_our_own_files_are_never_refused() -> None:
    headers = {**CADDY, "X-Forwarded-Uri": "/robots.txt"}
    async with desk(Deny(FREE, "")) as standing:
        answer = await standing.ask("/decide/caddy", headers)

    assert answer.status == 200


async def test_a_store_that_is_down_accuses_nobody() -> None:
    async with desk() as standing:
        standing.admission.is_store_down = True
        key = {"Authorization": "Bearer cg_live_x"}
        answer = await standing.ask("/decide/caddy", {**CADDY, **key})

    assert answer.status == 503


@pytest.mark.parametrize("target", ["/decide/", "/decide/apache", "/decide/nginx/x"])
async def test_an_unknown_kind_is_not_found(target: str) -> None:
    async with desk() as standing:
        assert (await standing.ask(target, NGINX)).status == 404


async def test_a_cap_of_two_steps_lets_two_of_many_through() -> None:
    caps = FakeCaps(2 * HOLD_STEP_BYTES)
    async with desk(METER, caps=caps) as standing:
        answers = [await standing.ask("/decide/caddy", CADDY) for _ in range(5)]
        heads = {**CADDY, "X-Forwarded-Method": "HEAD"}
        free = await standing.ask("/decide/caddy", heads)

    assert [answer.status for answer in answers] == [200, 200, 429, 429, 429]
    assert free.status == 200


async def test_whoever_reached_a_cap_is_told_of_the_cheaper_door() -> None:
    async with desk(METER, caps=FakeCaps(0)) as standing:
        dump = "https://archive.example/dump"
        here = replace(EVERYTHING, dump=dump)
        standing.admission.set_in_force = PolicySet("f00d", (here,), {}, {})
        told = await standing.ask("/decide/caddy", CADDY)
        standing.admission.set_in_force = POLICIES
        silent = await standing.ask("/decide/caddy", CADDY)

    assert (told.status, silent.status) == (429, 429)
    assert dump in await told.text()
    assert dump not in await silent.text()


async def test_a_hold_that_no_line_confirms_is_given_back_after_an_hour() -> None:
    caps, clock = FakeCaps(HOLD_STEP_BYTES), HandClock()
    holds = Holds(caps, clock)

    assert await holds.take("req_1", "GET", METER, is_test=False) is None
    clock.forward(s=LINE_WITHIN_S - 1)
    assert await holds.take("req_2", "GET", METER, is_test=False) is not None
    clock.forward(s=2)
    assert await holds.take("req_3", "GET", METER, is_test=False) is None


async def test_a_front_server_hears_what_is_left_for_its_reader() -> None:
    room = Room("monthly-cap", "money", 50_000_000, 41_239_999, 99, 5, "EUR")
    caps = FakeCaps(2 * HOLD_STEP_BYTES, room=room)
    async with desk(METER, caps=caps) as standing:
        answer = await standing.ask("/decide/caddy", CADDY)

    said = '"monthly-cap";r=4123;q=5000;currency="EUR";t=99'
    assert answer.headers["Copyfair-Cap"] == said
