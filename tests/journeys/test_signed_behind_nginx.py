"""Web Bot Auth behind a real nginx: what was signed is what nginx was asked for.

nginx takes TLS, the gateway hears of the request at `/decide` alone, and nginx gives
the page; it keeps decisions. The collection lets in whoever proves to be the signer,
and nobody else.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.integration.front_servers import HOST
from tests.journeys.behind_front import FILES, Front, deciding_front, static_archive
from tests.journeys.running import Gateway, eventually
from tests.journeys.test_signed_bots import AGENT, ASKED, Bot, a_bot, npm_signer

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

PAGE, OTHER = "/page?a=%2f&b=..", "/small"
PROVED, NOT_PROVED = 200, 403
NONCES = itertools.count()
EVIDENCE = "\nevidence: {loopback: yes, reverse_dns: no}\n"


@dataclass(frozen=True, slots=True)
class Stage:
    """A signer, and nginx in front of a gateway that knows it."""

    bot: Bot
    front: Front

    def signed(
        self, target: str = PAGE, *, host: str = HOST, scheme: str = "https"
    ) -> dict[str, str]:
        """Fields that are good once, for one method, address and target."""
        now_s = int(time.time())
        covered = [
            ('"@method"', "GET"),
            ('"@target-uri"', f"{scheme}://{host}{target}"),
            ('"signature-agent"', f'"{self.bot.url}"'),
        ]
        asked = self.bot.signer.request(
            target=target,
            agent=f'"{self.bot.url}"',
            covered=covered,
            parameters=f';nonce="n{next(NONCES)}"',
            created_s=now_s,
            expires_s=now_s + 60,
        )
        return dict(asked.headers)

    def ask(self, target: str, fields: Mapping[str, str]) -> int:
        return self.front.ask(target, headers=fields).status


@pytest.fixture(scope="module")
def stage(
    require_program: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Stage]:
    nginx, folder = require_program("nginx"), tmp_path_factory.mktemp("signed")

    def prepare(gateway: Gateway) -> None:
        policies = gateway.folder / "policies"
        (policies / "agents").mkdir(exist_ok=True)
        (policies / "agents" / "sample-signer.yaml").write_text(AGENT)
        # Dear pages and others alike: who is asked about is the signature's doing.
        asked = ASKED.replace("/asked/**", "/page").replace("rules:", "rules: # ours")
        small = asked.replace("collection: asked", "collection: small")
        (policies / "collections" / "asked.yaml").write_text(asked)
        (policies / "collections" / "small.yaml").write_text(
            small.replace("/page", "/small")
        )
        with Path(gateway.config).open("a", encoding="utf-8") as config:
            config.write(EVIDENCE)

    with (
        a_bot() as bot,
        static_archive(nginx, folder) as port,
        deciding_front(
            "nginx",
            nginx,
            folder / "behind",
            archive_port=port,
            exported=("--cache",),  # what was decided is kept, but for signers
            prepare=prepare,
        ) as front,
    ):
        stage = Stage(bot, front)
        # Nobody waits for a directory: the first ones come before the keys.
        eventually(lambda: stage.ask(PAGE, stage.signed()) == PROVED, within_s=30)
        yield stage


def test_what_was_signed_is_what_nginx_was_asked_for(stage: Stage) -> None:
    answer = stage.front.ask(PAGE, headers=stage.signed())

    assert answer.status == PROVED
    assert len(answer.body) == FILES["page"]
    assert answer.headers["x-got-target"] == PAGE
    assert stage.ask(OTHER, stage.signed(OTHER)) == PROVED


@pytest.mark.parametrize("key", ["", "s1"], ids=["bare", "typed"])
def test_what_the_npm_package_signs_is_proof_once(
    stage: Stage, require_program: Callable[[str], Path], key: str
) -> None:
    npm = npm_signer(require_program)
    urls = [f"https://{HOST}{PAGE}", f"https://other.example{PAGE}"]
    own, others = npm(stage.bot, urls, key, "")

    assert stage.ask(PAGE, own) == PROVED
    assert stage.ask(PAGE, own) == NOT_PROVED  # replayed
    assert stage.ask(PAGE, others) == NOT_PROVED


def test_a_signature_is_good_once_and_for_whoever_made_it(stage: Stage) -> None:
    fields = stage.signed()
    assert stage.ask(PAGE, fields) == PROVED

    assert stage.ask(PAGE, fields) == NOT_PROVED  # replayed
    assert stage.ask(PAGE, {}) == NOT_PROVED  # the same client, unsigned
    garbled = {**stage.signed(), "Signature": f"sig=:{'A' * 86}==:"}
    assert stage.ask(PAGE, garbled) == NOT_PROVED


@pytest.mark.parametrize(
    ("target", "host", "scheme"),
    [
        (OTHER, HOST, "https"),
        ("/page?a=/&b=..", HOST, "https"),
        (PAGE, "other.example", "https"),
        (PAGE, HOST, "http"),
        ("/decide/nginx", "127.0.0.1", "http"),
    ],
    ids=["page", "spelling", "host", "scheme", "subrequest"],
)
def test_a_signature_over_anything_else_is_no_proof(
    stage: Stage, target: str, host: str, scheme: str
) -> None:
    fields = stage.signed(target, host=host, scheme=scheme)

    assert stage.ask(PAGE, fields) == NOT_PROVED


@pytest.mark.parametrize(
    "forged",
    [
        {"X-Original-URI": OTHER},
        {"X-Forwarded-Uri": OTHER},
        {"X-Forwarded-Host": HOST, "X-Original-URL": OTHER},
        {"X_Original_URI": OTHER},
        {"Forwarded": "for=192.0.2.1;host=archive.example;proto=https"},
    ],
    ids=["original", "forwarded", "url", "underscores", "forwarded-standard"],
)
def test_what_a_reader_writes_about_the_target_moves_no_signature(
    stage: Stage, forged: dict[str, str]
) -> None:
    assert stage.ask(PAGE, {**stage.signed(OTHER), **forged}) == NOT_PROVED
    assert stage.ask(PAGE, {**stage.signed(PAGE), **forged}) in {PROVED, 400}


@pytest.mark.parametrize(
    "fields",
    [
        {"X-Original-URI": PAGE, "X-Original-Method": "GET", "X-Original-Host": HOST},
        {"X-Forwarded-Uri": PAGE, "X-Forwarded-Method": "GET"},
    ],
    ids=["original", "forwarded"],
)
def test_who_is_no_front_server_decides_nothing(
    stage: Stage, fields: dict[str, str]
) -> None:
    """From an address that is not trusted; the same from a trusted one is heard."""
    door = door_of(stage.front)
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9", **fields}

    def ask(source: str) -> tuple[int, str]:
        connection = HTTPConnection(*door, timeout=30, source_address=(source, 0))
        try:
            headers = {**told, **stage.signed()}
            connection.request("GET", "/decide/nginx", headers=headers)
            answer = connection.getresponse()
            said = answer.getheader("Copyfair-Usage", "") + answer.read().decode()
            return answer.status, said
        finally:
            connection.close()

    status, said = ask("127.0.0.2")
    assert (status, "the front servers that gateway.yaml names" in said) == (403, True)
    is_of_the_set = "X-Original-URI" in fields
    assert (ask("127.0.0.1")[0] == PROVED) == is_of_the_set


def test_inline_nobody_unknown_says_what_was_asked(stage: Stage) -> None:
    """The public listener trusts no proxy here: scheme and host are its own."""
    fields = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST, "Host": HOST}

    answer = stage.front.gateway.ask(PAGE, headers={**fields, **stage.signed()})
    own = stage.signed(scheme="http")
    as_it_came = stage.front.gateway.ask(PAGE, headers={**fields, **own})

    assert (answer.status, as_it_came.status) == (NOT_PROVED, PROVED)


def door_of(front: Front) -> tuple[str, int]:
    """Where front servers ask."""
    text = Path(front.gateway.config).read_text(encoding="utf-8")
    host, port = text.partition("forward_auth: {listen: '")[2].split("'")[0].split(":")
    return host, int(port)
