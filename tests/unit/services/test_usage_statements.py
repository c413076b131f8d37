"""A statement of usage says what was taken, once, and says what nobody knows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.period import Period, year_of
from gateway.metering.usage_statement import HOUR_US, Ended, silences
from gateway.services.audit import Audit
from gateway.services.span_charges import Undeclared
from gateway.services.statement_document import WARRANTY
from gateway.services.usage_statements import Due
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import DECEMBER, IN_NOVEMBER, NOVEMBER, an_agreement, an_event
from tests.fakes.statement_desk import OFFER, StatementDesk, an_object, said_by


def a_desk() -> StatementDesk:
    desk = StatementDesk(MemoryBooks())
    desk.books.agreements.add(replace(an_agreement(), terms_sha256="f" * 64), OFFER)
    desk.books.agreements.add(an_agreement(2))
    return desk


def metered(desk: StatementDesk, *sizes: int, first: int = 1) -> None:
    assert isinstance(desk.books, MemoryBooks)
    events = (an_object(n, n % 10, size=size) for n, size in enumerate(sizes, first))
    desk.books.add_events(*events)


def test_it_says_what_was_taken_on_which_terms() -> None:
    desk = a_desk()
    metered(desk, 100, 250)

    (issued,) = desk.statements.issue(NOVEMBER)

    said = said_by(issued.statement)
    assert issued.is_new
    assert said["schema"] == "copyfair-statement/1"
    assert said["agreement"]["terms_sha256"] == "f" * 64
    assert said["agreement"]["offer_id"] == "off_1"
    assert (said["usage"]["events"], said["usage"]["bytes"]) == (2, 350)
    (portion,) = said["by"]
    assert portion["licence"] == "CC-BY-NC-SA-4.0"
    assert (portion["basis"], portion["rights"]) == ("service", "mandated")
    assert (portion["tariff"], portion["tariff_version"]) == ("ai-2026", 1)
    assert len(portion["tariff_sha256"]) == 64
    assert said["warranty"] == WARRANTY


def test_it_sums_content_up_as_a_public_summary_of_training_content_asks() -> None:
    desk = a_desk()
    metered(desk, 100, 250)

    said = said_by(desk.statements.issue(NOVEMBER)[0].statement)

    (source,) = said["content_summary"]["sources"]
    assert source["domains"] == ["registers.example"]
    assert (source["use"], source["bytes"], source["responses"]) == ("train", 350, 2)
    assert source["collected_from"] == source["collected_until"]
    assert source["collected_from"].startswith("2026-11-01T")


def test_where_no_offer_was_kept_the_policies_of_today_are_said() -> None:
    desk = a_desk()
    assert isinstance(desk.books, MemoryBooks)
    desk.books.add_events(an_event(1, size=10, party=2))

    said = said_by(desk.statements.issue(NOVEMBER)[0].statement)

    assert said["by"][0]["licence"] == "CC0-1.0"
    assert said["content_summary"]["sources"][0]["domains"] == ["archive.example"]
    assert said["agreement"]["offer_id"] is None


def test_anybody_can_take_the_digest_of_objects_again() -> None:
    desk = a_desk()
    metered(desk, 100, 250)

    said = said_by(desk.statements.issue(NOVEMBER)[0].statement)

    lines = f"{'1' * 64} 1 100\n{'2' * 64} 1 250\n"
    assert said["objects"]["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert said["objects"]["versions"] == 2


def test_issued_again_it_is_the_same_bytes() -> None:
    desk = a_desk()
    metered(desk, 100)
    (first,) = desk.statements.issue(NOVEMBER)
    desk.clock.forward(s=86_400)

    (again,) = desk.statements.issue(NOVEMBER)

    assert (again.statement, again.is_new) == (first.statement, False)
    assert desk.statements.list() == (first.statement,)


def test_what_came_late_goes_on_a_supplement() -> None:
    desk = a_desk()
    metered(desk, 100)
    desk.statements.issue(NOVEMBER)
    metered(desk, 40, first=7)

    first, late = desk.statements.issue(NOVEMBER)

    said = said_by(late.statement)
    assert (first.is_new, late.is_new) == (False, True)
    assert (said["number"], said["usage"]["bytes"]) == (2, 40)
    assert said["supplements"] == first.statement.sha256
    assert len(desk.statements.issue(NOVEMBER)) == 2


def test_nothing_taken_is_said_where_it_is_asked_for() -> None:
    desk = a_desk()

    assert desk.statements.issue(NOVEMBER) == ()
    (issued,) = desk.statements.issue(NOVEMBER, agreement_id="agr_1")

    said = said_by(issued.statement)
    assert (said["usage"]["events"], said["by"]) == (0, [])


def test_silence_is_told_from_zero() -> None:
    desk = a_desk()
    assert isinstance(desk.books, MemoryBooks)
    hours = range(NOVEMBER.start_us, NOVEMBER.end_us, HOUR_US)
    desk.books.statements.beats = {("node-1", each) for each in hours} - {
        ("node-1", NOVEMBER.start_us + hour * HOUR_US) for hour in (3, 4, 9)
    }
    desk.books.statements.endings = {"agr_1": Ended(orphaned=2)}

    said = said_by(desk.statements.issue(NOVEMBER, agreement_id="agr_1")[0].statement)

    heard = said["heartbeat"]
    assert (heard["hours"], heard["hours_silent"]) == (720, 3)
    assert heard["silent"] == [
        {"from": "2026-11-01T03:00:00Z", "until": "2026-11-01T05:00:00Z"},
        {"from": "2026-11-01T09:00:00Z", "until": "2026-11-01T10:00:00Z"},
    ]
    assert heard["nodes"] == {"node-1": 717}
    assert said["without_event"]["orphaned"] == 2


def test_a_month_that_is_not_over_has_no_statement() -> None:
    desk = a_desk()

    with pytest.raises(InvalidValue, match="is not over"):
        desk.statements.issue(DECEMBER)


def test_only_a_month_has_one() -> None:
    with pytest.raises(InvalidValue, match="calendar month"):
        a_desk().statements.issue(year_of(IN_NOVEMBER))


def test_an_agreement_that_is_not_there_has_none() -> None:
    desk = a_desk()

    with pytest.raises(NotFound):
        desk.statements.issue(NOVEMBER, agreement_id="agr_9")
    with pytest.raises(NotFound):
        desk.statements.find("stm_9")


def test_a_party_has_those_of_its_own_agreements() -> None:
    desk = a_desk()
    metered(desk, 100)
    (issued,) = desk.statements.issue(NOVEMBER)

    assert desk.statements.of_party("pty_1") == (issued.statement,)
    assert desk.statements.of_party("pty_2") == ()


def test_it_is_sealed_in_the_chain() -> None:
    desk = a_desk()
    metered(desk, 100)
    desk.statements.issue(NOVEMBER)

    document = Audit(desk.books).run().document()

    assert document["chain_ok"]
    assert document["statements_unchanged"]
    assert [link.kind.value for link in desk.books.chain.links()] == ["usage-statement"]


sizes = st.lists(st.integers(0, 10**9), max_size=12)


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(sizes, min_size=1, max_size=4))
def test_every_event_stands_on_exactly_one_statement(batches: list[list[int]]) -> None:
    desk, number = a_desk(), 1
    for batch in batches:
        metered(desk, *batch, first=number)
        number += len(batch)
        desk.statements.issue(NOVEMBER)

    said = [said_by(each) for each in desk.statements.list()]

    every = [size for batch in batches for size in batch]
    assert sum(each["usage"]["events"] for each in said) == len(every)
    assert sum(each["usage"]["bytes"] for each in said) == sum(every)
    for each in said:
        for name, total in each["usage"].items():
            assert sum(one[name] for one in each["by"]) == total
        parts = each["content_summary"]["sources"]
        assert sum(one["bytes"] for one in parts) == each["usage"]["bytes"]


@settings(max_examples=40, deadline=None)
@given(numbers=st.permutations(range(8)))
def test_the_order_of_recording_does_not_change_what_is_said(
    numbers: list[int],
) -> None:
    told = []
    for order in (range(8), numbers):
        desk = a_desk()
        assert isinstance(desk.books, MemoryBooks)
        for n in order:
            desk.books.add_events(an_object(n, n % 3, size=n * 100))
        told.append(said_by(desk.statements.issue(NOVEMBER)[0].statement))

    assert told[0] == told[1]


@settings(max_examples=60, deadline=None)
@given(heard=st.sets(st.integers(0, 47)))
def test_silences_and_heard_hours_tile_a_period(heard: set[int]) -> None:
    period = Period(0, 48 * HOUR_US)

    found = silences(period, [hour * HOUR_US for hour in heard])

    silent = [
        hour
        for each in found
        for hour in range(each.start_us // HOUR_US, each.end_us // HOUR_US)
    ]
    assert sorted([*silent, *heard]) == list(range(48))
    assert all(a.end_us < b.start_us for a, b in pairwise(found))


def test_what_is_due_is_issued_once_and_late_usage_is_a_supplement() -> None:
    desk = a_desk()
    metered(desk, 100, 250)
    assert desk.statements.issue_due() == Due(())  # the month ended a second ago
    desk.clock.forward(s=86_400)

    first = desk.statements.issue_due().issued
    again = desk.statements.issue_due().issued
    metered(desk, 10, first=3)
    late = desk.statements.issue_due(months=1).issued

    assert [one.statement.window.period for one in first] == [NOVEMBER]
    assert again == ()
    assert [said_by(one.statement)["number"] for one in late] == [2]


def test_months_that_lie_far_back_are_due_as_far_as_one_looks() -> None:
    desk = a_desk()
    metered(desk, 100)
    desk.clock.forward(s=86_400 * 100)

    assert desk.statements.issue_due(months=2) == Due(())
    assert len(desk.statements.issue_due().issued) == 1


@pytest.mark.parametrize("all_of", ["due", "a month"])
def test_one_that_cannot_be_issued_is_named_and_the_others_are(all_of: str) -> None:
    desk = a_desk()
    metered(desk, 100)
    books = desk.books
    assert isinstance(books, MemoryBooks)
    books.add_events(an_event(2, size=10, party=2))
    lost = books.agreements.rows.pop("agr_1")
    desk.clock.forward(s=86_400)
    statements = desk.statements

    is_due = all_of == "due"
    found = statements.issue_due() if is_due else statements.issue_all(NOVEMBER)

    assert [one.statement.window.agreement_id for one in found.issued] == ["agr_2"]
    assert [(one.agreement_id, one.period) for one in found.failed] == [
        ("agr_1", NOVEMBER)
    ]
    assert "agr_1" in found.failed[0].reason
    books.agreements.rows["agr_1"] = lost
    (later,) = statements.issue_due().issued
    assert later.statement.window.agreement_id == "agr_1"


def test_it_says_which_turnover_is_still_to_be_declared_and_only_then() -> None:
    desk = a_desk()
    metered(desk, 100)
    desk.undeclared.append(Undeclared("agr_2", "pty_2", NOVEMBER))
    without = said_by(desk.statements.issue(NOVEMBER)[0].statement)
    metered(desk, 10, first=2)
    desk.undeclared.append(Undeclared("agr_1", "pty_1", NOVEMBER))

    said = said_by(desk.statements.issue(NOVEMBER)[-1].statement)

    assert "undeclared" not in without
    assert said["undeclared"] == [str(NOVEMBER)]
