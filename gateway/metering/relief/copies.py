"""Earlier copies of expensive pages, for anybody, in bounded memory.

They are given while a lane is full, and at no other time. What was asked for again
is kept apart from what was asked for once: a crowd that asks for each page once
drives out no page that readers want.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.request import Request
from gateway.metering.relief.copy_rules import (
    HeaderPairs,
    Lifetime,
    Selected,
    age_wanted_s,
    has_it,
    is_fit,
    lifetime_of,
    selected_by,
    sent,
)

BYTES_MAX = 32 * 1024 * 1024
COPY_BYTES_MAX = 256 * 1024
BESIDE_BYTES = 2_048
"""What a copy takes in memory beside its body, about."""
VARIANTS_MAX = 4
NEW_SHARE = 4
"""A quarter of the memory is for what was asked for once."""
STAYS = frozenset(
    ("cache-control", "content-location", "date", "etag", "expires", "vary")
)
"""The fields that a 304 repeats (RFC 9110 §15.4.5)."""


@dataclass(frozen=True, slots=True)
class Copy:
    """An answer of some time ago.

    Attributes:
        headers: End-to-end fields as the archive sent them, without `Age`.
        body: All of it.
        selected: What of the request it was chosen by.
        lifetime: What the archive says about keeping it.
        kept_ns: Ticks when it came.
    """

    headers: HeaderPairs
    body: bytes
    selected: Selected
    lifetime: Lifetime
    kept_ns: int

    def age_s(self, now_ns: int) -> int:
        """How old it is, in whole seconds."""
        return self.lifetime.age_s + max(0, now_ns - self.kept_ns) // NS_PER_S

    def ttl_s(self, now_ns: int) -> int:
        """How long it still holds by itself; below 0 it is stale."""
        return self.lifetime.fresh_s - self.age_s(now_ns)


@dataclass(frozen=True, slots=True)
class Given:
    """A copy as one client gets it.

    Attributes:
        headers: Its fields.
        body: Its body; empty where the client has this version.
        age_s: How old it is.
        ttl_s: How long it still holds by itself; below 0 it is stale.
        is_known: The client has this very version.
    """

    headers: HeaderPairs
    body: bytes
    age_s: int
    ttl_s: int
    is_known: bool


class CopyBook:
    """Keeps copies: so many bytes, and no more."""

    def __init__(
        self, *, bytes_max: int = BYTES_MAX, copy_bytes_max: int = COPY_BYTES_MAX
    ) -> None:
        self.copy_bytes_max = copy_bytes_max
        self._once = _Shelf(bytes_max // NEW_SHARE)
        self._again = _Shelf(bytes_max - bytes_max // NEW_SHARE)

    @property
    def held_bytes(self) -> int:
        """What they take, about."""
        return self._once.held_bytes + self._again.held_bytes

    def may_keep(self, asked: Request, status: int, headers: HeaderPairs) -> bool:
        """May what this was answered be kept for others?"""
        return (
            asked.method == "GET"
            and is_fit(asked)
            and lifetime_of(status, headers) is not None
            and selected_by(asked, headers) is not None
        )

    def keep(
        self, asked: Request, headers: HeaderPairs, body: bytes, *, now_ns: int
    ) -> None:
        """Keep an answer that `may_keep` has allowed; in the place of an older one."""
        lifetime, selected = lifetime_of(200, headers), selected_by(asked, headers)
        if lifetime is None or selected is None or len(body) > self.copy_bytes_max:
            return
        fields = tuple(pair for pair in headers if pair[0].lower() != "age")
        copy = Copy(fields, body, selected, lifetime, now_ns)
        wanted = self._again if asked.url in self._again else self._once
        if asked.url in self._once:
            self._promote(asked.url)
            wanted = self._again
        others = [each for each in wanted.get(asked.url) if each.selected != selected]
        wanted.put(asked.url, (copy, *others[: VARIANTS_MAX - 1]))

    def find(self, asked: Request, *, stale_s: int, now_ns: int) -> Given | None:
        """A copy that may be given for this now; None where there is none.

        Args:
            asked: The request, of somebody without a credential.
            stale_s: How old a copy may be, where the archive allows it.
            now_ns: Ticks now.
        """
        if stale_s <= 0 or not is_fit(asked):
            return None
        if asked.url in self._once:
            self._promote(asked.url)
        oldest_s = min(stale_s, age_wanted_s(asked.headers))
        for copy in self._again.get(asked.url):
            is_theirs = all(sent(asked, name) == told for name, told in copy.selected)
            is_over = copy.lifetime.must_ask and copy.ttl_s(now_ns) < 0
            if is_theirs and not is_over and copy.age_s(now_ns) <= oldest_s:
                return _given(asked, copy, now_ns)
        return None

    def forget(self, url: str) -> None:
        """The page was changed through us; its copies are no longer true."""
        self._once.drop(url)
        self._again.drop(url)

    def _promote(self, url: str) -> None:
        """It is asked for again."""
        copies = self._once.get(url)
        self._once.drop(url)
        self._again.put(url, copies)


def _given(asked: Request, copy: Copy, now_ns: int) -> Given:
    age_s, ttl_s = copy.age_s(now_ns), copy.ttl_s(now_ns)
    if not has_it(asked, copy.headers):
        return Given(copy.headers, copy.body, age_s, ttl_s, is_known=False)
    fields = tuple(pair for pair in copy.headers if pair[0].lower() in STAYS)
    return Given(fields, b"", age_s, ttl_s, is_known=True)


class _Shelf:
    """Copies by address, the least lately wanted first."""

    def __init__(self, bytes_max: int) -> None:
        self.held_bytes = 0
        self._bytes_max = bytes_max
        self._copies: OrderedDict[str, tuple[Copy, ...]] = OrderedDict()

    def __contains__(self, url: str) -> bool:
        return url in self._copies

    def get(self, url: str) -> tuple[Copy, ...]:
        copies = self._copies.get(url, ())
        if copies:
            self._copies.move_to_end(url)
        return copies

    def put(self, url: str, copies: tuple[Copy, ...]) -> None:
        self.drop(url)
        self._copies[url] = copies
        self.held_bytes += _taken(url, copies)
        while self.held_bytes > self._bytes_max:
            old, gone = self._copies.popitem(last=False)
            self.held_bytes -= _taken(old, gone)

    def drop(self, url: str) -> None:
        gone = self._copies.pop(url, ())
        if gone:
            self.held_bytes -= _taken(url, gone)


def _taken(url: str, copies: tuple[Copy, ...]) -> int:
    """About how many bytes of memory an address and its copies take."""
    of_fields = sum(
        len(name) + len(value) + 128 for copy in copies for name, value in copy.headers
    )
    bodies = sum(len(copy.body) + BESIDE_BYTES for copy in copies)
    return len(url) + of_fields + bodies
