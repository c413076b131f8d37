"""The scalars that all documents share: ids, numbers, flags, spans, patterns."""

from __future__ import annotations

import re

from gateway.kernel.errors import InvalidValue
from gateway.licensing.globs import glob
from gateway.policy_files import quantities
from gateway.policy_files.shapes import Line, Parsed

NUMERIC = {"type": ["integer", "string"]}
DECIMAL = {"type": ["number", "string"]}

ID = Line(
    "id",
    re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*"),
    "write it in kebab-case: parish-registers",
    80,
)
HOST_CHARS_MAX = 253
HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
WITH_PORT = re.compile(rf"{HOST_NAME.pattern}:[0-9]*")
URL = Line("URL", re.compile(r"https?://[^\s]+|/[^\s]*"), "write https://… or /…")
CURRENCY = Line("currency", re.compile(r"[A-Z]{3}"), "write an ISO 4217 code: EUR")
SENTENCE = Line("sentence", chars_max=600)
NAME = Line("name", chars_max=200)
LICENCE = Line(
    "licence",
    re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*"),
    "write an SPDX id, or LicenseRef-…",
    80,
)
LANGUAGE = Line("language code", re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"))

WHOLE = Parsed("whole number", quantities.whole, NUMERIC)
PRICE = Parsed("price", quantities.price_micros, DECIMAL)
PERCENT = Parsed("percentage", quantities.percent, NUMERIC)
RATE = Parsed("rate", quantities.rate_bp, {"type": "string"})
SPAN = Parsed("span of time", quantities.span_s, {"type": "string"})
DATE = Parsed("date", quantities.day, {"type": "string", "format": "date"})
DAYS = Parsed("number of days", quantities.days, {"type": "string"})
QUANTITY = Parsed("quantity", quantities.metered, {"type": "string"})
SPENDING = Parsed("amount of use", quantities.spending_rate, {"type": "string"})

FLAGS = {"yes": True, "true": True, "on": True, "no": False, "false": False}
FLAGS["off"] = False


def flag(text: str) -> bool:
    """A flag: `yes` or `no` (`true`, `on`, `false`, `off`).

    Raises:
        ValueError: *text* is none.
    """
    if text.lower() not in FLAGS:
        raise ValueError("write yes or no")
    return FLAGS[text.lower()]


def host(text: str) -> str:
    """A host name as a request names it; requests are matched without their port.

    Raises:
        ValueError: *text* is none.
    """
    if WITH_PORT.fullmatch(text):
        raise ValueError("leave the port out: a host is matched by its name alone")
    if len(text) > HOST_CHARS_MAX or not HOST_NAME.fullmatch(text):
        raise ValueError("write it in lower case, without scheme or path")
    return str(text)


def pattern(text: str) -> str:
    """A path pattern; it begins with a slash or a star.

    Raises:
        ValueError: *text* is none.
    """
    try:
        glob(text)
    except InvalidValue as error:
        raise ValueError(error.detail) from None
    if text[0] not in "/*":
        raise ValueError("a path pattern begins with / or **")
    if "?" in text:
        raise ValueError("the query has a pattern of its own: query: diff=*")
    return text


def target_pattern(text: str) -> str:
    """`PATH` or `PATH?QUERY`, both patterns.

    Raises:
        ValueError: *text* is none.
    """
    path, mark, query = text.partition("?")
    pattern(path)
    if mark:
        query_pattern(query)
    return text


def query_pattern(text: str) -> str:
    """A query pattern such as `diff=*`.

    Raises:
        ValueError: *text* is none.
    """
    try:
        glob(text)
    except InvalidValue as error:
        raise ValueError(error.detail) from None
    return text


def figure(text: str) -> str:
    """A word or a number, kept as it is written.

    Raises:
        ValueError: *text* is empty or too long.
    """
    if not 0 < len(text) <= 200:
        raise ValueError("write a word or a number")
    return str(text)


FIGURE = Parsed("figure", figure, DECIMAL)
HOST = Parsed(
    "host name",
    host,
    {
        "type": "string",
        "maxLength": HOST_CHARS_MAX,
        "pattern": f"^(?:{HOST_NAME.pattern})$",
    },
)
FLAG = Parsed("flag", flag, {"type": ["boolean", "string"]})
PATH = Parsed("path pattern", pattern, {"type": "string"})
TARGET = Parsed("path pattern", target_pattern, {"type": "string"})
QUERY = Parsed("query pattern", query_pattern, {"type": "string"})
