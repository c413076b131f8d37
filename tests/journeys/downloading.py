"""Clients that download and download, and count for themselves what they got."""

from __future__ import annotations

import random
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from zlib import crc32

from tests.journeys.archive import body_of
from tests.journeys.metered import Taker
from tests.journeys.running import Gateway

HOWS = ("whole", "plain", "stream")
SIZES = (1, 700, 20_000, 300_000, 3_000_000)
NAMES = 60
READ_BYTES = 64 * 1024
TIMEOUT_S = 30
BACK_IN_S = 0.05


@dataclass(slots=True)
class Received:
    """One answer, as far as it came.

    Attributes:
        request_id: As the answer's head says.
        target: What was asked for.
        size: How long the body is at the archive.
        status: As the head says.
        body_bytes: Body bytes that the client read.
        is_complete: It read the whole body, and it is the archive's to the bit.
    """

    request_id: str
    target: str
    size: int
    status: int
    body_bytes: int = 0
    is_complete: bool = False


@dataclass
class Client:
    """One client on one connection at a time.

    Attributes:
        patience: It hangs up in the middle of one answer in so many; 0 for never.
        breath_s: From one answer to the next request.
    """

    gateway: Gateway
    taker: Taker
    chance: random.Random
    stopping: threading.Event
    patience: int = 0
    breath_s: float = 0
    received: list[Received] = field(default_factory=list)
    nothing_came: int = 0

    def download(self) -> None:
        """Ask, read, count, ask again; until told to stop."""
        connection: HTTPConnection | None = None
        while not self.stopping.is_set():
            connection = connection or HTTPConnection(
                "127.0.0.1", self.gateway.port, timeout=TIMEOUT_S
            )
            if not self._one(connection):
                connection.close()
                connection = None
            self.stopping.wait(self.breath_s)
        if connection is not None:
            connection.close()

    def _one(self, connection: HTTPConnection) -> bool:
        """One request; may the connection serve another?"""
        how, size = self.chance.choice(HOWS), self.chance.choice(SIZES)
        target = f"/{how}/{size}/{self.chance.randrange(NAMES)}"
        try:
            connection.request("GET", target, headers=self.taker.headers)
            answer = connection.getresponse()
        except (HTTPException, OSError):
            self.nothing_came += 1
            self.stopping.wait(BACK_IN_S)
            return False
        one = Received(answer.getheader("Request-Id", ""), target, size, answer.status)
        self.received.append(one)
        leaves = self.patience and not self.chance.randrange(self.patience)
        enough = self.chance.randrange(size) if leaves else size
        try:
            return _read(answer, one, enough=enough) and not leaves
        except (HTTPException, OSError):
            return False


def _read(answer: HTTPResponse, one: Received, *, enough: int) -> bool:
    check = 0
    while one.body_bytes < enough or enough == one.size:
        piece = answer.read(READ_BYTES)
        if not piece:
            break
        one.body_bytes += len(piece)
        check = crc32(piece, check)
    is_whole = one.body_bytes == one.size and check == crc32(body_of(one.size))
    one.is_complete = is_whole and answer.isclosed()
    return one.is_complete


@contextmanager
def downloading(
    gateway: Gateway,
    taker: Taker,
    *,
    patiences: Sequence[int],
    seed: int,
    breath_s: float = 0,
) -> Generator[list[Client]]:
    """As many clients as patiences are named, until the block ends."""
    stopping = threading.Event()
    clients = [
        Client(
            gateway, taker, random.Random(seed + number), stopping, patience, breath_s
        )
        for number, patience in enumerate(patiences)
    ]
    threads = [threading.Thread(target=client.download) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield clients
    finally:
        stopping.set()
        for thread in threads:
            thread.join(2 * TIMEOUT_S)
