"""Rows of the identity tables as the values they stand for, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gateway.identity.api_key import ApiKey
from gateway.identity.party import Attribute, Party
from gateway.identity.statement import Statement
from gateway.kernel.evidence import Level
from gateway.storage.database import Row


def party_from(row: Row, attributes: Mapping[str, Attribute]) -> Party:
    """A party, with the attributes that count now."""
    return Party(
        id=row["id"],
        name=row["name"],
        attributes=attributes,
        owner_id=row["owner_id"],
        created_us=row["created_us"],
        erased_us=row["erased_us"],
    )


def key_from(row: Row) -> ApiKey:
    """A key."""
    return ApiKey(
        id=row["id"],
        party_id=row["party_id"],
        label=row["label"],
        hash=row["hash"],
        pepper_id=row["pepper_id"],
        last4=row["last4"],
        is_test=bool(row["is_test"]),
        created_us=row["created_us"],
        expires_us=row["expires_us"],
        revoked_us=row["revoked_us"],
        replaced_by=row["replaced_by"],
    )


def key_params(key: ApiKey) -> dict[str, Any]:
    """What stands in a key's row."""
    return {
        "id": key.id,
        "party_id": key.party_id,
        "label": key.label,
        "hash": key.hash,
        "pepper_id": key.pepper_id,
        "last4": key.last4,
        "is_test": int(key.is_test),
        "created_us": key.created_us,
        "expires_us": key.expires_us,
        "revoked_us": key.revoked_us,
        "replaced_by": key.replaced_by,
    }


def statement_from(row: Row) -> Statement:
    """Something said about a party."""
    return Statement(
        party_id=row["party_id"],
        number=row["number"],
        attribute=row["attribute"],
        value=json.loads(row["value"]),
        level=Level(row["level"]),
        source=row["source"],
        by=row["stated_by"],
        stated_us=row["stated_us"],
        salt=row["salt"],
        is_erased=bool(row["is_erased"]),
    )


def statement_params(statement: Statement) -> dict[str, Any]:
    """What stands in a statement's row."""
    return {
        "party_id": statement.party_id,
        "number": statement.number,
        "attribute": statement.attribute,
        "value": json.dumps(statement.value),
        "level": int(statement.level),
        "source": statement.source,
        "stated_by": statement.by,
        "stated_us": statement.stated_us,
        "salt": statement.salt,
        "is_erased": int(statement.is_erased),
    }
