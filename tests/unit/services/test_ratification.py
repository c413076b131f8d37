"""What members said yes to, and to which text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.voting.decision import Decision, Kind
from gateway.kernel.errors import Conflict
from gateway.services.agreements import Agreements
from gateway.services.ratification import Ratification, RatifyTerms, tariff_subject
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import a_tariff
from tests.fakes.time_and_chance import CountingIds, HandClock

TARIFFS = frozenset((Kind.RATIFY_TARIFF,))


def ratified(books: MemoryBooks, digest: str) -> None:
    subject, _ = tariff_subject(a_tariff())
    decision = Decision(
        "dec_1", Kind.RATIFY_TARIFF, subject, digest, "vot_1", 3, 0, 0, 3, 5_000, 1
    )
    books.decisions.add(decision)


def test_nothing_is_said_of_what_the_commons_does_not_ask_for() -> None:
    asked = Ratification(MemoryBooks().decisions, RatifyTerms())
    assert asked.missing(Kind.RATIFY_TARIFF, "ai-2026@3") == ""
    asked.assert_tariff(a_tariff())


def test_what_is_asked_for_is_warned_about_and_what_must_be_is_refused() -> None:
    books = MemoryBooks()
    warned = Ratification(books.decisions, RatifyTerms(asked=TARIFFS))
    refused = Ratification(books.decisions, RatifyTerms(must=TARIFFS))
    for each in (warned, refused):
        told = each.missing(Kind.RATIFY_TARIFF, *tariff_subject(a_tariff()))
        assert "--ratify tariff ai-2026@1" in told
    warned.assert_tariff(a_tariff())
    with pytest.raises(Conflict, match="have not ratified"):
        refused.assert_tariff(a_tariff())
    ratified(books, tariff_subject(a_tariff())[1])
    refused.assert_tariff(a_tariff())
    assert warned.missing(Kind.RATIFY_TARIFF, *tariff_subject(a_tariff())) == ""


def test_a_price_that_was_changed_after_the_vote_is_not_what_was_ratified() -> None:
    books = MemoryBooks()
    ratified(books, tariff_subject(a_tariff())[1])
    other = replace(a_tariff(), per_label=f"{a_tariff().per_label} (dearer)")
    must = Ratification(books.decisions, RatifyTerms(must=TARIFFS))
    with pytest.raises(Conflict):
        must.assert_tariff(other)


def test_a_version_that_was_published_before_the_commons_asked_stays() -> None:
    books = MemoryBooks()
    must = Ratification(books.decisions, RatifyTerms(must=TARIFFS))
    desk = Agreements(
        books,
        parties=None,  # type: ignore[arg-type]
        clock=HandClock(),
        ids=CountingIds(),
        assert_ratified=must.assert_tariff,
    )
    with pytest.raises(Conflict):
        desk.publish(a_tariff())
    books.tariffs.publish(a_tariff(), at_us=1)
    assert desk.publish(a_tariff()) is False
