"""The public listener against published HTTP/1.1 vectors, over loopback.

No failure is allowed among smuggling and malformed input; every other one is argued
in http1_argued.md, which this test reads.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.proxy.limits import ConnectionLimits
from tests.conformance.capture import captured
from tests.conformance.http1_vectors import (
    FILE,
    MENDED,
    Seen,
    Vector,
    Verdict,
    judge,
    vectors,
)
from tests.conformance.readings import arrived
from tests.integration.proxy.standing import gateway, status_of

ARGUED = Path(__file__).with_name("http1_argued.md")
QUIET_MS = 1_000
GROUPS = 12
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
STRICT = {"Smuggling", "MalformedInput"}
TALLY = {
    ("Smuggling", "pass"): 60,
    ("MalformedInput", "pass"): 26,
    ("Compliance", "pass"): 57,
}


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a vector.

    Attributes:
        vector: The request, and what is expected.
        seen: What the gateway did.
        verdict: What the judge says.
        arrived: How many whole requests the upstream got of it, by its raw bytes.
    """

    vector: Vector
    seen: Seen
    verdict: Verdict
    arrived: int


needs_vectors = pytest.mark.skipif(
    not FILE.exists(), reason="../shared/data holds no HTTP/1 vectors"
)


async def tried(port: int, request: bytes) -> Seen:
    """Send a vector and watch, until the gateway closes or has nothing to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        writer.write(request)
        while True:
            async with asyncio.timeout(QUIET_MS / 1000):
                more = await reader.read(65_536)
            if not more:
                return Seen(status_of(answer.removeprefix(INTERIM)), is_closed=True)
            answer += more
    except TimeoutError:
        return Seen(status_of(answer.removeprefix(INTERIM)), is_closed=False)
    except ConnectionError:
        return Seen(status_of(answer.removeprefix(INTERIM)), is_closed=True)
    finally:
        writer.close()


async def honest(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """An upstream that answers everything with 200."""
    body = b"" if head.startswith(b"HEAD ") else b"hello"
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body)
    return True


async def replayed_in_turn(group: Sequence[Vector]) -> list[Result]:
    """Some vectors, one after the other, against a gateway of their own."""
    results = []
    async with (
        captured(honest) as origin,
        gateway(origin.url, limits=ConnectionLimits()) as standing,
    ):
        for vector in group:
            before = [len(wire) for wire in origin.wires]
            seen = await tried(standing.port, vector.request)
            before += [0] * (len(origin.wires) - len(before))
            new = [wire[old:] for wire, old in zip(origin.wires, before, strict=True)]
            verdict = judge(vector.expected, seen)
            results.append(Result(vector, seen, verdict, len(arrived(new))))
        assert not standing.watching.faults
    return results


@pytest.fixture(scope="module")
def results() -> list[Result]:
    """What came of every vector."""

    async def replayed() -> list[Result]:
        known = vectors()
        groups = [known[start::GROUPS] for start in range(GROUPS)]
        parts = await asyncio.gather(*map(replayed_in_turn, groups))
        return [result for part in parts for result in part]

    return asyncio.run(replayed())


@needs_vectors
def test_published_vectors_find_no_hole(results: list[Result]) -> None:
    argued = set(re.findall(r"^### (\S+)", ARGUED.read_text("utf-8"), re.MULTILINE))

    tally = Counter(
        (result.vector.category, result.verdict.value) for result in results
    )
    failed = {
        result.vector.id: (result.vector.category, result.vector.expected, result.seen)
        for result in results
        if result.verdict is Verdict.FAIL
    }
    assert not {name for name, why in failed.items() if why[0] in STRICT}
    assert set(failed) == argued, "argue each failure, and nothing else"
    assert tally == TALLY


@needs_vectors
def test_what_is_refused_never_reaches_the_upstream(results: list[Result]) -> None:
    leaked = {
        result.vector.id: result.seen
        for result in results
        if result.arrived > 1 or (result.arrived and result.seen.status >= 400)
    }

    assert not leaked


@needs_vectors
def test_what_is_passed_on_is_one_request(results: list[Result]) -> None:
    passed = [result for result in results if 200 <= result.seen.status < 300]
    asked_here = {"COMP-OPTIONS-STAR"}  # answered by the gateway itself

    more_or_less = {
        result.vector.id: result.arrived
        for result in passed
        if result.arrived != 1 and result.vector.id not in asked_here
    }
    assert passed
    assert not more_or_less
    print(f"{len(passed)} of {len(results)} passed on")  # noqa: T201 a count


@needs_vectors
def test_every_damaged_vector_was_mended() -> None:
    known = {vector.id for vector in vectors()}

    assert set(MENDED) <= known
    assert all("??" not in vector.request.decode("latin-1") for vector in vectors())


@pytest.mark.parametrize(
    ("expected", "seen", "verdict"),
    [
        ("400", Seen(400, is_closed=True), Verdict.PASS),
        ("400", Seen(501, is_closed=True), Verdict.FAIL),
        ("400 or close", Seen(0, is_closed=True), Verdict.PASS),
        ("400 or close", Seen(200, is_closed=True), Verdict.FAIL),
        ("400/close/timeout", Seen(0, is_closed=False), Verdict.PASS),
        ("400 or close (pass), 2xx (warn)", Seen(200, is_closed=False), Verdict.WARN),
        ("!101", Seen(101, is_closed=False), Verdict.FAIL),
        ("!101", Seen(200, is_closed=False), Verdict.PASS),
        ("2xx + close", Seen(200, is_closed=False), Verdict.FAIL),
        ("400 or 2xx/404", Seen(404, is_closed=False), Verdict.PASS),
        ("200/206/400/416", Seen(302, is_closed=False), Verdict.FAIL),
    ],
)
def test_the_judge_reads_the_words_of_the_suite(
    expected: str, seen: Seen, verdict: Verdict
) -> None:
    assert judge(expected, seen) is verdict
