"""`/_copyfair/votes`: what is voted on, and a contributor's own ballot.

Anybody reads what is asked and what it came to. A ballot comes with the voter's own
key: in a header from a script, in the form from a browser, whose page needs no script.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import parse_qs

from gateway.identity.principal import Anonymous, Principal
from gateway.kernel.errors import GatewayError, InvalidValue, Unavailable
from gateway.kernel.request import Headers, Request
from gateway.terms import replies
from gateway.terms.holder import answered
from gateway.terms.ports import Identification
from gateway.terms.site import PREFIX
from gateway.terms.vote_page import list_page, receipt_page, vote_page
from gateway.web.answer import Answer
from gateway.web.json_body import json_said
from gateway.web.negotiation import tongue_of, wants_page

PATH = f"{PREFIX}votes"
METHODS = "GET, HEAD, POST"
READS = frozenset(("GET", "HEAD"))
BODY_BYTES_MAX = 16 * 1024
FIELDS_MAX = 32
VOTES_DIGITS_MAX = 6
FORM = "application/x-www-form-urlencoded"
KEY, ANSWER, VOTES = "key", "answer", "votes."
ASKS_FOR = {"votes": 'option to whole number, such as {"care": 3}'}


@dataclass(frozen=True, slots=True)
class Handed:
    """A ballot as somebody sends it.

    Attributes:
        votes: Option to votes.
        key: The voter's key, where a form carries it; or empty.
    """

    votes: Mapping[str, int]
    key: str = ""


class VoteDesk(Protocol):
    """Knows votes and takes ballots; blocking."""

    def votes(self) -> Sequence[Mapping[str, Any]]:
        """Every vote, the newest first.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def stewards(self) -> Sequence[Mapping[str, Any]]:
        """Each collection whose steward is recorded, and who may act; nobody is named.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def vote(self, vote_id: str) -> Mapping[str, Any]:
        """One of them.

        Raises:
            NotFound: there is none.
            Unavailable: the store cannot be asked.
        """

    def own(self, vote_id: str, party_id: str) -> Mapping[str, Any]:
        """How a party stands in a vote: may it vote, its mark, its ballot so far.

        Raises:
            NotFound: there is no such vote.
            Unavailable: the store cannot be asked.
        """

    def cast(
        self, vote_id: str, principal: Principal, votes: Mapping[str, int]
    ) -> Mapping[str, Any]:
        """Put a ballot in the box; what the voter keeps.

        Raises:
            NotFound: there is no such vote.
            InvalidValue: it may not vote, or the ballot is none.
            Conflict: the vote is closed, or the key is capped itself.
            Unavailable: the store cannot write now.
        """


@dataclass(slots=True)
class VotePages:
    """Answers for `/_copyfair/votes` and `/_copyfair/votes/{id}`.

    Attributes:
        identification: Says whose key it is, whatever the licence mode: who gives work
            to a commons that sells nothing has a key all the same.
        desk: Knows votes.
    """

    identification: Identification
    desk: VoteDesk

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Show votes, or take a ballot."""
        vote_id = asked.path.removeprefix(PATH).strip("/")
        if asked.method not in {*READS, "POST"}:
            return replies.not_allowed(asked, METHODS)
        try:
            if asked.method == "POST":
                return await self._taken(asked, vote_id, body)
            if vote_id:
                return await self._shown(asked, vote_id)
            return await self._listed(asked)
        except Unavailable as fault:
            return replies.retry_later(
                asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
            )
        except GatewayError as fault:
            return replies.problem(asked, fault.code, fault.detail)

    async def _listed(self, asked: Request) -> Answer:
        found = await asyncio.to_thread(self.desk.votes)
        stewards = await asyncio.to_thread(self.desk.stewards)
        if wants_page(asked.headers):
            return list_page(found, stewards, tongue_of(asked))
        document = {"votes": found, "stewards": stewards}
        return replies.json_answer(200, {"schema": "copyfair-votes/1", **document})

    async def _shown(self, asked: Request, vote_id: str) -> Answer:
        found = await asyncio.to_thread(self.desk.vote, vote_id)
        who = await self.identification.identify(asked)
        if isinstance(who, Anonymous):
            return _vote_answer(asked, found, None)

        async def with_own(principal: Principal) -> Answer:
            party_id = principal.party.id
            own = await asyncio.to_thread(self.desk.own, vote_id, party_id)
            return _vote_answer(asked, found, own)

        return await answered(asked, self.identification, with_own)

    async def _taken(self, asked: Request, vote_id: str, body: bytes) -> Answer:
        if len(body) > BODY_BYTES_MAX:
            detail = f"a ballot has at most {BODY_BYTES_MAX} bytes"
            return replies.problem(asked, "too-large", detail)
        handed = _read(asked, body)
        if not vote_id:
            raise InvalidValue(f"send a ballot to {PATH}/{{id}}")

        async def cast(principal: Principal) -> Answer:
            kept = await asyncio.to_thread(
                self.desk.cast, vote_id, principal, handed.votes
            )
            if wants_page(asked.headers):
                return receipt_page(kept, tongue_of(asked))
            document = {"schema": "copyfair-ballot/1", **kept}
            return replies.json_answer(201, document)

        return await answered(_keyed(asked, handed.key), self.identification, cast)


def _vote_answer(
    asked: Request, found: Mapping[str, Any], own: Mapping[str, Any] | None
) -> Answer:
    if wants_page(asked.headers):
        return vote_page(found, own, tongue_of(asked))
    send = {"method": "POST", "href": _href(found), "fields": ASKS_FOR}
    document = {"schema": "copyfair-vote/1", **found, "own": own, "send": send}
    return replies.json_answer(200, document)


def _href(found: Mapping[str, Any]) -> str:
    return f"{PATH}/{found['vote_id']}"


def _keyed(asked: Request, key: str) -> Request:
    """The request with the form's key where a script would have put it."""
    if not key:
        return asked
    rest = (pair for pair in asked.headers if pair[0].lower() != "authorization")
    return replace(asked, headers=Headers((*rest, ("Authorization", f"Bearer {key}"))))


def _read(asked: Request, body: bytes) -> Handed:
    """The ballot that is meant.

    Raises:
        InvalidValue: the body says none.
    """
    kind = asked.headers.get("content-type").partition(";")[0].strip().lower()
    try:
        if kind == FORM:
            return _form(parse_qs(body.decode(), max_num_fields=FIELDS_MAX))
        said = json_said(body)
    except (ValueError, InvalidValue):
        said = None
    votes = said.get("votes") if isinstance(said, dict) else None
    if not isinstance(votes, dict) or not all(type(v) is int for v in votes.values()):
        raise InvalidValue('send {"votes": {"option": 3}}: whole numbers')
    return Handed(votes)


def _form(fields: Mapping[str, list[str]]) -> Handed:
    votes = {}
    for name, values in fields.items():
        if not name.startswith(VOTES):
            continue
        number = values[-1].strip()
        is_whole = number.isascii() and number.isdecimal()
        if number and not (is_whole and len(number) <= VOTES_DIGITS_MAX):
            detail = f"{name.removeprefix(VOTES)}: a whole number of 0 or more"
            raise InvalidValue(detail)
        votes[name.removeprefix(VOTES)] = int(number or 0)
    answer = fields.get(ANSWER, [""])[-1]
    if answer:
        votes[answer] = 1
    key = fields.get(KEY, [""])[-1].strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidValue("the key is the text that was shown to you once")
    return Handed(votes, key)
