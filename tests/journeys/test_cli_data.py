"""copyfair data: a new agent is known to a running gateway; nothing else gets in."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.credentials.private_file import write_private
from gateway.credentials.signing_key import SigningKey
from tests.journeys.archive import archive_running
from tests.journeys.running import (
    Gateway,
    copyfair,
    eventually,
    gateway_before,
)
from tests.unit.policy_files.test_snapshots import AGENT

pytestmark = pytest.mark.timeout(240)

AGENT_UA = {"User-Agent": "NewBot/1.0"}
PAGE = "/plain/10/a"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    arguments = [str(word) for word in words]
    return subprocess.CompletedProcess(arguments, *copyfair(*arguments))


def publish(folder: Path, *, on: str, agent: str = AGENT, name: str = "") -> Path:
    """A publisher's snapshot; its key is made the first time."""
    key = folder / "data.pem"
    if not key.exists():
        write_private(key, SigningKey.of(Ed25519PrivateKey.generate()).pem())
    policies = folder / f"published-{on}-{name}"
    (policies / "agents").mkdir(parents=True)
    (policies / "agents" / "newbot.yaml").write_text(agent, encoding="utf-8")
    out = folder / f"{on}-{name}.note"
    signed = run(
        *("data", "sign", policies, "--key", key, "--name", "publisher.example"),
        *("--on", on, "--out", out, "--json"),
    )
    assert signed.returncode == 0, signed.stderr
    (folder / "pinned").write_text(json.loads(signed.stdout)["data_key"])
    return out


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[Gateway]:
    publish(tmp_path, on="2026-11-01", name="pin")
    with archive_running() as port:
        switches = ("--protect", "on", "--licence", "offer")
        upstream = f"http://127.0.0.1:{port}"
        with gateway_before(upstream, tmp_path, *switches) as gateway:
            with Path(gateway.config).open("a", encoding="utf-8") as config:
                config.write(f'\ndata_key: "{(tmp_path / "pinned").read_text()}"\n')
            yield gateway


def update(gateway: Gateway, note: Path) -> subprocess.CompletedProcess[str]:
    return run("data", "update", "--from", note, "--config", gateway.config, "--json")


def snapshots(gateway: Gateway) -> list[Any]:
    found: list[Any] = gateway.copyfair("data", "list")["snapshots"]
    return found


def test_an_agent_of_a_new_snapshot_is_known_without_a_restart(
    gateway: Gateway, tmp_path: Path
) -> None:
    assert gateway.ask(PAGE, headers=AGENT_UA).status == 200

    done = update(gateway, publish(tmp_path, on="2026-11-27"))

    assert done.returncode == 0, done.stderr
    # An AI crawler that says so is made an offer; before, nobody knew it as one.
    eventually(lambda: gateway.ask(PAGE, headers=AGENT_UA).status == 402, within_s=30)
    assert gateway.ask(PAGE).status == 200
    (row,) = snapshots(gateway)
    assert (row["taken_on"], row["in_force"], row["agents"]) == ("2026-11-27", True, 1)


def test_nothing_that_is_refused_changes_anything(
    gateway: Gateway, tmp_path: Path
) -> None:
    good = publish(tmp_path, on="2026-11-27")
    assert update(gateway, good).returncode == 0
    before = snapshots(gateway)
    changed = tmp_path / "changed.note"
    changed.write_text(good.read_text("utf-8").replace("NewBot", "Chrome"), "utf-8")
    taken = AGENT.replace("NewBot", "GPTBot")
    clash = publish(tmp_path, on="2026-11-28", agent=taken, name="clash")
    older = publish(tmp_path, on="2026-11-26", name="older")
    strange = tmp_path / "strange"
    strange.mkdir()
    foreign = publish(strange, on="2026-11-28")

    found = [update(gateway, note) for note in (changed, clash, foreign, older)]
    missing = update(gateway, tmp_path / "nowhere.note")

    assert [done.returncode for done in found] == [2, 2, 2, 1]
    assert "taken already" in found[1].stderr
    assert missing.returncode == 69
    assert snapshots(gateway) == before


def test_a_snapshot_at_home_is_not_fetched(gateway: Gateway) -> None:
    done = run(
        *("data", "update", "--from", "https://127.0.0.1/x.note"),
        *("--config", gateway.config),
    )

    assert done.returncode == 69
    assert "address-refused" in done.stderr


def test_without_a_pinned_key_nothing_is_believed(tmp_path: Path) -> None:
    note = publish(tmp_path, on="2026-11-27")
    made = run(
        *("init", tmp_path / "g", "--upstream", "http://127.0.0.1:9"),
        *("--public-url", "http://127.0.0.1:9"),
    )
    assert made.returncode == 0

    done = run("data", "update", "--from", note, "--config", tmp_path / "g")

    assert done.returncode == 2
    assert "data_key" in done.stderr
