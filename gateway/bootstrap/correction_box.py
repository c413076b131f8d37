"""Where corrections that readers propose are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.bootstrap.house import House
from gateway.metering.budget import BudgetBook
from gateway.reciprocity.correction import Correction
from gateway.telemetry.legible import without_secrets
from gateway.terms.corrections import Corrections
from gateway.terms.site import Site


class CorrectionBox:
    """Keeps corrections for a steward; a `gateway.terms.ports.CorrectionBox`."""

    def __init__(self, house: House, say: Callable[..., None]) -> None:
        self._house = house
        self._say = say

    def keep(self, correction: Correction) -> None:
        """Keep it, and leave a line in the log; a key in it is not kept."""
        kept = replace(
            correction,
            about=without_secrets(correction.about),
            text=without_secrets(correction.text),
            name=without_secrets(correction.name),
            contact=without_secrets(correction.contact),
        )
        self._house.books.corrections.keep(kept)
        self._say("correction.received", correction=correction.id)


def corrections_of(
    house: House, site: Site, *, say: Callable[..., None], budgets: BudgetBook
) -> Corrections:
    """What answers for `/_copyfair/corrections`."""
    box = CorrectionBox(house, say)
    return Corrections(site, box, budgets, house.clock, house.ids)
