"""Behind a front server and inline: the same traffic gives the same ledger."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.access_logs.formats import FORMATS, Format
from gateway.bootstrap.front_servers import seal_of
from gateway.kernel.errors import InvalidValue
from gateway.metering.logged import Logged
from gateway.metering.usage_event import UsageEvent
from gateway.settings import read_settings
from tests.integration.front_servers import BROWSER, HOST
from tests.journeys.behind_front import FILES, Front, deciding_front, static_archive
from tests.journeys.metered import (
    Taker,
    house_of,
    invoiced_company,
    ledger_of,
    metering_before,
    settled,
    wait_until,
)
from tests.journeys.running import Gateway, Got, eventually

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

KILLS = 3
KINDS = ("nginx", "haproxy", "caddy")
Ask = Callable[[str, str, Mapping[str, str]], Got]

TRAFFIC: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("GET", "/small", {}),
    ("GET", "/page?edition=2", {}),
    ("GET", "/large", {}),
    ("GET", "/small", {}),  # a repeat: the same object version
    ("HEAD", "/page", {}),
    ("GET", "/page", {"Range": "bytes=100-1099"}),
    ("GET", "/page", {"Range": "bytes=0-0,-10"}),
    ("GET", "/page", {"Range": "bytes=900000-"}),
    ("GET", "/nothing-there", {}),
    ("POST", "/small", {}),
    ("GET", "/p%61ge", {}),
    ("GET", "/page", {"If-None-Match": "*"}),
)


def play(ask: Ask, taker: Taker) -> list[Got]:
    """The script; a company asks, and a reader between its requests."""
    answers = []
    for method, target, more in TRAFFIC:
        ask("GET", "/page", {})
        answers.append(ask(method, target, {**taker.headers, **more}))
    etag = answers[0].headers["etag"]
    answers.append(
        ask("GET", "/small", {**taker.headers, "If-None-Match": etag}),
    )
    return answers


def told(event: UsageEvent) -> tuple[object, ...]:
    """What two ledgers must agree on."""
    return (
        event.method,
        event.path,
        event.status,
        event.ending.value,
        event.body_bytes,
        event.billable_bytes,
        event.billable_requests,
        event.is_repeat,
        event.object_sha256,
        event.collection,
        event.tariff,
        event.tariff_version,
        event.use,
        event.priced_at_zero,
        event.floor_bracket,
        event.is_statement,
    )


def logged(front: Front, taker: Taker, events: int) -> list[UsageEvent]:
    """What a company took behind nginx, once the log was read."""

    def found() -> list[UsageEvent]:
        ledger = ledger_of(front.gateway).events
        return [event for event in ledger if event.party_id == taker.party_id]

    wait_until(lambda: len(found()) >= events, what=f"{events} events from the log")
    return found()


def inline_ask(gateway: Gateway) -> Ask:
    def ask(method: str, target: str, headers: Mapping[str, str]) -> Got:
        told_by = {"Host": HOST, "User-Agent": BROWSER, **headers}
        return gateway.ask(target, method, headers=told_by)

    return ask


@contextmanager
def company_of(gateway: Gateway, name: str = "Mapworks SARL") -> Generator[Taker]:
    with house_of(gateway) as house:
        yield invoiced_company(house, name)


@pytest.fixture
def nginx(require_program: Callable[[str], Path]) -> Path:
    return require_program("nginx")


@pytest.fixture(scope="module", params=KINDS)
def front(
    request: pytest.FixtureRequest,
    require_program: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator[Front]:
    tmp_path = tmp_path_factory.mktemp("front")
    program = require_program(request.param)
    with (
        static_archive(require_program("nginx"), tmp_path) as port,
        deciding_front(
            request.param, program, tmp_path / "behind", archive_port=port
        ) as front,
    ):
        yield front


@pytest.fixture(autouse=True)
def _is_asked(request: pytest.FixtureRequest) -> None:
    """A front server takes a moment to find a gateway that came back."""
    if "front" in request.fixturenames:
        front: Front = request.getfixturevalue("front")
        wait_until(
            lambda: front.ask("/license.xml").status == 200, what="the gateway is asked"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_traffic_gives_the_same_ledger(
    nginx: Path, kind: str, require_program: Callable[[str], Path], *, tmp_path: Path
) -> None:
    (tmp_path / "inline").mkdir()
    with static_archive(nginx, tmp_path) as archive_port:
        archive = f"http://127.0.0.1:{archive_port}"
        with metering_before(archive, tmp_path / "inline") as gateway:
            with company_of(gateway) as taker:
                inline_answers = play(inline_ask(gateway), taker)
            inline = settled(gateway)
        with deciding_front(
            kind,
            require_program(kind),
            tmp_path / "behind",
            archive_port=archive_port,
        ) as front:
            with company_of(front.gateway) as taker:
                answers = play(
                    lambda method, target, headers: front.ask(
                        target, method, headers=headers
                    ),
                    taker,
                )
            behind = logged(front, taker, len(inline.events))

    assert [each.status for each in answers] == [each.status for each in inline_answers]
    sizes = [len(each.body) for each in answers]
    assert sizes == [len(each.body) for each in inline_answers]
    assert list(map(told, behind)) == list(map(told, inline.events))
    ids = {event.id for event in behind}
    assert ids == {answer.headers["request-id"] for answer in answers}


def test_what_broke_off_is_never_more_than_what_was_taken(front: Front) -> None:
    with company_of(front.gateway) as taker:
        head = (
            f"GET /huge HTTP/1.1\r\nHost: {HOST}\r\n"
            f"Authorization: License {taker.key}\r\n\r\n"
        )
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            raw.connect(("127.0.0.1", front.port))
            with front.trust.wrap_socket(raw, server_hostname="localhost") as client:
                client.sendall(head.encode())
                taken = len(_some_of(client, 200_000))
        (event,) = logged(front, taker, 1)

    assert event.status == 200
    assert event.ending.value in {"aborted", "cut"}
    assert event.billable_bytes <= taken < FILES["huge"]


def _some_of(client: ssl.SSLSocket, at_least: int) -> bytes:
    body = b""
    while len(body) < at_least:
        body += client.recv(65_536)
    return body


def test_usage_is_recorded_once_over_rotation_kill_and_restart(front: Front) -> None:
    with company_of(front.gateway, "Atlas SARL") as taker:
        for number in range(5):
            assert front.ask(f"/small?n={number}", headers=taker.headers).status == 200
    logged(front, taker, 5)

    front.gateway.kill()
    whole = front.log.read_bytes()
    front.log.with_name(f"{front.log.name}.1").write_bytes(whole)
    # Emptied in place, as `copytruncate` does, and filled with more than before.
    os.truncate(front.log, 0)
    with front.log.open("ab") as log:
        log.write(b"not a line\n" + whole)
    front.gateway.start()
    wait_until(
        lambda: "access-log.unreadable" in front.gateway.log(), what="the line is met"
    )
    events = logged(front, taker, 5)

    assert len(events) == 5
    assert front.gateway.copyfair("audit")["ok"]


def test_readers_need_not_wait_for_a_gateway_that_is_gone(front: Front) -> None:
    def is_quick() -> bool:
        began = time.monotonic()
        assert front.ask("/page").status == 200
        return time.monotonic() - began < 1

    front.gateway.kill()
    try:
        # Not how soon, on a busy machine: but it must come to be so.
        eventually(is_quick, within_s=60, what="a page at once")
    finally:
        front.gateway.start()


def test_kills_under_load_lose_no_line_and_double_none(front: Front) -> None:
    """While it is dead nothing is sealed, and so nothing is owed."""
    with company_of(front.gateway, "Kartenwerk GmbH") as taker:
        for kill in range(KILLS):
            with ThreadPoolExecutor(4) as takers:
                asked = [
                    takers.submit(
                        front.ask, f"/small?k={kill}-{number}", headers=taker.headers
                    )
                    for number in range(40)
                ]
                asked[10].result()
                front.gateway.kill()
                statuses = {answer.result().status for answer in asked}
            assert statuses == {200}
            front.gateway.start()
            eventually(
                lambda: is_decided(front, taker), within_s=60, what="decisions again"
            )
        sealed = lines_of(front, taker)
        events = logged(front, taker, sealed)

    assert sealed >= KILLS * 10
    assert len(events) == sealed
    assert len({event.id for event in events}) == sealed
    assert {event.billable_bytes for event in events} == {FILES["small"]}


def is_decided(front: Front, taker: Taker) -> bool:
    """Does the front server ask? HAProxy looks for the door now and then."""
    answer = front.ask("/small?again", headers=taker.headers)
    return "request-id" in answer.headers


def lines_of(front: Front, taker: Taker) -> int:
    """How many lines of the log carry a reference to a taker."""
    settings = read_settings(Path(front.gateway.config))
    assert settings.access_log is not None
    form, seal = FORMATS[settings.access_log.format], seal_of(settings)
    logs = front.log.parent.glob(f"{front.log.name}*")
    # The last line may be under way.
    whole = (log.read_bytes().rpartition(b"\n")[0] for log in logs)
    lines = {line for text in whole for line in text.splitlines()}
    found = [_read(form, line) for line in lines]
    return sum(
        seal.opened(one.usage).party_id == taker.party_id for one in found if one
    )


def _read(form: Format, line: bytes) -> Logged | None:
    """A line as the gateway reads it; one that was written over is none."""
    try:
        return form(line)
    except InvalidValue:
        return None


# ── what a no looks like through nginx ───────────────────────────────────────
def test_a_crawler_without_terms_gets_the_offer_itself(front: Front) -> None:
    answer = front.ask("/page", headers={"User-Agent": "GPTBot/1.2"})

    assert answer.status == 402
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert "license" in answer.headers["www-authenticate"].lower()
    assert "decision=offer" in answer.headers["copyfair-decision"]
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["cache-control"] == "no-store"


def test_a_key_that_does_not_hold_gets_its_401(front: Front) -> None:
    answer = front.ask("/page", headers={"Authorization": "License cg_live_wrong"})

    assert answer.status == 401
    assert "invalid_token" in answer.headers["www-authenticate"]


def test_an_offer_does_not_depend_on_the_method(front: Front) -> None:
    answer = front.ask("/page", "HEAD", headers={"User-Agent": "GPTBot/1.2"})

    assert answer.status == 402
    assert answer.body == b""


def test_a_reader_hears_nothing_of_metering(front: Front) -> None:
    answer = front.ask("/page")

    assert answer.headers["request-id"].startswith("req_")
    assert "copyfair-usage" not in answer.headers
    assert answer.headers.get("copyfair-decision", "") == ""


def test_our_credential_stops_at_the_front_and_another_one_passes(front: Front) -> None:
    with company_of(front.gateway, "Globe SARL") as taker:
        ours = front.ask("/page", headers=taker.headers)
    theirs = front.ask("/page", headers={"Authorization": "Basic YTpi"})

    assert ours.headers.get("x-got-authorization", "") == ""
    assert theirs.headers["x-got-authorization"] == "Basic YTpi"


@pytest.mark.parametrize(
    "claim",
    [
        {"X-Original-URI": "/small"},
        {"X-Original-Method": "HEAD"},
        {"X-Original-Host": "other.example"},
        {"X-Forwarded-Uri": "/small"},
        {"X-Forwarded-Method": "OPTIONS"},
        {"X-Forwarded-Host": "other.example"},
        {"X-Forwarded-Prefix": "/robots.txt"},
        {"X_Original_URI": "/small"},
        {"X_Forwarded_Uri": "/small"},
        {"X-Rewrite-URL": "/robots.txt"},
        {"X-Original-Id": "00"},
    ],
    ids=lambda claim: next(iter(claim)),
)
def test_what_a_reader_claims_changes_nothing(
    front: Front, claim: Mapping[str, str]
) -> None:
    crawler = {"User-Agent": "GPTBot/1.2"}

    assert front.ask("/page", headers={**crawler, **claim}).status == 402
    assert front.ask("/page", headers=claim).status == 200


@pytest.mark.parametrize("agent", ["", "kube-probe/1.29", "ELB-HealthChecker/2.0"])
def test_no_user_agent_opens_a_door_for_a_bad_key(front: Front, agent: str) -> None:
    answer = front.ask(
        "/page", headers={"User-Agent": agent, "Authorization": "License cg_live_x"}
    )

    assert answer.status == 401


def test_a_target_is_decided_and_asked_for_as_it_was_sent(front: Front) -> None:
    answer = front.ask("/p%61ge?a=%2F&b=..")

    assert answer.status == 200
    assert answer.headers["x-got-target"] == "/p%61ge?a=%2F&b=.."


def test_a_target_with_two_readings_is_refused(front: Front) -> None:
    assert front.ask("/a/%2e%2e/page").status == 400


def test_our_own_pages_are_the_gateways(front: Front) -> None:
    assert front.ask("/license.xml").status == 200
    assert front.ask("/_copyfair/decide").status == 404
