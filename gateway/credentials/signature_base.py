"""The signature base of RFC 9421 §2.5: the very bytes that were signed.

Components of a *request*: what is derived from its target and its header fields. What
a gateway cannot know before the body has passed (trailers) or what belongs to answers
(`@status`, `;req`) is no component here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote

from gateway.credentials.signed_fields import (
    Component,
    SignatureInput,
    Unreadable,
    as_sent,
    dictionary_of,
    field_value,
    written_bytes,
    written_member,
)
from gateway.kernel.request import Request

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
QUERY_PAIRS_MAX = 512
# RFC 9421 §2.2.8 writes names and values as a form does, but a space as %20.
QUERY_SAFE = "*-._"
FIELD_PARAMETERS = {"key", "sf", "bs"}
TOKEN = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


class MissingComponent(ValueError):
    """The request does not carry what the signature covers; the message names it."""


class UnknownComponent(ValueError):
    """We do not know how to read what the signature covers; the message names it."""


def signature_base(asked: Request, signature: SignatureInput) -> bytes:
    """The bytes that *signature* was made over.

    Raises:
        MissingComponent: the request does not carry one of them.
        UnknownComponent: one of them is not known here.
        UnicodeError: one of them can never have been sent.
    """
    lines = [f"{part.written}: {_value(asked, part)}" for part in signature.components]
    lines.append(f'"@signature-params": {signature.written}')
    return as_sent("\n".join(lines))


def authority_of(asked: Request) -> str:
    """Lower-case host, with the port where it is not the scheme's own."""
    authority = asked.authority.lower()
    return authority.removesuffix(DEFAULT_PORTS.get(asked.scheme, ""))


def _value(asked: Request, part: Component) -> str:
    if not part.name.startswith("@"):
        return _field(asked, part)
    derive = DERIVED.get(part.name)
    if derive is None or set(part.parameters) - (
        {"name"} if part.name == "@query-param" else set()
    ):
        raise UnknownComponent(part.written)
    return derive(asked, part)


def _field(asked: Request, part: Component) -> str:
    if not TOKEN.fullmatch(part.name) or set(part.parameters) - FIELD_PARAMETERS:
        raise UnknownComponent(part.written)
    value = field_value(asked.headers, part.name)
    if value is None:
        raise MissingComponent(part.written)
    if "bs" in part.parameters:
        if len(part.parameters) > 1:
            raise UnknownComponent(part.written)
        return written_bytes(asked.headers.all(part.name))
    if "key" in part.parameters:
        return _member(value, part)
    if "sf" in part.parameters:
        raise UnknownComponent(part.written)
    return value


def _member(value: str, part: Component) -> str:
    try:
        members = dictionary_of(value)
    except Unreadable:
        raise MissingComponent(part.written) from None
    member = members.get(str(part.parameters["key"]))
    if member is None:
        raise MissingComponent(part.written)
    return written_member(member)


def _path(asked: Request, _part: Component) -> str:
    return asked.target.partition("?")[0] or "/"


def _query(asked: Request, _part: Component) -> str:
    return f"?{asked.target.partition('?')[2]}"


def _target_uri(asked: Request, _part: Component) -> str:
    return f"{asked.scheme}://{authority_of(asked)}{asked.target}"


def _query_param(asked: Request, part: Component) -> str:
    """The one value of a parameter, written anew; a repeated one is ambiguous."""
    wanted = part.parameters.get("name")
    query = asked.target.partition("?")[2]
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=QUERY_PAIRS_MAX)
    except ValueError:
        raise UnknownComponent(part.written) from None
    found = [value for name, value in pairs if quote(name, QUERY_SAFE) == wanted]
    if len(found) != 1:
        raise MissingComponent(part.written)
    return quote(found[0], QUERY_SAFE)


DERIVED: Mapping[str, Callable[[Request, Component], str]] = {
    "@method": lambda asked, _part: asked.method,
    "@authority": lambda asked, _part: authority_of(asked),
    "@scheme": lambda asked, _part: asked.scheme,
    "@target-uri": _target_uri,
    "@request-target": lambda asked, _part: asked.target,
    "@path": _path,
    "@query": _query,
    "@query-param": _query_param,
}
