"""In front of kiwix-serve: a digital library, searched, ranged and compressed."""

import gzip
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.journeys.running import Gateway, ask, free_port, gateway_before, running

pytestmark = pytest.mark.services

HANDBOOK = Path("/usr/share/doc/debian-handbook/html/en-US")
PAGES = 30
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BROWSER = {"User-Agent": FIREFOX}
PAGE = "/handbook/index.html"
CRAWLERS = ["Mozilla/5.0 (compatible; GPTBot/1.2)", "CCBot/2.0"]
READERS = {
    "browser": FIREFOX,
    "lynx": "Lynx/2.9.0dev.12 libwww-FM/2.14",
    "feed reader": "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 12 subscribers)",
    "Internet Archive": "Mozilla/5.0 (compatible; archive.org_bot)",
    "nothing": "",
}


@pytest.fixture(scope="module")
def kiwix(
    tmp_path_factory: pytest.TempPathFactory,
    require_program: Callable[[str], Path],
) -> Generator[int]:
    """kiwix-serve over a book made of pages of the Debian handbook; its port."""
    writer, server = require_program("zimwriterfs"), require_program("kiwix-serve")
    if not HANDBOOK.exists():
        require_program("debian-handbook (its pages)")
    folder = tmp_path_factory.mktemp("kiwix")
    source = folder / "source"
    source.mkdir()
    chosen = sorted(HANDBOOK.glob("*.html"))[:PAGES]
    for page in [*chosen, HANDBOOK / "index.html"]:
        shutil.copy(page, source / page.name)
    make_illustration(source / "illustration.png")
    book = folder / "handbook.zim"
    subprocess.run(
        [
            *(str(writer), "-w", "index.html", "-I", "illustration.png", "-l", "eng"),
            *("-t", "Handbook", "-d", "A handbook", "-c", "Debian", "-p", "tests"),
            *("-n", "handbook", str(source), str(book)),
        ],
        check=True,
        capture_output=True,
    )
    port = free_port()
    command = [str(server), "--port", str(port), "--address", "127.0.0.1", str(book)]
    with running(command, port=port, stdout=subprocess.DEVNULL):
        yield port


def make_illustration(path: Path) -> None:
    """A 48 by 48 picture, which the format demands."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    rows = b"".join(b"\0" + b"\x20\x60\x40" * 48 for _ in range(48))
    header = struct.pack(">IIBBBBB", 48, 48, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))


@pytest.fixture(scope="module")
def gateway(kiwix: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("kiwix-gateway")
    options = ("--protect", "on", "--licence", "offer")
    with gateway_before(f"http://127.0.0.1:{kiwix}", folder, *options) as gateway:
        yield gateway


@pytest.mark.parametrize(
    ("status", "target"),
    [
        (200, "/"),
        (200, "/catalog/v2/entries"),
        (200, PAGE),
        (200, "/search?books.name=handbook&pattern=package"),
        (200, "/suggest?content=handbook&term=deb"),
        (404, "/handbook/missing.html"),
    ],
)
def test_a_reader_gets_what_kiwix_sends(
    gateway: Gateway, kiwix: int, *, status: int, target: str
) -> None:
    through = gateway.ask(target, headers=BROWSER)
    direct = ask(kiwix, target, headers=BROWSER)

    assert through.status == status
    assert (through.status, through.body) == (direct.status, direct.body)
    for name in ("content-type", "etag", "cache-control", "content-length"):
        assert through.headers.get(name) == direct.headers.get(name)


def test_the_entity_tag_follows_the_encoding(gateway: Gateway, kiwix: int) -> None:
    packed = {**BROWSER, "Accept-Encoding": "gzip"}

    plain = gateway.ask(PAGE, headers=BROWSER)
    through = gateway.ask(PAGE, headers=packed)
    direct = ask(kiwix, PAGE, headers=packed)

    assert through.headers["content-encoding"] == "gzip"
    assert through.headers["etag"] == direct.headers["etag"]
    assert through.headers["etag"] != plain.headers["etag"]
    assert through.body == direct.body
    assert gzip.decompress(through.body) == plain.body


def test_a_part_of_a_page_is_a_part(gateway: Gateway, kiwix: int) -> None:
    part = {**BROWSER, "Range": "bytes=100-199"}

    through = gateway.ask(PAGE, headers=part)
    direct = ask(kiwix, PAGE, headers=part)

    assert (through.status, len(through.body)) == (206, 100)
    assert through.body == direct.body
    assert through.headers["content-range"] == direct.headers["content-range"]


def test_a_page_that_did_not_change_is_not_sent_again(gateway: Gateway) -> None:
    etag = gateway.ask(PAGE, headers=BROWSER).headers["etag"]

    answer = gateway.ask(PAGE, headers={**BROWSER, "If-None-Match": etag})

    assert (answer.status, answer.body) == (304, b"")


def test_a_head_tells_the_length_and_sends_nothing(gateway: Gateway) -> None:
    page = gateway.ask(PAGE, headers=BROWSER)
    head = gateway.ask(PAGE, "HEAD", headers=BROWSER)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(page.body))


def test_a_redirect_leads_on_through_the_gateway(gateway: Gateway, kiwix: int) -> None:
    answer = gateway.ask("/random?content=handbook", headers=BROWSER)

    public = f"http://127.0.0.1:{gateway.port}"
    target = answer.headers["location"].removeprefix(public)
    assert answer.status == 302
    assert f":{kiwix}" not in str(answer.headers)
    assert gateway.ask(target, headers=BROWSER).status == 200


@pytest.mark.parametrize("crawler", CRAWLERS)
def test_a_training_crawler_is_offered_terms(gateway: Gateway, crawler: str) -> None:
    refused = gateway.ask(PAGE, headers={"User-Agent": crawler})
    robots = gateway.ask("/robots.txt", headers={"User-Agent": crawler})
    licence = gateway.ask("/license.xml", headers={"User-Agent": crawler})

    assert refused.status == 402
    assert refused.headers["www-authenticate"].startswith("License ")
    assert "/license.xml" in refused.headers["link"]
    assert b"Handbook" not in refused.body
    assert (robots.status, licence.status) == (200, 200)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_whoever_reads_goes_on_reading(gateway: Gateway, reader: str) -> None:
    headers = {"User-Agent": reader} if reader else {}

    page = gateway.ask(PAGE, headers=headers)
    feed = gateway.ask("/catalog/v2/entries", headers=headers)

    assert (page.status, feed.status) == (200, 200)
