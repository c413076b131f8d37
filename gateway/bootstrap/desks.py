"""Desks: what the terms entrance asks of the services, fitted together.

An entrance and a service never know each other; the words of one are turned into
the words of the other here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from gateway.billing.bank import top_up_reference
from gateway.bootstrap.house import House
from gateway.bootstrap.invoicing import IsInvoiced
from gateway.bootstrap.selling import seller_of
from gateway.identity.party import AttributeValue
from gateway.kernel.errors import Conflict, NotFound, Unavailable
from gateway.kernel.money import Money
from gateway.kernel.period import month_of
from gateway.kernel.request import Request
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.offer import OfferTerms
from gateway.services.acceptance import Acceptance as Asked
from gateway.services.keys import IssuedKey
from gateway.services.span_charges import SpanCharges, Undeclared
from gateway.storage.stores.appeal_store import StoredAppeals
from gateway.telemetry.legible import without_secrets
from gateway.terms.ports import Acceptance, Accepted, Appeal, Fetched, Signed
from gateway.upstream.client import UpstreamClient
from gateway.upstream.order import Order
from gateway.upstream.small_file import small_file

UpstreamOf = Callable[[Request], str]
OUR_FIELDS = ("authorization", "x-api-key")
USAGE_BY = ("agreement_id", "collection", "tariff")
PUT_RIGHT_S = 3_600
NOTHING_OWED = (
    "Nothing is invoiced at present: what you take is metered and shown as a "
    "statement, and nothing has to be paid ahead."
)


class OfferDesk:
    """Turns an acceptance into a party, an agreement and a key: all of it or none.

    Attributes:
        house: Where they are kept.
        is_invoiced: Whether usage of a collection may be owed now.
    """

    def __init__(self, house: House, is_invoiced: IsInvoiced) -> None:
        self._house = house
        self._is_invoiced = is_invoiced

    def accept(
        self,
        terms: OfferTerms,
        acceptance: Acceptance,
        *,
        document: Mapping[str, Any],
        idempotency_key: str,
    ) -> Accepted:
        """Accept; see `gateway.terms.ports.OfferDesk`.

        A retry that reaches us finds its key used or its name taken: nothing is
        made twice.
        """
        asked = Asked(
            terms=terms,
            document=document,
            uses=acceptance.uses,
            commercial=acceptance.commercial,
            cap_minor=acceptance.cap_minor,
            idempotency_key=idempotency_key,
        )
        with self._house.together() as house:
            _assert_new(house, asked, acceptance.name)
            try:
                party = house.parties.add(acceptance.name, attributes=_said(acceptance))
                made = house.agreements.accept(party.id, asked)
                issued = house.keys.issue(party.id, label="offer")
            except Conflict as fault:
                # Whoever accepts has said nothing wrong: the steward must act.
                detail = (
                    "this offer cannot be accepted until its steward puts it right "
                    f"({fault.detail}); nothing was kept of your request"
                )
                raise Unavailable(detail, retry_after_s=PUT_RIGHT_S) from fault
        return self._accepted(made, issued)

    def _accepted(self, made: Agreement, issued: IssuedKey) -> Accepted:
        is_owed = any(self._is_invoiced(one) for one in made.collections)
        pays_ahead = is_owed and made.settling is Settling.PREPAID
        return Accepted(
            agreement_id=made.id,
            party_id=made.party_id,
            key_id=issued.key.id,
            api_key=issued.secret.reveal(),
            settling=made.settling.value,
            tariff=made.tariff,
            tariff_version=made.tariff_version,
            prepay=self._prepay(made.id) if pays_ahead else {},
            note="" if is_owed else NOTHING_OWED,
        )

    def _prepay(self, agreement_id: str) -> dict[str, str]:
        seller = self._house.settings.invoicing
        reference = top_up_reference(agreement_id)
        told = {"reference": reference, "to": seller.name, "iban": seller.iban}
        return {label: text for label, text in told.items() if text}


def _assert_new(house: House, asked: Asked, name: str) -> None:
    """Refuse a retry, and a name that is taken; within the transaction.

    Raises:
        Conflict: the idempotency key or the name was used.
    """
    known = house.identities.find_party_named(name)
    before = house.agreements.accepted_with(asked.terms, asked.idempotency_key)
    if before is not None and (known is None or known.id != before.party_id):
        raise Conflict(
            "this Idempotency-Key was used for something else; use a new one"
        )
    if before is not None:
        detail = (
            f"this Idempotency-Key led to agreement {before.id} already; its API key "
            "was shown once and cannot be shown again: if it is lost, ask "
            f"{asked.terms.collection.contact} to rotate it"
        )
        raise Conflict(detail)
    if known is not None:
        # A name is an account to whoever holds its key; a stranger gets no more.
        detail = (
            f"somebody named {name!r} is known already; use your key, "
            "or write the full legal name with its seat"
        )
        raise Conflict(detail)


def _said(acceptance: Acceptance) -> dict[str, AttributeValue]:
    told = {
        "email": acceptance.email,
        "country": acceptance.country,
        "entity": acceptance.entity if acceptance.entity != "unknown" else "",
    }
    return {name: text for name, text in told.items() if text}


class UsageDesk:
    """Tells a party what it has taken this month, and what is left to take."""

    def __init__(self, house: House, is_invoiced: IsInvoiced) -> None:
        self._house = house
        self._is_invoiced = is_invoiced

    def usage_of(self, party_id: str) -> Mapping[str, Any]:
        """See `gateway.terms.ports.UsageDesk`."""
        now_us = self._house.clock.now_us()
        period = month_of(now_us)
        charges = SpanCharges(seller_of(self._house.settings), self._is_invoiced)
        missing = charges.undeclared(self._house.books, upto_us=now_us)
        listed = [
            {
                "agreement_id": one.id,
                "settling": one.settling.value,
                **self._balance(one),
                **_undeclared(one, missing),
                "usage": self._house.usage_reports.report(
                    by=USAGE_BY, period=period, agreement_id=one.id
                ),
            }
            for one in self._house.agreements.list(party_id)
        ]
        return {"period": str(period), "agreements": listed}

    def statements_of(self, party_id: str) -> Sequence[Mapping[str, Any]]:
        """See `gateway.terms.ports.UsageDesk`."""
        found = self._house.usage_statements.of_party(party_id)
        return [one.told() for one in found]

    def statement_of(self, party_id: str, statement_id: str) -> Signed | None:
        """See `gateway.terms.ports.UsageDesk`."""
        try:
            found = self._house.usage_statements.find(statement_id)
            agreement = self._house.agreements.show(found.window.agreement_id)
        except NotFound:
            return None
        if agreement.party_id != party_id:
            return None
        return Signed(found.jws, found.sha256)

    def _balance(self, one: Agreement) -> dict[str, Any]:
        is_owed = any(self._is_invoiced(each) for each in one.collections)
        if one.settling is not Settling.PREPAID or not is_owed:
            return {}
        left = Money(self._house.agreements.prepaid_minor(one.id), one.currency)
        return {"prepaid_minor": left.minor, "currency": left.currency}


def _undeclared(one: Agreement, missing: Iterable[Undeclared]) -> dict[str, Any]:
    """Spans whose turnover it has still to declare; nothing where none is missing."""
    spans = [str(each.span) for each in missing if each.agreement_id == one.id]
    return {"undeclared": spans} if spans else {}


class UpstreamFiles:
    """Fetches small files of the archive; a `gateway.terms.ports.UpstreamFile`."""

    def __init__(self, client: UpstreamClient, upstream_of: UpstreamOf) -> None:
        self._client = client
        self._upstream_of = upstream_of

    async def __call__(self, asked: Request, *, body_bytes_max: int) -> Fetched:
        """GET a file in full; see the port."""
        fields = frozenset((*OUR_FIELDS, "cookie"))
        # Without the query: these files have none, and it may hold anything.
        order = Order(asked, self._upstream_of(asked), asked.path, consumed=fields)
        head, body = await small_file(
            self._client, order, body_bytes_max=body_bytes_max
        )
        return Fetched(head.status, body, head.headers)


class AppealBox:
    """Keeps appeals for a steward; a `gateway.terms.ports.AppealBox`."""

    def __init__(self, house: House, say: Callable[..., None]) -> None:
        self._store = StoredAppeals(house.store)
        self._say = say

    def keep(self, appeal: Appeal) -> None:
        """Keep an appeal, and leave a line in the log; a key in it is not kept."""
        self._store.keep(
            appeal.id,
            request_id=without_secrets(appeal.request_id),
            contact=without_secrets(appeal.contact),
            text=without_secrets(appeal.text),
            received_us=appeal.received_us,
        )
        self._say("appeal.received", appeal=appeal.id, request_id=appeal.request_id)
