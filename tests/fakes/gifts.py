"""Gifts and donations in memory; held to the same contracts as the real store."""

from __future__ import annotations

from gateway.fund.gift import Gift
from gateway.kernel.errors import Conflict


class FakeGifts:
    def __init__(self) -> None:
        self.rows: dict[str, Gift] = {}

    def add(self, gift: Gift) -> None:
        if gift.id in self.rows or self.find(gift.reference):
            raise Conflict("its id or its reference is taken")
        self.rows[gift.id] = gift

    def find(self, name: str) -> Gift | None:
        for each in self.rows.values():
            if name in {each.id, each.reference}:
                return each
        return None

    def all(self) -> tuple[Gift, ...]:
        by = sorted(self.rows.values(), key=lambda each: (each.received_us, each.id))
        return tuple(by)
