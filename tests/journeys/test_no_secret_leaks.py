"""A canary key goes everywhere a key may go, and some places where it may not.

Afterwards it stands in no file of the gateway, no figure, no answer, and the
archive behind never saw it where it was ours to take away.
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from http.client import IncompleteRead
from pathlib import Path
from urllib.parse import quote

import pytest

from gateway.bootstrap.door import tokens_of
from gateway.identity.api_key import spelled
from tests.journeys.archive import archive_running
from tests.journeys.metered import (
    Taker,
    house_of,
    invoiced_company,
    metering_before,
    settled,
)
from tests.journeys.running import Gateway, Got, ask

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NO_KEY_OF_OURS = spelled(7, is_test=False).reveal()  # well spelt, issued to nobody
DIALECTS: tuple[dict[str, str], ...] = (
    {},
    {"Accept": "application/json"},
    {"Accept": "text/html", "User-Agent": FIREFOX},
    {"User-Agent": "git/2.39.5"},
)
OURS = (
    "/_copyfair/usage",
    "/_copyfair/offers/",
    "/_copyfair/offers/off_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/_copyfair/appeals",
    "/_copyfair/corrections",
    "/_copyfair/problems/",
    "/_copyfair/nothing",
    "/robots.txt",
    "/license.xml",
    "/.well-known/copyfair",
    "/.well-known/tdmrep.json",
    "/.well-known/security.txt",
)
THEIRS = ("/plain/9/a", "/stream/9/a", "/hung/9/a", "/whole/9/a")


@dataclass
class Scene:
    """A gateway, its canaries, and everything it ever answered."""

    archive: int
    gateway: Gateway
    company: Taker
    revoked: str
    token: str
    answers: list[Got] = field(default_factory=list)

    @property
    def secrets(self) -> dict[str, str]:
        """What must be nowhere, by name; in every spelling that gives it away."""
        keys = {"key": self.company.key, "revoked": self.revoked}
        keys["unknown"] = NO_KEY_OF_OURS
        found = {"token": self.token.rpartition(".")[2]}
        for name, key in keys.items():
            found[name] = key.rpartition("_")[2]
            found[f"{name}, basic"] = basic("git", key).partition(" ")[2]
        return found

    def asked(self, target: str, method: str = "GET", **options: object) -> Got | None:
        """Ask, and keep what was answered; None where it was cut off."""
        try:
            got = self.gateway.ask(target, method, **options)
        except IncompleteRead:
            return None
        self.answers.append(got)
        return got

    def found_in(self, text: bytes) -> set[str]:
        """Names of the secrets in some bytes."""
        return {name for name, one in self.secrets.items() if one.encode() in text}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def shown(key: str) -> Iterator[dict[str, str]]:
    """Every way in which we take a key."""
    for value in (f"License {key}", f"Bearer {key}", basic("git", key), basic(key, "")):
        yield {"Authorization": value}
    yield {"X-Api-Key": key}
    yield {"X-Api-Key": key, "Authorization": f"Bearer {NO_KEY_OF_OURS}"}
    yield {"Authorization": f"license {key[:-1]}", "X-Api-Key": f"{key}x"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    folder = tmp_path_factory.mktemp("leaks")
    with (
        archive_running() as archive,
        metering_before(f"http://127.0.0.1:{archive}", folder) as gateway,
    ):
        with house_of(gateway) as house:
            company = invoiced_company(house)
            revoked = house.keys.issue(company.party_id, label="old")
            house.keys.revoke(revoked.key.id)
            (key, _) = house.keys.list(company.party_id)
            token = tokens_of(house).issue(
                company.party_id,
                key.id,
                lifetime_s=3_600,
                agreement_id=company.agreement_id,
            )
        yield Scene(archive, gateway, company, revoked.secret.reveal(), token.reveal())


@pytest.fixture(scope="module")
def played(scene: Scene) -> Scene:
    """Everything was asked once."""
    everywhere(scene)
    astray(scene)
    malformed(scene)
    settled(scene.gateway)
    return scene


def everywhere(scene: Scene) -> None:
    """Where keys belong, with every page of ours and every answer of the archive."""
    credentials = [
        *shown(scene.company.key),
        *shown(scene.revoked),
        *shown(NO_KEY_OF_OURS),
        {"Authorization": f"License {scene.token}"},
        {"Authorization": f"Bearer {scene.token}"},
        {"Authorization": f"Bearer {scene.token[:-2]}"},
    ]
    for target in (*OURS, *THEIRS):
        for credential in credentials:
            scene.asked(target, headers=credential)
        for dialect in DIALECTS:
            scene.asked(target, headers={**dialect, **credentials[0]})
            scene.asked(target, headers={**dialect, **credentials[7]})
    scene.asked("/short/400000/a", headers=scene.company.headers)
    scene.asked("/plain/9/a", "DELETE", headers=scene.company.headers)


def astray(scene: Scene) -> None:
    """Where keys do not belong: in addresses, in the text of an appeal."""
    key = scene.company.key
    for target in (
        f"/plain/9/a?api_key={key}",
        f"/plain/9/a?k={quote(key).replace('_', '%5F')}",
        f"/plain/9/{key}",
        f"/_copyfair/usage?key={key}",
        f"/_copyfair/appeals?request_id={key}",
        f"/_copyfair/corrections?about=/{key}",
        f"/_copyfair/{key}",
        f"/_copyfair/offers/{key}",
        f"/_copyfair/problems/{key}",
        f"/robots.txt?{key}",
    ):
        for dialect in DIALECTS:
            scene.asked(target, headers=dialect)
            scene.asked(target, headers={**dialect, **scene.company.headers})
    appeal = {"text": f"my key {key} was refused", "contact": "ada@archive.example"}
    headers = {"Content-Type": "application/json", **scene.company.headers}
    body = json.dumps(appeal).encode()
    scene.asked("/_copyfair/appeals", "POST", body=body, headers=headers)
    said = {"about": f"/{key}", "text": f"it is {key}", "name": key, "contact": key}
    body = json.dumps(said).encode()
    scene.asked("/_copyfair/corrections", "POST", body=body, headers=headers)


def malformed(scene: Scene) -> None:
    """What is no request at all, and holds the key all the same."""
    key = scene.company.key
    for raw in (
        f"GET /{key} HTTP/9.9\r\nHost: a\r\n\r\n",
        f"GET /{key}\r\n\r\n",
        f"{key} / HTTP/1.1\r\nHost: a\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: {key}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a b {key}\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a\r\n{key}: x\r\n{key} y: x\r\n\r\n",
        f"GET /?{key} HTTP/1.1\r\nHost: a\r\nAuthorization: License {key}\x01\r\n\r\n",
        f"GET / HTTP/1.1\r\nHost: a\r\nX-Long: {key * 400}\r\n\r\n",
        f"GET http://{key}@a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {key}\r\n\r\n",
    ):
        address = ("127.0.0.1", scene.gateway.port)
        with socket.create_connection(address, timeout=30) as client:
            client.sendall(raw.encode("latin-1"))
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := client.recv(65_536):
                answer += piece
        scene.answers.append(Got(0, {}, answer))


def files_of(gateway: Gateway) -> Iterator[tuple[str, bytes]]:
    """Every file that the gateway wrote, the store and its log ahead included."""
    for file in sorted(gateway.folder.rglob("*")):
        if file.is_file():
            yield str(file.relative_to(gateway.folder)), file.read_bytes()


def test_no_file_holds_a_key(played: Scene) -> None:
    files = dict(files_of(played.gateway))

    assert {"copyfair.db", "copyfair.db-wal", "gateway.log"} <= set(files)
    assert files["gateway.log"].count(b"\n") > 300
    assert {
        name: hits for name in files if (hits := played.found_in(files[name]))
    } == {}


def test_no_answer_repeats_a_key(played: Scene) -> None:
    told = [f"{one.headers}".encode() + one.body for one in played.answers]

    assert len(told) > 300
    assert {one.status for one in played.answers} >= {200, 400, 401, 404, 502}
    assert [text for text in told if played.found_in(text)] == []


def test_no_figure_and_no_page_of_the_admin_listener_holds_a_key(
    played: Scene,
) -> None:
    port = played.gateway.admin_port
    described = json.loads(ask(port, "/api/v1/openapi.json").body)
    pages = [path for path, verbs in described["paths"].items() if "get" in verbs]
    question = {
        "url": f"http://127.0.0.1:{played.gateway.port}/plain/9/a",
        "token": played.company.key,
    }

    told = [ask(port, page) for page in pages]
    told.append(
        ask(
            port,
            "/api/v1/explain",
            "POST",
            body=json.dumps(question).encode(),
            headers={"Content-Type": "application/json"},
        )
    )

    assert {"/metrics", "/api/v1/usage", "/api/v1/audit"} <= set(pages)
    assert {one.status for one in told} == {200}
    assert [one for one in told if played.found_in(one.body)] == []


def test_the_archive_never_sees_what_was_shown_to_us(played: Scene) -> None:
    seen = ask(played.archive, "/seen").body

    assert seen.count(b"\r\n\r\n") > 50
    assert played.found_in(seen) == set()


def test_a_key_in_an_address_is_refused_and_told_to_be_burnt(played: Scene) -> None:
    key = played.company.key

    answer = played.asked(f"/plain/9/a?api_key={key}")

    assert answer is not None
    assert answer.status == 400
    assert f"cg_live_…{key[-4:]}" in answer.body.decode()
    assert "key.leaked" in played.gateway.log()


def test_an_address_that_only_looks_like_a_key_is_read(played: Scene) -> None:
    looks_like = "cg_live_" + "a" * 36

    answer = played.asked(f"/plain/9/a?q={looks_like}")

    assert answer is not None
    assert answer.status == 200


def test_what_was_shown_once_is_kept_nowhere(scene: Scene, tmp_path: Path) -> None:
    offer = scene.gateway.copyfair("agreement", "offer")
    said = {"name": "Newcomer Ltd", "email": "a@newcomer.example"}
    headers = {"Content-Type": "application/json"}

    answer = scene.gateway.ask(
        f"/_copyfair/offers/{offer['id']}",
        "POST",
        body=json.dumps(said).encode(),
        headers=headers,
    )

    assert answer.status == 201, answer.body
    key = json.loads(answer.body)["api_key"].encode()
    files = dict(files_of(scene.gateway))
    assert [name for name, text in files.items() if key in text] == []
