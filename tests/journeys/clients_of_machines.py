"""Tools, feed readers, harvesters and crawlers, each doing what its user does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import feedparser

from tests.journeys.many_kinds import FILM_BYTES, numbers
from tests.journeys.repositories import COMMITS, git
from tests.journeys.visit import FOUND, SEARCH, WITHIN_S, Story, Visit

TOOLS = Path(__file__).parent / "tools_clients"
GPTBOT = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; GPTBot/1.2; "
    "+https://openai.com/gptbot"
)
CHATGPT_USER = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; "
    "ChatGPT-User/1.0; +https://openai.com/bot"
)
ZOTERO = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 "
    "Zotero/7.0.15"
)
WAYBACK = (
    "Mozilla/5.0 (compatible; archive.org_bot "
    "+http://archive.org/details/archive.org_bot)"
)
MASTODON = "Mastodon/4.5.0 (http.rb/5.3.1; +https://social.example/)"
GET = "curl -sS --fail -o page -D head"


# ── tools that people read with ──────────────────────────────────────────────
def reads_with_curl(visit: Visit) -> str:
    """A page, the same one again with its tag, and a part of a film."""
    assert visit.run(GET, visit.url("/pages/1.html")).returncode == 0
    head = (visit.folder / "head").read_text(encoding="utf-8")
    tag = re.search(r"^etag: *(\S+)", head, re.IGNORECASE | re.MULTILINE)
    assert tag is not None
    known = f"If-None-Match: {tag[1]}"
    again = visit.run(
        "curl -sS -o none -w %{http_code} -H", known, visit.url("/pages/1.html")
    )
    assert again.stdout == "304"
    assert visit.run(f"{GET} -r 1000-1999", visit.url("/film.mp4")).returncode == 0
    assert (visit.folder / "page").stat().st_size == 1000
    return ""


def searches_with_curl_until_it_gets_there(visit: Visit) -> str:
    done = visit.run(
        f"curl -sS --retry 40 --retry-max-time {WITHIN_S} -o page -w %{{http_code}}",
        visit.url(SEARCH),
    )
    assert done.stdout == "200", done.stderr
    assert FOUND in (visit.folder / "page").read_text(encoding="utf-8")
    said: str = json.loads(visit.witness.seen[0].body)["detail"]
    return said


def saves_a_page_with_wget(*options: str) -> Story:
    def story(visit: Visit) -> str:
        done = visit.run("wget -nv -p", *options, visit.url("/pages/2.html"))
        assert done.returncode == 0, done.stderr
        return ""

    return story


def searches_with_wget_until_it_gets_there(visit: Visit) -> str:
    done = visit.run(
        "wget --tries=60 --waitretry=3 --retry-on-http-error=429 -O page",
        visit.url(SEARCH),
    )
    assert done.returncode == 0, done.stderr
    assert FOUND in (visit.folder / "page").read_text(encoding="utf-8")
    found = re.search(r"(429 .*?)\n", done.stderr)
    return found[1] if found else ""


def clones_with_git(visit: Visit) -> str:
    clone = visit.folder / "clone"
    done = git("clone", "-q", visit.url("/git/records.git"), str(clone))
    assert done.returncode == 0, done.stderr
    here = git("-C", str(clone), "rev-parse", "HEAD").stdout
    there = git("-C", str(visit.place.archive.repository), "rev-parse", "HEAD").stdout
    assert here == there
    assert len(list(clone.glob("record-*.txt"))) == COMMITS
    assert git("-C", str(clone), "fsck", "--strict").returncode == 0
    return ""


def polls_a_feed(visit: Visit) -> str:
    """Twice: the second time it says what it has."""
    first = feedparser.parse(visit.url("/feed.atom"))
    assert len(first.entries) == len(numbers())
    again = feedparser.parse(visit.url("/feed.atom"), etag=first.etag)
    assert again.status == 304
    return ""


def harvests_with_sickle(visit: Visit) -> str:
    done = visit.run("python", TOOLS / "harvest.py", visit.url("/oai"))
    assert done.stdout.strip() == "120", done.stderr
    return ""


def saves_an_item_like_zotero(visit: Visit) -> str:
    wants = "Accept: text/html,application/pdf,*/*;q=0.5"
    for target in ("/pages/3.html", "/letter.pdf"):
        done = visit.run(GET, "-A", ZOTERO, "-H", wants, visit.url(target))
        assert done.returncode == 0, done.stderr
    return ""


def gets_with_curl(name: str, target: str) -> Story:
    """One page, under another's name."""

    def story(visit: Visit) -> str:
        done = visit.run(GET, "-A", name, visit.url(target))
        assert done.returncode == 0, done.stderr
        return ""

    return story


def downloads_a_film(visit: Visit) -> str:
    done = visit.run(
        "yt-dlp -q --no-cache-dir --http-chunk-size 100K -o film",
        visit.url("/film.html"),
    )
    assert done.returncode == 0, done.stderr
    assert (visit.folder / "film").stat().st_size == FILM_BYTES
    return ""


# ── machines that take all of it ─────────────────────────────────────────────
def mirrors_with_httrack(visit: Visit) -> str:
    done = visit.run(
        "httrack -q -r4 -c4 -%c0 -A10000000 --robots=2 --disable-security-limits "
        "-O mirror",
        visit.url("/"),
    )
    assert done.returncode == 0, done.stderr
    pages = list((visit.folder / "mirror").glob("*/pages/*.html"))
    assert len(pages) == len(numbers())
    return ""


def crawls_with_scrapy(manners: str, agent: str = "") -> Story:
    def story(visit: Visit) -> str:
        spider = (TOOLS / "spider.py", visit.url("/"), manners)
        done = visit.run("python", *spider, *([agent] if agent else []))
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        return ", ".join(f"{status}: {count}" for status, count in told.items())

    return story
