"""A gateway of several processes: which they are, and a way to be rough with them."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from gateway.storage.sqlite.engine import open_sqlite
from tests.journeys.metered import set_up
from tests.journeys.running import Gateway, ask, eventually

SOON_S = 60.0
LOOK_AGAIN_S = 0.1  # processes start for a second, on the same cores


def set_up_with(folder: Path, archive: int, *, workers: int = 2) -> Gateway:
    """A set-up that meters, with so many workers; not started."""
    gateway = set_up(folder, f"http://127.0.0.1:{archive}")
    say(gateway, "workers", str(workers))
    return gateway


def say(gateway: Gateway, key: str, value: str) -> None:
    """Set a key of gateway.yaml."""
    config = Path(gateway.config)
    lines = config.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(f"{key}:")]
    config.write_text("\n".join([*kept, f"{key}: {value}", ""]), encoding="utf-8")


@contextmanager
def workers_before(
    archive: int, folder: Path, *, workers: int = 2
) -> Generator[Gateway]:
    """Such a gateway, running with all its workers; stopped at the end."""
    gateway = set_up_with(folder, archive, workers=workers)
    gateway.start()
    try:
        wait_until_whole(gateway, workers)
        yield gateway
    finally:
        gateway.stop()


def wait_until_whole(gateway: Gateway, workers: int = 2) -> None:
    """Wait until the writer and all workers serve, and nothing else does."""
    try:
        eventually(
            lambda: is_whole(gateway, workers),
            within_s=2 * SOON_S,
            what="a whole gateway",
            again_s=LOOK_AGAIN_S,
        )
    except AssertionError as fault:
        fault.add_note(f"its children are {children(gateway)}")
        raise


def is_whole(gateway: Gateway, workers: int) -> bool:
    roles = Counter(children(gateway).values())
    if roles != {"writer": 1, "worker": workers}:
        return False  # whoever starts is not kept from it by being asked
    try:
        ready = ask(gateway.admin_port, "/readyz").status == 200
        return ready and len(health(gateway).get("workers", ())) == workers
    except OSError:
        return False


def health(gateway: Gateway) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(gateway.admin_port, "/healthz").body)
    return found


def children(gateway: Gateway) -> dict[int, str]:
    """Process id to role, as the operating system has it."""
    assert gateway.process
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, IndexError):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) != gateway.process.pid or stat[0] == "Z":
                continue
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            # Between fork and exec a child is still called what its parent is.
            if "-m" in words:
                found[int(entry.name)] = words[words.index("-m") + 2]
    return found


def of_role(gateway: Gateway, role: str) -> list[int]:
    return sorted(pid for pid, known in children(gateway).items() if known == role)


def kill(process_id: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


def is_alive(process_id: int) -> bool:
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def is_free(port: int) -> bool:
    """Could somebody else listen there now?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def intents_by_run(gateway: Gateway) -> dict[str, int]:
    """How many intents each worker's run has written down."""
    with closing(open_sqlite(gateway.folder / "copyfair.db", migrate=False)) as db:
        rows = db.rows(
            "SELECT boot_id, sum(n) AS n FROM (SELECT boot_id, 1 AS n FROM intent"
            " UNION ALL SELECT boot_id, 1 FROM open_intent"
            " UNION ALL SELECT boot_id, number FROM settled_intents)"
            " GROUP BY boot_id"
        )
        return {row["boot_id"]: int(row["n"]) for row in rows}


def worker_of(gateway: Gateway, boot_id: str) -> int:
    """The process of a run."""
    (found,) = [
        each["process_id"]
        for each in health(gateway)["workers"]
        if each["boot_id"] == boot_id
    ]
    process_id: int = found
    return process_id
