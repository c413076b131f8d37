"""A customer caps itself: two workers stop it at exactly 100, and it is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from gateway.credentials.webhook_signature import signature_fields
from gateway.identity.secret import Secret
from tests.journeys.archive import archive_running
from tests.journeys.crowd import asked_at_once
from tests.journeys.metered import Taker, house_of, set_up, wait_until
from tests.journeys.running import Gateway, free_port

CAP, CROWD = 100, 260
BODY_BYTES = 1_024


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted to it; the first post it does not take."""

    posts: list[tuple[dict[str, str], bytes]] = []  # noqa: RUF012 - one server
    refusals = 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).posts.append((dict(self.headers), body))
        is_taken = len(self.posts) > self.refusals
        self.send_response(204 if is_taken else 503)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class Box:
    """Keeps letters."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.letters.append(envelope)
        return "250 OK"


@pytest.fixture
def receiver() -> Generator[int]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def mail() -> Generator[tuple[Box, int]]:
    box, port = Box(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def gateway(tmp_path: Path, mail: tuple[Box, int]) -> Generator[Gateway]:
    with archive_running() as archive:
        gateway = set_up(tmp_path, f"http://127.0.0.1:{archive}")
        config = Path(gateway.config)
        added = (
            "\nworkers: 2\nevidence: {loopback: on}\n"
            f"mail: {{host: 127.0.0.1, port: {mail[1]}, security: none,"
            " from: archive@commons.example}\n"
        )
        config.write_text(config.read_text("utf-8") + added, "utf-8")
        gateway.start()
        yield gateway
        gateway.stop()


def a_company(gateway: Gateway) -> Taker:
    with house_of(gateway) as house:
        said = {"entity": "company", "country": "FR", "staff": "250"}
        said["email"] = "accounts@map.example"
        party = house.parties.add("Mapworks", attributes=said, source="steward", by="t")
        agreement = house.accept_offer(party.id, house.offer_for())
        key = house.keys.issue(party.id).secret.reveal()
    return Taker(party.id, agreement.id, key)


def test_a_cap_of_100_is_100_over_two_workers_and_its_owner_is_told(
    gateway: Gateway, mail: tuple[Box, int], receiver: int
) -> None:
    company = a_company(gateway)
    hook = f"http://127.0.0.1:{receiver}/hook"
    secret = gateway.copyfair("webhook", "set", "--party", company.party_id, hook)
    free = gateway.ask(f"/plain/{BODY_BYTES}/first", headers=company.headers)
    said = ("requests", "--amount", str(CAP + 1), "--per", "day")
    caps = gateway.copyfair("agreement", "cap", "set", company.agreement_id, *said)
    assert [each["name"] for each in caps["caps"]] == ["requests-per-day"]
    page = f"/plain/{BODY_BYTES}/page"

    before = 1  # each of these counts, and says what is left once the cap is known
    while True:
        before += 1
        fields = gateway.ask(page, headers=company.headers).headers
        if "ratelimit" in {name.lower() for name in fields}:
            break
        assert before < CAP // 2
        time.sleep(0.2)
    targets = [f"/plain/{BODY_BYTES}/{number}" for number in range(CROWD)]
    answers = asyncio.run(asked_at_once(gateway.port, targets, company.headers))

    assert "ratelimit" not in {name.lower() for name in free.headers}
    taken = sum(answer.status == 200 for answer in answers)
    assert taken + before == CAP + 1
    refused = [answer for answer in answers if answer.status != 200]
    assert {answer.status for answer in refused} == {429}

    wait_until(lambda: len(Receiver.posts) > 1, what="a webhook that was tried again")
    wait_until(lambda: bool(mail[0].letters), what="a letter")
    (first, body), (again, same) = Receiver.posts[:2]
    assert (first["webhook-id"], body) == (again["webhook-id"], same)
    expected = signature_fields(
        Secret(secret["secret"]),
        again["webhook-id"],
        same,
        at_s=int(again["webhook-timestamp"]),
    )
    assert dict(expected).items() <= again.items()
    event = json.loads(body)
    assert event["type"] == "cap.threshold-reached"
    assert event["data"]["threshold_percent"] == 100
    letter = mail[0].letters[0].content
    assert isinstance(letter, bytes)
    assert b"requests-per-day" in letter

    def states() -> list[str]:
        with house_of(gateway) as house:
            sent = house.mailroom.webhooks.deliveries(secret["webhook_id"])
        return [each.state.value for each in sent]

    wait_until(lambda: states() == ["delivered"], what="a delivery that is known")
    tried = gateway.copyfair("webhook", "test", secret["webhook_id"])
    assert tried["state"] == "delivered"
