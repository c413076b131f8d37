"""Ourselves, set up and started as a host does it: `copyfair init`, `copyfair serve`.

Both switches are fully on, and budgets are wide, so that they are computed and never
refuse. A worker cooperative with a vouched key is the party whose identity is known
and whose requests are allowed; a company with a test agreement is the metered one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers.site import PROXY_CORE, Site
from bench.processes import (
    ENVIRONMENT,
    NotMeasured,
    Server,
    free_port,
    on_core,
    serving,
)

COPYFAIR = str(Path(sys.executable).with_name("copyfair"))
COMMAND_TIMEOUT_S = 60
COOPERATIVE = "Bench Cooperative"
COMPANY = "Bench Company"
WIDE = "anonymous: {cost: 1000000000, per: 1h, burst: 1000000000}"


@dataclass(frozen=True, slots=True)
class How:
    """How the gateway is run.

    Attributes:
        workers: How many processes answer.
        is_plain_asyncio: As if uvloop were not installed.
        is_pinned: On one core; more workers than one want more.
    """

    workers: int = 1
    is_plain_asyncio: bool = False
    is_pinned: bool = True


@dataclass(frozen=True, slots=True)
class Running(Server):
    """A gateway that runs.

    Attributes:
        admin_port: Its second listener.
        decide_port: Where front servers ask; 0 where they have no door.
    """

    admin_port: int = 0
    decide_port: int = 0

    @property
    def loop(self) -> str:
        """Which event loop it took."""
        return "uvloop" if self.has_loaded("uvloop") else "asyncio"


@dataclass(frozen=True, slots=True)
class SetUp:
    """A gateway's folder, and the credentials of those who ask.

    Attributes:
        folder: Holds gateway.yaml, policies, keys and the store.
        known: Header of a party that is allowed without metering.
        metered: Header of a party under an agreement.
    """

    folder: Path
    known: Mapping[str, str]
    metered: Mapping[str, str]

    @contextmanager
    def serving(self, how: How | None = None) -> Generator[Running]:
        """Run it on ports of its own.

        Raises:
            NotMeasured: it does not start, or cannot run like that.
        """
        how = how or How()
        port, admin_port = free_port(), free_port()
        serve = [
            *(COPYFAIR, "serve", "--config", str(self.folder / "gateway.yaml")),
            *("--listen", f"127.0.0.1:{port}"),
            *("--admin-listen", f"127.0.0.1:{admin_port}"),
        ]
        if how.workers > 1:
            serve += ["--workers", str(how.workers)]
        command = on_core(PROXY_CORE, serve) if how.is_pinned else serve
        hidden = _without_uvloop(self.folder) if how.is_plain_asyncio else {}
        with serving(
            command, port=port, folder=self.folder, environment=hidden
        ) as server:
            yield Running(server.pid, port, admin_port=admin_port)

    def assert_metered(self) -> None:
        """Make sure that the metered requests were metered.

        Raises:
            NotMeasured: the store holds no usage event.
        """
        config = str(self.folder / "gateway.yaml")
        if not copyfair("usage", "report", "--config", config)["events"]:
            raise NotMeasured("the company's requests left no usage event")


def set_up(site: Site, name: str, *, is_off: bool = False) -> SetUp:
    """Make a set-up; *is_off* passes everything on.

    Raises:
        NotMeasured: a command of ours did not do what it should.
    """
    folder = site.folder / name
    upstream = f"http://127.0.0.1:{site.upstream_port}"
    copyfair(
        *("init", str(folder), "--upstream", upstream, "--protect", "on"),
        *("--public-url", "http://127.0.0.1", "--licence", "invoice"),
    )
    _widen(folder / "policies" / "collections" / "whole-site.yaml")
    config = ("--config", str(folder / "gateway.yaml"))
    what = ("--set", "entity=coop-worker", "--set", "surplus=to-workers")
    copyfair("party", "add", COOPERATIVE, *what, *config)
    known = copyfair("key", "issue", "--party", COOPERATIVE, *config)["key"]
    company = ("--party", COMPANY, "--create")
    metered = copyfair("key", "issue", *company, *config)["key"]
    if is_off:
        copyfair("off", *config)
    return SetUp(folder, _license(known), _license(metered))


def _without_uvloop(folder: Path) -> Mapping[str, str]:
    """An environment in which `import uvloop` fails, as where it is not installed."""
    hiding = folder / "no-uvloop"
    hiding.mkdir(exist_ok=True)
    text = 'raise ImportError("hidden from this run")\n'
    (hiding / "uvloop.py").write_text(text, encoding="utf-8")
    return {"PYTHONPATH": str(hiding)}


def _license(key: str) -> Mapping[str, str]:
    return {"User-Agent": "bench/1", "Authorization": f"License {key}"}


def _widen(collection: Path) -> None:
    text = collection.read_text(encoding="utf-8")
    wide, count = re.subn(r"anonymous: \{[^}]*\}", WIDE, text)
    if count != 1:
        raise NotMeasured("the starter collection has no anonymous budget to widen")
    collection.write_text(wide, encoding="utf-8")


def copyfair(*arguments: str) -> Any:
    """What a command of ours answers, as its JSON document.

    Raises:
        NotMeasured: it ended with another status than 0.
    """
    return json.loads(copyfair_says(*arguments, "--json"))


def copyfair_says(*arguments: str) -> str:
    """What a command of ours prints.

    Raises:
        NotMeasured: it ended with another status than 0.
    """
    done = subprocess.run(
        [COPYFAIR, *arguments],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise NotMeasured(f"copyfair {arguments[0]} said: {said[:200]}")
    return done.stdout
