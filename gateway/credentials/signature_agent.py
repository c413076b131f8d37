"""Signature-Agent: where a signer says its keys are, in the forms of three drafts.

| form | written | read as |
|---|---|---|
| legacy | `"https://bot.example"` | the well-known directory of that origin |
| typed | `s="https://bot.example"` | the same; so with `;type=directory` |
| typed | `s="https://bot.example/x";type=jwks_uri` (`cimd`) | key set (card) there |
| direct | `s="https://bot.example/keys"` without parameters | a key set there |

A bare origin without parameters is the directory wherever `typed` is spoken: nobody
publishes a key set at `/`. Which drafts are spoken is a setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from gateway.credentials.signature_reasons import Unsound
from gateway.credentials.signed_fields import (
    Component,
    Unreadable,
    dictionary_of,
    string_of,
)

WELL_KNOWN = "/.well-known/http-message-signatures-directory"
URL_CHARS_MAX = 512
FIELD = "signature-agent"


class Profile(StrEnum):
    """A draft we speak; see the table above."""

    LEGACY = "legacy"
    TYPED = "typed"
    DIRECT = "direct"


EVERY = frozenset(Profile)


class Shape(StrEnum):
    """What lies at the address."""

    DIRECTORY = "directory"
    JWKS = "jwks_uri"
    CARD = "cimd"


@dataclass(frozen=True, slots=True)
class Place:
    """Where keys are published.

    Attributes:
        url: What is fetched.
        shape: What should lie there.
    """

    url: str
    shape: Shape

    @property
    def host(self) -> str:
        """The host, in lower case, without a port."""
        return urlsplit(self.url).hostname or ""

    @property
    def identity(self) -> str:
        """The address without its query, scheme and host in lower case."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path or '/'}"


def entries_of(value: str) -> tuple[tuple[str, str, Shape], ...]:
    """Each member of the typed form: name, address and what lies there.

    Raises:
        Unreadable: it is no dictionary, or a member is none of the three.
    """
    found = []
    for name, (uri, parameters) in dictionary_of(value).items():
        if type(uri) is not str:
            raise Unreadable(FIELD)
        try:
            shape = Shape(str(parameters.get("type", Shape.DIRECTORY.value)))
        except ValueError:
            raise Unreadable(FIELD) from None
        found.append((name, uri, shape))
    return tuple(found)


def place_of(
    value: str | None,
    covered: tuple[Component, ...],
    *,
    profiles: frozenset[Profile] = EVERY,
    allows_http: bool = False,
) -> Place:
    """Where the keys of one signature are.

    Args:
        value: The field; None where it was not sent.
        covered: What the signature covers.
        profiles: The drafts that are spoken.
        allows_http: Plain HTTP will do; for tests on one machine.

    Raises:
        Unsound: it leads nowhere.
    """
    if value is None:
        raise Unsound("signature-agent-absent", is_fault=False)
    bare = string_of(value)
    if bare is not None and Profile.LEGACY not in profiles:
        raise Unsound("signature-agent-unparsable")
    ours = [part for part in covered if part.name == FIELD]
    if bare is not None:
        _cover(ours)
        _check(bare, allows_http=allows_http)
        return _of_origin(bare)
    try:
        members = dictionary_of(value)
    except Unreadable:
        raise Unsound("signature-agent-unparsable") from None
    _cover(ours)
    uri, parameters = _member(members, ours)
    if type(uri) is not str:
        raise Unsound("signature-agent-unparsable")
    _check(uri, allows_http=allows_http)
    return _of_member(uri, parameters, profiles)


def _cover(ours: list[Component]) -> None:
    if not ours:
        raise Unsound("signature-agent-not-covered")


def _member(members: Mapping[str, Any], ours: list[Component]) -> Any:
    """The member a signature covers: by `;key`, or the only one there is."""
    keys = {str(part.parameters["key"]) for part in ours if "key" in part.parameters}
    if len(keys) > 1 or (not keys and len(members) != 1):
        raise Unsound("signature-agent-ambiguous-member")
    name = keys.pop() if keys else next(iter(members))
    if name not in members:
        raise Unsound("signature-agent-member-missing")
    return members[name]


def _of_member(
    uri: str, parameters: Mapping[str, Any], profiles: frozenset[Profile]
) -> Place:
    if parameters and Profile.TYPED not in profiles:
        # The direct draft ignores a member with parameters.
        raise Unsound("signature-agent-absent", is_fault=False)
    if parameters:
        try:
            shape = Shape(str(parameters.get("type", Shape.DIRECTORY.value)))
        except ValueError:
            raise Unsound("signature-agent-type-unknown", is_fault=False) from None
        return _of_origin(uri) if shape is Shape.DIRECTORY else Place(uri, shape)
    is_directory = Profile.TYPED in profiles and _is_origin(uri)
    if Profile.DIRECT in profiles and not is_directory:
        return Place(uri, Shape.JWKS)
    return _of_origin(uri)


def _of_origin(uri: str) -> Place:
    parts = urlsplit(uri)
    if not _is_origin(uri) and parts.path != WELL_KNOWN:
        raise Unsound("signature-agent-not-origin", is_fault=False)
    return Place(f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}", Shape.DIRECTORY)


def _is_origin(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.path in {"", "/"} and not parts.query


def _check(uri: str, *, allows_http: bool) -> None:
    """Let an address through that may be asked.

    Raises:
        Unsound: it may not.
    """
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        raise Unsound("signature-agent-unparsable") from None
    if parts.scheme != "https" and not (allows_http and parts.scheme == "http"):
        raise Unsound("signature-agent-not-https")
    is_odd = "@" in parts.netloc or "#" in uri or "\\" in uri
    if not parts.hostname or is_odd or len(uri) > URL_CHARS_MAX:
        raise Unsound("signature-agent-unparsable")
