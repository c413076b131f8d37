"""Figures of the long proofs: measured, written beside those of the benchmark."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.machine import commit, machine, now

FOLDER = Path(__file__).parent.parent / "bench" / "results" / "hardness"

# Where a machine has less time than a proof wants: it ends early, and says at what.
BOUND_S = float(os.environ.get("COPYFAIR_SOAK_S", "inf"))


def so_many(number: int) -> Iterator[int]:
    """Count from 0; fewer than *number* only where COPYFAIR_SOAK_S seconds are over."""
    began = time.monotonic()
    for each in range(number):
        if time.monotonic() - began > BOUND_S:
            return
        yield each


def publish(proof: str, figures: dict[str, Any]) -> None:
    """Print the figures of a proof, and keep them with date, commit and machine."""
    place = machine()
    document = {
        "proof": proof,
        "date": now().strftime("%Y-%m-%d"),
        "commit": commit(),
        "machine": f"{place['cpu']}, {place['cores']} cores, {place['kernel']}",
        "load_average": place["load_average_before"],
        "figures": figures,
    }
    text = json.dumps(document, indent=2) + "\n"
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{proof}.json").write_text(text, encoding="utf-8")
    print(text)  # noqa: T201 whoever runs a long proof wants to see it
