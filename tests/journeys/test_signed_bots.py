"""Signed bots before a live gateway: two signers that are not ours, and their abuses.

The rule of the collection answers 403 to whoever proves to be the operator, so that
what was proved can be seen from outside; nothing else in it refuses.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.peers.once import environment, node_modules
from tests.journeys.archive import archive_running
from tests.journeys.running import Gateway, eventually, gateway_before
from tests.unit.credentials.signers import Signer

pytestmark = [pytest.mark.services, pytest.mark.timeout(400)]

SOURCE = Path(__file__).parents[1] / "integration" / "node_signer"
DIRECTORY = "/.well-known/http-message-signatures-directory"
PAGE = "/signed/plain/10/a"
PROVED, NOT_PROVED = 403, 200
AGENT = """\
agent: sample-signer
operator: sample-signer
kind: archive-crawler
tokens: ["SampleSigner"]
signature_agents: ["127.0.0.1"]
source: https://signer.example/
"""
ASKED = """\
collection: asked
title: Asked
steward: Tests
contact: tests@archive.example
upstream: archive
match: {paths: ["/asked/**"]}
licence: CC-BY-SA-4.0
sensitivity: open
extends: copyfair
rules:
  - id: proved
    when: {client.operator: {is: sample-signer, level: verified}}
    then: allow
    because: The tests look for this.
  - id: anybody-else
    when: {}
    then: deny
    because: Signers alone.
"""
COLLECTION = """\
collection: signed
title: Signed
steward: Tests
contact: tests@archive.example
upstream: archive
match: {paths: ["/signed/**"]}
licence: CC-BY-SA-4.0
sensitivity: open
extends: copyfair
rules:
  - id: proved
    when: {client.operator: {is: sample-signer, level: verified}}
    then: deny
    because: The tests look for this.
