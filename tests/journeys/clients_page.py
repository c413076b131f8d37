"""docs/reference/clients.md, written from what real clients experienced.

`python -m tests.journeys.clients_page` renews it (`make services` brings the clients).
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.journeys.client_list import GPTBOT_NAME
from tests.journeys.client_stories import Lived, lived
from tests.journeys.experience import BY_HAND, Experience

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "clients.md"
MEASURED = ("version", "asked", "longest answer, s")
"""Columns that are another's affair or another's every time; a test leaves them out."""

IN_CALM = (
    "client",
    "version",
    "what its user does",
    "asked",
    "refused",
    "as the archive sent it",
    "longest answer, s",
)
IN_A_CROWD = (
    "client",
    "what its user does",
    "refused",
    "how it got there",
    "as the archive sent it",
    "longest answer, s",
)
PAYMENT = re.compile(r'<([^>]*)>; rel="payment"')
REASON = re.compile(r'reason="([^"]*)"')

INTRODUCTION = """\
# Real clients

What real clients experience before a gateway with `protect: on` and
`licence_mode: offer`. Each comes from an address of its own, with its own settings
and no cookie, and does what its user does; a witness between client and gateway notes
every request and answer, and changes none. Behind the gateway is an archive of many
kinds: nginx with pages, a feed and a film, git-http-backend, OAI-PMH, and a search
that costs 20. Its robots.txt asks machines to leave the search alone.

This page is written by `python -m tests.journeys.clients_page`; a test lives through
the same story (`tests/journeys/test_clients.py`), and holds everything here but
versions, counts and seconds to be true.

lynx and w3m read as text; edbrowse is a line editor's browser that blind people use.

## In calm

*Refused* counts 401, 402, 403, 429 and every 5xx. *As the archive sent it*: each body
was compared with what the archive itself answers; git checked its own objects.
"""
CROWD = """\

## While a crowd asks for the search

Forty at once, each request from a network of its own, half of them with the name of a
browser. At first the archive makes no search at all, and whoever reads anything else
is done by then. After that it makes four at a time, a fifth of a second each, and the
crowd stays until whoever has a history, a button or a lane of their own is served.
Nobody comes with a history but from what they read in the same row.
"""
TOLD = """\

## What they were told

"""
WRONG = """\

## What is not well

- Whoever has read nothing here waits two seconds and then has to press a button. Those
  who read a page with its style or pictures first have a history, and wait in line for
  up to eight seconds; where the archive makes nothing at all in that time, they meet
  the button too. lynx, w3m and edbrowse fetch no styles or pictures: their readers have
  a history once they followed a link from one page to another, or asked again for a
  page that they keep; here they come to the search without either.
- A script has no button. `curl` and `wget` come back by themselves where they were told
  to (`--retry`; `--retry-on-http-error=429`); else they stop at the first 429. `curl`
  keeps to `Retry-After`, which is an estimate from the last answers, three seconds at
  least. `wget` 1.21 and Scrapy do not read it.
- Scrapy asks three times in a row for what it is refused, and then goes on without it:
  whoever crawls searches against robots.txt in a crowd gets none, for it gives its name
  and comes after all other newcomers. In calm the same spider gets all of them: nobody
  is refused for disobedience alone.
- A name is not a proof. Whoever writes the Wayback Machine's name goes to the lane of
  web archives (four places, a budget of its own) until something contradicts it; and
  what calls itself ChatGPT-User reads like a person, at a person's rate.
- HTTrack asks for one page a second unless it is told not to; here it was told.
- The clients are real, the internet is not: no losses, no delays, no TLS, HTTP/1.1.
  Zotero, Mastodon, the Wayback Machine and ChatGPT-User are here by name alone.
"""


def page(story: Lived) -> str:
    """The page, in Markdown."""
    calm = [
        (
            one.told.client,
            story.versions[one.told.program],
            one.told.did,
            str(len(one.seen)),
            _refused(one),
            _same(one),
            f"{one.longest_s():.1f}",
        )
        for one in story.calm
    ]
    crowd = [
        (
            one.told.client,
            one.told.did,
            _refused(one),
            one.way(),
            _same(one),
            f"{one.longest_s():.1f}",
        )
        for one in story.pressed
    ]
    return "".join(
        (
            INTRODUCTION,
            "\n",
            _table(IN_CALM, calm),
            CROWD,
            "\n",
            _table(IN_A_CROWD, crowd),
            TOLD,
            "\n".join(_quotes(story)),
            "\n",
            WRONG,
        )
    )


def settled(text: str) -> list[str]:
    """The page without what is measured, which differs from run to run."""
    kept: list[str] = []
    heads: Sequence[str] = ()
    for line in text.splitlines():
        if not line.startswith("|"):
            heads = ()
            kept.append(line)
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        heads = heads or cells
        pairs = zip(heads, cells, strict=True)
        kept.append(" | ".join(cell for head, cell in pairs if head not in MEASURED))
    return kept


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _refused(one: Experience) -> str:
    return ", ".join(map(str, sorted(one.refused()))) or "never"


def _same(one: Experience) -> str:
    if one.others:
        return f"no: {', '.join(sorted(one.others))}"
    if one.witness.began(BY_HAND):
        return "yes, by git's own digests"
    return "yes" if one.compared else "nothing was given"


def _quotes(story: Lived) -> Iterable[str]:
    """What stood before whom, once each."""
    by_words: dict[str, list[str]] = {}
    for one in (*story.calm, *story.pressed):
        if one.refused() and one.told.client != GPTBOT_NAME and one.said:
            by_words.setdefault(one.said, []).append(one.told.client)
    for words, names in by_words.items():
        yield f"- {'; '.join(names)}: “{words}”"
    refusal = next(
        seen
        for one in story.calm
        if one.told.client == GPTBOT_NAME
        for seen in one.seen
        if seen.status == 402
    )
    reason = REASON.search(refusal.said["copyfair-decision"])
    where = PAYMENT.search(refusal.said["link"])
    yield (
        f"- {GPTBOT_NAME}: “{reason[1] if reason else ''}”, "
        f"`Crawler-Price: {refusal.said['crawler-price']}`, and "
        f"{'where to accept it' if where else 'nothing to accept'} (`Link`)"
    )


def _found(program: str) -> Path:
    where = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    found = shutil.which(program, path=where)
    if found is None:
        sys.exit(f"{program} is not installed (`make services` does on Debian)")
    return Path(found)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, lived(Path(folder), _found) as told:
        PAGE.write_text(page(told), encoding="utf-8")
