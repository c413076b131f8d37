"""Which credential of a request is recognisably ours.

Ours are: anything behind the `License` scheme; a text that starts with `cg_` as
`Bearer`, as the password of `Basic` or in `X-Api-Key`; a `Bearer` JWT that names
our issuer. Everything else belongs to the upstream and is not touched.

This only recognises; nothing is judged and nothing is believed. It is a pure
function of the header fields.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import unquote_plus

from gateway.identity.api_key import (
    KEY,
    LIVE,
    OURS,
    TEST,
    fingerprint,
    spelling_fault,
)
from gateway.identity.presented import Form, Presented
from gateway.identity.secret import Secret
from gateway.kernel.request import Headers

AUTHORIZATION = "authorization"
X_API_KEY = "x-api-key"
JWT_PARTS = 3
# One of the letters of `cg_` must be escaped where the three do not stand as such.
OURS_ESCAPED = ("%63", "%67", "%5f", "%5F")

Sighting = tuple[Form, str]
"""Something of ours, and its text."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` for one issuer; a `gateway.identity.ports.CredentialReader`."""

    issuer: str

    def __call__(self, headers: Headers, /) -> Presented | None:
        """The credential of ours in some header fields, unjudged.

        It is read once for each `Headers` object, which never changes.
        """
        kept = headers.memo.get(self.issuer)
        if kept is None:
            kept = headers.memo[self.issuer] = (read(headers, self.issuer),)
        presented: Presented | None = kept[0]
        return presented


def read(headers: Headers, issuer: str) -> Presented | None:
    """Find the credential that is recognisably ours.

    Args:
        headers: The client's header fields.
        issuer: The issuer of our tokens, exactly as in their `iss`.

    Returns:
        The credential, unjudged, with the names of the fields that carried it.
        None where there is none of ours. Marked ambiguous where two different
        ones came, or where a field of ours is repeated with something else: these
        fields are not lists (RFC 9110 §5.3), so there is no telling which counts.
    """
    seen: Presented | None = None
    for field, sightings in (
        (AUTHORIZATION, _in_authorization),
        (X_API_KEY, _in_api_key),
    ):
        if field not in headers:
            continue
        values = headers.all(field)
        for value in values:
            scheme, ours = sightings(value, issuer)
            for form, text in ours:
                shown = Presented(form, Secret(text), scheme, (field,))
                seen = shown if seen is None else _merged(seen, shown)
        if seen is not None and field in seen.fields and len(set(values)) > 1:
            seen = replace(seen, is_ambiguous=True)
    return seen


def leaked_key(target: str) -> str | None:
    """The fingerprint of a key of ours in a raw address, where none is accepted.

    Addresses end up in logs and histories, so such a key is burnt: whoever asks
    warns its holder to rotate it. Its checksum tells a key from a word like one.
    """
    is_escaped = "%" in target and any(sign in target for sign in OURS_ESCAPED)
    if OURS not in target and not is_escaped:
        return None
    for match in KEY.finditer(unquote_plus(target)):
        key = Secret(match.group())
        if spelling_fault(key) is None:
            return fingerprint(key)
    return None


def _merged(seen: Presented, other: Presented) -> Presented:
    return replace(
        seen,
        fields=tuple(dict.fromkeys((*seen.fields, *other.fields))),
        is_ambiguous=seen.is_ambiguous or seen.secret != other.secret,
    )


def _in_authorization(value: str, issuer: str) -> tuple[str, Iterable[Sighting]]:
    scheme, _, rest = value.strip().partition(" ")
    found_by = SCHEMES.get(scheme.lower())
    return (
        scheme.lower(),
        () if found_by is None else found_by(rest.strip(), issuer),
    )


def _in_api_key(value: str, issuer: str) -> tuple[str, Iterable[Sighting]]:
    text = value.strip()
    return X_API_KEY, [(Form.KEY, text)] if text.startswith(OURS) else []


def _in_license(text: str, issuer: str) -> Iterable[Sighting]:
    """Whatever it is, the scheme is ours (RSL 1.0, Crawler Authorization Protocol)."""
    yield (Form.KEY if text.startswith(OURS) else Form.TOKEN), text


def _in_bearer(text: str, issuer: str) -> Iterable[Sighting]:
    if text.startswith(OURS):
        yield Form.KEY, text
    elif claimed_issuer(text) == issuer:
        yield Form.TOKEN, text


def _in_basic(text: str, issuer: str) -> Iterable[Sighting]:
    """The password; or a whole key as user name, which must not reach strangers."""
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    user, _, password = decoded.partition(":")
    if password.startswith(OURS):
        yield Form.KEY, password
    if user.startswith((LIVE, TEST)):
        yield Form.KEY, user


SCHEMES: Mapping[str, Callable[[str, str], Iterable[Sighting]]] = MappingProxyType(
    {"license": _in_license, "bearer": _in_bearer, "basic": _in_basic}
)


def claimed_issuer(token: str) -> str | None:
    """The `iss` that a JWT claims, unverified; None where there is no such thing."""
    parts = token.split(".")
    if len(parts) != JWT_PARTS:
        return None
    payload = parts[1]
    try:
        decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        claims = json.loads(decoded)
    except (ValueError, RecursionError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None
