"""The same request twice, one agreement: answers kept for whoever asks again.

A key is shown once, so the answer to a retry must be the first answer itself. It is
kept in memory for ten minutes, under a digest of the offer, the client's address,
its `Idempotency-Key` and the body; nothing of it is written anywhere.
Source: draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.web.answer import Answer

KEPT_NS = 600 * NS_PER_S
ENTRIES_MAX = 256
KEY_CHARS_MIN = 8
KEY_CHARS_MAX = 128


class Standing(Enum):
    """What is known of a key."""

    NEW = "new"
    UNDER_WAY = "under way"
    USED_OTHERWISE = "used otherwise"


@dataclass(slots=True)
class _Entry:
    fingerprint: bytes
    kept_until_ns: int
    answer: Answer | None = None


@dataclass(slots=True)
class Replays:
    """Keeps the last answers of one worker.

    Attributes:
        clock: For how long they are kept.
    """

    clock: Clock
    _entries: OrderedDict[bytes, _Entry] = field(
        default_factory=OrderedDict, repr=False
    )

    def begin(self, subject: str, key: str, body: bytes) -> Standing | Answer:
        """A request begins.

        Returns:
            The first answer where this is a retry; `NEW` where it is none, and
            then `end` or `drop` must follow.
        """
        self._forget()
        name, print_ = _digest(subject, key), hashlib.sha256(body).digest()
        entry = self._entries.get(name)
        if entry is None:
            until = self.clock.ticks_ns() + KEPT_NS
            self._entries[name] = _Entry(print_, until)
            return Standing.NEW
        if entry.fingerprint != print_:
            return Standing.USED_OTHERWISE
        return Standing.UNDER_WAY if entry.answer is None else entry.answer

    def end(self, subject: str, key: str, answer: Answer) -> None:
        """The request was answered for good."""
        entry = self._entries.get(_digest(subject, key))
        if entry is not None:
            entry.answer = answer

    def drop(self, subject: str, key: str) -> None:
        """Nothing came of the request; the next one is new."""
        self._entries.pop(_digest(subject, key), None)

    def _forget(self) -> None:
        now = self.clock.ticks_ns()
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if oldest.kept_until_ns > now and len(self._entries) < ENTRIES_MAX:
                break
            self._entries.popitem(last=False)


def _digest(subject: str, key: str) -> bytes:
    return hashlib.sha256(f"{subject}\0{key}".encode()).digest()


def is_usable(key: str) -> bool:
    """Is it long enough to be unguessable, and short enough to keep?"""
    fits = KEY_CHARS_MIN <= len(key) <= KEY_CHARS_MAX
    return fits and key.isascii() and key.isprintable()
