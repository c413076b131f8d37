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
    def serving(self) -> Generator[Server]:
        """Run it, one worker, on ports of its own."""
        port, admin_port = free_port(), free_port()
        serve = [
            *(COPYFAIR, "serve", "--config", str(self.folder / "gateway.yaml")),
            *("--listen", f"127.0.0.1:{port}"),
            *("--admin-listen", f"127.0.0.1:{admin_port}"),
        ]
        command = on_core(PROXY_CORE, serve)
        with serving(command, port=port, folder=self.folder) as server:
            yield server

    def assert_metered(self) -> None:
        """Make sure that the metered requests were metered.

        Raises:
            NotMeasured: the store holds no usage event.
        """
        config = str(self.folder / "gateway.yaml")
        if not _copyfair("usage", "report", "--config", config)["events"]:
            raise NotMeasured("the company's requests left no usage event")


def set_up(site: Site, name: str, *, is_off: bool = False) -> SetUp:
    """Make a set-up; *is_off* passes everything on.

    Raises:
        NotMeasured: a command of ours did not do what it should.
    """
    folder = site.folder / name
    upstream = f"http://127.0.0.1:{site.upstream_port}"
    _copyfair(
        *("init", str(folder), "--upstream", upstream, "--protect", "on"),
        *("--public-url", "http://127.0.0.1", "--licence", "invoice"),
    )
    _widen(folder / "policies" / "collections" / "whole-site.yaml")
    config = ("--config", str(folder / "gateway.yaml"))
    what = ("--set", "entity=coop-worker", "--set", "surplus=to-workers")
    _copyfair("party", "add", COOPERATIVE, *what, *config)
    known = _copyfair("key", "issue", "--party", COOPERATIVE, *config)["key"]
    company = ("--party", COMPANY, "--create")
    metered = _copyfair("key", "issue", *company, *config)["key"]
    if is_off:
        _copyfair("off", *config)
    return SetUp(folder, _license(known), _license(metered))


def _license(key: str) -> Mapping[str, str]:
    return {"User-Agent": "bench/1", "Authorization": f"License {key}"}


def _widen(collection: Path) -> None:
    text = collection.read_text(encoding="utf-8")
    wide, count = re.subn(r"anonymous: \{[^}]*\}", WIDE, text)
    if count != 1:
        raise NotMeasured("the starter collection has no anonymous budget to widen")
    collection.write_text(wide, encoding="utf-8")


def _copyfair(*arguments: str) -> Any:
    done = subprocess.run(
        [COPYFAIR, *arguments, "--json"],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=COMMAND_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise NotMeasured(f"copyfair {arguments[0]} said: {said[:200]}")
    return json.loads(done.stdout)
