"""A revocation reaches every server that runs within a second: measured.

Two servers with warm caches share one SQLite file; a third connection, as of
somebody at a command line, revokes. Real time, real threads, real polls.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.credentials.key_ring import KeyRing
from gateway.credentials.reader import Reader
from gateway.credentials.signing_key import SigningKey
from gateway.credentials.tokens import LicenceTokens
from gateway.identity.party import Party
from gateway.identity.pepper import Pepper, Peppers
from gateway.identity.principal import CredentialFault, Principal, Refused
from gateway.identity.secret import Secret
from gateway.kernel.request import Headers, Request
from gateway.services.authentication import POLL_MS, Authentication
from gateway.services.keys import IssuedKey, Keys
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.identity_store import IdentityStore
from tests.fakes.time_and_chance import CountingIds, SeededChance

ISSUER = "https://archive.example"
PEPPERS = Peppers(Pepper.of(Secret("p" * 32)))
LAG_S_MAX = 1.0
TRIES = 6


class RealClock:
    def now_us(self) -> int:
        return time.time_ns() // 1000

    def ticks_ns(self) -> int:
        return time.monotonic_ns()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def desk(path: Path) -> Iterator[Keys]:
    db = open_sqlite(path)
    store = IdentityStore(db)
    store.add_party(Party("pty_1", "Robots Ltd"), [], salt="s")
    yield Keys(
        store,
        store,
        peppers=PEPPERS,
        clock=RealClock(),
        ids=CountingIds(),
        chance=SeededChance(),
    )
    db.close()


@asynccontextmanager
async def a_server(path: Path, *, polls: bool = True) -> AsyncIterator[Authentication]:
    db = open_sqlite(path)
    clock = RealClock()
    ring = KeyRing((SigningKey.made(),))
    authentication = Authentication(
        IdentityStore(db),
        LicenceTokens(ring, ISSUER, ISSUER, clock, CountingIds()),
        read=Reader(ISSUER),
        peppers=PEPPERS,
        clock=clock,
        run_blocking=asyncio.to_thread,
    )

    async def poll() -> None:
        while True:
            await authentication.refresh_epoch()
            await asyncio.sleep(POLL_MS / 1000)

    polling = asyncio.create_task(poll()) if polls else None
    try:
        yield authentication
    finally:
        if polling is not None:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)
        db.close()


def showing(key: IssuedKey) -> Request:
    headers = Headers([("Authorization", f"License {key.secret.reveal()}")])
    host = "archive.example"
    return Request("req_1", "GET", "https", host, host, "/", "/", headers=headers)


async def lag_s(server: Authentication, asked: Request) -> float:
    """How long until a server refuses what it knows."""
    began = time.monotonic()
    while time.monotonic() - began < 10 * LAG_S_MAX:
        who = await server.identify(asked)
        if isinstance(who, Refused):
            assert who.fault is CredentialFault.KEY_REVOKED
            return time.monotonic() - began
        await asyncio.sleep(0.002)  # a client that keeps asking
    pytest.fail("the key was never refused")


async def test_two_warm_servers_refuse_within_a_second(path: Path, desk: Keys) -> None:
    lags: list[float] = []
    async with a_server(path) as one, a_server(path) as two:
        for _ in range(TRIES):
            key = desk.issue("pty_1")
            asked = showing(key)
            for server in (one, two):
                assert isinstance(await server.identify(asked), Principal)
            await asyncio.sleep(random.uniform(0, POLL_MS / 1000))
            desk.revoke(key.key.id)
            lags += await asyncio.gather(lag_s(one, asked), lag_s(two, asked))

    assert max(lags) <= LAG_S_MAX, lags


async def test_a_server_that_nobody_polls_refuses_within_a_second(
    path: Path, desk: Keys
) -> None:
    async with a_server(path, polls=False) as server:
        key = desk.issue("pty_1")
        asked = showing(key)
        assert isinstance(await server.identify(asked), Principal)
        desk.revoke(key.key.id)

        lag = await lag_s(server, asked)

    # The bound is a second from the read; what comes on top is this machine.
    assert lag <= LAG_S_MAX + 0.25


async def test_a_new_server_refuses_at_once(path: Path, desk: Keys) -> None:
    key = desk.issue("pty_1")
    desk.revoke(key.key.id)

    async with a_server(path) as server:
        who = await server.identify(showing(key))

    assert isinstance(who, Refused)


async def test_requests_that_race_a_revocation_never_win_for_good(
    path: Path, desk: Keys
) -> None:
    async with a_server(path) as server:
        for _ in range(20):
            key = desk.issue("pty_1")
            asked = showing(key)
            # Cold: the look-ups, the fill and the revocation all overlap.
            await asyncio.gather(
                *(server.identify(asked) for _ in range(8)),
                asyncio.to_thread(desk.revoke, key.key.id),
            )
            await server.refresh_epoch()

            assert isinstance(await server.identify(asked), Refused)


async def test_no_key_can_be_read_from_the_files_of_the_store(
    path: Path, desk: Keys
) -> None:
    key = desk.issue("pty_1").secret.reveal().encode()

    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert key not in content
        assert key[8:38] not in content
        assert PEPPERS.current.secret.reveal().encode() not in content
