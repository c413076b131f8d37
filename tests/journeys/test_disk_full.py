"""A disk that is really full: the store lies on one of four mebibytes.

The gateway runs in a mount namespace of its own (user_namespaces(7)), so nobody
needs to be root; where the system forbids that, the test says so.
"""

from __future__ import annotations

import errno
import json
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.archive import archive_running
from tests.journeys.metered import Taker, house_of, invoiced_company, set_up, wait_until
from tests.journeys.running import COPYFAIR, ENVIRONMENT, Gateway, wait_for

pytestmark = pytest.mark.services

DISK = "4m"
BODY_BYTES = 1_000
ON_A_SMALL_DISK = """
mount -t tmpfs -o size=$1 none "$2" && cp "$3" "$2/copyfair.db" && shift 3 && exec "$@"
"""
IN_A_NAMESPACE = ("--user", "--map-root-user", "--mount", "--propagation", "private")


@dataclass(frozen=True)
class SmallDisk:
    """A gateway whose store lies on a small disk."""

    gateway: Gateway
    company: Taker
    folder: Path
    """The disk, as the gateway's own processes see it."""

    @property
    def process_id(self) -> int:
        assert self.gateway.process
        return self.gateway.process.pid

    @property
    def filler(self) -> Path:
        return (
            Path(f"/proc/{self.process_id}/root") / self.folder.relative_to("/") / "x"
        )

    def fill(self) -> None:
        """Write until not one byte more fits."""
        with self.filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4_096):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017  the loop ends so

    def asked(self, name: str) -> int:
        target = f"/plain/{BODY_BYTES}/{name}"
        return self.gateway.ask(target, headers=self.company.headers).status

    def copyfair(self, *arguments: str) -> Any:
        """Run a command beside the gateway, where the disk is."""
        done = subprocess.run(
            [
                *("nsenter", "--target", str(self.process_id), "--user", "--mount"),
                *("--preserve-credentials", COPYFAIR, *arguments),
                *("--config", self.gateway.config, "--json"),
            ],
            capture_output=True,
            check=False,
            env=ENVIRONMENT,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)


@pytest.fixture
def disk(
    tmp_path: Path, require_program: Callable[[str], Path]
) -> Generator[SmallDisk]:
    unshare, _ = require_program("unshare"), require_program("nsenter")
    probe = subprocess.run([unshare, *IN_A_NAMESPACE, "true"], check=False)
    if probe.returncode:
        pytest.skip("this system lets nobody make a user namespace")
    with archive_running() as archive:
        gateway = set_up(tmp_path, f"http://127.0.0.1:{archive}")
        with house_of(gateway) as house:
            company = invoiced_company(house)
        folder = tmp_path / "disk"
        folder.mkdir()
        config = Path(gateway.config)
        text = config.read_text(encoding="utf-8")
        text = text.replace("sqlite:///copyfair.db", f"sqlite:///{folder}/copyfair.db")
        config.write_text(text, encoding="utf-8")
        with started(gateway, unshare, folder):
            yield SmallDisk(gateway, company, folder)


@contextmanager
def started(gateway: Gateway, unshare: Path, folder: Path) -> Generator[None]:
    store = gateway.folder / "copyfair.db"
    with (gateway.folder / "gateway.log").open("ab") as log:
        gateway.process = subprocess.Popen(
            [
                *(unshare, *IN_A_NAMESPACE, "sh", "-c", ON_A_SMALL_DISK, "sh"),
                *(DISK, str(folder), str(store)),
                *(COPYFAIR, "serve", "--config", gateway.config),
                *("--listen", f"127.0.0.1:{gateway.port}"),
                *("--admin-listen", f"127.0.0.1:{gateway.admin_port}"),
            ],
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
        )
    try:
        wait_for(gateway.admin_port, "/readyz", gateway.process)
        yield
    finally:
        gateway.stop()


def test_a_disk_that_is_full_stops_metering_and_nobodys_reading(
    disk: SmallDisk,
) -> None:
    statuses = [disk.asked("before")]
    disk.fill()

    def is_refused() -> bool:
        # The log written ahead still has room of its own for a few commits.
        statuses.append(disk.asked(f"full-{len(statuses)}"))
        return statuses[-1] == 503

    wait_until(is_refused, what="a 503")
    reading = [disk.gateway.ask("/plain/9/a").status for _ in range(5)]
    disk.filler.unlink()
    wait_until(lambda: disk.asked("after") == 200, what="metering again")

    usage, audit = disk.copyfair("usage", "report"), disk.copyfair("audit")
    passed = statuses.count(200) + 1
    assert set(statuses) == {200, 503}
    assert reading == [200] * 5
    assert (usage["events"], usage["bytes"]) == (passed, passed * BODY_BYTES)
    assert (audit["ok"], audit["intents_open"], audit["intents_orphaned"]) == (
        True,
        0,
        0,
    )
    assert "no room left" in disk.gateway.log()
    assert "metering.caught-up" in disk.gateway.log()
