"""An archive of many kinds: pages with their parts, a feed, a film, git, a catalogue.

nginx serves the files, git-http-backend the repository, and `catalogue` what has to
be worked for. robots.txt asks machines to leave the search alone.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.front_servers import nginx_command
from tests.journeys.repositories import make_repository
from tests.journeys.running import ask, eventually, free_port, running

ROOT = Path(__file__).parents[2]
BACKEND = Path("/usr/lib/git-core/git-http-backend")
PAGES = 8
FILM_BYTES = 400_000
ROBOTS = "User-agent: *\nDisallow: /search\n"
STYLE = "body { max-width: 40em }\n"
# Whoever runs scripts shows it in the title.
SCRIPT = 'document.title += " (with its script)";\n'
HTTP = """
  include /etc/nginx/mime.types;
  server {{
    listen 127.0.0.1:{port} backlog=512;
    root {root};
    etag on; gzip off; index index.html;
    location ~ ^/(?:search|oai)$ {{
      proxy_pass http://127.0.0.1:{catalogue};
      proxy_read_timeout 90s;
    }}
    location ~ ^/git(/.*)$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param GIT_PROJECT_ROOT {repositories};
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param PATH_INFO $1;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_pass unix:{gates};
    }}
  }}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/style.css">
<link rel="alternate" type="application/atom+xml" href="/feed.atom">
<script src="/script.js" defer></script></head>
<body><h1>{title}</h1><p><img src="/seal.png" alt="The seal"></p>
{inside}
</body></html>
"""
FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:letters</id><title>Letters</title>
<updated>2026-11-01T00:00:00Z</updated>{entries}</feed>
"""


@dataclass(frozen=True, slots=True)
class Archive:
    """Where it runs.

    Attributes:
        port: Of the whole.
        catalogue: The catalogue's own port; its gate is moved there.
        repository: What is cloned.
    """

    port: int
    catalogue: int
    repository: Path

    def shut(self) -> None:
        """Hold every search."""
        ask(self.catalogue, "/gate/shut")

    def open(self) -> None:
        """Let them go on."""
        ask(self.catalogue, "/gate/open")

    def held(self) -> int:
        """How many searches are held now."""
        return int(ask(self.catalogue, "/held").body)


@contextmanager
def archive_of_many_kinds(
    folder: Path, require_program: Callable[[str], Path]
) -> Generator[Archive]:
    """Such an archive, running."""
    nginx, fcgiwrap = require_program("nginx"), require_program("fcgiwrap")
    if not BACKEND.exists():
        require_program(f"{BACKEND} (of git)")
    files = folder / "files"
    write_files(files)
    bare = make_repository(folder)
    port, catalogue, gates = free_port(), free_port(), folder / "gates"
    http = HTTP.format(
        port=port,
        root=files,
        catalogue=catalogue,
        backend=BACKEND,
        repositories=bare.parent,
        gates=gates,
    )
    # A session of its own, because its workers outlive it.
    wrapper = subprocess.Popen(
        [str(fcgiwrap), "-c", "4", "-s", f"unix:{gates}"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    command = [sys.executable, "-m", "tests.journeys.catalogue", str(catalogue)]
    served = nginx_command(nginx, folder, name="archive", http=http)
    try:
        with (
            running(command, port=catalogue, target="/held", cwd=ROOT),
            running(served, port=port, stderr=subprocess.DEVNULL),
        ):
            eventually(gates.exists, within_s=30, what="fcgiwrap")
            yield Archive(port, catalogue, bare)
    finally:
        os.killpg(wrapper.pid, signal.SIGTERM)
        wrapper.wait(timeout=30)


def write_files(folder: Path) -> None:
    """Pages that lead to each other, their parts, a feed and a film."""
    (folder / "pages").mkdir(parents=True)
    chance = random.Random(4)
    (folder / "robots.txt").write_text(ROBOTS, encoding="utf-8")
    (folder / "style.css").write_text(STYLE, encoding="utf-8")
    (folder / "script.js").write_text(SCRIPT, encoding="utf-8")
    (folder / "seal.png").write_bytes(chance.randbytes(5_000))
    (folder / "film.mp4").write_bytes(chance.randbytes(FILM_BYTES))
    (folder / "letter.pdf").write_bytes(b"%PDF-1.7\n" + chance.randbytes(20_000))
    links = [f'<a href="/pages/{one}.html">Letter {one}</a>' for one in numbers()]
    links += ['<a href="/film.html">The film</a>']
    _page(folder / "index.html", "Letters", f"<p>{' '.join(links)}</p>")
    film = '<video controls src="/film.mp4"></video>'
    _page(folder / "film.html", "The film", film)
    for one in numbers():
        text = " ".join(["Dear friend,"] * 40)
        more = f'<a href="/search?q=letter-{one}">Letters like this one</a>'
        scan = '<a href="/letter.pdf">The scan</a>'
        _page(
            folder / "pages" / f"{one}.html",
            f"Letter {one}",
            f'<p>{text}</p><p>{more} {scan} <a href="/">All letters</a></p>',
        )
    entries = "".join(
        f"<entry><id>urn:letter:{one}</id><title>Letter {one}</title>"
        f'<link href="/pages/{one}.html"/><updated>2026-11-01T00:00:00Z</updated>'
        "</entry>"
        for one in numbers()
    )
    (folder / "feed.atom").write_text(FEED.format(entries=entries), encoding="utf-8")


def numbers() -> range:
    """Of the letters."""
    return range(1, PAGES + 1)


def _page(file: Path, title: str, inside: str) -> None:
    file.write_text(PAGE.format(title=title, inside=inside), encoding="utf-8")
