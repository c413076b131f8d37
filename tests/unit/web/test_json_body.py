"""A JSON body is read whole, or refused; nothing half-read reaches a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway
from gateway.kernel.errors import InvalidValue
from gateway.web.json_body import json_said

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)
ENTRANCES = ("api", "portal", "proxy", "terms")


@given(VALUES)
def test_what_is_json_is_read_as_it_was_said(value: object) -> None:
    assert json_said(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"invoice": "\\ud800"}', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'["\\ude00\\ud83d"]', "surrogate"),
        (b"\xff", "not JSON"),
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 16_384, "not JSON"),
        (b"1" * 5_000, "not JSON"),
    ],
    ids=["text", "name", "turned", "latin", "empty", "open", "deep", "long number"],
)
def test_what_is_none_is_refused_with_what_is_wrong(body: bytes, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        json_said(body)


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert json_said(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"


def test_every_entrance_reads_its_json_bodies_here() -> None:
    root = Path(gateway.__file__).parent
    found = [
        path
        for entrance in ENTRANCES
        for path in sorted((root / entrance).rglob("*.py"))
        if "json.loads(body)" in path.read_text(encoding="utf-8")
    ]
    assert found == []
