"""Shapes of the values that stand in rows, as questions with yes or no."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any], bool]
Fields = Mapping[str, Shape]


def text(value: Any) -> bool:
    """Is it text?"""
    return isinstance(value, str)


def texts(value: Any) -> bool:
    """Is it a list of texts?"""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def whole(value: Any) -> bool:
    """Is it a whole number?"""
    return type(value) is int


def count(value: Any) -> bool:
    """Is it a whole number of 0 or more?"""
    return type(value) is int and value >= 0


def whole_or_none(value: Any) -> bool:
    """Is it a whole number, or nothing?"""
    return value is None or whole(value)


def flag(value: Any) -> bool:
    """Is it yes or no?"""
    return isinstance(value, bool)


def count_or_none(value: Any) -> bool:
    """Is it a whole number of 0 or more, or nothing?"""
    return value is None or count(value)


def matching(pattern: re.Pattern[str]) -> Shape:
    """The shape of text that a pattern matches whole."""
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def amounts(value: Any) -> bool:
    """Is it a list of pairs of text and whole number?"""
    return isinstance(value, list) and all(
        isinstance(each, list)
        and len(each) == 2
        and isinstance(each[0], str)
        and type(each[1]) is int
        for each in value
    )
