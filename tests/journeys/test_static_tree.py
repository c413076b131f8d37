"""In front of a static nginx tree: what readers get is what nginx sends."""

import gzip
import random
import subprocess
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.integration.front_servers import nginx_command
from tests.journeys.running import (
    Gateway,
    Got,
    ask,
    free_port,
    gateway_before,
    running,
)

pytestmark = pytest.mark.services

# What each hop says of itself. Nothing else may differ, the server's name included.
PER_HOP = {"date", "connection", "keep-alive"}
PUBLIC_HOST = "files.example"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LARGE_BYTES = 3_000_000
# `gzip_proxied any` as docs/how-to/front-static.md says: without it nginx
# compresses nothing that came through a proxy.
TREE = """
  gzip on; gzip_proxied any; gzip_min_length 10; gzip_types text/html text/plain;
  server {{ listen 127.0.0.1:{port}; root {tree}; autoindex on; }}
"""


@pytest.fixture(scope="module")
def nginx(
    tmp_path_factory: pytest.TempPathFactory,
    require_program: Callable[[str], Path],
) -> Generator[int]:
    """A static tree: pages, a 3 MB file, an empty one; the port it listens on."""
    program = require_program("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    tree = folder / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "folder" / "page.html").write_text("<p>one of many", encoding="utf-8")
    (tree / "index.html").write_text("<h1>Registers</h1>" * 50, encoding="utf-8")
    (tree / "empty").touch()
    (tree / "large.bin").write_bytes(random.Random(7).randbytes(LARGE_BYTES))
    (tree / "a b & c.txt").write_text("odd name", encoding="utf-8")
    port = free_port()
    http = TREE.format(port=port, tree=tree)
    command = nginx_command(program, folder, name="tree", http=http)
    with running(command, port=port, stderr=subprocess.DEVNULL):
        yield port


@pytest.fixture(scope="module")
def gateway(nginx: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("static")
    with gateway_before(
        f"http://127.0.0.1:{nginx}", folder, "--protect", "on"
    ) as gateway:
        yield gateway


def told(answer: Got) -> tuple[int, dict[str, str], bytes]:
    """An answer without what each hop says of itself."""
    fields = {
        name: value for name, value in answer.headers.items() if name not in PER_HOP
    }
    return answer.status, fields, answer.body


class Asked(NamedTuple):
    """What a reader asks, and the status nginx gives."""

    status: int
    target: str
    headers: Mapping[str, str] = {}
    method: str = "GET"


GZIP = {"Accept-Encoding": "gzip"}
CONVERSATIONS = [
    Asked(200, "/"),
    Asked(200, "/", method="HEAD"),
    Asked(200, "/folder/"),
    Asked(200, "/index.html", GZIP),
    Asked(200, "/index.html", GZIP, "HEAD"),
    Asked(200, "/large.bin"),
    Asked(200, "/large.bin", method="HEAD"),
    Asked(206, "/large.bin", {"Range": "bytes=0-9"}, "HEAD"),
    Asked(206, "/large.bin", {"Range": "bytes=10-19"}),
    Asked(206, "/large.bin", {"Range": "bytes=-5"}),
    Asked(416, "/large.bin", {"Range": "bytes=9000000-"}),
    Asked(200, "/large.bin", {"Range": "lines=1-2"}),
    Asked(200, "/large.bin", {"Range": "bytes=0-9", "If-Range": '"other"'}),
    Asked(412, "/large.bin", {"If-Match": '"other"'}),
    Asked(200, "/empty"),
    Asked(200, "/a%20b%20&%20c.txt"),
    Asked(404, "/missing"),
    Asked(200, "/index.html?x=%2F&y=a+b"),
    Asked(405, "/index.html", method="DELETE"),
    Asked(405, "/index.html", {"Content-Length": "0"}, "POST"),
]


@pytest.mark.parametrize("asked", CONVERSATIONS, ids=str)
def test_an_answer_is_the_same_with_the_gateway_in_between(
    gateway: Gateway, nginx: int, asked: Asked
) -> None:
    sent = {"User-Agent": BROWSER, **asked.headers}

    through = gateway.ask(asked.target, asked.method, headers=sent)
    direct = ask(nginx, asked.target, asked.method, headers=sent)

    assert through.status == asked.status
    assert told(through) == told(direct)


def test_a_large_file_arrives_whole(gateway: Gateway) -> None:
    answer = gateway.ask("/large.bin", headers={"User-Agent": BROWSER})

    assert answer.headers["content-length"] == str(LARGE_BYTES)
    assert answer.body == random.Random(7).randbytes(LARGE_BYTES)


def test_what_nginx_compresses_stays_compressed(gateway: Gateway) -> None:
    plain = gateway.ask("/index.html", headers={"User-Agent": BROWSER})
    packed = gateway.ask("/index.html", headers={"User-Agent": BROWSER, **GZIP})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert len(packed.body) < len(plain.body)
    assert gzip.decompress(packed.body) == plain.body


def test_a_multipart_range_is_the_same_but_for_its_boundary(
    gateway: Gateway, nginx: int
) -> None:
    sent = {"User-Agent": BROWSER, "Range": "bytes=0-9,100-109"}

    through = gateway.ask("/large.bin", headers=sent)
    direct = ask(nginx, "/large.bin", headers=sent)

    def parts(answer: Got) -> list[bytes]:
        boundary = answer.headers["content-type"].partition("boundary=")[2]
        return answer.body.split(f"--{boundary}".encode())

    assert (through.status, direct.status) == (206, 206)
    assert parts(through) == parts(direct)


@pytest.mark.parametrize(
    ("condition", "field"),
    [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")],
)
def test_a_revalidation_is_304_with_and_without_the_gateway(
    gateway: Gateway, nginx: int, *, condition: str, field: str
) -> None:
    known = ask(nginx, "/large.bin").headers[field]
    sent = {"User-Agent": BROWSER, condition: known}

    through = gateway.ask("/large.bin", headers=sent)
    direct = ask(nginx, "/large.bin", headers=sent)

    assert told(through) == told(direct)
    assert (through.status, through.body) == (304, b"")


@pytest.mark.parametrize("host", ["127.0.0.1:{public}", PUBLIC_HOST])
def test_a_redirect_of_nginx_names_the_public_address(
    gateway: Gateway, nginx: int, host: str
) -> None:
    """nginx writes the Host it was sent, and its own port behind it."""
    public = host.format(public=gateway.port)

    answer = gateway.ask("/folder", headers={"User-Agent": BROWSER, "Host": public})

    assert answer.status == 301
    assert answer.headers["location"] == f"http://{public}/folder/"
    assert f":{nginx}" not in str(answer.headers)
