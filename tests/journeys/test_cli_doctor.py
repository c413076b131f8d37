"""copyfair doctor: every verdict, against a real upstream that shows its manners."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.cli import doctor
from tests.journeys.command_line import UPSTREAM, Archive, an_archive
from tests.journeys.running import Gateway, free_port


@contextmanager
def upstream(fields: dict[str, str]) -> Generator[str]:
    """A web server that answers everything with the same fields; its address."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            for name, value in fields.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """A set-up on ports of its own, with nothing behind it."""
    archive = an_archive(tmp_path / "my-archive")
    archive.rewrite("127.0.0.1:8700", f"127.0.0.1:{free_port()}")
    archive.rewrite("127.0.0.1:8701", f"127.0.0.1:{free_port()}")
    archive.rewrite("trusted_proxies: []", "trusted_proxies: [127.0.0.1]")
    return archive


@pytest.fixture
def well(archive: Archive) -> Generator[Archive]:
    """The same, with an upstream that answers."""
    archive.tells("db", "migrate")
    with upstream({"Date": formatdate(usegmt=True)}) as url:
        archive.rewrite(UPSTREAM, url)
        yield archive


def verdicts(archive: Archive) -> dict[str, tuple[str, str]]:
    """What was looked at, with verdict and finding; the worst where there are many."""
    said = archive.says("doctor", "--json")
    told = said.json
    assert set(told) == {"schema", "ok", "findings"}
    assert said.status == (0 if told["ok"] else 1)
    found: dict[str, tuple[str, str]] = {}
    for one in told["findings"]:
        assert set(one) == {"what", "verdict", "said"}
        found[one["what"]] = max(
            found.get(one["what"], ("", "")),
            (one["verdict"], one["said"]),
            key=lambda each: ("", "ok", "note", "fault").index(each[0]),
        )
    has_fault = any(verdict == "fault" for verdict, _ in found.values())
    assert told["ok"] is not has_fault
    return found


def test_a_set_up_that_is_well_has_nothing_to_mend(well: Archive) -> None:
    found = verdicts(well)

    assert {verdict for verdict, _ in found.values()} == {"ok"}
    assert set(found) == {
        *("policies", "store", "disk", "keys", "upstream archive"),
        *("client address", "listen", "admin_listen", "parser"),
        "documents",
    }
    said = well.says("doctor")
    assert said.status == 0
    assert said.out.endswith("nothing must be mended\n")


def test_an_upstream_that_is_gone_must_be_mended(archive: Archive) -> None:
    verdict, said = verdicts(archive)["upstream archive"]

    assert verdict == "fault"
    assert "does not answer" in said
    assert archive.says("doctor").out.endswith("mend the faults\n")


def test_an_upstream_in_another_time_must_be_mended(archive: Archive) -> None:
    with upstream({"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}) as url:
        archive.rewrite(UPSTREAM, url)
        verdict, said = verdicts(archive)["upstream archive"]

    assert verdict == "fault"
    assert "s from ours; run NTP" in said


def test_an_upstream_that_names_itself_is_noted(archive: Archive) -> None:
    fields: dict[str, str] = {}
    with upstream(fields) as url:
        fields["Location"] = f"{url}/login"
        archive.rewrite(UPSTREAM, url)
        verdict, said = verdicts(archive)["upstream archive"]

    assert verdict == "note"
    assert f"Location names {url.removeprefix('http://')}" in said


@pytest.mark.parametrize("said", ["yesterday", "Mon, 99 Foo 2024 25:00:00 GMT"])
def test_an_upstream_whose_date_is_none_is_noted(archive: Archive, said: str) -> None:
    with upstream({"Date": said}) as url:
        archive.rewrite(UPSTREAM, url)
        verdict, found = verdicts(archive)["upstream archive"]

    assert (verdict, found) == ("note", f"its Date is {said!r}, which is none")


COLLECTION = "policies/collections/whole-site.yaml"


def test_a_collection_without_its_upstream_must_be_mended(well: Archive) -> None:
    well.rewrite("upstream: archive", "upstream: wiki", file=COLLECTION)

    verdict, said = verdicts(well)["policies"]

    assert verdict == "fault"
    assert said.startswith("collections/whole-site.yaml:")
    assert 'no upstream "wiki"' in said


def test_a_host_that_no_collection_covers_must_be_mended(well: Archive) -> None:
    well.rewrite(
        'match: {paths: ["/**"]}',
        'match: {hosts: [other.example], paths: ["/**"]}',
        file=COLLECTION,
    )

    verdict, said = verdicts(well)["policies"]

    assert verdict == "fault"
    assert "no collection covers archive.example" in said


def test_offers_that_nobody_can_accept_must_be_mended(well: Archive) -> None:
    well.rewrite("tariff: ai-2026\n", "", file=COLLECTION)

    verdict, said = verdicts(well)["collection whole-site"]

    assert verdict == "fault"
    assert "name a tariff, or use `label`" in said


def test_a_store_that_is_not_made_yet_is_noted(archive: Archive) -> None:
    verdict, said = verdicts(archive)["store"]

    assert verdict == "note"
    assert "`copyfair serve` makes it" in said
    assert not (archive.folder / "copyfair.db").exists()


def test_policies_that_do_not_load_must_be_mended(well: Archive) -> None:
    well.rewrite("sensitivity: open", "sensitivity: opne", file=COLLECTION)

    verdict, said = verdicts(well)["policies"]

    assert verdict == "fault"
    assert 'did you mean "open"?' in said


@pytest.mark.parametrize("start", [0, 5_000], ids=["its head", "a page"])
def test_a_store_that_is_damaged_must_be_mended(well: Archive, start: int) -> None:
    well.tells("db", "migrate")
    store = well.folder / "copyfair.db"
    whole = store.read_bytes()
    store.write_bytes(whole[:start] + b"\xff" * 4_000 + whole[start + 4_000 :])

    verdict, _ = verdicts(well)["store"]

    assert verdict == "fault"


def test_a_full_disk_must_be_mended(
    well: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "DISK_FREE_BYTES_MIN", 2**70)

    verdict, said = verdicts(well)["disk"]

    assert verdict == "fault"
    assert "make room" in said


def test_keys_that_others_can_read_must_be_mended(well: Archive) -> None:
    pepper = well.folder / "keys" / "pepper"
    pepper.chmod(0o644)

    verdict, said = verdicts(well)["keys"]

    assert verdict == "fault"
    assert said == f"{pepper} can be read by others; chmod 600 {pepper}"


def test_keys_that_are_missing_must_be_mended(well: Archive) -> None:
    for file in (well.folder / "keys").iterdir():
        file.unlink()

    assert verdicts(well)["keys"] == ("fault", "no keys; `copyfair init` makes them")


def test_https_without_a_front_server_is_noted(well: Archive) -> None:
    well.rewrite("trusted_proxies: [127.0.0.1]", "trusted_proxies: []")

    verdict, said = verdicts(well)["client address"]

    assert verdict == "note"
    assert "for instance [127.0.0.1]" in said


def test_http_without_a_front_server_is_as_it_should_be(well: Archive) -> None:
    well.rewrite("trusted_proxies: [127.0.0.1]", "trusted_proxies: []")
    well.rewrite("https://archive.example", "http://archive.example")

    assert verdicts(well)["client address"] == ("ok", "the TCP peer itself")


def test_an_admin_listener_for_everybody_is_noted(well: Archive) -> None:
    well.rewrite("admin_listen: 127.0.0.1:", "admin_listen: 0.0.0.0:")

    verdict, said = verdicts(well)["admin listener"]

    assert verdict == "note"
    assert "keep it from the public" in said


def test_a_listener_that_is_taken_is_noted(well: Archive) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname()[:2])
        text = well.config.read_text(encoding="utf-8")
        line = next(each for each in text.splitlines() if each.startswith("listen:"))
        well.rewrite(line, f"listen: {address}")

        verdict, said = verdicts(well)["listen"]

    assert verdict == "note"
    assert "somebody listens there" in said


def test_an_address_that_is_none_must_be_mended(well: Archive) -> None:
    well.rewrite("admin_listen: 127.0.0.1:", "admin_listen: nowhere.invalid:")

    verdict, said = verdicts(well)["admin_listen"]

    assert verdict == "fault"
    assert "is no address here" in said


DOOR, PEERS = "forward_auth.listen", "forward_auth.trusted"


def with_door(archive: Archive, listen: str, trusted: str = "127.0.0.1") -> None:
    with archive.config.open("a", encoding="utf-8") as config:
        config.write(f"forward_auth: {{listen: '{listen}', trusted: ['{trusted}']}}\n")


def test_a_free_door_for_front_servers_is_well(well: Archive) -> None:
    with_door(well, f"127.0.0.1:{free_port()}")

    found = verdicts(well)

    assert found[DOOR] == ("ok", "free")
    assert found[PEERS] == ("ok", "127.0.0.1/32")


def test_no_door_for_front_servers_is_nothing_to_speak_of(well: Archive) -> None:
    assert not {DOOR, PEERS} & verdicts(well).keys()


def port_of(archive: Archive, key: str) -> int:
    """The port that a line of gateway.yaml names."""
    text = archive.config.read_text(encoding="utf-8")
    found = re.search(rf"^{key}: 127\.0\.0\.1:(\d+)", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def test_a_door_where_a_gateway_answers_is_well(well: Archive) -> None:
    with_door(well, "unix:decide.sock")
    gateway = Gateway(
        well.folder, port_of(well, "listen"), port_of(well, "admin_listen")
    )
    gateway.start()
    try:
        assert verdicts(well)[DOOR] == ("ok", "a gateway answers there")
    finally:
        gateway.stop()


def test_a_door_where_somebody_else_answers_must_be_mended(well: Archive) -> None:
    with upstream({}) as url:
        with_door(well, url.removeprefix("http://"))
        verdict, said = verdicts(well)[DOOR]

    assert verdict == "fault"
    assert "somebody else answers" in said


def test_a_door_that_is_the_public_one_must_be_mended(well: Archive) -> None:
    with_door(well, f"127.0.0.1:{port_of(well, 'listen')}")

    verdict, said = verdicts(well)[DOOR]

    assert verdict == "fault"
    assert "a port of its own" in said


@pytest.mark.parametrize(
    ("listen", "remedy"),
    [
        ("unix:nowhere/decide.sock", "make it"),
        ("unix:gateway.yaml", "remove it"),
        ("nowhere.invalid:8702", "write another"),
    ],
)
def test_a_door_that_cannot_be_made_must_be_mended(
    well: Archive, listen: str, remedy: str
) -> None:
    with_door(well, listen)

    verdict, said = verdicts(well)[DOOR]

    assert verdict == "fault"
    assert remedy in said


@pytest.mark.parametrize(
    ("trusted", "verdict", "said"),
    [
        ("64.0.0.0/2", "fault", "own addresses"),
        ("2000::/3", "fault", "own addresses"),
        ("10.1.2.3", "fault", "add 127.0.0.1"),
    ],
)
def test_peers_that_make_no_sense_must_be_mended(
    well: Archive, trusted: str, verdict: str, said: str
) -> None:
    with_door(well, f"127.0.0.1:{free_port()}", trusted)

    found = verdicts(well)[PEERS]

    assert found[0] == verdict
    assert said in found[1]


def test_peers_on_a_public_network_are_noted(well: Archive) -> None:
    with_door(well, f"0.0.0.0:{free_port()}", "93.184.216.0/24")

    verdict, said = verdicts(well)[PEERS]

    assert verdict == "note"
    assert "keep the way there private" in said


def test_the_off_switch_is_noted(well: Archive) -> None:
    well.tells("off")

    verdict, said = verdicts(well)["off switch"]

    assert verdict == "note"
    assert said == "everything is passed on; `copyfair on`"


def verdicts_on_documents(archive: Archive) -> dict[str, str]:
    findings = archive.says("doctor", "--json").json["findings"]
    return {
        one["verdict"]: one["said"] for one in findings if one["what"] == "documents"
    }


def test_a_seller_is_told_whether_documents_can_be_made(archive: Archive) -> None:
    assert set(verdicts_on_documents(archive)) == {"ok"}

    archive.rewrite("  vat_id: FR40303265045\n", "  logo: missing.svg\n")
    archive.rewrite("  country: FR\n", "  country: FR\n  tax_id: '1'\n")

    assert "missing.svg cannot be read" in verdicts_on_documents(archive)["fault"]


def test_a_seller_without_a_number_is_told(archive: Archive) -> None:
    archive.rewrite("  vat_id: FR40303265045\n", "")

    assert "no `vat_id` and no `tax_id`" in verdicts_on_documents(archive)["fault"]


def test_where_nothing_is_sold_documents_are_not_spoken_of(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "free", licence="off", sells=False)

    assert verdicts_on_documents(archive) == {}
