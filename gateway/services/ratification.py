"""What members have to say yes to, before it counts or while it does.

A commons may ask that price lists, policies and equivalence tables are ratified. What
is not ratified is said aloud; where it *must* be, it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.billing.canonical import canonical_json, sha256_of
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.ports import DecisionStore
from gateway.kernel.errors import Conflict
from gateway.licensing.tariff import Tariff

WORDS: Mapping[str, Kind] = MappingProxyType(
    {
        "tariff": Kind.RATIFY_TARIFF,
        "policy": Kind.RATIFY_POLICY,
        "equivalence": Kind.RATIFY_EQUIVALENCE,
    }
)
"""What is ratified, as people call it on the command line."""


@dataclass(frozen=True, slots=True)
class RatifyTerms:
    """What the commons asks to be ratified.

    Attributes:
        asked: What is warned about while it is not.
        must: What is refused until it is.
    """

    asked: frozenset[Kind] = field(default_factory=frozenset)
    must: frozenset[Kind] = field(default_factory=frozenset)


class Ratification:
    """Says whether members ratified something."""

    def __init__(self, decisions: DecisionStore, terms: RatifyTerms) -> None:
        self._decisions = decisions
        self._terms = terms

    def is_asked(self, kind: Kind) -> bool:
        """Does the commons want such things ratified?"""
        return kind in self._terms.asked | self._terms.must

    def found(self, kind: Kind, subject: str, digest: str = "") -> Decision | None:
        """The decision by which something stands.

        Args:
            kind: What it is.
            subject: Which one.
            digest: Of what it says; a decision on another text is none. Not compared
                where either side has none.
        """
        made = self._decisions.ratified(kind, subject)
        if made is None or (digest and made.digest not in {"", digest}):
            return None
        return made

    def missing(self, kind: Kind, subject: str, digest: str = "") -> str:
        """What to tell where it is not ratified, one sentence; else nothing."""
        if not self.is_asked(kind) or self.found(kind, subject, digest) is not None:
            return ""
        word = next(word for word, each in WORDS.items() if each is kind)
        name = "" if kind is Kind.RATIFY_POLICY else f" {subject}"
        return (
            f"members have not ratified {word} {subject[:32]}; "
            f'see `copyfair vote open "…" --ratify {word}{name}`'
        )

    def assert_ratified(self, kind: Kind, subject: str, digest: str = "") -> None:
        """Refuse what must be ratified and is not.

        Raises:
            Conflict: it is not.
        """
        detail = self.missing(kind, subject, digest)
        if detail and kind in self._terms.must:
            raise Conflict(detail)

    def assert_tariff(self, tariff: Tariff) -> None:
        """Refuse a price list that must be ratified and is not.

        Raises:
            Conflict: it is not.
        """
        self.assert_ratified(Kind.RATIFY_TARIFF, *tariff_subject(tariff))


def tariff_subject(tariff: Tariff) -> tuple[str, str]:
    """What members vote on when they vote on a price list: its name and its digest."""
    return f"{tariff.id}@{tariff.version}", sha256_of(canonical_json(tariff))
