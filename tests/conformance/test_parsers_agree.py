"""Whatever is sent to the gateway, what it sends on has one reading.

Mutated requests go in; the upstream keeps the bytes that come out, and three parsers
of other people must find the same requests in them: count, method, target, fields
and body. What the client is told was answered is what the upstream was asked.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.conformance.capture import Capture, captured, saying
from tests.conformance.mutations import mutated
from tests.conformance.readings import agreed
from tests.conformance.short_limits import SHORT
from tests.figures import publish
from tests.integration.proxy.standing import Gateway, gateway

SEED = 20261127
NUMBER = 2_000
NUMBER_SOAK = 200_000
LANES, LANES_SOAK = 128, 512
PATIENCE_S = 60
MARK = b"answered by the upstream"


async def marked(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answer with a field of our own, which HEAD answers have too."""
    answer = saying(b"hello", is_head=head.startswith(b"HEAD "))
    writer.write(answer.replace(b"\r\n\r\n", b"\r\nX-Mark: %b\r\n\r\n" % MARK, 1))
    return True


async def told(port: int, request: bytes) -> bytes:
    """Everything the gateway says before it closes, as its limits make it do."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    try:
        writer.write(request)
        async with asyncio.timeout(PATIENCE_S):
            while more := await reader.read(65_536):
                answer += more
    except ConnectionError:
        return answer
    finally:
        writer.close()
    return answer


async def passed(
    standing: Gateway, origin: Capture, requests: Iterator[bytes]
) -> Counter[str]:
    """Send some requests in turn; how many were passed on as how many."""
    counts = Counter[str]()
    for request in requests:
        before = [len(wire) for wire in origin.wires]
        answer = await told(standing.port, request)
        before += [0] * (len(origin.wires) - len(before))
        pairs = zip(origin.wires, before, strict=True)
        readings = [agreed(bytes(wire[old:])) for wire, old in pairs]
        arrived = sum(len(reading.requests) for reading in readings)
        answered = answer.count(MARK)
        # An answer is held back where the rest of the conversation is not HTTP.
        assert answered <= arrived, (request, answer, readings)
        assert arrived <= answer.count(b"HTTP/1."), (request, answer, readings)
        counts["passed on" if arrived else "refused"] += 1
        counts["requests at the upstream"] += arrived
    return counts


async def prove(number: int, lanes: int) -> dict[str, int]:
    requests, counts = mutated(number, SEED), Counter[str]()

    async def lane() -> None:
        async with (
            captured(marked) as origin,
            gateway(origin.url, limits=SHORT) as standing,
        ):
            counts.update(await passed(standing, origin, requests))
            assert not standing.watching.faults, standing.watching.faults

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())

    print(f"{number} mutated requests: {dict(counts)}")  # noqa: T201 the proof's counts
    assert counts["passed on"] + counts["refused"] == number
    assert counts["passed on"] > number // 10
    assert counts["refused"] > number // 10
    return {"requests": number, **counts}


async def test_three_parsers_read_the_same_in_what_is_passed_on() -> None:
    await prove(NUMBER, LANES)


@pytest.mark.soak
async def test_three_parsers_read_the_same_in_very_much_of_it() -> None:
    publish("parsers-agree", await prove(NUMBER_SOAK, LANES_SOAK))


def test_mutations_are_the_same_for_everybody() -> None:
    assert list(mutated(200, SEED)) == list(mutated(200, SEED))
