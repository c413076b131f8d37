"""A gateway at work, and what its host does to it meanwhile."""

import json
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.archive import archive_running
from tests.journeys.running import (
    Gateway,
    ask,
    eventually,
    free_port,
    gateway_before,
)

PAGE = "/whole/64/page"
CRAWLER = {"User-Agent": "CCBot/2.0"}
READER = {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14"}
AT_ONCE_S = 1.0
SOON_S = 5.0
BREATH_S = 0.005  # between two pages of a reader
WHOLE_SITE = "collections/whole-site.yaml"
SEALED_PAGE = "/whole/64/sealed"
SEALED = """\
collection: sealed
title: {en: Sealed records}
steward: Parish Archive
contact: licences@archive.example
upstream: archive
match: {paths: ["/whole/64/sealed"]}
licence: LicenseRef-unstated
rights: own
basis: service
sensitivity: open
rules:
  - id: sealed-until-2090
    then: deny
    because: Sealed until 2090.
"""
MISSPELT = "rules: [{id: all-is-sealed, then: dney, because: A slip.}]\n"


@pytest.fixture(scope="module")
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture(scope="module")
def gateway(
    archive: int, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("live")
    options = ("--protect", "on", "--licence", "invoice")
    with gateway_before(f"http://127.0.0.1:{archive}", folder, *options) as gateway:
        yield gateway


@pytest.fixture(scope="module")
def issued(gateway: Gateway) -> dict[str, str]:
    """A company's key, its id and its party."""
    made: dict[str, str] = gateway.copyfair(
        *("key", "issue", "--party", "Mapworks", "--create")
    )
    return made


@dataclass
class Readers:
    """People who go on reading on kept connections, and how they fare."""

    port: int
    statuses: Counter[int | str] = field(default_factory=Counter)
    is_over: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        """Ask again and again; whatever is not an answer is noted as what it is."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        with closing(connection):
            while not self.is_over.wait(BREATH_S):
                try:
                    connection.request("GET", PAGE, headers=READER)
                    answer = connection.getresponse()
                    answer.read()
                    self.statuses[answer.status] += 1
                except (OSError, HTTPException) as fault:
                    self.statuses[type(fault).__name__] += 1
                    connection.close()

    def have_read(self, number: int) -> None:
        """Wait until so many more pages were read."""
        goal = self.statuses.total() + number
        eventually(lambda: self.statuses.total() >= goal, within_s=30, what="reading")


@contextmanager
def reading(gateway: Gateway) -> Generator[Readers]:
    readers = Readers(gateway.port)
    threads = [threading.Thread(target=readers.read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        readers.have_read(10)
        yield readers
        readers.have_read(10)
    finally:
        readers.is_over.set()
        for thread in threads:
            thread.join(timeout=30)


@contextmanager
def changed(gateway: Gateway, name: str, text: str) -> Generator[None]:
    """A policy file with another text; at the end everything is as it was."""
    file = gateway.folder / "policies" / name
    before = file.read_text(encoding="utf-8") if file.exists() else None
    version = told(gateway, "/healthz")["policy_version"]
    file.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")
        eventually(
            lambda: (
                told(gateway, "/healthz")["policy_version"] == version
                and not told(gateway, "/readyz")["policy_faults"]
            ),
            within_s=SOON_S,
            what="the old policies are in force again",
        )


def status_of(gateway: Gateway, headers: Mapping[str, str], target: str = PAGE) -> int:
    return gateway.ask(target, headers=headers).status


def told(gateway: Gateway, target: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(ask(gateway.admin_port, target).body)
    return document


def figures(gateway: Gateway, name: str) -> dict[str, float]:
    """The series of one metric: its labels as text, its value."""
    text = ask(gateway.admin_port, "/metrics").body.decode()
    found = re.findall(rf"^{name}(?:{{(.*)}})? ([0-9.e+]+)$", text, re.MULTILINE)
    return {labels: float(value) for labels, value in found}


def reloaded(gateway: Gateway) -> dict[str, float]:
    return figures(gateway, "copyfair_policy_reloads_total")


def heads_for(archive: int, target: str) -> list[str]:
    """The request heads with which the archive was asked for a target."""
    seen = ask(archive, "/seen").body.decode("latin-1")
    heads = seen.split("\r\n\r\n")
    return [head.lower() for head in heads if f" {target} " in head]


def test_off_passes_everything_on_within_a_second_and_on_resumes(
    gateway: Gateway,
) -> None:
    with reading(gateway) as readers:
        before = status_of(gateway, CRAWLER)

        gateway.copyfair("off")
        eventually(
            lambda: status_of(gateway, CRAWLER) == 200,
            within_s=AT_ONCE_S,
            what="everything is passed on",
        )
        is_off = told(gateway, "/healthz")["off"]
        gateway.copyfair("on")
        eventually(
            lambda: status_of(gateway, CRAWLER) == 402,
            within_s=AT_ONCE_S,
            what="policies decide again",
        )

    assert (before, is_off) == (402, True)
    assert set(readers.statuses) == {200}


def test_a_changed_policy_is_soon_in_force_and_nobody_notices(gateway: Gateway) -> None:
    version = told(gateway, "/healthz")["policy_version"]

    with (
        reading(gateway) as readers,
        changed(gateway, "collections/sealed.yaml", SEALED),
    ):
        eventually(
            lambda: status_of(gateway, READER, SEALED_PAGE) == 403,
            within_s=SOON_S,
            what="the new rule is in force",
        )
        refused = gateway.ask(SEALED_PAGE, headers=READER)
        changed_version = told(gateway, "/healthz")["policy_version"]

    assert b"Sealed until 2090." in refused.body
    assert "sealed-until-2090" in refused.headers["copyfair-decision"]
    assert changed_version != version
    assert told(gateway, "/healthz")["policy_version"] == version
    assert status_of(gateway, READER, SEALED_PAGE) == 200
    assert set(readers.statuses) == {200}


def test_sighup_reads_the_policies_again(gateway: Gateway) -> None:
    assert gateway.process is not None
    before = reloaded(gateway).get('outcome="unchanged"', 0)

    gateway.process.send_signal(signal.SIGHUP)

    eventually(
        lambda: reloaded(gateway).get('outcome="unchanged"', 0) == before + 1,
        within_s=SOON_S,
        what="the policies were read again",
    )
    assert gateway.process.poll() is None


def test_broken_policies_never_replace_good_ones(gateway: Gateway) -> None:
    version = told(gateway, "/healthz")["policy_version"]
    file = gateway.folder / "policies" / WHOLE_SITE
    broken = file.read_text(encoding="utf-8") + MISSPELT

    with reading(gateway) as readers, changed(gateway, WHOLE_SITE, broken):
        eventually(
            lambda: bool(told(gateway, "/readyz")["policy_faults"]),
            within_s=SOON_S,
            what="the fault is told",
        )
        ready = told(gateway, "/readyz")
        readers.have_read(10)
        crawler = status_of(gateway, CRAWLER)
        kept = told(gateway, "/healthz")["policy_version"]

    (fault,) = ready["policy_faults"]
    assert re.search(r"collections/whole-site\.yaml:\d+:\d+ ", fault)
    assert "deny" in fault
    assert ready["status"] == "ready"
    assert (kept, crawler) == (version, 402)
    assert reloaded(gateway)['outcome="faulty"'] >= 1
    assert told(gateway, "/readyz")["policy_faults"] == []
    assert set(readers.statuses) == {200}


def test_a_revoked_key_ends_within_a_second_on_a_warm_connection(
    gateway: Gateway,
) -> None:
    made = gateway.copyfair("key", "issue", "--party", "Atlas", "--create")
    headers = {**CRAWLER, "Authorization": f"License {made['key']}"}
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=10)

    def answer() -> tuple[int, bytes]:
        connection.request("GET", PAGE, headers=headers)
        got = connection.getresponse()
        return got.status, got.read()

    with closing(connection):
        warm = [answer()[0] for _ in range(5)]
        socket = connection.sock

        gateway.copyfair("key", "revoke", made["key_id"])
        eventually(
            lambda: answer()[0] == 401, within_s=AT_ONCE_S, what="the key is refused"
        )

        assert b"the key was revoked" in answer()[1]
        assert connection.sock is socket
    assert set(warm) == {200}


def test_a_revoked_key_ends_the_download_that_passes_under_it(
    gateway: Gateway,
) -> None:
    made = gateway.copyfair("key", "issue", "--party", "Globe", "--create")
    headers = {**CRAWLER, "Authorization": f"License {made['key']}"}
    connection = HTTPConnection("127.0.0.1", gateway.port, timeout=SOON_S)

    with closing(connection):
        connection.request("GET", "/dripping/1000000/volume", headers=headers)
        answer = connection.getresponse()
        began = answer.read(1)

        gateway.copyfair("key", "revoke", made["key_id"])
        revoked_s = time.monotonic()
        with pytest.raises((HTTPException, ConnectionError)):
            answer.read()
        took_s = time.monotonic() - revoked_s

    assert answer.status == 200
    assert began
    # A drop every half a second: whoever goes on for so long was not ended.
    assert took_s < SOON_S


@pytest.mark.parametrize("scheme", ["License", "Bearer"])
def test_a_key_with_a_typo_is_told_so(
    gateway: Gateway, issued: dict[str, str], scheme: str
) -> None:
    key = issued["key"]
    wrong = key[:12] + ("a" if key[12] != "a" else "b") + key[13:]

    right = status_of(gateway, {**READER, "Authorization": f"{scheme} {key}"})
    refused = gateway.ask(
        PAGE, headers={**READER, "Authorization": f"{scheme} {wrong}"}
    )

    assert (right, refused.status) == (200, 401)
    assert b"typing error" in refused.body
    assert wrong.encode() not in refused.body


@pytest.mark.parametrize(
    "field",
    [
        "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUifQ.c2ln",
        "Bearer 6f2d0c1e-opaque",
        "Basic YWRhOmNvcnJlY3QtaG9yc2U=",
        'Digest username="ada", realm="members"',
    ],
)
def test_a_credential_of_the_archives_own_passes_untouched(
    gateway: Gateway, archive: int, field: str
) -> None:
    target = f"/whole/64/{abs(hash(field))}"

    status = status_of(gateway, {**READER, "Authorization": field}, target)

    (head,) = heads_for(archive, target)
    assert status == 200
    assert f"authorization: {field}".lower() in head


def test_a_key_of_ours_stops_here(
    gateway: Gateway, archive: int, issued: dict[str, str]
) -> None:
    headers = {**READER, "Authorization": f"Bearer {issued['key']}"}

    status = status_of(gateway, headers, "/whole/64/with-a-key")

    (head,) = heads_for(archive, "/whole/64/with-a-key")
    assert status == 200
    assert "authorization" not in head
    assert "cg_" not in head


def test_an_archive_that_is_down_is_said_to_be_down_until_it_is_back(
    tmp_path: Path,
) -> None:
    port = free_port()
    with gateway_before(f"http://127.0.0.1:{port}", tmp_path) as gateway:
        with archive_running(port):
            up = status_of(gateway, READER)
        down = gateway.ask(PAGE, headers={**READER, "Accept": "text/html"})
        ready = ask(gateway.admin_port, "/readyz")
        with archive_running(port):
            back = status_of(gateway, READER)

        errors = figures(gateway, "copyfair_upstream_errors_total")
        answers = figures(gateway, "copyfair_requests_total")

    assert (up, down.status, back) == (200, 502, 200)
    assert int(down.headers["retry-after"]) > 0
    assert down.headers["content-type"].startswith("text/html")
    assert b"cannot be reached" in down.body
    assert f":{port}".encode() not in down.body
    assert ready.status == 503
    assert errors == {'kind="refused"': 1}
    assert answers['class="person",decision="error",status="5xx"'] == 1
    assert answers['class="person",decision="allow",status="2xx"'] == 2
