"""A wiki's contributions, asked of its API within the walls of `fetch`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from gateway.fetch.call import Calls
from gateway.fetch.pinned import Refused
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.work_logs import wiki_answers
from gateway.work_logs.wiki_edits import Edit

ANSWERS_MAX = 2_000
OK = 200


def read_wiki(
    url: str,
    users: Sequence[str],
    *,
    since_us: int,
    until_us: int,
    allows_loopback: bool = False,
) -> tuple[tuple[Edit, ...], int]:
    """The edits of users that stand, and how many were reverted.

    Args:
        url: The wiki's API: `https://wiki.example/w/api.php`.
        users: Their names there.
        since_us: From this instant on.
        until_us: Up to this one.
        allows_loopback: Whether this machine may be asked.

    Raises:
        InvalidValue: what answers is no such API, or says what is wrong.
        Unavailable: it must not be asked, or does not answer.
    """
    wiki = urlsplit(url).hostname or ""
    if not wiki or "?" in url or "#" in url:
        detail = f"{url} is no address of an API, such as https://wiki.example/api.php"
        raise InvalidValue(detail)
    calls = Calls(allows_loopback=allows_loopback)

    async def all_of() -> tuple[tuple[Edit, ...], int]:
        edits: list[Edit] = []
        reverted = asked = 0
        step = wiki_answers.USERS_PER_ASKING
        for start in range(0, len(users), step):
            more: Mapping[str, str] | None = {}
            while more is not None:
                asked += 1
                if asked > ANSWERS_MAX:
                    detail = f"{wiki} has more edits than are read at once: --since"
                    raise InvalidValue(detail)
                query = wiki_answers.question(
                    users[start : start + step],
                    since=iso(since_us),
                    until=iso(until_us),
                    more=more,
                )
                body = await _answer(calls, f"{url}?{query}")
                answered = wiki_answers.read(body, wiki=wiki)
                edits += answered.edits
                reverted += answered.reverted
                more = answered.more or None
        return tuple(edits), reverted

    return asyncio.run(all_of())


async def _answer(calls: Calls, address: str) -> bytes:
    place = address.partition("?")[0]
    try:
        status, body = await calls("GET", address, body=b"", fields={})
    except Refused as refused:
        detail = f"{place} cannot be had ({refused.reason}); it takes https"
        raise Unavailable(detail) from None
    if status != OK:
        detail = f"{place} answers {status}"
        raise Unavailable(detail)
    return body
