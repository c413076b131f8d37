"""Spellings of paths before four real servers: nobody walks around a rule.

Each server holds `/public/**` and `/secret/**`; the policy restricts the latter and
nobody here has a grant. Every spelling is tried on the server itself, which shows
what it would give away, and through the gateway, which must not.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.licensing.spellings import CHOICES, Treatment
from tests.conformance.capture import Answered, answer_from
from tests.conformance.real_upstreams import (
    EXPRESS,
    IGNORING,
    IGNORING_CASE,
    PUBLIC,
    SECRET,
    UPSTREAMS,
)
from tests.conformance.spellings import spellings
from tests.figures import publish
from tests.journeys.running import Gateway, free_port, gateway_before, running

pytestmark = pytest.mark.services

SEED = 20261127
NUMBER = 3_000
NUMBER_SOAK = 100_000
NUMBER_CHOSEN = 500
CLIENTS = 16
PATIENCE_S = 30
NONSENSE_S = 3
ROOT = Path(__file__).parents[2]
COLLECTION = """\
collection: {id}
title: {{en: {id}}}
steward: Parish Archive
contact: licences@archive.example
upstream: {upstream}
match: {{hosts: [{host}], paths: ["{match}"]}}
paths: {{{paths}}}
licence: LicenseRef-unstated
rights: own
basis: service
sensitivity: {sensitivity}
extends: copyfair
"""


# What a set of collections chooses, by the ending of their hosts.
USUAL, PLAIN, STRICT, FOLDED = "", "-plain", "-strict", "-folded"
CHOSEN = {
    USUAL: "",
    PLAIN: ", ".join(
        f"{name}: redirect"
        for name, row in CHOICES.items()
        if Treatment.REDIRECT in row.choices
    ),
    STRICT: ", ".join(f"{name}: reject" for name in CHOICES),
    FOLDED: "case: insensitive",
}
SERVERS = {**UPSTREAMS, **IGNORING_CASE}


@dataclass
class Standing:
    """What the spellings are tried on.

    Attributes:
        gateway: In front of all of them.
        ports: Of each server, by name.
    """

    gateway: Gateway
    ports: dict[str, int]


@contextmanager
def configured(ports: dict[str, int], folder: Path) -> Generator[Gateway]:
    """A gateway before several upstreams; each has hosts with two collections."""
    first = f"http://127.0.0.1:{next(iter(ports.values()))}"
    with gateway_before(first, folder, "--licence", "offer") as gateway:
        gateway.stop()
        config = Path(gateway.config)
        text = config.read_text(encoding="utf-8")
        lines = "".join(f"\n  {each}: http://127.0.0.1:{ports[each]}" for each in ports)
        archive = f"\n  archive: {first}"
        assert archive in text
        config.write_text(text.replace(archive, archive + lines), encoding="utf-8")
        collections = gateway.folder / "policies" / "collections"
        for name, (ending, chosen), (part, match, sensitivity) in product(
            ports,
            CHOSEN.items(),
            (("open", "/**", "open"), ("closed", "/secret/**", "restricted")),
        ):
            written = COLLECTION.format(
                id=f"{name}{ending}-{part}",
                upstream=name,
                host=f"{name}{ending}.example",
                match=match,
                paths=chosen,
                sensitivity=sensitivity,
            )
            file = collections / f"{name}{ending}-{part}.yaml"
            file.write_text(written, encoding="utf-8")
        gateway.start()
        yield gateway


@pytest.fixture(scope="module")
def standing(
    tmp_path_factory: pytest.TempPathFactory,
    require_program: Callable[[str], Path],
) -> Generator[Standing]:
    if not EXPRESS.exists():
        require_program("express (Debian: node-express)")
    ports = {name: free_port() for name in SERVERS}
    with ExitStack() as stack:
        for name, (needed, starting) in SERVERS.items():
            program = require_program(needed)
            # Not below pytest's own folder, where Apache's workers may not look.
            folder = Path(stack.enter_context(TemporaryDirectory(prefix=name)))
            command = starting(program, folder, port=ports[name])
            log = stack.enter_context((folder / "log").open("wb"))
            stack.enter_context(
                running(command, port=ports[name], cwd=ROOT, stdout=log, stderr=log)
            )
        folder = tmp_path_factory.mktemp("spellings")
        gateway = stack.enter_context(configured(ports, folder))
        yield Standing(gateway, ports)


@dataclass
class Client:
    """Asks on a kept connection; makes a new one where it was closed."""

    port: int
    host: str
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, target: bytes) -> Answered | None:
        """The answer; None where the server closes without one.

        Raises:
            AssertionError: what came is not HTTP.
        """
        host = self.host.encode()
        target = target.replace(b"{host}", host)
        # Its refusals in JSON: pages could be the archive's own.
        request = (
            b"GET %b HTTP/1.1\r\nHost: %b\r\nUser-Agent: Lynx/2.9\r\n"
            b"Accept: application/json\r\n\r\n"
        )
        if self.reader is None or self.reader.at_eof():
            self.close()
            where = await asyncio.open_connection("127.0.0.1", self.port)
            self.reader, self.writer = where
        assert self.writer is not None
        self.writer.write(request % (target, host))
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await answer_from(self.reader)
        except AssertionError:
            self.close()
            raise
        except TimeoutError as late:
            raise AssertionError(f"{self.host} says nothing to {target!r}") from late
        if answer is None or answer.fields.get("connection", "") == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


@dataclass
class Found:
    """What came of the spellings on one server.

    Attributes:
        counts: Outcomes through the gateway: refused (400), denied (403 of the
            policy), secret, public, other (passed on; the server had nothing).
        tempting: Spellings that read the secret on the server itself.
        leaked: … and through the gateway.
        moved: Spellings that read something else through the gateway than without.
        withheld: Denied by the policy, though the server reads them as public.
        followed: What came of following a redirect, by outcome.
    """

    counts: Counter[str] = field(default_factory=Counter)
    tempting: int = 0
    leaked: list[bytes] = field(default_factory=list)
    moved: list[bytes] = field(default_factory=list)
    withheld: list[bytes] = field(default_factory=list)
    followed: Counter[str] = field(default_factory=Counter)

    def note(self, target: bytes, through: str, itself: str) -> None:
        self.counts[through] += 1
        self.tempting += itself == "secret"
        if through == "secret":
            self.leaked.append(target)
        if through in {"public", "other"} and through != itself:
            self.moved.append(target)
        if through == "denied" and itself == "public":
            self.withheld.append(target)


def outcome(answer: Answered | None) -> str:
    """What an answer gives away, and who gave it."""
    if answer is None:
        return "refused"
    if SECRET.encode() in answer.body:
        return "secret"
    if PUBLIC.encode() in answer.body:
        return "public"
    if answer.fields.get("content-type", "").startswith("application/problem"):
        assert answer.status in {308, 400, 403, 421, 431}, answer
        return {308: "redirected", 403: "denied"}.get(answer.status, "refused")
    return "other"


async def itself(client: Client, target: bytes) -> str:
    """What the server itself gives; some answer nonsense with no HTTP at all."""
    try:
        async with asyncio.timeout(NONSENSE_S):
            return outcome(await client.ask(target)).replace("refused", "other")
    except TimeoutError:  # Werkzeug has nothing to say to some absolute targets
        client.close()
        return "other"
    except AssertionError as told:
        return "secret" if SECRET in str(told) else "other"


async def followed(client: Client, answer: Answered) -> str:
    """Where a redirect leads: on the same host, whatever it is spelled like."""
    public = f"http://{client.host}/"
    location = answer.fields["location"]
    assert location.startswith(public), location
    target = location.removeprefix(public[:-1])
    return outcome(await client.ask(target.encode("ascii")))


async def tried(
    standing: Standing, name: str, targets: Sequence[bytes], ending: str = USUAL
) -> Found:
    """All spellings on one server, and through the gateway in front of it."""
    found, waiting = Found(), iter(targets)
    host = f"{name}{ending}.example"

    async def one() -> None:
        through = Client(standing.gateway.port, host)
        direct = Client(standing.ports[name], host)
        try:
            for target in waiting:
                answer = await through.ask(target)
                given = outcome(answer)
                found.note(target, given, await itself(direct, target))
                if answer is not None and given == "redirected":
                    found.followed[await followed(through, answer)] += 1
        finally:
            through.close()
            direct.close()

    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENTS):
            clients.create_task(one())
    return found


async def agreeing(standing: Standing, number: int) -> AsyncIterator[tuple[str, Found]]:
    """Each server in turn, and what came of it; the counts are printed."""
    targets = list(spellings(number, SEED))
    for name in UPSTREAMS:
        found = await tried(standing, name, targets)
        print(  # noqa: T201 the counts are the proof
            f"{name}: {len(targets)} spellings, {found.tempting} read the secret on "
            f"the server itself; through the gateway: {dict(found.counts)}"
        )
        yield name, found


async def prove(standing: Standing, number: int) -> dict[str, Found]:
    founds = {name: found async for name, found in agreeing(standing, number)}
    for name, found in founds.items():
        # Of very many, more are far from any page: a smaller share means something.
        assert found.tempting > number // 100, f"{name}: no temptation, no proof"
        assert found.counts["public"] > number // 100, f"{name}: nothing passes"
        assert not found.leaked, (name, found.leaked[:20])
        assert not found.moved, (name, found.moved[:20])
        assert not found.withheld, (name, found.withheld[:20])
    return founds


async def test_no_spelling_walks_around_a_policy(standing: Standing) -> None:
    await prove(standing, NUMBER)


@pytest.mark.parametrize("name", UPSTREAMS)
async def test_a_redirect_leads_to_no_secret_and_not_in_circles(
    standing: Standing, name: str
) -> None:
    targets = list(spellings(NUMBER_CHOSEN, SEED))

    found = await tried(standing, name, targets, PLAIN)

    assert found.followed["public"] > NUMBER_CHOSEN // 50, found
    assert found.counts["public"], found
    assert not found.followed.keys() & {"secret", "redirected", "refused"}, found
    assert (found.leaked, found.moved, found.withheld) == ([], [], [])


@pytest.mark.parametrize("name", UPSTREAMS)
async def test_where_every_odd_spelling_is_refused_only_plain_ones_pass(
    standing: Standing, name: str
) -> None:
    targets = list(spellings(NUMBER_CHOSEN, SEED))

    strict = await tried(standing, name, targets, STRICT)
    usual = await tried(standing, name, targets)

    assert strict.counts["refused"] > usual.counts["refused"], (strict, usual)
    assert strict.counts["public"], strict
    assert (strict.leaked, strict.moved, strict.withheld) == ([], [], [])


async def test_who_ignores_case_leaks_unless_the_collection_says_so(
    standing: Standing,
) -> None:
    chance = random.Random(SEED)
    targets = [
        bytes(chance.choice((letter, letter ^ 0x20)) if 65 <= letter & 0xDF <= 90
              else letter for letter in target)
        for target in spellings(NUMBER_CHOSEN, SEED)
    ]  # fmt: skip

    told = await tried(standing, IGNORING, targets, FOLDED)
    untold = await tried(standing, IGNORING, targets)

    assert told.tempting > NUMBER_CHOSEN // 50
    assert told.counts["public"] > NUMBER_CHOSEN // 50, told
    assert (told.leaked, told.moved, told.withheld) == ([], [], [])
    assert untold.leaked, "no temptation, no proof"


@pytest.mark.soak
async def test_no_spelling_of_very_many_does(standing: Standing) -> None:
    founds = await prove(standing, NUMBER_SOAK)

    upstreams = {
        name: {
            "tempting": found.tempting,
            "leaked": len(found.leaked),
            **found.counts,
        }
        for name, found in founds.items()
    }
    publish("spellings", {"spellings": NUMBER_SOAK, "upstreams": upstreams})


def test_spellings_are_the_same_for_everybody() -> None:
    few = list(spellings(500, SEED))

    assert few == list(spellings(500, SEED))
    assert len(set(few)) == 500
    assert b"/secret/letter" in few
