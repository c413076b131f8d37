"""policy_files.json_schemas: fresh, valid, and of one mind with the loader."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from gateway.policy_files.json_schemas import KINDS, schema_files, schema_of

POLICIES = Path(__file__).parents[3] / "policies"
FOLDERS = {
    "agent": "agents",
    "cases": "cases",
    "equivalence": "equivalence",
    "needs": "needs",
    "collection": "collections",
    "pack": "packs",
    "preset": "presets",
    "ranges": "ranges",
    "tariff": "tariffs",
}


def test_the_published_schemas_are_fresh() -> None:
    published = {
        path.name: path.read_text(encoding="utf-8")
        for path in (POLICIES / "schema").glob("*.json")
    }

    assert published == schema_files(), "run copyfair policy schema"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_editor_accepts_what_the_loader_accepts(kind: str) -> None:
    schema: dict[str, Any] = json.loads(json.dumps(schema_of(kind)))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)

    for path in sorted((POLICIES / FOLDERS[kind]).glob("*.yaml"))[:40]:
        # An editor types scalars as YAML does, which we do not.
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        errors = [
            f"{path.name} {list(error.path)}: {error.message[:200]}"
            for error in validator.iter_errors(document)
        ]
        assert errors == []


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("tariff", {"tariff": "ai", "version": 1, "currency": "EUR", "per": "1 GiB"}),
        ("pack", {"pack": "p", "rules": [{"id": "r", "then": "maybe"}]}),
        ("collection", {"collection": "c", "colour": "red"}),
    ],
)
def test_an_editor_refuses_what_the_loader_refuses(
    kind: str, document: dict[str, Any]
) -> None:
    assert list(Draft202012Validator(schema_of(kind)).iter_errors(document))
