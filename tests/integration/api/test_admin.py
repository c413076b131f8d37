"""The admin listener over loopback: what it shows, and whom it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.api.app import make_admin_app
from gateway.api.ports import Admin, Check, Question
from gateway.bootstrap.taking import top_document
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.period import Period
from gateway.licensing.switches import FULL
from gateway.telemetry.metrics import Metrics
from tests.unit.terms.builders import a_set

FAULT = "collections/a.yaml:3:1  unknown key"


@dataclass
class Behind:
    """Everything behind the listener, in one place that a test can spoil."""

    problem: str = ""
    fails: Exception | None = None
    asked: list[Any] = field(default_factory=list)

    async def check(self) -> str:
        if self.fails is not None:
            raise self.fails
        return self.problem

    def explain(self, question: Question) -> Mapping[str, Any]:
        self.asked.append(question)
        if not question.url.startswith("https://"):
            raise InvalidValue("a public URL begins with https://")
        return {
            "decision": "allow",
            "status": None,
            "rule": "reading",
            "reason": "Reading is free.",
            "facts": [],
        }

    def report(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Mapping[str, Any]:
        if self.fails is not None:
            raise self.fails
        self.asked.append((period, agreement_id))
        return {"events": 1, "bytes": 2, "by": []}

    def admin(self) -> Admin:
        policies = a_set()
        checks: dict[str, Check] = {"store": self.check}
        return Admin(
            version="26.11.0",
            boot_id="boot_1",
            policies=lambda: policies,
            switches=lambda: FULL,
            is_off=lambda: False,
            faults=lambda: (FAULT,),
            checks=checks,
            metrics=Metrics().exposition,
            explain=self.explain,
            usage=self,
            audit=lambda: {"ok": True, "events": 1},
            top=lambda: top_document([]),
        )


@dataclass
class Client:
    behind: Behind
    session: aiohttp.ClientSession
    root: str

    async def get(
        self, path: str, **headers: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        async with self.session.get(self.root + path, headers=headers) as answer:
            kind = answer.content_type
            body = await (
                answer.json(content_type=kind) if "json" in kind else answer.text()
            )
            return answer.status, body, answer.headers

    async def explain(self, question: Any, **headers: str) -> tuple[int, Any]:
        url = f"{self.root}/api/v1/explain"
        async with self.session.post(url, json=question, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async def decide(request: web.Request) -> web.Response:
        return web.Response(text=request.host)

    behind = Behind()
    app = make_admin_app(
        behind.admin(),
        hosts=frozenset({"gateway.internal"}),
        more=[web.get("/decide/nginx", decide)],
    )
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield Client(behind, session, str(server.make_url("")).rstrip("/"))


async def test_alive_says_what_is_in_force(client: Client) -> None:
    status, health, headers = await client.get("/healthz")

    assert status == 200
    assert (health["policy_version"], health["boot_id"]) == ("v1", "boot_1")
    assert (health["protect"], health["licence_mode"]) == ("on", "invoice")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


async def test_ready_means_that_everything_answers(client: Client) -> None:
    status, readiness, _ = await client.get("/readyz")

    assert (status, readiness["checks"]) == (200, {"store": "ok"})
    assert readiness["policy_faults"] == [FAULT]


@pytest.mark.parametrize(
    ("problem", "fails", "reason"),
    [
        ("the disk is full", None, "the disk is full"),
        ("", Unavailable("the store is locked"), "the store is locked"),
        ("", TimeoutError(), "no answer within 2 s"),
    ],
)
async def test_not_ready_says_why(
    client: Client, problem: str, fails: Exception | None, reason: str
) -> None:
    client.behind.problem, client.behind.fails = problem, fails

    status, readiness, _ = await client.get("/readyz")

    assert (status, readiness["checks"]) == (503, {"store": reason})


async def test_metrics_are_for_collectors(client: Client) -> None:
    status, text, headers = await client.get("/metrics")

    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert "# TYPE copyfair_requests_total counter" in text


async def test_the_policies_in_force_are_listed(client: Client) -> None:
    status, policies, _ = await client.get("/api/v1/policies")

    assert status == 200
    assert [one["id"] for one in policies["collections"]] == ["registers"]
    assert [one["id"] for one in policies["collections"][0]["rules"]] == [
        "search",
        "companies",
        "reading",
    ]


async def test_a_question_is_explained(client: Client) -> None:
    status, answer = await client.explain(
        {"url": "https://archive.example/1", "headers": {"User-Agent": "x"}}
    )

    assert (status, answer["decision"]) == (200, "allow")
    assert client.behind.asked == [
        Question("https://archive.example/1", headers=(("User-Agent", "x"),))
    ]


@pytest.mark.parametrize(
    "question",
    [
        [],
        {},
        {"url": 1},
        {"url": "ftp://x"},
        {"url": "https://x", "colour": "red"},
        {"url": "https://x", "method": 1},
        {"url": "https://x", "headers": {"a": 1}},
        {"url": "https://x", "headers": []},
    ],
)
async def test_what_is_no_question_is_refused(client: Client, question: Any) -> None:
    status, problem = await client.explain(question)

    assert (status, problem["code"]) == (400, "invalid-value")


async def test_a_form_of_another_site_asks_nothing(client: Client) -> None:
    url = f"{client.root}/api/v1/explain"
    async with client.session.post(url, data={"url": "https://x"}) as answer:
        assert answer.status == 400
    async with client.session.post(
        url, data=b"{", headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 400


async def test_usage_is_narrowed_by_period_and_agreement(client: Client) -> None:
    status, usage, _ = await client.get("/api/v1/usage?period=2026-11&agreement=agr_1")

    assert (status, usage["bytes"]) == (200, 2)
    [(period, agreement)] = client.behind.asked
    assert (str(period), agreement) == ("2026-11-01/2026-12-01", "agr_1")


async def test_what_is_no_period_is_refused(client: Client) -> None:
    status, problem, _ = await client.get("/api/v1/usage?period=soon")

    assert (status, problem["code"]) == (400, "invalid-value")


async def test_an_outage_says_when_to_come_back(client: Client) -> None:
    client.behind.fails = Unavailable("the store is locked", retry_after_s=3)

    status, problem, headers = await client.get("/api/v1/usage")

    assert (status, problem["code"]) == (503, "unavailable")
    assert headers["Retry-After"] == "3"


async def test_the_books_can_be_audited(client: Client) -> None:
    status, audit, _ = await client.get("/api/v1/audit")

    assert (status, audit["ok"]) == (200, True)


async def test_a_document_has_the_name_the_command_gives_it(client: Client) -> None:
    _, usage, _ = await client.get("/api/v1/usage")
    _, audit, _ = await client.get("/api/v1/audit")
    _, explained = await client.explain({"url": "https://archive.example/1"})

    assert usage["schema"] == "copyfair/usage-report/1"
    assert audit["schema"] == "copyfair/audit/1"
    assert explained["schema"] == "copyfair/explain/1"


async def test_what_does_not_exist_says_where_to_look(client: Client) -> None:
    status, problem, _ = await client.get("/api/v2/")
    wrong, _, headers = await client.get("/api/v1/explain")

    assert (status, "openapi.json" in problem["detail"]) == (404, True)
    assert (wrong, headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:9000", 200),
        ("localhost", 200),
        ("[::1]:9000", 200),
        ("gateway.internal", 200),
        ("rebound.example", 421),
        ("127.0.0.1.rebound.example", 421),
        ("[bad", 421),
    ],
)
async def test_only_names_of_this_machine_are_answered(
    client: Client, host: str, status: int
) -> None:
    found, _, headers = await client.get("/healthz", Host=host)

    assert found == status
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("origin", "status"),
    [("http://127.0.0.1:9000", 200), ("https://evil.example", 403), ("null", 403)],
)
async def test_pages_of_other_sites_are_not_answered(
    client: Client, origin: str, status: int
) -> None:
    assert (await client.get("/api/v1/policies", Origin=origin))[0] == status


async def test_front_servers_ask_with_the_readers_host(client: Client) -> None:
    status, host, _ = await client.get("/decide/nginx", Host="archive.example")

    assert (status, host) == (200, "archive.example")


async def test_the_description_is_what_is_served(client: Client) -> None:
    _, description, _ = await client.get("/api/v1/openapi.json")

    assert description["openapi"] == "3.1.0"
    for path, operations in description["paths"].items():
        for method in operations:
            if method != "get" or path == "/metrics":
                continue
            schema = operations["get"]["responses"]["200"]["content"]
            _, document, _ = await client.get(path)
            jsonschema.validate(document, schema["application/json"]["schema"])
    _, explained = await client.explain({"url": "https://archive.example/1"})
    schema = description["paths"]["/api/v1/explain"]["post"]["responses"]["200"]
    jsonschema.validate(explained, schema["content"]["application/json"]["schema"])


async def test_every_route_is_described(client: Client) -> None:
    described = set((await client.get("/api/v1/openapi.json"))[1]["paths"])

    app = make_admin_app(client.behind.admin())
    served = {
        route.resource.canonical for route in app.router.routes() if route.resource
    }

    assert served == described
