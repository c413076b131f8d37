"""The structured-field vectors (RFC 9651), through the library that we rely on.

From `../shared/data/conformance/structured-fields`; the repository holds none.
"""

import base64
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import http_sf
import pytest

DATA = (
    Path(__file__).parents[3] / "shared" / "data" / "conformance" / "structured-fields"
)
FILES = sorted(DATA.glob("*.json"))

pytestmark = pytest.mark.skipif(
    not FILES, reason="../shared/data/conformance is not on this machine"
)


def expected_bare(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kind, inner = value["__type"], value["value"]
    return (kind, base64.b32decode(inner) if kind == "binary" else inner)


def found_bare(value: Any) -> Any:
    match value:
        case http_sf.Token():
            return ("token", str(value))
        case http_sf.DisplayString():
            return ("displaystring", str(value))
        case bytes():
            return ("binary", value)
        case datetime():
            return ("date", int(value.timestamp()))
        case Decimal():
            return float(value)
        case _:
            return value


def expected_member(member: Any) -> Any:
    value, parameters = member
    if isinstance(value, list):
        told: Any = [expected_member(one) for one in value]
    else:
        told = expected_bare(value)
    return told, [(name, expected_bare(one)) for name, one in parameters]


def found_member(member: Any) -> Any:
    value, parameters = member
    if isinstance(value, list):
        told: Any = [found_member(one) for one in value]
    else:
        told = found_bare(value)
    return told, [(name, found_bare(one)) for name, one in parameters.items()]


def expected(vector: Any) -> Any:
    told = vector["expected"]
    match vector["header_type"]:
        case "item":
            return expected_member(told)
        case "list":
            return [expected_member(one) for one in told]
        case _:
            return [(name, expected_member(one)) for name, one in told]


def found(vector: Any, structure: Any) -> Any:
    match vector["header_type"]:
        case "item":
            return found_member(structure)
        case "list":
            return [found_member(one) for one in structure]
        case _:
            return [(name, found_member(one)) for name, one in structure.items()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_vector_is_read_and_written_as_it_says(file: Path) -> None:
    vectors = [one for one in json.loads(file.read_text("utf-8")) if "raw" in one]
    wrong = []

    for vector in vectors:
        line = ", ".join(vector["raw"]).encode("latin-1", "replace")
        try:
            structure = http_sf.parse(line, tltype=vector["header_type"])
        except ValueError:
            if not (vector.get("must_fail") or vector.get("can_fail")):
                wrong.append(f"{vector['name']}: refused")
            continue
        if vector.get("must_fail"):
            wrong.append(f"{vector['name']}: accepted")
            continue
        if found(vector, structure) != expected(vector):
            wrong.append(f"{vector['name']}: read otherwise")
        canonical = vector.get("canonical", vector["raw"])
        # An empty list or dictionary is not written at all (RFC 9651 §4.1).
        is_nothing = vector["header_type"] != "item" and not structure
        written = [] if is_nothing else [http_sf.ser(structure)]
        if written != (canonical if any(canonical) else []):
            wrong.append(f"{vector['name']}: written otherwise")

    assert vectors
    assert not wrong
