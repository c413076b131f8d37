"""Every metric, event, address and problem code has its place in the reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.api.openapi import description
from gateway.telemetry.metrics import Metrics
from gateway.terms.acceptance import FIELDS
from gateway.terms.own_paths import PUBLIC_PATHS
from gateway.web.problem_types import PROBLEM_TYPES

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
HTTP = (REFERENCE / "http.md").read_text(encoding="utf-8")
METRICS = (REFERENCE / "metrics.md").read_text(encoding="utf-8")
EVENT = re.compile(r"\"((?:request|upstream|intents)\.[a-z]+)\"")


def headings(page: str) -> set[str]:
    return set(re.findall(r"^#{2,4} (.+)$", page, re.MULTILINE))


def events() -> set[str]:
    files = (ROOT / "gateway" / "telemetry").glob("*.py")
    return {name for file in files for name in EVENT.findall(file.read_text("utf-8"))}


@pytest.mark.parametrize("code", PROBLEM_TYPES)
def test_every_problem_type_has_its_heading_and_status(code: str) -> None:
    assert code in headings(HTTP)
    _, _, described = HTTP.partition(f"\n### {code}\n")
    assert described.startswith(str(PROBLEM_TYPES[code].status))


def test_every_metric_has_its_heading_and_no_other_has_one() -> None:
    described = {name for name in headings(METRICS) if name.startswith("copyfair_")}

    assert described == set(Metrics().names())


def test_every_event_has_its_heading() -> None:
    assert events()
    assert events() <= headings(METRICS)


@pytest.mark.parametrize("path", [*sorted(PUBLIC_PATHS), *description("1")["paths"]])
def test_every_address_is_listed(path: str) -> None:
    assert f"`{path}`" in HTTP


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_an_acceptance_is_listed(field: str) -> None:
    assert f"| `{field}` |" in HTTP