"""


@dataclass
class Bot:
    """A signer's own server, with its keys."""

    signer: Signer
    port: int
    seen: list[str]
    keys: list[Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def a_bot() -> Generator[Bot]:
    signer = Signer(Ed25519PrivateKey.generate())
    seen: list[str] = []
    keys: list[Any] = [signer.jwk]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            body = json.dumps({"keys": keys}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Bot(signer, server.server_port, seen, keys)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def bot() -> Generator[Bot]:
    with a_bot() as bot:
        yield bot


@contextmanager
def a_gateway(folder: Path, *, loopback: bool) -> Generator[Gateway]:
    with archive_running() as port:
        upstream = f"http://127.0.0.1:{port}"
        switches = ("--protect", "on", "--licence", "offer")
        with gateway_before(upstream, folder, *switches) as gateway:
            policies = gateway.folder / "policies"
            (policies / "agents").mkdir(exist_ok=True)
            (policies / "agents" / "sample-signer.yaml").write_text(AGENT)
            (policies / "collections" / "signed.yaml").write_text(COLLECTION)
            (policies / "collections" / "asked.yaml").write_text(ASKED)
            if loopback:
                with Path(gateway.config).open("a", encoding="utf-8") as config:
                    config.write("\nevidence: {loopback: yes, reverse_dns: no}\n")
            gateway.stop()
            gateway.start()
            yield gateway


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[Gateway]:
    with a_gateway(tmp_path, loopback=True) as gateway:
        yield gateway


NpmSigner = Callable[[Bot, list[str], str, str], list[dict[str, str]]]


def npm_signer(require_program: Callable[[str], Path]) -> NpmSigner:
    """The npm package: the fields it adds for each URL, with a member's key or none,
    for another agent than the bot or none.
    """
    require_program("npm")
    node = require_program("node")
    folder = node_modules(SOURCE)
    shutil.copy(SOURCE / "sign.mjs", folder)  # it may be newer than the packages

    def signed(bot: Bot, urls: list[str], key: str, agent: str) -> Any:
        raw = bot.signer.private.private_bytes_raw()
        secret = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
        told = {
            "jwk": {**bot.signer.jwk, "d": secret},
            "requests": [
                {"url": url, "agent": agent or bot.url, "key": key} for url in urls
            ],
            "expires_s": 300,
        }
        done = subprocess.run(
            [str(node), str(folder / "sign.mjs")],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return json.loads(done.stdout)

    return signed


@pytest.fixture
def sign(
    bot: Bot, gateway: Gateway, require_program: Callable[[str], Path]
) -> Callable[..., list[dict[str, str]]]:
    """Signs with the npm package: as many requests as asked, each of its own."""
    npm = npm_signer(require_program)

    def signed(
        count: int = 1, *, key: str = "", agent: str = "", host: str = ""
    ) -> Any:
        url = f"http://{host or f'127.0.0.1:{gateway.port}'}{PAGE}"
        return npm(bot, [url] * count, key, agent)

    return signed


def status(gateway: Gateway, fields: dict[str, str]) -> int:
    return gateway.ask(PAGE, headers=fields).status


@pytest.mark.parametrize("key", ["", "s1"], ids=["bare", "typed"])
def test_a_signature_of_the_npm_signer_is_proof_once(
    gateway: Gateway, bot: Bot, sign: Callable[..., list[dict[str, str]]], key: str
) -> None:
    first, *others = sign(50, key=key)
    assert status(gateway, first) == NOT_PROVED  # nobody waits for a directory
    eventually(lambda: bot.seen == [DIRECTORY], within_s=30)
    # What the fetch brought is there a moment after it was asked for.
    used: list[dict[str, str]] = []

    def is_proved() -> bool:
        used.append(others.pop())
        return status(gateway, used[-1]) == PROVED

    eventually(is_proved, within_s=30)

    assert status(gateway, used[-1]) == NOT_PROVED  # replayed
    assert status(gateway, others.pop()) == PROVED
    assert bot.seen == [DIRECTORY]


def test_what_is_changed_or_aimed_elsewhere_is_no_proof(
    gateway: Gateway, bot: Bot, sign: Callable[..., list[dict[str, str]]]
) -> None:
    fresh = sign(50)
    eventually(lambda: status(gateway, fresh.pop()) == PROVED, within_s=30)
    elsewhere = sign(host="other.example")[0]
    changed = {**fresh.pop(), "Signature": f"sig1=:{'A' * 86}==:"}
    garbled = {**fresh.pop(), "Signature-Input": "sig1=((((;;;"}
    with a_bot() as foreign:
        # Its own directory does not hold the key it claims to sign with.
        stolen = sign(agent=foreign.url)[0]
        found = [
            status(gateway, fields) for fields in (elsewhere, changed, garbled, stolen)
        ]
        eventually(lambda: bool(foreign.seen), within_s=30)
        found += [status(gateway, fields) for fields in sign(2, agent=foreign.url)]

    assert found == [NOT_PROVED] * 6
    assert status(gateway, fresh.pop()) == PROVED


def test_a_directory_at_home_is_never_asked(
    tmp_path: Path,
    bot: Bot,
    require_program: Callable[[str], Path],
) -> None:
    """The shipped setting: loopback is no public address."""
    with a_gateway(tmp_path, loopback=False) as gateway:
        for agent in (bot.url, f"https://127.0.0.1:{bot.port}", "https://localhost"):
            signed = bot.signer.request(
                agent=f'"{agent}"',
                covered=[
                    ('"@authority"', f"127.0.0.1:{gateway.port}"),
                    ('"signature-agent"', f'"{agent}"'),
                ],
                created_s=1_000,
                expires_s=4_000_000_000,
            )
            assert status(gateway, dict(signed.headers)) == NOT_PROVED

    assert bot.seen == []


def test_redbot_proves_who_it_is(
    gateway: Gateway, bot: Bot, tmp_path: Path, require_program: Callable[[str], Path]
) -> None:
    key = tmp_path / "redbot.pem"
    key.write_bytes(
        bot.signer.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    redbot = environment("redbot") / "redbot"

    def answer() -> str:
        done = subprocess.run(
            [
                str(redbot),
                *("--web-bot-auth-key", str(key)),
                *("--web-bot-auth-directory", bot.url),
                f"http://127.0.0.1:{gateway.port}/asked/plain/10/a",
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return done.stdout

    # It signs once a refusal asks for that, and the directory is fetched by then.
    assert "HTTP/1.1 403" in answer()
    eventually(lambda: "HTTP/1.1 200" in answer(), within_s=60)


def test_explain_shows_the_evidence_of_a_signed_request(
    gateway: Gateway, bot: Bot, sign: Callable[..., list[dict[str, str]]]
) -> None:
    fields = sign()[0]
    told = [word for name in fields for word in ("--header", f"{name}: {fields[name]}")]

    found = gateway.copyfair(
        "explain", "--url", f"http://127.0.0.1:{gateway.port}{PAGE}", *told
    )

    (piece,) = [p for p in found["evidence"] if p["signal"] == "web-bot-auth"]
    assert piece["says"] == "proves"
    assert piece["operator"] == "sample-signer"
    facts = {fact["fact"]: fact for fact in found["facts"]}
    assert facts["client.kind"]["value"] == "archive-crawler"
    assert facts["client.kind"]["level"] == "verified"
    assert facts["client.operator"]["level"] == "verified"
