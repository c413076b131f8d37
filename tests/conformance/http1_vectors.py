"""Published HTTP/1.1 vectors, mended where they were damaged, and their judge.

The vectors come from MDA2AV/Http11Probe (MIT); see `../shared/data/SOURCES.md`.
Eight were cut off by their publisher and five lost their bytes beyond ASCII to
question marks; these are made again from their descriptions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared/data/conformance/http1/http11probe-vectors.json"
HOST = b"Host: localhost:8080\r\n"
HUNDRED_KIB = 100 * 1024

MENDED: Mapping[str, bytes] = {
    # cut off at 8 KiB, or empty
    "MAL-LONG-URL": b"GET /%b HTTP/1.1\r\n%b\r\n" % (b"A" * HUNDRED_KIB, HOST),
    "MAL-LONG-HEADER-VALUE": (
        b"GET / HTTP/1.1\r\n%bX-Big: %b\r\n\r\n" % (HOST, b"B" * HUNDRED_KIB)
    ),
    "MAL-MANY-HEADERS": b"GET / HTTP/1.1\r\n%b%b\r\n"
    % (HOST, b"".join(b"X-H-%d: value\r\n" % number for number in range(10_000))),
    "MAL-EMPTY-REQUEST": b"",
    "MAL-LONG-HEADER-NAME": (
        b"GET / HTTP/1.1\r\n%b%b: value\r\n\r\n" % (HOST, b"A" * HUNDRED_KIB)
    ),
    "MAL-LONG-METHOD": b"%b / HTTP/1.1\r\n%b\r\n" % (b"A" * HUNDRED_KIB, HOST),
    "MAL-CHUNK-EXT-64K": (
        b"POST / HTTP/1.1\r\n%bTransfer-Encoding: chunked\r\n\r\n5;ext=%b\r\nhello\r\n"
        b"0\r\n\r\n" % (HOST, b"a" * 64 * 1024)
    ),
    "MAL-RANGE-OVERLAPPING": b"GET / HTTP/1.1\r\n%bRange: bytes=%b\r\n\r\n"
    % (HOST, b",".join([b"0-"] * 1_000)),
    # bytes beyond ASCII had become question marks
    "MAL-BINARY-GARBAGE": bytes((number * 167 + 13) % 256 for number in range(256)),
    "MAL-CONTROL-CHARS-HEADER": (
        b"GET / HTTP/1.1\r\n%bX-Test: abc\x01\x07\x08\x7fdef\r\n\r\n" % HOST
    ),
    "MAL-NON-ASCII-HEADER-NAME": (
        b"GET / HTTP/1.1\r\n%bX-T\xc3\xabst: value\r\n\r\n" % HOST
    ),
    "MAL-NON-ASCII-URL": b"GET /caf\xc3\xa9 HTTP/1.1\r\n%b\r\n" % HOST,
    "MAL-URL-OVERLONG-UTF8": b"GET /\xc0\xaf HTTP/1.1\r\n%b\r\n" % HOST,
}


class Verdict(Enum):
    """What the judge says."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Vector:
    """One request and what is expected of a server.

    Attributes:
        id: Its name in the published suite.
        category: Smuggling, MalformedInput or Compliance.
        expected: In the suite's words: `400 or close`, `400/close/timeout` …
        is_scored: Counts in the suite's own score.
        request: The bytes.
    """

    id: str
    category: str
    expected: str
    is_scored: bool
    request: bytes


@dataclass(frozen=True, slots=True)
class Seen:
    """What a server did.

    Attributes:
        status: Of its first response; 0 for none.
        is_closed: It closed the connection.
    """

    status: int
    is_closed: bool


def vectors() -> list[Vector]:
    """Every published vector; none where the shared data are not there."""
    if not FILE.exists():
        return []
    return [
        Vector(
            row["id"],
            row["category"],
            row["expected"],
            row["scored"],
            MENDED.get(row["id"], row["raw_request"].encode("latin-1")),
        )
        for row in json.loads(FILE.read_text(encoding="utf-8"))
    ]


def judge(expected: str, seen: Seen) -> Verdict:
    """Hold what was seen against the words of the suite.

    A close counts as a close only where no response came before it: a server that
    accepts what it should refuse, and then closes, has accepted it.
    """
    if expected.startswith("!"):
        refused = int(expected[1:])
        return Verdict.FAIL if seen.status == refused else Verdict.PASS
    verdict = Verdict.FAIL
    for word, grade in _alternatives(expected):
        if _fits(word, seen):
            return grade
    return verdict


def _alternatives(expected: str) -> list[tuple[str, Verdict]]:
    alternatives: list[tuple[str, Verdict]] = []
    for part in re.split(r",\s*", expected):
        grade = Verdict.WARN if part.endswith("(warn)") else Verdict.PASS
        words = re.sub(r"\s*\((?:pass|warn)\)", "", part)
        alternatives += [
            (word.strip(), grade) for word in re.split(r"\s+or\s+|/", words)
        ]
    return alternatives


def _fits(word: str, seen: Seen) -> bool:
    match word:
        case "close":
            return seen.status == 0 and seen.is_closed
        case "timeout":
            return seen.status == 0 and not seen.is_closed
        case "2xx":
            return 200 <= seen.status < 300
        case "2xx + close":
            return 200 <= seen.status < 300 and seen.is_closed
        case _:
            return seen.status == int(word)
