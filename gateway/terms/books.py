"""`/_copyfair/books/…`: the open books, file by file as they were published.

Where nothing was published there is nothing here, as at any address nobody knows.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.web.answer import Answer
from gateway.web.security_headers import SAFE

READS = ("GET", "HEAD")
RETRY_AFTER_S = 60
FILE = re.compile(
    r"checkpoint|books\.json|rows/\d{3,9}/\d{3}\.jsonl"
    r"|tile/\d{1,2}/(?:x\d{3}/){0,5}\d{3}(?:\.p/\d{1,3})?",
    re.ASCII,
)
TYPES = {
    ".json": "application/json",
    ".jsonl": "application/jsonl; charset=utf-8",
    "checkpoint": "text/plain; charset=utf-8",
}
ANY_BYTES = "application/octet-stream"
FRESH = ("Cache-Control", "public, no-cache")
ANYWHERE = ("Access-Control-Allow-Origin", "*")


class Shelf(Protocol):
    """Where published files lie."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes, blocking; None where there is none.

        Raises:
            Unavailable: it cannot be read now.
        """


@dataclass(slots=True)
class BookFiles:
    """Answers for what was published of the books.

    Attributes:
        shelf: Where it lies.
    """

    shelf: Shelf

    async def __call__(self, asked: Request, path: str) -> Answer | None:
        """A file, or None where there is none.

        Args:
            asked: The request.
            path: Below the books' address.
        """
        if not FILE.fullmatch(path):
            return None
        try:
            content = await asyncio.to_thread(self.shelf.read, path)
        except Unavailable:
            detail = "the books cannot be read just now"
            return replies.retry_later(
                asked, "unavailable", detail, retry_after_s=RETRY_AFTER_S
            )
        if content is None:
            return None
        if asked.method not in READS:
            return replies.not_allowed(asked, ", ".join(READS))
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        fields = (("ETag", tag), FRESH, ANYWHERE)
        known = asked.headers.get("if-none-match")
        if tag in {each.strip().removeprefix("W/") for each in known.split(",")}:
            return Answer(304, fields)
        name = path.rpartition("/")[2]
        media = TYPES.get(f".{name.rpartition('.')[2]}", TYPES.get(name, ANY_BYTES))
        return Answer(200, (("Content-Type", media), *SAFE, *fields), content)
