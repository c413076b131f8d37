"""A customer's own agreements and caps: asked and set with its own key.

A key that is capped itself may look and change nothing: whoever was given a small
share does not widen it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.identity.principal import Principal
from gateway.kernel.errors import GatewayError, InvalidValue, NotFound, Unavailable
from gateway.kernel.request import Request
from gateway.metering.cap_terms import AMOUNT_MAX, CapTerms, Counted, Per, Strength
from gateway.terms import replies
from gateway.terms.holder import answered
from gateway.terms.ports import Identification
from gateway.terms.site import PREFIX
from gateway.web.answer import Answer
from gateway.web.json_body import json_said

BODY_BYTES_MAX = 16 * 1024
SCHEMA = "copyfair-agreements/1"
FIELDS = ("counted", "per", "amount", "strength", "key_id")


class AgreementDesk(Protocol):
    """Knows a party's agreements and sets their caps; blocking."""

    def agreements_of(self, party_id: str) -> list[Mapping[str, Any]]:
        """Every agreement of a party with its caps.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def set_cap(
        self, principal: Principal, terms: CapTerms, *, is_lifted: bool
    ) -> None:
        """Set a cap or lift it.

        Raises:
            NotFound: no such agreement of this party, key or cap.
            InvalidValue: nothing is sold here, so money is not capped.
            Conflict: the agreement has ended, or the key is capped itself.
            Unavailable: the store cannot write now.
        """


@dataclass(slots=True)
class OwnAgreements:
    """Answers for `/_copyfair/agreements` and `/_copyfair/agreements/{id}/caps`.

    Attributes:
        identification: Says whose key it is.
        desk: Knows what was agreed.
    """

    identification: Identification
    desk: AgreementDesk

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Show a party's agreements, or set a cap; 401 for anybody else."""
        rest = asked.path.removeprefix(f"{PREFIX}agreements").strip("/")
        return await answered(
            asked,
            self.identification,
            lambda who: self._for(asked, who, rest, body=body),
        )

    async def _for(
        self, asked: Request, who: Principal, rest: str, *, body: bytes
    ) -> Answer:
        if rest:
            try:
                return await self._set(asked, who, rest, body=body)
            except Unavailable:
                raise
            except GatewayError as fault:
                return replies.problem(asked, fault.code, fault.detail)
        if asked.method not in {"GET", "HEAD"}:
            return replies.not_allowed(asked, "GET, HEAD")
        return await self._shown(who)

    async def _shown(self, who: Principal) -> Answer:
        found = await asyncio.to_thread(self.desk.agreements_of, who.party.id)
        own = {"schema": SCHEMA, "party_id": who.party.id, "key_id": who.key_id}
        return replies.json_answer(200, own | {"agreements": found})

    async def _set(
        self, asked: Request, who: Principal, rest: str, *, body: bytes
    ) -> Answer:
        agreement_id, _, name = rest.partition("/")
        if name != "caps":
            raise NotFound("there is `agreements/{id}/caps`")
        if asked.method != "POST":
            return replies.not_allowed(asked, "POST")
        terms, is_lifted = _read(agreement_id, body)
        await asyncio.to_thread(
            lambda: self.desk.set_cap(who, terms, is_lifted=is_lifted)
        )
        return await self._shown(who)


def _read(agreement_id: str, body: bytes) -> tuple[CapTerms, bool]:
    """The cap that is meant, and whether it is lifted (`amount` is null).

    Raises:
        InvalidValue: the body says none.
    """
    if len(body) > BODY_BYTES_MAX:
        detail = f"a cap has at most {BODY_BYTES_MAX} bytes"
        raise InvalidValue(detail)
    said = json_said(body)
    if not isinstance(said, dict) or not said.keys() <= set(FIELDS):
        detail = f"send a JSON object with {', '.join(FIELDS)}"
        raise InvalidValue(detail)
    if "amount" not in said:
        raise InvalidValue("amount: a whole number, or null to lift the cap")
    amount, key_id = said["amount"], said.get("key_id", "")
    is_whole = isinstance(amount, int) and not isinstance(amount, bool)
    if amount is not None and not (is_whole and 0 <= amount <= AMOUNT_MAX):
        detail = f"amount: a whole number from 0 to {AMOUNT_MAX}, or null"
        raise InvalidValue(detail)
    if not isinstance(key_id, str):
        raise InvalidValue("key_id: the id of a key")
    terms = CapTerms(
        agreement_id,
        Counted(_word(said, "counted", Counted)),
        Per(_word(said, "per", Per, default=Per.MONTH)),
        amount or 0,
        Strength(_word(said, "strength", Strength, default=Strength.HARD)),
        key_id,
    )
    return terms, amount is None


def _word(
    said: Mapping[str, Any],
    field: str,
    known: type[Counted | Per | Strength],
    *,
    default: str = "",
) -> str:
    word = said.get(field, default)
    words = [each.value for each in known]
    if word not in words:
        detail = f"{field}: one of {', '.join(words)}"
        raise InvalidValue(detail)
    return str(word)
