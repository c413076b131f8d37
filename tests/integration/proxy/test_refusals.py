"""What a refused client gets over the wire, and that the upstream never hears of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.identity.principal import ANONYMOUS
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import (
    Allow,
    Decision,
    Deny,
    Identify,
    Offer,
    Redirect,
    Throttle,
)
from gateway.licensing.policy import PolicySet
from gateway.licensing.spellings import Treatment
from tests.integration.proxy.fakes import (
    ALLOW,
    EVERYTHING,
    FREE,
    FakeAdmission,
    always,
)
from tests.integration.proxy.origins import raw_origin
from tests.integration.proxy.standing import (
    exchanged,
    gateway,
    request_bytes,
    status_of,
)
from tests.integration.proxy.ways import opened

RULING = replace(FREE, rule="commercial-without-agreement", reason="There are terms.")
DECISIONS: tuple[tuple[Decision, int], ...] = (
    (Offer(RULING, "off_1", ""), 402),
    (Identify(RULING, "key-revoked"), 401),
    (Throttle(RULING, "anonymous", 3, 600, 3600), 429),
    (Redirect(RULING, "https://archive.example/dump"), 303),
    (Deny(RULING, "licences@archive.example"), 403),
)


@pytest.mark.parametrize(("decision", "status"), DECISIONS)
async def test_a_refusal_is_answered_here(decision: Decision, status: int) -> None:
    admission = FakeAdmission(always(decision))
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())
        outcome = (await standing.watching.until(1))[0]

    body = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert status_of(answer) == status == body["status"]
    assert body["rule"] == "commercial-without-agreement"
    assert outcome.decision == decision
    assert not origin.heads


async def test_a_refused_upload_is_not_asked_for() -> None:
    admission = FakeAdmission(always(DECISIONS[0][0]))
    request = request_bytes(
        "/", "Content-Length: 5000000", "Expect: 100-continue", method="POST"
    )
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        answer = await exchanged(standing.port, request)

    assert answer.startswith(b"HTTP/1.1 402 ")
    assert b"\r\nConnection: close\r\n" in answer


async def test_a_head_is_refused_without_a_body() -> None:
    admission = FakeAdmission(always(DECISIONS[4][0]))
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes(method="HEAD"))

    assert status_of(answer) == 403
    assert answer.endswith(b"\r\n\r\n")


async def test_a_budget_that_is_used_up_says_when_to_come_back() -> None:
    admission = FakeAdmission(throttle=Throttle(RULING, "anonymous", 3, 600, 3600))
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())

    assert status_of(answer) == 429
    assert b"\r\nRetry-After: 3\r\n" in answer
    assert not origin.heads


CLOSED = Collection("closed", {}, "", "", "archive", paths=("/closed/**",))
TWO = PolicySet("v", (CLOSED, EVERYTHING), {}, {})


def deny_closed(asked: Request) -> Decision:
    is_closed = TWO.collection_for(asked.host, asked.path) is CLOSED
    return Deny(RULING, "") if is_closed else ALLOW


@pytest.mark.parametrize(
    "target",
    [
        "/closed/letter",
        "/clos%65d/letter",
        "/closed%2Fletter",
        "//closed/letter",
        "/x/../closed/letter",
        "/x/%2e%2e/closed/letter",
        "/x/%252e%252e/closed/letter",
        "/x%2f..%2fclosed/letter",
        "/closed;a/letter",
        "/closed%5cletter",
        "/./closed/letter",
        "/%2e/closed/letter",
        "/x\\..\\closed\\letter",
        "http://archive.example/closed/letter",
        "http://archive.example//closed/letter",
    ],
)
async def test_no_spelling_reaches_what_is_closed(target: str) -> None:
    admission = FakeAdmission(deny_closed, set_in_force=TWO)
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes(target))

    assert status_of(answer) in {400, 403}
    assert not origin.heads


PLAIN = replace(
    EVERYTHING,
    spellings={
        "encoded-slash": Treatment.REDIRECT,
        "parameters": Treatment.REJECT,
    },
)


@pytest.mark.parametrize(
    ("method", "target", "status", "location"),
    [
        ("GET", "/a%2Fb?c=%2F", 308, "/a/b?c=%2F"),
        ("HEAD", "/a%2Fb", 308, "/a/b"),
        ("GET", "/%2Fevil.example/x", 308, "//evil.example/x"),
        ("POST", "/a%2Fb", 400, ""),
        ("GET", "/a;b", 400, ""),
        ("GET", "/a//b?c=%2F;d", 200, ""),
        ("POST", "/a/b", 200, ""),
    ],
)
async def test_a_collection_may_want_one_spelling(
    method: str, target: str, status: int, location: str
) -> None:
    admission = FakeAdmission(set_in_force=PolicySet("v", (PLAIN,), {}, {}))
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes(target, method=method))

    where = f"\r\nLocation: http://archive.example{location}\r\n".encode()
    assert status_of(answer) == status
    assert (where in answer) is (status == 308)
    assert (b"\r\nLocation:" in answer) is (status == 308)
    assert [head.split(b" ")[1] for head in origin.heads] == (
        [target.encode()] if status == 200 else []
    )


async def test_a_rung_that_is_not_there_is_refused_and_one_that_is_is_served() -> None:
    ladder = replace(EVERYTHING, rungs={"sample": "/samples"})
    policies = PolicySet("v", (ladder,), {}, {})
    admission = FakeAdmission(
        always(Allow(FREE, rung="sample")), ANONYMOUS, set_in_force=policies
    )
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        served = await exchanged(standing.port, request_bytes("/a"))
        admission.decision = always(Allow(FREE, rung="metadata"))
        refused = await exchanged(standing.port, request_bytes("/a"))

    assert (status_of(served), status_of(refused)) == (200, 403)
    assert [head.split(b" ")[1] for head in origin.heads] == [b"/samples/a"]


async def test_a_mistake_of_ours_is_a_500_and_is_heard() -> None:
    def broken(asked: Request) -> Decision:
        message = "a secret of ours"
        raise RuntimeError(message)

    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=FakeAdmission(broken)) as standing,
    ):
        answer = await exchanged(standing.port, request_bytes())

        assert status_of(answer) == 500
        assert b"secret" not in answer
        assert [type(fault) for fault in standing.watching.faults] == [RuntimeError]


async def test_one_refusal_does_not_end_a_conversation() -> None:
    admission = FakeAdmission(always(DECISIONS[4][0]))
    request = b"GET / HTTP/1.1\r\nHost: archive.example\r\n\r\n"
    async with (
        raw_origin() as origin,
        gateway(origin.url, admission=admission) as standing,
    ):
        reader, writer = await opened(standing.port)
        writer.write(request)
        refused = await reader.readuntil(b"}\n")
        admission.decision = always(ALLOW)
        writer.write(request)
        served = await reader.readuntil(b"hello")
        writer.close()

    assert (status_of(refused), status_of(served)) == (403, 200)
