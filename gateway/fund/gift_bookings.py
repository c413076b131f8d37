"""What is booked of gifts and donations."""

from __future__ import annotations

from gateway.fund.accounts import BANK, DONATION, UNMATCHED, gift
from gateway.fund.bookings import Postings, postings_of


def donated(amount_minor: int, *, from_: str = BANK) -> Postings:
    """A donation to the commons: income at once; below 0 where it was taken back.

    Args:
        amount_minor: How much.
        from_: Where it lies, or lay before it was known what it is.
    """
    return postings_of({from_: amount_minor, DONATION: -amount_minor})


def given(party_id: str, amount_minor: int, *, from_: str = BANK) -> Postings:
    """A gift to somebody: owed to them whole; below 0 where it was taken back."""
    return postings_of({from_: amount_minor, gift(party_id): -amount_minor})


def passed_on(party_id: str, amount_minor: int) -> Postings:
    """A gift went to who was named."""
    return postings_of({gift(party_id): amount_minor, BANK: -amount_minor})


def reported(amount_minor: int) -> Postings:
    """The bank reports what a steward had recorded by hand: it lies there once."""
    return postings_of({UNMATCHED: amount_minor, BANK: -amount_minor})
