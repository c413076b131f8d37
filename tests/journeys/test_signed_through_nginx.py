"""Web Bot Auth through a real nginx in front, signed by the npm package.

nginx takes TLS and passes requests on to the gateway inline, as deploy/nginx writes it:
what was signed is the address that the bot asked nginx for.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.front_servers import (
    FRONTS,
    HOST,
    Place,
    ask_over_tls,
    fronting,
    make_certificate,
)
from tests.journeys.running import eventually, free_port
from tests.journeys.test_signed_bots import (
    NOT_PROVED,
    PAGE,
    PROVED,
    Bot,
    NpmSigner,
    a_bot,
    a_gateway,
    npm_signer,
)

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]


@dataclass(frozen=True, slots=True)
class Stage:
    """A signer, and nginx in front of a gateway that knows it."""

    bot: Bot
    npm: NpmSigner
    port: int
    trust: ssl.SSLContext

    def signed(self, *, host: str = HOST, key: str = "") -> dict[str, str]:
        (fields,) = self.npm(self.bot, [f"https://{host}{PAGE}"], key, "")
        return fields

    def ask(self, fields: dict[str, str]) -> int:
        return ask_over_tls(self.port, self.trust, PAGE, headers=fields).status


@pytest.fixture(scope="module")
def stage(
    require_program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Stage]:
    nginx, npm = require_program("nginx"), npm_signer(require_program)
    folder = tmp_path_factory.mktemp("through")
    with a_bot() as bot, a_gateway(folder, loopback=True) as gateway:
        gateway.stop()
        config = Path(gateway.config)
        text = config.read_text(encoding="utf-8")
        trusting = text.replace("trusted_proxies: []", "trusted_proxies: [127.0.0.1]")
        assert trusting != text
        config.write_text(trusting, encoding="utf-8")
        gateway.start()
        ports = {
            "127.0.0.1:8700": f"127.0.0.1:{gateway.port}",
            "127.0.0.1:8080": f"127.0.0.1:{free_port()}",
        }
        place = Place(folder, free_port(), ports)
        trust = make_certificate(folder)
        _, command_of = FRONTS["nginx"]
        with fronting(command_of(nginx, place), place, trust):
            stage = Stage(bot, npm, place.port, trust)
            # Nobody waits for a directory: the first one comes before the keys.
            eventually(lambda: stage.ask(stage.signed()) == PROVED, within_s=60)
            yield stage


@pytest.mark.parametrize("key", ["", "s1"], ids=["bare", "typed"])
def test_what_was_signed_for_the_public_address_is_proof_once(
    stage: Stage, key: str
) -> None:
    fields = stage.signed(key=key)

    assert stage.ask(fields) == PROVED
    assert stage.ask(fields) == NOT_PROVED  # replayed
    assert stage.ask({}) == NOT_PROVED


def test_a_signature_for_another_host_or_agent_is_no_proof(stage: Stage) -> None:
    elsewhere = stage.signed(host="other.example")
    renamed = {**stage.signed(), "Signature-Agent": '"https://other.example"'}

    assert stage.ask(elsewhere) == NOT_PROVED
    assert stage.ask(renamed) == NOT_PROVED
    # nginx sets these itself: what a client writes there changes nothing.
    forged = {"X-Forwarded-Host": "other.example", "Forwarded": "host=other.example"}
    assert stage.ask({**elsewhere, **forged}) == NOT_PROVED
    assert stage.ask({**stage.signed(), **forged}) == PROVED
