"""What each kind of row says: field by field, with the shape of its value.

Public: add a kind, never rename or change one; a reader refuses what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.transparency.claim_kinds import CLAIMS
from gateway.transparency.openness_kinds import OPENNESS
from gateway.transparency.round_kinds import ROUNDS
from gateway.transparency.shapes import (
    Fields,
    amounts,
    count,
    count_or_none,
    matching,
    text,
    texts,
    whole,
)
from gateway.transparency.vote_kinds import VOTING

SHA256 = re.compile(r"[0-9a-f]{64}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")

ENTRY = "entry"
WATERFALL = "waterfall"
WATERFALL_BY_PAYER = "waterfall-by-payer"
WATERFALL_AS_BOOKED = "waterfall-as-booked"
INCOME_GIVEN_BACK = "income-given-back"
ALLOCATION = "allocation"
LEFT_OUT = "left-out"
INVOICE = "invoice"
CREDIT_NOTE = "credit-note"
RUN = "run"
USAGE = "usage"
FOOTPRINT = "footprint"
TARIFF = "tariff"
POLICY = "policy"


_digest, _day, _currency = map(matching, (SHA256, DAY, CURRENCY))

_document: Fields = {
    "number": text,
    "currency": _currency,
    "net_minor": count,
    "tax_minor": count,
    "commitment": text,  # to the document's digest, under its party's salt
}
_waterfall: Fields = {
    "net_minor": count,
    "operator_bp": count,
    "reserve_bp": count,
    "labour_bp": count,
    "solidarity_bp": count,
    "unpaid_bp": count,
    "reserve_room_minor": count_or_none,
}
_by_payer: Fields = {
    **_waterfall,
    "payer": text,  # commitment to the beneficial owner, as payer and no more
    "number": count,
    "month": count,
    "paid_minor": count,
    "income_minor": count,
    "payers": count,
    "endowed_minor": count,
    "limit_bp": count,
}
KINDS: Mapping[str, Fields] = {
    ENTRY: {
        "happening": text,
        "ref": text,
        "currency": _currency,
        "postings": amounts,
        "reverses": text,
    },
    WATERFALL: _waterfall,
    WATERFALL_BY_PAYER: _by_payer,
    WATERFALL_AS_BOOKED: {
        **_by_payer,
        "booked_us": whole,  # when what was known of work counted
        "unnumbered": count,  # splits of the currency from before they had numbers
    },
    INCOME_GIVEN_BACK: {
        "payer": text,  # as in splits; empty where theirs do not say who paid
        "currency": _currency,
        "net_minor": count,
        "number": count,
        "after": count,  # receipts of the currency booked before it
        "unnumbered": count,  # how often income went back before that had numbers
    },
    ALLOCATION: {
        "run": text,
        "source": text,
        "currency": _currency,
        "amount_minor": count,
        "rule": text,
        "weights": amounts,
        "shares": amounts,
    },
    LEFT_OUT: {
        "run": text,
        "source": text,
        "currency": _currency,
        "parties": texts,  # who worked unpaid, and is operator, steward, host or gone
    },
    INVOICE: _document,
    CREDIT_NOTE: {**_document, "invoice": text},
    RUN: {
        "start_us": whole,
        "end_us": whole,
        "number": count,
        "outcome": text,
        "events": count,
        "usage_sha256": _digest,
    },
    USAGE: {
        "agreement": text,
        "day": _day,
        "after_place": count,
        "up_to_place": count,
        "events": count,
        "bytes": count,
        "billable_bytes": count,
        "billable_requests": count,
        "sha256": _digest,
    },
    FOOTPRINT: {
        "month": text,
        "collection": text,  # empty for everything that was not metered
        "requests": count,
        "bytes": count,
        "cpu_us": count,
        "core_mw": count,
        "pue_hundredths": count,
        "network_mwh_per_gb": count,
        "energy_mwh": count,
    },
    TARIFF: {"tariff": text, "version": count, "terms": text, "sha256": _digest},
    POLICY: {"version": text},
    **CLAIMS,
    **VOTING,
    **ROUNDS,
    **OPENNESS,
}
