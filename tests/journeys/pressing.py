"""A crowd that keeps asking for a search, each time from a network of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.journeys.crowd import Answer, answer_of, request_bytes
from tests.journeys.loop_beside import loop_beside

AT_ONCE = 40
REQUESTS_MAX = 4_000
PAUSE_S = 0.3
# Half of it looks like readers, half like tools: who comes in either manner meets it.
AGENTS = (
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/142.0.0.0 Safari/537.36"
    ),
    "python-requests/2.32.3",
)


@dataclass(slots=True)
class Crowd:
    """What it asked and got.

    Attributes:
        asked: How many requests went out.
        answered: How many got which status; 0 where none came.
    """

    port: int
    authority: str
    asked: int = 0
    answered: Counter[int] = field(default_factory=Counter)

    async def press(self) -> None:
        """So many at once, until somebody ends it or the bound is reached."""
        async with asyncio.TaskGroup() as crowd:
            for _ in range(AT_ONCE):
                crowd.create_task(self._one_after_another())

    async def _one_after_another(self) -> None:
        while self.asked < REQUESTS_MAX:
            self.asked += 1
            answer = await self._ask(self.asked)
            self.answered[answer.status] += 1
            await asyncio.sleep(PAUSE_S)

    async def _ask(self, number: int) -> Answer:
        address = f"127.{140 + number % 100}.{number // 100 % 250 + 1}.7"
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.port, local_addr=(address, 0)
        )
        agent = AGENTS[number % len(AGENTS)]
        fields = {"Host": self.authority, "User-Agent": agent, "Accept": "text/html"}
        try:
            writer.write(request_bytes(f"/search?q=all-{number}", self.port, fields))
            return await answer_of(reader)
        finally:
            writer.close()


@contextmanager
def pressing(port: int, authority: str) -> Generator[Crowd]:
    """A crowd for the time of a test."""
    crowd = Crowd(port, authority)
    with loop_beside() as start:
        going = start(crowd.press())
        yield crowd
        assert not going.done(), going.result()
