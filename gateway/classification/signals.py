"""Signals: small observations, each of which can be wrong, and says its source.

A signal never decides alone what somebody is charged: everything here is read
from what the client sends, so it is `claimed` at best. Vocabulary stands in plain
sight; each word is matched whole, or as the stated ending of a whole word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gateway.classification.appearance import (
    FIELD_CHARS_MAX,
    asks_for_git,
    speaks_activity,
)
from gateway.classification.known_agents import (
    REMEMBERED_MAX,
    WORD,
    lettered_of,
    lowered,
    shortened,
)
from gateway.kernel.request import Headers, Request


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation.

    Attributes:
        kind: The kind of client it speaks for, a word of `facts.KINDS`.
        source: Which part of the request it was seen in: `user-agent` …
        because: One clause for a reader, without a word the client chose.
        is_automation: The client says itself that no person is at the keys.
    """

    kind: str
    source: str
    because: str
    is_automation: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGINES = _words(
    "applewebkit gecko khtml presto trident msie goanna servo netfront webkit "
    "mozilla opera blink flow"
)
PLATFORMS = _words(
    "windows win32 win64 macintosh mac x11 linux android iphone ipad ipod cros "
    "freebsd openbsd netbsd dragonfly sunos solaris irix haiku beos os2 amiga amigaos "
    "morphos aros risc openvms symbian symbianos series60 s60v5 s60 midp blackberry "
    "bb10 playbook meego maemo tizen webos web0s hpwos kaios bada playstation "
    "nintendo xbox smarttv linux64 inferno wayland silk j2me palmos sailfish os warp "
    "mobile crkey"
)
# Browsers and apps that do not take the shape `Mozilla/5.0 (platform) engine`.
BROWSERS = _words(
    "lynx links elinks w3m dillo netsurf ibrowse amigavoyager amiga edbrowse browsh "
    "ucbrowser ucweb opera omniweb dolfin obigo netfront webos mosaic arachne "
    "offbyone konqueror retawq chawan ladybird visurf novarra nook browser "
    "puffin"
)
DEVICES = _words(
    "cfnetwork darwin dalvik midp cldc iphone ipad ipod ios android macos osx "
    "macintosh macbook imac macmini mac windows darwinos applecoremedia roku sonos "
    "playstation xbox nintendo symbianos webos tizen fban win10 macbookpro10 qtver os "
    "wtos htc mozacfetch dvp crkey"
)
FEED_WORDS = _words("rss atom feed feeds podcast podcasts newsreader feedburner")
FEED_ENDS = ("rss", "feed", "feeds", "feedreader", "rssreader", "podcasts")
FEED_STARTS = ("rss", "feed")
MONITOR_ENDS = ("monitor", "monitoring", "uptime", "healthcheck")
PREVIEW_ENDS = ("preview", "previewer", "unfurl", "unfurler", "linkexpanding")
AUTOMATION_ENDS = (
    "bot",
    "bots",
    "crawler",
    "crawlers",
    "crawl",
    "spider",
    "scraper",
    "fetcher",
    "scanner",
    "checker",
    "indexer",
    "harvester",
    "archiver",
    "validator",
)
# Telephones and words that only look like it; measured on labelled browsers.
NOT_AUTOMATION = _words("cubot robot camscanner")


