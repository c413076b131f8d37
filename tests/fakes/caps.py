"""Caps in memory; held to the same contract as the real store."""

from __future__ import annotations

from dataclasses import replace

from gateway.metering.cap_terms import CapTerms
from gateway.metering.ports import CapChange


class FakeCaps:
    """`CapStore` over a list."""

    def __init__(self) -> None:
        self._changes: list[CapChange] = []

    def put(self, terms: CapTerms, *, at_us: int) -> None:
        self._changes.append(CapChange(terms, is_lifted=False, at_us=at_us))

    def lift(self, terms: CapTerms, *, at_us: int) -> None:
        self._changes.append(CapChange(terms, is_lifted=True, at_us=at_us))

    def caps_of(self, agreement_id: str) -> tuple[CapChange, ...]:
        last = {
            replace(each.terms, amount=0): each
            for each in self._changes
            if each.terms.agreement_id == agreement_id
        }
        return tuple(sorted(last.values(), key=lambda each: _kind(each.terms)))

    def changed_after(self, seq: int) -> tuple[int, frozenset[str]]:
        whose = frozenset(each.terms.agreement_id for each in self._changes[seq:])
        return len(self._changes), whose

    def capped(self) -> tuple[str, ...]:
        return tuple(sorted({each.terms.agreement_id for each in self._changes}))


def _kind(terms: CapTerms) -> tuple[str, ...]:
    return (terms.key_id, terms.counted.value, terms.per.value, terms.strength.value)
