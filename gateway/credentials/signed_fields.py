"""The fields of a signed message, read: Signature-Input, Signature, Signature-Agent.

They are structured fields (RFC 9651); `http_sf` reads and writes them, and its answers
to the working group's vectors are tested. What is read here is bounded: lengths,
signatures, components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import http_sf

from gateway.kernel.request import Headers

FIELD_CHARS_MAX = 8_192
SIGNATURES_MAX = 8
COMPONENTS_MAX = 32
WHITESPACE = " \t"  # as RFC 9110 §5.6.3 has it: no other counts as none
PARAMETER_NUMBERS = ("created", "expires")
PARAMETER_TEXTS = ("keyid", "alg", "nonce", "tag")


class Unreadable(ValueError):
    """A field is not what its standard says. The message is its name."""


@dataclass(frozen=True, slots=True)
class Component:
    """One covered part of the message.

    Attributes:
        name: In lower case; `@…` for what is derived.
        parameters: Name to value, in the order they were written.
        written: The identifier as it stands in the signature base.
    """

    name: str
    parameters: Mapping[str, Any]
    written: str


@dataclass(frozen=True, slots=True)
class SignatureInput:
    """One signature that a message says it carries.

    Attributes:
        label: Its name in both fields.
        components: What it covers.
        parameters: created, expires (seconds), keyid, alg, nonce, tag, as far as
            they are there and of their type.
        written: The value of `@signature-params`.
        signature: The bytes; None where `Signature` has none of that label.
    """

    label: str
    components: tuple[Component, ...]
    parameters: Mapping[str, Any]
    written: str
    signature: bytes | None


def field_value(headers: Headers, name: str) -> str | None:
    """A field's lines as one value (RFC 9421 §2.1); None where it is not there."""
    if name not in headers:
        return None
    lines = (" ".join(line.split("\r\n")) for line in headers.all(name))
    return ", ".join(line.strip(WHITESPACE) for line in lines)


def as_sent(text: str) -> bytes:
    """The bytes that a text was read from (`proxy.head`): none stands for another.

    Raises:
        UnicodeError: no message can have held it.
    """
    return text.encode("utf-8", "surrogateescape")


def dictionary_of(value: str) -> dict[str, Any]:
    """A field as a structured dictionary.

    Raises:
        Unreadable: it is none, or longer than 8,192 characters.
    """
    found = _structured(value, "dictionary")
    return dict(found)


def string_of(value: str) -> str | None:
    """A field that is one bare structured string; None where it is something else."""
    try:
        found, parameters = _structured(value, "item")
    except Unreadable:
        return None
    return found if type(found) is str and not parameters else None


def written_member(member: Any) -> str:
    """One dictionary member with its parameters, as RFC 9421 §2.1.2 writes it."""
    return http_sf.ser([member])


def written_bytes(lines: tuple[str, ...]) -> str:
    """Each line of a field as a byte sequence (RFC 9421 §2.1.3)."""
    raw = (as_sent(line.strip(WHITESPACE)) for line in lines)
    return http_sf.ser([(line, {}) for line in raw])


def signatures_in(headers: Headers) -> tuple[SignatureInput, ...]:
    """Every signature a message says it carries; none for an unsigned one.

    Raises:
        Unreadable: a field of the two is not what RFC 9421 says.
    """
    told = field_value(headers, "signature-input")
    if told is None:
        return ()
    try:
        inputs = dictionary_of(told)
    except Unreadable:
        raise Unreadable("signature-input") from None
    try:
        values = dictionary_of(field_value(headers, "signature") or "")
    except Unreadable:
        values = {}
    if len(inputs) > SIGNATURES_MAX:
        raise Unreadable("signature-input")
    return tuple(_signature(label, each, values) for label, each in inputs.items())


def _signature(label: str, member: Any, values: Mapping[str, Any]) -> SignatureInput:
    covered, parameters = member
    if not isinstance(covered, list) or len(covered) > COMPONENTS_MAX:
        raise Unreadable("signature-input")
    raw = values.get(label, (None, {}))[0]
    return SignatureInput(
        label,
        tuple(_component(item) for item in covered),
        _typed(parameters),
        written_member(member),
        bytes(raw) if isinstance(raw, bytes) else None,
    )


def _component(item: Any) -> Component:
    name, parameters = item
    if type(name) is not str or name != name.lower() or not name:
        raise Unreadable("signature-input")
    return Component(name, dict(parameters), written_member(item))


def _typed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in parameters.items()
        if (name in PARAMETER_NUMBERS and type(value) is int)
        or (name in PARAMETER_TEXTS and type(value) is str)
    }


def _structured(value: str, shape: str) -> Any:
    if len(value) > FIELD_CHARS_MAX:
        raise Unreadable("too-long")
    try:
        return http_sf.parse(value.encode("ascii"), tltype=shape)
    except (ValueError, UnicodeEncodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None
