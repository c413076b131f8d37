"""An offer: machine-readable terms under which a commercial use becomes lawful.

An offer needs no memory. Its id is a digest of the terms, so whoever holds the
same policies can answer for it; other terms are another offer. The document says
everything that decides about money: prices, how it is metered, how it can be
settled other than by paying, when an answer is due, and how to accept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from gateway.kernel.ids import spelled
from gateway.kernel.money import MICROS_PER_MAJOR, Money, minor_digits
from gateway.licensing.collection import Collection
from gateway.licensing.tariff import Metered, Tariff
from gateway.reciprocity.spending import DEFAULT_RATE

SCHEMA = "copyfair-offer/1"
REPEAT_DAYS = 30
GUARANTEED_OFFER_DAYS = 32
QUOTED_BYTES = 1 << 20

# domain.md "Metering", as a machine can read it and a lawyer can quote it.
METERING_RULE: Mapping[str, Any] = {
    "quantity": "response body bytes, after content coding and before framing",
    "billable_statuses": [200, 203, 206],
    "free_methods": ["HEAD"],
    "aborted_by_client": "bytes that left our machine",
    "cut_off_by_us": "nothing",
    "repeat": (
        "the same address with the same strong ETag, taken again within "
        f"{REPEAT_DAYS} days after a complete delivery that was priced, is recorded "
        "and priced at zero"
    ),
    "repeat_days": REPEAT_DAYS,
    "doubt": "in the customer's favour, and counted in the statement",
}

MINIMUM_RULE = (
    "owed from the first priced use on, in proportion to the days in force; what use"
    " leaves open is made up once the span is over; nothing where use is priced at zero"
)
CREDIT_RULE = (
    "prepaid, at the last bracket's price from the first unit on, until an entity fact"
    " is verified by a domain, a VAT id, a public register or a bank transfer, which"
    " is free; from then on each bracket's own price applies"
)
ROYALTY_RULE = (
    "on the turnover that the party declares with evidence; nothing is ever estimated"
)


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """What is offered for one collection.

    Attributes:
        id: `off_…`, a digest of what follows.
        collection: Of what.
        tariff: At which prices; None where the collection has no tariff.
    """

    id: str
    collection: Collection
    tariff: Tariff | None

    @property
    def can_be_accepted(self) -> bool:
        """Is there a price that somebody could agree to?"""
        return self.tariff is not None

    @property
    def guaranteed_offer_days(self) -> int:
        """After so many days without an individual answer the tariff applies."""
        tariff = self.tariff
        return tariff.guaranteed_offer_days if tariff else GUARANTEED_OFFER_DAYS


def terms_of(collection: Collection, tariff: Tariff | None) -> OfferTerms:
    """The offer that a collection makes at a tariff."""
    terms = [
        SCHEMA,
        collection.id,
        collection.licence,
        collection.basis.value,
        collection.rights.value,
        [tariff.id, tariff.version, tariff.body_sha256] if tariff else None,
        METERING_RULE,
        CREDIT_RULE if tariff else None,
    ]
    canonical = json.dumps(terms, sort_keys=True, separators=(",", ":")).encode()
    number = int.from_bytes(hashlib.sha256(canonical).digest()[:16], "big")
    return OfferTerms(spelled("off", number), collection, tariff)


def offer_document(
    terms: OfferTerms, *, public_url: str = "", is_open: bool = True
) -> dict[str, Any]:
    """The offer as JSON, the body of a 402 and of `/_copyfair/offers/{id}`.

    Args:
        terms: What is offered.
        public_url: The gateway's public address without a slash at the end.
        is_open: Whether the gateway takes acceptances now (`licence_mode: offer` or
            above).

    Returns:
        A document whose `accept` is null where nobody can accept: the gateway takes
        none, or there is no price. `contact` is the way then. Without a tariff
        nothing in it speaks of money.
    """
    collection, tariff = terms.collection, terms.tariff
    href = f"{public_url}/_copyfair/offers/{terms.id}"
    return {
        "schema": SCHEMA,
        "id": terms.id,
        "href": href,
        "collection": {
            "id": collection.id,
            "title": dict(collection.title),
            "steward": collection.steward,
            "hosts": list(collection.hosts),
            "paths": list(collection.paths),
        },
        "licence": collection.licence,
        "basis": collection.basis.value,
        "rights": collection.rights.value,
        **_owed(collection, tariff),
        "guaranteed_offer": {
            "days": terms.guaranteed_offer_days,
            "because": _guarantee(terms),
            "apply": _application(href) if is_open and terms.can_be_accepted else None,
        },
        "accept": _acceptance(href) if is_open and terms.can_be_accepted else None,
        "cheaper_door": collection.dump or None,
        "contact": collection.contact,
    }


def _guarantee(terms: OfferTerms) -> str:
    days = terms.guaranteed_offer_days
    if terms.can_be_accepted:
        return (
            "who asks for individual terms and gets no answer within "
            f"{days} days may use the published tariff"
        )
    return f"who asks for terms gets an answer within {days} days"


def _application(href: str) -> dict[str, Any]:
    return {
        "method": "POST",
        "href": f"{href}/applications",
        "content_type": "application/json",
        "body": {"name": "who asks", "email": "where to answer", "wish": "what for"},
    }


def _acceptance(href: str) -> dict[str, Any]:
    return {
        "method": "POST",
        "href": href,
        "content_type": "application/json",
        "body": {"name": "legal name of the organisation", "email": "for invoices"},
    }


def _tariff_document(tariff: Tariff) -> dict[str, Any]:
    return {
        "id": tariff.id,
        "version": tariff.version,
        "sha256": tariff.body_sha256,
        "currency": tariff.currency,
        "metered": tariff.metered.value,
        "per": tariff.per_label,
        "per_units": tariff.per_units,
        "brackets_over": tariff.brackets_over.value,
        "brackets": [
            {
                "up_to_units": bracket.up_to,
                "up_to": quantity_words(tariff.metered, bracket.up_to),
                "price_micros": bracket.price_micros,
                "price": price_words(bracket.price_micros, tariff.currency),
            }
            for bracket in tariff.brackets
        ],
        "derivation": dict(tariff.derivation),
        **_beside_use(tariff),
    }


def _beside_use(tariff: Tariff) -> dict[str, Any]:
    """What is owed beside use; nothing where a tariff asks for nothing else."""
    told: dict[str, Any] = {}
    if tariff.minimum:
        told["minimum"] = {
            "per": tariff.minimum.per.value,
            "amount_minor": tariff.minimum.minor,
            "amount": f"{Money(tariff.minimum.minor, tariff.currency)}",
            "because": MINIMUM_RULE,
        }
    if tariff.royalties:
        told["royalties"] = {
            "basis": "turnover",
            "over": tariff.royalties.over.value,
            "brackets": [
                {
                    "up_to_minor": each.up_to_minor,
                    "up_to": None
                    if each.up_to_minor is None
                    else f"{Money(each.up_to_minor, tariff.currency)}",
                    "rate_bp": each.rate_bp,
                    "rate": rate_words(each.rate_bp),
                }
                for each in tariff.royalties.brackets
            ],
            "because": ROYALTY_RULE,
        }
    if tariff.shares:
        told["shares"] = dict(tariff.shares)
    return told


def rate_words(basis_points: int) -> str:
    """A rate for people, exactly: `1.5 %`."""
    whole, rest = divmod(basis_points, 100)
    decimals = f"{rest:02d}".rstrip("0")
    return f"{whole}{'.' if decimals else ''}{decimals} %"


def _money(tariff: Tariff) -> dict[str, Any]:
    """What an offer says about money; one without a tariff says nothing of it."""
    openness = {
        "rebate_percent": tariff.openness_rebate_percent,
        "because": "on proof that weights and training data are open",
    }
    return {
        "tariff": _tariff_document(tariff),
        "metering": dict(METERING_RULE),
        "crawler_price": _crawler_price(tariff),
        "settlement": {
            "money": True,
            **_in_kind(tariff.settlement_contribution_percent),
            "openness": openness,
        },
        "credit": CREDIT_RULE,
    }


def _owed(collection: Collection, tariff: Tariff | None) -> dict[str, Any]:
    """What is owed, and how else than in money it is settled."""
    told = _money(tariff) if tariff else {"settlement": _in_kind(100)}
    return {**told, "settlement": {**told["settlement"], **_standing(collection)}}


def _standing(collection: Collection) -> dict[str, Any]:
    rate = collection.standing or DEFAULT_RATE
    amount = quantity_words(Metered(rate.counted.value), rate.per_credit)
    because = "an accepted hour of work gives so much use within 12 months"
    return {"standing": {"hour_gives": amount, "because": because}}


def _in_kind(percent: int) -> dict[str, Any]:
    because = "work from the published needs list, accepted by review"
    return {"contribution": {"up_to_percent": percent, "because": because}}


BYTE_UNITS = (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10))


def quantity_words(metered: Metered, units: int | None) -> str | None:
    """A quantity for people: `100 GiB`, `1000 requests`; None stays open-ended."""
    if units is None:
        return None
    if metered is not Metered.BYTES:
        return f"{units} {metered.value}"
    for name, size in BYTE_UNITS:
        if units and units % size == 0:
            return f"{units // size} {name}"
    return f"{units} B"


def price_words(price_micros: int, currency: str) -> str:
    """A price for people, exactly: `1.50 EUR`, `0.0025 EUR`."""
    major, rest = divmod(price_micros, 1_000_000)
    decimals = f"{rest:06d}".rstrip("0")
    decimals = decimals.ljust(minor_digits(currency), "0")
    return f"{major}{'.' if decimals else ''}{decimals} {currency}"


def crawler_price_micros(tariff: Tariff) -> Fraction:
    """What a 402 quotes to a newcomer, in micros: the last bracket's price.

    The price of one request or record; where bytes are metered nobody knows the
    length before the answer, so the price of a response of 1 MiB is quoted. What is
    charged is always the exact quantity; who is verified pays by the brackets.
    """
    units = QUOTED_BYTES if tariff.metered is Metered.BYTES else 1
    return tariff.charge_micros(0, units, is_proven=False)


def crawler_price(tariff: Tariff) -> str:
    """`EUR 0.0015`: the value of `Crawler-Price` (currency, decimal), rounded up."""
    micros = crawler_price_micros(tariff)
    whole: int = -(-micros.numerator // micros.denominator)
    major, rest = divmod(whole, MICROS_PER_MAJOR)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{tariff.currency} {major}.{decimals}"


def _crawler_price(tariff: Tariff) -> dict[str, Any]:
    quoted = "1 MiB" if tariff.metered is Metered.BYTES else "1 request"
    return {"value": crawler_price(tariff), "for": quoted, "charged": "exactly"}
