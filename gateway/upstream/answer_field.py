"""One field line of an answer: what it says, to whom, and how it goes out.

Most lines repeat from answer to answer, so what is known of them is kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.upstream.failures import malformed
from gateway.upstream.headers import HOP_BY_HOP

NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")

KEPT_LINES_MAX = 2048

# Whose business a field is; numbers, because they are asked for with every line.
PASSES, DATES, LINKS, MEASURES, CODES, CONNECTS, SWITCHES, STOPS = range(8)

SPECIAL = {
    "connection": CONNECTS,
    "content-length": MEASURES,
    "date": DATES,
    "transfer-encoding": CODES,
    "upgrade": SWITCHES,
    **dict.fromkeys(("location", "content-location", "link", "refresh"), LINKS),
}

AnswerField = tuple[int, tuple[str, str], bytes]
"""Kind, name and value, and the line as it goes out; empty where it does not."""


def answer_field(line: bytes) -> AnswerField:
    """Read a line, without its end.

    Raises:
        UpstreamFailed: it is no field.
    """
    name, colon, value = line.partition(b":")
    if not colon or not NAME.match(name):
        raise malformed("has a malformed header field")
    value = value.strip(b" \t")
    pair = name.decode("ascii"), value.decode("utf-8", "surrogateescape")
    lowered = pair[0].lower()
    kind = SPECIAL.get(lowered)
    if kind is None:
        kind = STOPS if lowered in HOP_BY_HOP else PASSES
    return kind, pair, b"%b: %b\r\n" % (name, value) if kind <= LINKS else b""


kept_field = lru_cache(maxsize=KEPT_LINES_MAX)(answer_field)
"""The same, for lines that are short and no secret."""
