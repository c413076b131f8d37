"""copyfair usage capture: do a few take most of it?"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.amounts import spelled_bytes
from gateway.cli.names import names_of
from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.services.capture import Capture
from gateway.settings import Settings

BASIS_POINTS = 10_000
SHOWN = 10


@click.command()
@config_option
@json_option
def capture(settings: Settings, *, as_json: bool) -> int:
    """Say how unevenly the taking of the last 365 days is spread.

    By beneficial owner, so that subsidiaries count as one. It is captured where the
    largest takes more than a fifth (or 2 of n where that is more), or the normalised
    HHI is above 0.25: the limits of the concentration gate, from 5 takers on.

    \b
    Exit status: 0 it is spread, or there are too few to say · 1 it is captured
    Example:     copyfair usage capture --json --config my-archive/gateway.yaml
    """
    with opened(settings) as house:
        found = house.capture.look()
        names = names_of(house)
    if as_json:
        emit("usage-capture", _document(found))
    else:
        _show(found, names)
    return 1 if found.index.is_captured else 0


def basis_points(share: Fraction) -> int:
    """A share to look at: ten thousandths, rounded down; nothing is made of it."""
    return int(share * BASIS_POINTS)


def verdict(found: Capture) -> str:
    """What the figures say, in one word."""
    if not found.index.is_judged:
        return "too-few"
    return "captured" if found.index.is_captured else "spread"


def _show(found: Capture, names: Mapping[str, str]) -> None:
    index = found.index
    whole = max(1, index.taken_bytes)
    table(
        ("taker", "requests", "bytes", "share"),
        [
            (
                names.get(one.owner_id, ", ".join(map(_named(names), one.party_ids))),
                one.requests,
                spelled_bytes(one.taken_bytes),
                _percent(Fraction(one.taken_bytes, whole)),
            )
            for one in found.takings[:SHOWN]
        ],
    )
    heaviest = (
        f"{counted(index.takers, 'taker')}; the top {index.top_takers} took "
        f"{_percent(index.top_third_share)}, capture index {_percent(index.index)}"
    )
    limits = (
        f"largest share {_percent(index.figures.top_share)} "
        f"(limit {_percent(index.top_share_max)}), normalised HHI "
        f"{_percent(index.figures.normalised_hhi)} (limit {_percent(index.hhi_max)})"
    )
    for line in (heaviest, limits, SAID[verdict(found)]):
        console().print(line, markup=False)


SAID = {
    "too-few": "too few takers to judge: from 5 on the limits hold",
    "spread": "no few hold most of it",
    "captured": "captured: a few hold more than the limits allow",
}


def _named(names: Mapping[str, str]) -> Any:
    return lambda party_id: names.get(party_id, party_id)


def _percent(share: Fraction) -> str:
    return f"{basis_points(share) / 100:.2f} %"


def _document(found: Capture) -> dict[str, Any]:
    index = found.index
    return {
        "period": str(found.period),
        "verdict": verdict(found),
        "takers": index.takers,
        "bytes": index.taken_bytes,
        "top_takers": index.top_takers,
        "top_third_share_bp": basis_points(index.top_third_share),
        "capture_index_bp": basis_points(index.index),
        "gini_bp": basis_points(index.figures.gini),
        "hhi_bp": basis_points(index.figures.hhi),
        "normalised_hhi_bp": basis_points(index.figures.normalised_hhi),
        "normalised_hhi_max_bp": basis_points(index.hhi_max),
        "top_share_bp": basis_points(index.figures.top_share),
        "top_share_max_bp": basis_points(index.top_share_max),
        "takings": [
            {
                "owner_id": one.owner_id,
                "party_ids": list(one.party_ids),
                "requests": one.requests,
                "bytes": one.taken_bytes,
            }
            for one in found.takings
        ],
    }
