"""Conversations of several steps: what clients see, and what the upstream got.

The upstream keeps every byte; three parsers read them, and must read the same. What
the client sees is read to the end of the connection, so an answer too many shows.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.conformance.capture import Answered, answer_from, captured
from tests.conformance.readings import arrived
from tests.conformance.sequences import (
    HOST,
    REST_S,
    SEQUENCES,
    End,
    Sequence,
    Then,
)
from tests.integration.proxy.standing import gateway
from tests.integration.proxy.ways import opened

PAUSE_S = 0.02
PATIENCE_S = 20
SEQUENCES_MIN = 24
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\n%bConnection: close\r\n\r\n" % HOST
LAST_SEEN = "200 GET /last"


@dataclass
class Client:
    """Plays the steps of a sequence, and keeps what it saw."""

    port: int
    seen: list[str] = field(default_factory=list)
    method: str = "GET"

    async def play(self, sequence: Sequence) -> None:
        reader, writer = await opened(self.port)
        for step in sequence.steps:
            match step:
                case Then.PAUSE:
                    await asyncio.sleep(PAUSE_S)
                case Then.REST:
                    await asyncio.sleep(REST_S)
                case Then.ANSWER:
                    await self._see(reader)
                case Then.CONTINUE:
                    assert await reader.readexactly(len(INTERIM)) == INTERIM
                case Then.ANEW:
                    writer.close()
                    reader, writer = await opened(self.port)
                case bytes():
                    self.method = "HEAD" if step.startswith(b"HEAD") else "GET"
                    writer.write(step)
        if sequence.end is not End.CLOSED:
            writer.write(LAST)
        while await self._see(reader):
            self.method = "GET"
        writer.close()

    async def _see(self, reader: asyncio.StreamReader) -> bool:
        answer = await answer_from(reader, method=self.method)
        if answer is not None:
            self.seen.append(shown(answer))
        return answer is not None


def shown(answer: Answered) -> str:
    """The status; and the body, where the upstream made it."""
    made_here = answer.fields.get("content-type", "").startswith("application/problem")
    body = "" if made_here else answer.body.decode("latin-1")
    return f"{answer.status} {body}".strip()


def fits(seen: list[str], sees: tuple[str | tuple[str, ...], ...]) -> bool:
    wanted = [{one} if isinstance(one, str) else set(one) for one in sees]
    return len(seen) == len(wanted) and all(
        one in choice for one, choice in zip(seen, wanted, strict=True)
    )


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence.name)
async def test_a_conversation_stays_in_step(sequence: Sequence) -> None:
    async with (
        captured(sequence.upstream, is_early=sequence.is_early) as origin,
        gateway(origin.url) as standing,
    ):
        client = Client(standing.port)
        async with asyncio.timeout(PATIENCE_S):
            await client.play(sequence)
        faults = standing.watching.faults

    if sequence.may_be_refused and client.seen == ["400"]:
        assert not arrived(origin.wires)
        return
    got = sorted(read.line for read in arrived(origin.wires))
    is_last = client.seen[-1:] == [LAST_SEEN]
    seen = client.seen[:-1] if is_last else client.seen
    last = ["GET /last"] if is_last or "GET /last" in got else []
    assert fits(seen, sequence.sees), (seen, sequence.sees)
    assert got == sorted([*sequence.arrives, *last]), got
    assert is_last or sequence.end is not End.OPEN
    assert not is_last or sequence.end is not End.CLOSED
    assert not faults


def test_there_are_as_many_sequences_as_was_promised() -> None:
    names = [sequence.name for sequence in SEQUENCES]

    assert len(set(names)) == len(names) >= SEQUENCES_MIN
    print(f"{len(names)} sequences")  # noqa: T201 counts are part of a proof
