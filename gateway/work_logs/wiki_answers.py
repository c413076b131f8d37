"""Contributions of users, as the API of a MediaWiki answers `list=usercontribs`.

https://www.mediawiki.org/wiki/API:Usercontribs, formatversion 1 and 2. Reverted edits
carry the tag `mw-reverted`; what only takes others back weighs as little as it can.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from gateway.kernel.errors import InvalidValue
from gateway.work_logs.wiki_edits import Edit, instant_us

EDITS_PER_ANSWER = 200
USERS_PER_ASKING = 20
PROPERTIES = "ids|title|timestamp|comment|sizediff|tags"
REVERTED = "mw-reverted"
REVERTING = frozenset({"mw-undo", "mw-rollback", "mw-manual-revert"})


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the API.

    Attributes:
        edits: What it tells, without what was reverted.
        reverted: How many it left out for that.
        more: Parameters that ask for what follows; empty at the end.
    """

    edits: tuple[Edit, ...]
    reverted: int
    more: Mapping[str, str]


def question(
    users: Iterable[str], *, since: str, until: str, more: Mapping[str, str]
) -> str:
    """The query that asks for users' contributions, oldest first.

    Args:
        users: At most `USERS_PER_ASKING`.
        since: First instant, ISO 8601.
        until: Last instant.
        more: What the answer before said about what follows.
    """
    asked = {
        "action": "query",
        "list": "usercontribs",
        "ucuser": "|".join(users),
        "ucstart": since,
        "ucend": until,
        "ucdir": "newer",
        "ucprop": PROPERTIES,
        "uclimit": str(EDITS_PER_ANSWER),
        "format": "json",
        "formatversion": "2",
        "maxlag": "5",
    }
    return urlencode({**asked, **more})


def read(body: bytes, *, wiki: str) -> Answered:
    """Read an answer.

    Args:
        body: Its bytes.
        wiki: The wiki's host.

    Raises:
        InvalidValue: it is no such answer; or the wiki says what was wrong.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidValue("the wiki's answer is no JSON") from None
    if isinstance(said, dict) and isinstance(said.get("error"), dict):
        detail = f"the wiki says: {str(said['error'].get('info', ''))[:200]}"
        raise InvalidValue(detail)
    try:
        rows = said["query"]["usercontribs"]
        edits = [(_edit(row, wiki), frozenset(row.get("tags", ()))) for row in rows]
        more = said.get("continue", {})
        following = {str(name): str(value) for name, value in more.items()}
    except (KeyError, TypeError, AttributeError, ValueError):
        detail = "the wiki's answer holds no `query.usercontribs`"
        raise InvalidValue(detail) from None
    standing = tuple(edit for edit, tags in edits if REVERTED not in tags)
    return Answered(standing, len(edits) - len(standing), following)


def _edit(row: Mapping[str, Any], wiki: str) -> Edit:
    takes_back = bool(REVERTING.intersection(row.get("tags", ())))
    return Edit(
        wiki,
        int(row["revid"]),
        str(row["user"]),
        page=str(row.get("title", "")),
        comment=str(row.get("comment", "")),
        at_us=instant_us(str(row["timestamp"])),
        byte_count=0 if takes_back else int(row.get("sizediff", 0)),
    )
