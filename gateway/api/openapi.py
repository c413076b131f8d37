"""The API's description (OpenAPI 3.1), written beside the routes it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
FLAG = {"type": "boolean"}
ANYTHING: dict[str, Any] = {"type": "object"}


def _object(**members: Any) -> dict[str, Any]:
    properties = {"schema": TEXT} | members
    return {"type": "object", "required": list(properties), "properties": properties}


HEALTH = _object(
    status=TEXT,
    version=TEXT,
    boot_id=TEXT,
    policy_version=TEXT,
    protect={"enum": ["watch", "on"]},
    licence_mode={"enum": ["off", "label", "offer", "invoice"]},
    off=FLAG,
)
READINESS = _object(
    status=TEXT,
    checks={"type": "object", "additionalProperties": TEXT},
    policy_faults={"type": "array", "items": TEXT},
)
POLICIES = _object(
    policy_version=TEXT,
    faults={"type": "array", "items": TEXT},
    collections={"type": "array", "items": ANYTHING},
    packs={"type": "array", "items": ANYTHING},
    tariffs={"type": "array", "items": ANYTHING},
)
EXPLANATION = _object(
    decision=TEXT,
    status={"type": ["integer", "null"]},
    rule=TEXT,
    reason=TEXT,
    facts={"type": "array", "items": ANYTHING},
)
USAGE = _object(events=NUMBER, bytes=NUMBER, by={"type": "array", "items": ANYTHING})
AUDIT = _object(ok=FLAG)
RATE = {"type": "number", "minimum": 0}
RATES = {
    "requests_per_s": RATE,
    "cost_per_s": RATE,
    "bytes_per_s": RATE,
    "refused_per_s": RATE,
}


def _rows(*names: str) -> dict[str, Any]:
    members = {**dict.fromkeys(names, TEXT), **RATES}
    row = {"type": "object", "required": list(members), "properties": members}
    return {"type": "array", "maxItems": 50, "items": row}


UPSTREAM = {
    "type": "object",
    "required": ["is_pressed", "in_flight", "first_byte_ms"],
    "properties": {"is_pressed": FLAG, "in_flight": NUMBER, "first_byte_ms": NUMBER},
}
TOP = _object(
    off=FLAG,
    protect={"enum": ["watch", "on"]},
    licence_mode={"enum": ["off", "label", "offer", "invoice"]},
    half_life_s=NUMBER,
    **RATES,
    upstreams={"type": "object", "additionalProperties": UPSTREAM},
    clients=_rows("kind", "operator"),
    networks=_rows("network"),
    pages=_rows("collection", "page"),
)
QUESTION = {
    "type": "object",
    "required": ["url"],
    "additionalProperties": False,
    "properties": {
        "url": TEXT,
        "method": TEXT,
        "ip": TEXT,
        "headers": {"type": "object", "additionalProperties": TEXT},
        "token": TEXT,
    },
}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": NUMBER,
        "detail": TEXT,
        "code": TEXT,
    },
}


def _json(schema: Mapping[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {"content": {media: {"schema": dict(schema)}}}


def _answers(says: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "200": {"description": says, **_json(schema)},
        "default": {
            "description": "A problem (RFC 9457).",
            **_json(PROBLEM, "application/problem+json"),
        },
    }


def _query(name: str, says: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": says, "schema": TEXT}


def _get(name: str, says: str, schema: Mapping[str, Any], **more: Any) -> Any:
    return {
        "get": {
            "operationId": name,
            "summary": says,
            "responses": _answers(says, schema),
            **more,
        }
    }


def _paths() -> dict[str, Any]:
    asks = {"required": True, **_json(QUESTION)}
    readiness = _get("readyz", "Ready, or why not.", READINESS)
    not_ready = {"description": "Not ready; the checks say why.", **_json(READINESS)}
    readiness["get"]["responses"]["503"] = not_ready
    return {
        "/healthz": _get("healthz", "Alive.", HEALTH),
        "/readyz": readiness,
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "Every figure, for Prometheus.",
                "responses": {
                    "200": {"description": "Text.", **_json(TEXT, "text/plain")}
                },
            }
        },
        "/api/v1/openapi.json": _get("openapi", "This description.", ANYTHING),
        "/api/v1/policies": _get("policies", "The policies in force.", POLICIES),
        "/api/v1/usage": _get(
            "usage",
            "Usage added up.",
            USAGE,
            parameters=[
                _query("period", "A month (2026-11) or a year (2026), UTC."),
                _query("agreement", "Only this agreement, agr_…"),
            ],
        ),
        "/api/v1/audit": _get("audit", "Every invariant of the books.", AUDIT),
        "/api/v1/top": _get("top", "Who takes now, and which pages.", TOP),
        "/api/v1/explain": {
            "post": {
                "operationId": "explain",
                "summary": "What a request would be answered; consumes nothing.",
                "requestBody": asks,
                "responses": _answers("The answer and why.", EXPLANATION),
            }
        },
    }


def description(version: str) -> dict[str, Any]:
    """The whole document; *version* is that of the software."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Copyfair Gateway, admin listener",
            "version": version,
            "license": {
                "name": "AGPL-3.0-or-later",
                "identifier": "AGPL-3.0-or-later",
            },
        },
        "paths": _paths(),
    }