def _parts(ends: tuple[str, ...], starts: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Ends and beginnings of words, as they stand in `padded`."""
    return (*(f"{end} " for end in ends), *(f" {start}" for start in starts))


FEED_PARTS = _parts(FEED_ENDS, FEED_STARTS)
MONITOR_PARTS = _parts(MONITOR_ENDS)
PREVIEW_PARTS = _parts(PREVIEW_ENDS)
AUTOMATION_PARTS = _parts(AUTOMATION_ENDS)
ASSISTIVE = _words(
    "readspeaker browsealoud texthelp nvda jaws voiceover talkback speechify "
    "webreader immersivereader"
)
DIGITS = "0123456789"
SHAPED = ("mozilla/", "opera/", "applewebkit/")
CONTACT = re.compile(r"\+ ?https?:")
CHROME = re.compile(r"\bchrome/(\d{1,4})")
CHROMIUM_HINT = re.compile(r'"(?:Chromium|Google Chrome|HeadlessChrome)";v="(\d{1,4})')


@lru_cache(maxsize=REMEMBERED_MAX)
def words_of(user_agent: str) -> frozenset[str]:
    """The words of a user agent, in lower case."""
    return frozenset(WORD.findall(lowered(shortened(user_agent))))


@lru_cache(maxsize=REMEMBERED_MAX)
def padded(user_agent: str) -> str:
    """Its words with a space around each: the end of a word is a piece of text."""
    return f" {' '.join(words_of(user_agent))} "


Outline = tuple[frozenset[str], bool, bool, bool]
"""Words that are no numbers; a browser's beginning, an address, nothing but blanks."""


def outline_of(user_agent: str) -> Outline:
    """All that the signals below read of a user agent.

    Every word in their vocabulary has a letter in it, so numbers may be left out. A
    signal that reads more must add it here, or it is asked only once.
    """
    return (
        lettered_of(user_agent),
        _is_shaped(user_agent),
        CONTACT.search(shortened(user_agent)) is not None,
        not user_agent.strip(),
    )


def _is_shaped(user_agent: str) -> bool:
    return lowered(shortened(user_agent).lstrip()).startswith(SHAPED)


def git(asked: Request) -> Evidence | None:
    """A git client: by name, by `Git-Protocol`, or by asking for git's service."""
    if asked.user_agent.startswith("git/"):
        return Evidence("git", "user-agent", "its user agent names a git client")
    if "git-protocol" in asked.headers:
        return Evidence("git", "git-protocol", "it sends the header Git-Protocol")
    if asks_for_git(asked):
        return Evidence("git", "target", "it asks for git's own service")
    return None


def fediverse(asked: Request) -> Evidence | None:
    """A server of the fediverse: it asks for an ActivityPub document."""
    if speaks_activity(asked.headers.get("accept")[:FIELD_CHARS_MAX]):
        return Evidence("fediverse", "accept", "it asks for an ActivityPub document")
    return None


def feed_reader(user_agent: str) -> Evidence | None:
    """A reader of feeds that says so."""
    if not FEED_WORDS.isdisjoint(words_of(user_agent)) or _any(user_agent, FEED_PARTS):
        because = "its user agent speaks of feeds"
        return Evidence("feed-reader", "user-agent", because)
    return None


def monitor(user_agent: str) -> Evidence | None:
    """Something that looks whether the site is up, and says so."""
    if _any(user_agent, MONITOR_PARTS):
        because = "its user agent speaks of monitoring"
        return Evidence("monitor", "user-agent", because, is_automation=True)
    return None


def link_preview(user_agent: str) -> Evidence | None:
    """Something that draws the card below a shared link, and says so."""
    if _any(user_agent, PREVIEW_PARTS):
        because = "its user agent speaks of previews"
        return Evidence("link-preview", "user-agent", because, is_automation=True)
    return None


def automation(user_agent: str) -> Evidence | None:
    """A program that calls itself one, or leaves an address for complaints."""
    if _any(user_agent, AUTOMATION_PARTS) and _names_automation(user_agent):
        because = "its user agent calls itself a bot, crawler or the like"
        return Evidence("unknown", "user-agent", because, is_automation=True)
    if CONTACT.search(shortened(user_agent)):
        because = "its user agent leaves an address, as programs do"
        return Evidence("unknown", "user-agent", because, is_automation=True)
    return None


def browser(user_agent: str) -> Evidence | None:
    """The shape of a browser, or of an app on somebody's own device.

    Anybody can send it; who does is a person with a budget, never a company.
    """
    words = words_of(user_agent)
    if _is_shaped(user_agent) and words & ENGINES and _names_platform(words):
        because = "its user agent has the shape of a browser"
        return Evidence("browser", "user-agent", because)
    if words & BROWSERS:
        return Evidence("browser", "user-agent", "its user agent names a browser")
    if words & DEVICES:
        because = "its user agent names a device of a person"
        return Evidence("browser", "user-agent", because)
    return None


def plain_browser(user_agent: str) -> bool:
    """Does the user agent name a browser that shows pages and little else?

    Those that take Mozilla's shape run scripts of the page, which ask for other things.
    """
    if lowered(user_agent).startswith(SHAPED):
        return False
    return bool(words_of(user_agent) & BROWSERS)


def assistive(user_agent: str) -> bool:
    """Does the user agent name an assistive technology?"""
    return not lettered_of(user_agent).isdisjoint(ASSISTIVE)


def hints_contradict(user_agent: str, headers: Headers) -> str:
    """Why the client hints deny the user agent; empty when they do not.

    Looks only at what no browser gets wrong: the major version of Chromium
    (https://wicg.github.io/ua-client-hints/), and hints from an engine that
    sends none.
    """
    hints = headers.get("sec-ch-ua")[:FIELD_CHARS_MAX]
    if not hints:
        return ""
    if "HeadlessChrome" in hints:
        return "its client hints name a headless browser"
    shown = CHROME.search(lowered(shortened(user_agent)))
    if shown is None:
        if "firefox" in words_of(user_agent):
            return "it calls itself Firefox, which sends no such client hints"
        return ""
    hinted = CHROMIUM_HINT.findall(hints)
    if hinted and shown.group(1) not in hinted:
        return "its client hints name another version than its user agent"
    return ""


def _any(user_agent: str, parts: tuple[str, ...]) -> bool:
    """Does one of its words begin or end so?"""
    text = padded(user_agent)
    for part in parts:  # noqa: SIM110 a loop is half the price of any()
        if part in text:
            return True
    return False


def _names_platform(words: frozenset[str]) -> bool:
    """A platform, or one with its version grown on (`FreeBSD2.2.8`)."""
    if not words.isdisjoint(PLATFORMS):
        return True
    return any(word.rstrip(DIGITS) in PLATFORMS for word in words if word[-1] in DIGITS)


def _names_automation(user_agent: str) -> bool:
    words = words_of(user_agent)
    named = {word for word in words if word.endswith(AUTOMATION_ENDS)}
    return bool(named - NOT_AUTOMATION)
