"""Named parameters as numbered ones: the same meaning, a third less work.

SQLite's driver looks every name of every row up again. For one statement over
many rows the names are resolved once and each row becomes a tuple.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter
from typing import Any

from gateway.storage.database import Params

STATEMENTS_MAX = 512
# Texts, quoted names and comments are passed over; `:name` is a parameter.
TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|:([A-Za-z_]\w*)""")

Pick = Callable[[Params], tuple[Any, ...]]


@lru_cache(maxsize=STATEMENTS_MAX)
def by_number(sql: str) -> tuple[str, Pick]:
    """Number the parameters of a statement.

    Returns:
        The statement with `?1`, `?2` …, and what picks a row's values in that order.
    """
    numbers: dict[str, int] = {}

    def numbered(token: re.Match[str]) -> str:
        name = token.group(1)
        if name is None:
            return token.group()
        return f"?{numbers.setdefault(name, len(numbers) + 1)}"

    statement = TOKEN.sub(numbered, sql)
    return statement, _pick(tuple(numbers))


def _pick(names: tuple[str, ...]) -> Pick:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda row: tuple(row[name] for name in names)
