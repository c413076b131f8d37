"""What somebody agrees to: an offer, and how its copies will be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.kernel.use import Commercial, Use
from gateway.licensing.offer import OfferTerms


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What somebody agrees to.

    Attributes:
        terms: The offer.
        document: The offer's document as it was shown.
        uses: What the copies are for; empty where that is not narrowed.
        commercial: Whether the use seeks economic advantage.
        cap_minor: A monthly limit the party sets itself, or None.
        is_test: Metered and reported, never invoiced.
        is_barter: What is contributed is set off, with VAT both ways.
        idempotency_key: The client's own, or empty; it leads to one agreement.
    """

    terms: OfferTerms
    document: Mapping[str, Any]
    uses: frozenset[Use] = field(default_factory=frozenset)
    commercial: Commercial = Commercial.DIRECT
    cap_minor: int | None = None
    is_test: bool = False
    is_barter: bool = False
    idempotency_key: str = ""
