"""A ticket as it comes back: a field at the end of the page's query."""

from __future__ import annotations

from dataclasses import replace

from gateway.kernel.request import Request

FIELD = "copyfair-ticket"
_MARK = f"{FIELD}="


def with_ticket(target: str, ticket: str) -> str:
    """The page's target with a ticket for it."""
    return f"{target}{'&' if '?' in target else '?'}{_MARK}{ticket}"


def without_ticket(asked: Request) -> Request:
    """The request as the archive gets it; a ticket stands beside it."""
    if _MARK not in asked.query:
        return asked
    fields = asked.query.split("&")
    if not fields[-1].startswith(_MARK):
        return asked
    query = "&".join(fields[:-1])
    path = asked.target.partition("?")[0]
    target = f"{path}?{query}" if query else path
    ticket = fields[-1].removeprefix(_MARK)
    return replace(asked, target=target, query=query, ticket=ticket)
