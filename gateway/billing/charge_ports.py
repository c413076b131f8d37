"""What billing asks of its neighbours for charges beside use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.billing.span_charge import ChargedFor, Declaration, SpanCharge
from gateway.kernel.period import Period

Stretch = tuple[str, Period]
"""An agreement's id, and a span of it."""


class SpanChargeStore(Protocol):
    """Minimums and royalties as they were charged, step by step; nothing changes."""

    def add(self, run_id: str, charges: Sequence[SpanCharge]) -> None:
        """Keep what a run charged.

        Raises:
            Conflict: a step is not the difference to what its span was charged
                before, so something would be charged twice.
        """

    def charged(self, charged_for: ChargedFor) -> Mapping[Stretch, int]:
        """Minor units charged so far."""

    def of_run(self, run_id: str) -> tuple[SpanCharge, ...]:
        """What a run charged, in the order it was added."""

    def all(self) -> tuple[SpanCharge, ...]:
        """Every step, by span, agreement, and the order of the runs' ids."""


class DeclarationStore(Protocol):
    """Declared turnovers; a later declaration of a span counts, none is lost."""

    def add(self, declaration: Declaration) -> None:
        """Keep a declaration.

        Raises:
            Conflict: its id is taken, or no such agreement is there.
        """

    def all(self) -> tuple[Declaration, ...]:
        """Every declaration, in the order they were entered."""
