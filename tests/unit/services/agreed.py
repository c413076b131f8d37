"""Agreements that are simply there."""

from __future__ import annotations

from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.tariff import Bracket, Metered, Tariff

A_TARIFF = Tariff("ai-2026", 1, "EUR", Metered.BYTES, 1, "1 B", (Bracket(None, 1),))


def an_agreement(number: int = 1, *, settling: Settling = Settling.TEST) -> Agreement:
    """In force, over everything."""
    return Agreement(
        id=f"agr_{number}",
        party_id="pty_1",
        tariff="ai-2026",
        tariff_version=1,
        currency="EUR",
        settling=settling,
    )
