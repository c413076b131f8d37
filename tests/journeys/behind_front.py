"""Front servers of deploy/ that deliver themselves, an archive and a gateway."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.front_servers import (
    FRONTS,
    Place,
    ask_over_tls,
    fronting,
    make_certificate,
    nginx_command,
)
from tests.journeys.metered import set_up
from tests.journeys.running import Gateway, Got, free_port, running

ARCHIVE = """server {{
  listen 127.0.0.1:{port};
  root {root};
  add_header X-Got-Authorization $http_authorization always;
  add_header X-Got-Target $request_uri always;
  etag on; gzip off;
  location = / {{ return 200 "here"; }}
  location / {{ try_files $uri =404; }}
}}"""
BUDGETS = "--budgets"
FILES: Mapping[str, int] = {
    "small": 1_000,
    "page": 40_000,
    "large": 3_000_000,
    "huge": 40_000_000,
}


@dataclass(frozen=True, slots=True)
class Front:
    """A front server with a gateway that decides, and a log between them."""

    port: int
    gateway: Gateway
    trust: ssl.SSLContext
    log: Path

    def ask(
        self,
        target: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        source: str = "127.0.0.1",
    ) -> Got:
        return ask_over_tls(
            self.port,
            self.trust,
            target,
            method=method,
            headers=headers,
            source=source,
        )


@contextmanager
def static_archive(nginx: Path, folder: Path) -> Generator[int]:
    """Files of known sizes with strong ETags; the port."""
    root = folder / "files"
    root.mkdir()
    for name, size in FILES.items():
        (root / name).write_bytes(bytes(range(256)) * (size // 256 + 1))
        with (root / name).open("r+b") as file:
            file.truncate(size)
    port = free_port()
    http = ARCHIVE.format(port=port, root=root)
    command = nginx_command(nginx, folder, name="archive", http=http)
    with running(command, port=port):
        yield port


def maps_of(kind: str, gateway: Gateway, folder: Path, options: Sequence[str]) -> str:
    """Write the maps of a set-up's policies, for a front server; the file.

    With `--budgets` among the options its own limits stand behind them.
    """
    said = [one for one in options if one != BUDGETS]
    text = gateway.copyfair("export", kind, *said)["configuration"]
    if BUDGETS in options:
        text += gateway.copyfair("export", kind, BUDGETS)["configuration"]
    file = folder / "ask.conf"
    file.write_text(text.replace("/var/cache/nginx/", f"{folder}/"), encoding="utf-8")
    return str(file)


@contextmanager
def deciding_front(
    kind: str,
    program: Path,
    folder: Path,
    *,
    archive_port: int,
    exported: Sequence[str] | None = None,
    prepare: Callable[[Gateway], None] = lambda _gateway: None,
) -> Generator[Front]:
    """The gateway behind a front server, which delivers.

    *exported* are options of `copyfair export`, whose maps it then uses; *prepare*
    changes the set-up before anything is made of it.
    """
    folder.mkdir()
    gateway = set_up(folder, f"http://127.0.0.1:{archive_port}")
    log, decide_at = folder / "copyfair.usage.log", f"127.0.0.1:{free_port()}"
    with Path(gateway.config).open("a", encoding="utf-8") as config:
        door = f"listen: '{decide_at}', trusted: [127.0.0.1]"
        config.write(f"forward_auth: {{{door}}}\n")
        config.write(f"access_log: {{file: {log}, format: {kind}}}\n")
    ports = {
        "127.0.0.1:8700": f"127.0.0.1:{gateway.port}",
        "port 8701": f"port {gateway.admin_port}",
        "127.0.0.1:8080": f"127.0.0.1:{archive_port}",
    }
    prepare(gateway)
    maps = "" if exported is None else maps_of(kind, gateway, folder, exported)
    place = Place(folder, free_port(), ports, maps, decide_at)
    if exported and "--cache" in exported:
        place.written("decide-cache.conf", "nginx/decide-cache.conf", {})
    trust = make_certificate(folder)
    gateway.start()
    try:
        _, command_of = FRONTS[f"{kind}-asking"]
        with fronting(command_of(program, place), place, trust):
            yield Front(place.port, gateway, trust, log)
    finally:
        gateway.stop()
