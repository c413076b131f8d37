"""The section `footprint`: how energy is estimated, and where those figures stand."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.kernel.errors import InvalidValue
from gateway.metering.footprint import EnergyModel
from gateway.settings.section import Section


def footprint_of(section: Section) -> EnergyModel:
    """Read it; what is not said is as shipped, and what differs needs a source."""
    shipped = EnergyModel()
    thousandths, hundredths = _decimal(3), _decimal(2)
    model = EnergyModel(
        core_mw=section.text("core_w", thousandths, default=shipped.core_mw),
        pue_hundredths=section.text("pue", _pue(hundredths), default=156),
        network_mwh_per_gb=section.text(
            "network_wh_per_gb", thousandths, default=shipped.network_mwh_per_gb
        ),
        source=section.text("source", str, default=shipped.source),
    )
    if model != shipped and model.source == shipped.source:
        section.fault_at_start(
            "footprint needs a `source`: where its figures stand, such as a measurement"
        )
    section.close()
    return model


def _decimal(places: int) -> Callable[[str], int]:
    """Reads `3.5` as whole parts of 10⁻ⁿ."""

    def read(text: str) -> int:
        match = re.fullmatch(rf"([0-9]{{1,6}})(?:\.([0-9]{{1,{places}}}))?", text)
        if match is None:
            detail = f"a number with at most {places} places, such as 3.5, not {text!r}"
            raise InvalidValue(detail)
        return int(match[1] + (match[2] or "").ljust(places, "0"))

    return read


def _pue(hundredths: Callable[[str], int]) -> Callable[[str], int]:
    def read(text: str) -> int:
        found = hundredths(text)
        if found < 100:
            detail = f"a PUE is 1.00 or more, not {text!r}"
            raise InvalidValue(detail)
        return found

    return read
