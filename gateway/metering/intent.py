"""An intent: what is written down, durably, before the first metered byte."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intent:
    """That a metered response is about to start.

    Attributes:
        request_id: The idempotency key it shares with the usage event.
        agreement_id: Under which agreement.
        hold_micros: Money set aside for it, micros.
        opened_us: Microseconds UTC.
        node: Which gateway.
        boot_id: Which run of it; intents of a dead run are orphaned.
    """

    request_id: str
    agreement_id: str
    hold_micros: int
    opened_us: int
    node: str
    boot_id: str
