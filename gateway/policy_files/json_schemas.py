"""JSON Schemas of every kind of file, written from the shapes that read them.

Editors complete from these; a test keeps the published copies fresh.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from gateway.policy_files.agents import AGENT
from gateway.policy_files.case_files import CASES
from gateway.policy_files.condition_files import definitions
from gateway.policy_files.documents import COLLECTION, PACK
from gateway.policy_files.need_files import EQUIVALENCE, NEEDS
from gateway.policy_files.preset_files import PRESET
from gateway.policy_files.ranges import RANGES
from gateway.policy_files.shapes import Json, Shape
from gateway.policy_files.tariff_files import TARIFF

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: Mapping[str, Shape] = MappingProxyType(
    {
        "agent": AGENT,
        "cases": CASES,
        "collection": COLLECTION,
        "equivalence": EQUIVALENCE,
        "needs": NEEDS,
        "pack": PACK,
        "preset": PRESET,
        "ranges": RANGES,
        "tariff": TARIFF,
    }
)
"""File kind to its shape; the schema is called `<kind>.schema.json`."""


def schema_of(kind: str) -> Json:
    """The JSON Schema of one kind of file.

    Raises:
        KeyError: there is no such kind; see `KINDS`.
    """
    told = {"$schema": DIALECT, **KINDS[kind].schema()}
    refers = "#/$defs/" in json.dumps(told)
    return {**told, "$defs": definitions()} if refers else told


def schema_files() -> dict[str, str]:
    """File name to content, as they stand in `policies/schema/`."""
    return {
        f"{kind}.schema.json": json.dumps(schema_of(kind), indent=2) + "\n"
        for kind in KINDS
    }
