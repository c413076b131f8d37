"""A limit: what may not be passed, whoever or whatever set it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.period import Period
from gateway.metering.cap import CapLimits

PREPAID = "prepaid"


@dataclass(frozen=True, slots=True)
class Limit:
    """What may not be passed, as terms, caps and payments stand.

    Attributes:
        name: `prepaid`, or what `CapTerms.name` says.
        limits: How much may pass, or be charged, in the period.
        period: Over which it counts.
        key_id: Only what passes with this key; empty for all of the agreement's.
        currency: Of the money in it, ISO 4217; empty where it counts no money.
    """

    name: str
    limits: CapLimits
    period: Period
    key_id: str = ""
    currency: str = ""
