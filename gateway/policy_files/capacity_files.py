"""How much a collection carries, as collections write it.

capacity: {requests: 100_000, bytes: 200 GiB, energy: 5 kWh, per: day}
"""

from __future__ import annotations

from typing import Any

from gateway.licensing.capacity import Capacity, CapacityPer
from gateway.policy_files import quantities
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.scalars import WHOLE
from gateway.policy_files.shapes import Key, Notes, Parsed, Record, Word

SIZE = Parsed("size", quantities.size, {"type": "string"})
ENERGY = Parsed("energy", quantities.energy_mwh, {"type": "string"})


def _capacity(values: dict[str, Any], node: Keys, notes: Notes) -> Capacity | None:
    if not {"requests", "bytes", "energy"} & set(values):
        notes.fault(node.mark, "a capacity says how many requests, bytes or energy")
        return None
    return Capacity(
        CapacityPer(values["per"]),
        values.get("requests"),
        values.get("bytes"),
        values.get("energy"),
    )


CAPACITY = Record(
    "capacity",
    {
        "requests": Key(WHOLE, "Metered requests in a span."),
        "bytes": Key(SIZE, "Bytes delivered to metered use in a span: 200 GiB."),
        "energy": Key(ENERGY, "Estimated energy of it in a span: 5 kWh."),
        "per": Key(Word("span", tuple(CapacityPer)), "The span, UTC.", required=True),
    },
    _capacity,
)
