"""With a front server of deploy/, readers keep reading when the gateway is killed."""

import re
import ssl
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.front_servers import (
    ARCHIVE,
    FRONTS,
    HOST,
    PageCut,
    Place,
    ask_over_tls,
    fronting,
    make_certificate,
    nginx_command,
)
from tests.journeys import running as processes
from tests.journeys.running import Gateway, Got, copyfair, free_port, running

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

DECIDES = "forward_auth: {{listen: '{at}', trusted: [127.0.0.1]}}\n"
READERS = 8
PAGES = 30
BACK_WITHIN_S = 30
COUNTED = re.compile(rb"^copyfair_requests_total\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)
SPOOFED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "gopher"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One page as a reader got it."""

    began_at: float
    status: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Front:
    """A front server with the gateway and the archive behind it."""

    port: int
    gateway: Gateway
    trust: ssl.SSLContext

    def ask(
        self,
        target: str = "/registers/1742",
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Got:
        return ask_over_tls(
            self.port, self.trust, target, method=method, headers=headers
        )

    def read(self) -> Reading:
        """Read a page; a body that ends too early is a page that was cut."""
        began_at = time.monotonic()
        try:
            return Reading(began_at, self.ask().status, is_cut=False)
        except PageCut as cut:
            return Reading(began_at, cut.status, is_cut=True)

    def seen_by_gateway(self) -> float:
        """How many requests the gateway has counted."""
        metrics = processes.ask(self.gateway.admin_port, "/metrics").body
        return sum(float(number) for number in COUNTED.findall(metrics))

    def wait_until_gateway_sees(self) -> None:
        """Read until the gateway counts it; every page on the way is a page."""
        give_up_at = time.monotonic() + BACK_WITHIN_S
        before = self.seen_by_gateway()
        while self.seen_by_gateway() <= before:
            assert time.monotonic() < give_up_at, "readers never came to the gateway"
            assert self.ask().status == 200


@contextmanager
def gateway_behind_a_front(
    archive_port: int, folder: Path, decide_at: str
) -> Generator[Gateway]:
    """A gateway that believes its front server on loopback."""
    gateway = Gateway(folder / "gateway", free_port(), free_port())
    status, _, err = copyfair(
        *("init", str(gateway.folder)),
        *("--upstream", f"http://127.0.0.1:{archive_port}"),
        *("--public-url", f"https://{HOST}"),
    )
    assert status == 0, err
    config = Path(gateway.config)
    text = config.read_text(encoding="utf-8")
    trusting = text.replace("trusted_proxies: []", "trusted_proxies: [127.0.0.1]")
    assert trusting != text
    config.write_text(trusting + DECIDES.format(at=decide_at), encoding="utf-8")
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@pytest.fixture(params=FRONTS)
def front(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    require_program: Callable[[str], Path],
) -> Generator[Front]:
    name, command_of = FRONTS[request.param]
    nginx, program = require_program("nginx"), require_program(name)
    trust = make_certificate(tmp_path)
    archive_port, decide_at = free_port(), f"127.0.0.1:{free_port()}"
    http = ARCHIVE.format(port=archive_port)
    archive = nginx_command(nginx, tmp_path, name="archive", http=http)
    with (
        running(archive, port=archive_port),
        gateway_behind_a_front(archive_port, tmp_path, decide_at) as gateway,
    ):
        ports = {
            "127.0.0.1:8700": f"127.0.0.1:{gateway.port}",
            "port 8701": f"port {gateway.admin_port}",
            "127.0.0.1:8080": f"127.0.0.1:{archive_port}",
        }
        place = Place(tmp_path, free_port(), ports, decide_at=decide_at)
        with fronting(command_of(program, place), place, trust):
            yield Front(place.port, gateway, trust)


def test_readers_come_through_the_gateway_while_it_lives(front: Front) -> None:
    front.wait_until_gateway_sees()

    assert front.ask("/refused").status == 503  # an answer, and no reason to go around


def test_every_reader_gets_a_page_while_and_after_the_gateway_is_killed(
    front: Front,
) -> None:
    """A page under way at that moment may break off, and then shows that it did."""
    front.wait_until_gateway_sees()

    with ThreadPoolExecutor(READERS) as readers:
        pages = [readers.submit(front.read) for _ in range(READERS * PAGES)]
        pages[READERS * 3].result()
        front.gateway.kill()
        killed_at = time.monotonic()
        readings = [page.result() for page in pages]
    cut = [reading for reading in readings if reading.is_cut]
    asked_again = [front.ask().status for _ in (*cut, "afterwards")]

    assert {reading.status for reading in readings} == {200}
    assert all(reading.began_at < killed_at for reading in cut)
    assert set(asked_again) == {200}


def test_the_archive_hears_of_the_reader_and_not_what_the_reader_claims(
    front: Front,
) -> None:
    front.gateway.kill()

    answer = front.ask(headers=SPOOFED)

    assert answer.body.decode() == f"for 127.0.0.1 by https to {HOST}"


def test_a_form_can_be_sent_while_the_gateway_is_down(front: Front) -> None:
    front.gateway.kill()
    assert front.ask().status == 200

    assert front.ask("/search", "POST").status == 200


def test_readers_come_back_when_the_gateway_does(front: Front) -> None:
    front.gateway.kill()
    assert front.ask().status == 200

    front.gateway.start()

    front.wait_until_gateway_sees()
