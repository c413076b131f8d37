"""Signature Agent Cards and registries of them (draft-meunier-webbotauth-registry-04).

A card is a client's description of itself, with its keys or the address of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.credentials.web_keys import WebKey, keys_in
from gateway.kernel.errors import InvalidValue

REGISTRY_LINES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class AgentCard:
    """Where a card says its keys are: on itself, or at an address of its own."""

    keys: Mapping[str, WebKey]
    keys_url: str


def card_in(document: object, url: str) -> AgentCard:
    """Read the card that was found at *url*.

    Raises:
        InvalidValue: it is none, names another address, or has no keys, or has them
            twice.
    """
    if not isinstance(document, Mapping):
        raise InvalidValue("a card is an object")
    if document.get("client_id") != url:
        raise InvalidValue("client_id must match the card URL")
    if "jwks" in document and "jwks_uri" in document:
        raise InvalidValue("card must not contain both jwks and jwks_uri")
    if "jwks" in document:
        return AgentCard(keys_in(document["jwks"]), "")
    return AgentCard({}, _https(document))


def _https(card: Mapping[str, Any]) -> str:
    uri = card.get("jwks_uri")
    if not isinstance(uri, str) or urlsplit(uri).scheme not in {"https", "http"}:
        raise InvalidValue("a card has jwks, or jwks_uri with an address")
    return uri


def registry_entries(text: str) -> tuple[str, ...]:
    """The addresses a registry lists, one a line; `#` begins a comment.

    Raises:
        InvalidValue: it has more than 10,000 lines, or one is no address.
    """
    lines = text.splitlines()
    if len(lines) > REGISTRY_LINES_MAX:
        raise InvalidValue("this registry has too many lines")
    entries = [line.partition(" #")[0].strip() for line in lines]
    entries = [entry for entry in entries if entry and not entry.startswith("#")]
    if any(not entry.startswith(("https:", "data:")) for entry in entries):
        raise InvalidValue("a registry lists https: and data: addresses")
    return tuple(entries)
