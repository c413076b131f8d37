"""Events that Stripe sends: believed only with a fresh signature over their very bytes.

Source: docs.stripe.com/webhooks (signatures, replay, duplicate and unordered events).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gateway.billing.card import Ended, Heard, TakenAway
from gateway.billing.checkout import CheckoutState
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.payments.stripe import OURS, Stripe, money_of, page_of

TOLERANCE_S = 300
SIGNATURES_MAX = 16
SCHEME = "v1"
News = Ended | TakenAway | None


def read_event(
    body: bytes, signature: str, *, secrets: Sequence[Secret], now_s: int
) -> Heard:
    """An event, if Stripe sent it and did so just now.

    Args:
        body: The very bytes of the request.
        signature: Its `Stripe-Signature` field.
        secrets: Of the endpoint; two while one is replaced.
        now_s: Unix time, seconds.

    Raises:
        InvalidValue: the signature is missing, wrong or more than five minutes old,
            or the event cannot be read.
    """
    _assert_signed(body, signature, secrets=secrets, now_s=now_s)
    try:
        told = json.loads(body)
        event_id, kind = told["id"], told["type"]
        f"{event_id}{kind}".encode()  # JSON may spell what is no character
        about = told["data"]["object"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise InvalidValue("the event cannot be read") from None
    if not (isinstance(event_id, str) and isinstance(kind, str) and event_id):
        raise InvalidValue("the event has no id or type")
    read = KINDS.get(kind)
    try:
        news = read(about) if read and isinstance(about, dict) else None
    except Unavailable as fault:
        raise InvalidValue(fault.detail) from None
    digest = hashlib.sha256(body).hexdigest()
    return Heard(Stripe.name, event_id, kind, digest, news)


def _assert_signed(
    body: bytes, signature: str, *, secrets: Sequence[Secret], now_s: int
) -> None:
    pairs = [part.strip().partition("=") for part in signature.split(",")]
    told = [value for name, _, value in pairs if name == "t"]
    given = [value for name, _, value in pairs if name == SCHEME][:SIGNATURES_MAX]
    if len(told) != 1 or not told[0].isascii() or not told[0].isdecimal():
        raise InvalidValue("the event carries no Stripe-Signature that can be read")
    signed = told[0].encode() + b"." + body
    expected = [
        hmac.digest(one.reveal().encode(), signed, hashlib.sha256).hex()
        for one in secrets
    ]
    is_signed = any(
        hmac.compare_digest(ours.encode(), theirs.encode("utf-8", "replace"))
        for ours in expected
        for theirs in given
    )
    if not is_signed:
        raise InvalidValue("the event's signature is not Stripe's")
    if abs(now_s - int(told[0][:12])) > TOLERANCE_S:
        raise InvalidValue("the event was signed more than five minutes ago")


def _completed(about: Mapping[str, Any]) -> News:
    page = page_of(about)
    return Ended(page.session, _checkout(about), page.state, page.payment)


def _expired(about: Mapping[str, Any]) -> News:
    page = page_of(about)
    return Ended(page.session, _checkout(about), CheckoutState.EXPIRED)


def _refunded(about: Mapping[str, Any]) -> News:
    return _away(about) if about.get("status") == "succeeded" else None


def _refund_failed(about: Mapping[str, Any]) -> News:
    return _away(about, is_undone=True)


def _charged_back(about: Mapping[str, Any]) -> News:
    return _away(about, fee_minor=_fees(about))


def _reinstated(about: Mapping[str, Any]) -> News:
    return _away(about, fee_minor=_fees(about), is_undone=True)


def _away(
    about: Mapping[str, Any], *, fee_minor: int = 0, is_undone: bool = False
) -> News:
    payment, created = about.get("payment_intent"), about.get("created")
    if not isinstance(payment, str) or not isinstance(created, int):
        return None
    return TakenAway(
        reference=str(about.get("id", "")),
        payment=payment,
        amount=money_of(about, "amount"),
        at_us=created * US_PER_S,
        fee_minor=fee_minor,
        is_undone=is_undone,
    )


def _fees(dispute: Mapping[str, Any]) -> int:
    """What Stripe charged for a dispute, as far as it was not given back."""
    booked = dispute.get("balance_transactions")
    rows = booked if isinstance(booked, list) else []
    fees = [row.get("fee") for row in rows if isinstance(row, dict)]
    return max(0, sum(fee for fee in fees if isinstance(fee, int)))


def _checkout(about: Mapping[str, Any]) -> str:
    metadata = about.get("metadata")
    found = metadata.get(OURS) if isinstance(metadata, dict) else ""
    return found if isinstance(found, str) else ""


KINDS: Mapping[str, Callable[[Mapping[str, Any]], News]] = MappingProxyType(
    {
        "checkout.session.completed": _completed,
        "checkout.session.async_payment_succeeded": _completed,
        "checkout.session.expired": _expired,
        "refund.created": _refunded,
        "refund.updated": _refunded,
        "refund.failed": _refund_failed,
        "charge.dispute.funds_withdrawn": _charged_back,
        "charge.dispute.funds_reinstated": _reinstated,
    }
)
"""The events that concern us, by Stripe's word. All others are kept and do nothing."""
