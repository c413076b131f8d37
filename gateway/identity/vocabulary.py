"""Which attributes a party can have, and what their values look like.

Values come as text (a command line, a form) or already typed (JSON). Everything
that is not in this vocabulary is refused with the nearest word, so that a typing
error never becomes a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from gateway.identity.country import COUNTRIES
from gateway.identity.party import AttributeValue
from gateway.kernel.errors import InvalidValue

TEXT_LETTERS_MAX = 200
NUMBER_MAX = 10**15


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The same words as in gateway/classification/facts.py, one floor up; a test holds
# the two lists together.
WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "entity": _words(
            "person informal nonprofit coop-worker coop-other sse public university "
            "glam purpose-company company data-broker unknown"
        ),
        "surplus": _words("to-workers to-members locked to-shareholders unknown"),
        "passes_on": _words("nobody members readers bulk unknown"),
        "country_income": _words("LIC LMIC UMIC HIC unknown"),
        "country": COUNTRIES,
        "language": _words("en fr"),
    }
)
NUMBERS = _words("staff revenue_eur mau")
PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "bank_account": re.compile(r"[0-9a-f]{32}"),  # a digest, never the account
        "domain": re.compile(
            r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}"
        ),
        "email": re.compile(r"[^@\s]+@[^@\s]+"),
        "iban": re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,38}"),
        "operator": re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*"),  # as in policies/agents
        "orcid": re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]"),
        "registration": re.compile(r"[a-z]{2,8}:[0-9A-Z]{4,30}"),
        "vat_id": re.compile(r"[A-Z]{2}[0-9A-Z+*]{2,13}"),
        "website": re.compile(r"https?://\S+"),
    }
)
TEXTS = _words(
    "address buyer_reference city contact controlled_by paid_through postcode"
    " public_name"
    " purchase_order register_number"
)
ATTRIBUTES = frozenset({*WORDS, *NUMBERS, *PATTERNS, *TEXTS})
"""Every attribute a party can have. Public: add, never rename."""

PERSONAL = _words(
    "address bank_account city contact email iban orcid paid_through postcode"
    " public_name"
)
"""Attributes that may name a person even where the party is an organisation."""

NUMBER = re.compile(r"\d{1,16}")


def checked_value(attribute: str, value: AttributeValue) -> AttributeValue:
    """The typed value of an attribute.

    Args:
        attribute: A name from `ATTRIBUTES`, without prefix.
        value: A text, or the value as it is kept.

    Raises:
        InvalidValue: no such attribute, or no such value; the detail says the
            nearest one.
    """
    if attribute not in ATTRIBUTES:
        raise InvalidValue(_unknown(f"attribute {attribute!r}", attribute, ATTRIBUTES))
    if attribute in NUMBERS:
        return _number(attribute, value)
    text = checked_text(attribute, value)
    if attribute in WORDS and text not in WORDS[attribute]:
        known = WORDS[attribute]
        raise InvalidValue(_unknown(f"{attribute} {text!r}", text, known))
    if attribute in PATTERNS and not PATTERNS[attribute].fullmatch(text):
        detail = f"{text!r} is not shaped like the attribute {attribute}"
        raise InvalidValue(detail)
    return text


def checked_text(what: str, value: object) -> str:
    """A text of one line that people can read and no terminal obeys.

    Raises:
        InvalidValue: not text, empty, too long, or with control characters.
    """
    if not isinstance(value, str):
        detail = f"{what} is a text, not {value!r}"
        raise InvalidValue(detail)
    text = value.strip()
    if not text or len(text) > TEXT_LETTERS_MAX:
        detail = f"{what} has 1 to {TEXT_LETTERS_MAX} letters"
        raise InvalidValue(detail)
    if not text.isprintable():
        detail = f"{what} contains a control character; write it on one plain line"
        raise InvalidValue(detail)
    return text


def _number(attribute: str, value: AttributeValue) -> int:
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= int(value) <= NUMBER_MAX:
        detail = f"{attribute} is a whole number from 0 to {NUMBER_MAX}, not {value!r}"
        raise InvalidValue(detail)
    return int(value)


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    words = sorted(known)
    folded = {one.casefold(): one for one in words}
    near = get_close_matches(word.casefold(), list(folded), n=1)
    if near:
        return f"unknown {what}; did you mean {folded[near[0]]!r}?"
    if words == sorted(COUNTRIES):
        return f"unknown {what}; countries are written as in ISO 3166: AT, BR, KE"
    return f"unknown {what}; known: {', '.join(words)}"
