"""What was never billed is said, with its reason, and adds up to what waits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.carrying import CarryTerms
from gateway.metering.intent import Intent
from gateway.services.unbilled import Unbilled
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
)
from tests.fakes.time_and_chance import HandClock


def an_office() -> Office:
    office = Office(MemoryBooks(), a_party(1), a_party(2))
    office.agree(an_agreement(1), an_agreement(2))
    return office


def reasons(office: Office) -> dict[str, int]:
    report = Unbilled(office.books, clock=office.clock).report()
    return {str(each.why): each.events for each in report.usage}


def test_usage_waits_for_the_run_of_its_month() -> None:
    office = an_office()
    office.memory.add_events(
        an_event(1, size=5_000), an_event(2, size=10, occurred_us=DECEMBER.start_us)
    )
    assert reasons(office) == {"no-run-yet": 1, "under-way": 1}

    office.billing.run(NOVEMBER)
    office.memory.add_events(an_event(3, size=7))

    assert reasons(office) == {"late": 1, "under-way": 1}


def test_what_will_never_be_owed_says_why() -> None:
    office = an_office()
    office.memory.add_events(
        an_event(1, is_test=True),
        an_event(2, is_statement=True),
        an_event(3, is_repeat=True),
        an_event(4, priced_at_zero=True),
        an_event(5, size=0),
        an_event(6, party=1, agreement=9),
        an_event(7, tariff_version=9),
    )

    assert reasons(office) == {
        "test": 1,
        "statement": 1,
        "counts-nothing": 3,
        "agreement-unknown": 1,
        "tariff-unknown": 1,
    }


def test_one_agreement_is_told_its_own() -> None:
    office = an_office()
    office.memory.add_events(an_event(1, size=5), an_event(2, size=7, party=2))

    report = Unbilled(office.books, clock=office.clock).report("agr_2")

    (left,) = report.usage
    assert (left.agreement_id, left.events, left.body_bytes) == ("agr_2", 1, 7)


def test_what_is_carried_is_named_beside_it() -> None:
    office = Office(MemoryBooks(), a_party(), carry=CarryTerms({"EUR": 9_999}))
    office.agree()
    office.memory.add_events(an_event(size=5_000), an_event(2, is_repeat=True))
    office.billing.run(NOVEMBER)

    report = Unbilled(office.books, clock=office.clock).report()

    assert [each.net_minor for each in report.carried] == [800]
    assert (report.usage, report.excluded) == ((), {"repeat": 1})


def test_requests_of_a_node_that_died_are_counted_and_billed_nothing() -> None:
    db = open_sqlite(":memory:")
    store = SqlUsageStore(db)
    store.start_node("node-1", "boot-1", at_us=1)
    store.open_intents(
        [
            Intent(f"req_{n}", "agr_1", 0, 10 * n, node="node-1", boot_id="boot-1")
            for n in (1, 2)
        ]
    )
    store.start_node("node-1", "boot-2", at_us=100)
    later = Intent("req_3", "agr_1", 0, 200, node="node-1", boot_id="boot-2")
    store.open_intents([later])
    desk = Unbilled(StoredBooks(db), clock=HandClock(300))

    told = [
        (one.state, one.intents, one.first_us, one.last_us)
        for one in desk.report().intents
    ]
    assert told == [("open", 1, 200, 200), ("orphaned", 2, 10, 20)]
    assert desk.report("agr_2").intents == ()
    db.close()


events = st.lists(
    st.tuples(
        st.integers(0, 3_000),
        st.integers(1, 3),
        st.booleans(),
        st.booleans(),
        st.integers(1, 3),
    ),
    max_size=15,
)


@settings(max_examples=40, deadline=None)
@given(drawn=events)
def test_every_event_is_rated_or_excluded_or_stands_here(
    drawn: list[tuple[int, int, bool, bool, int]],
) -> None:
    office = an_office()
    made = [
        an_event(
            number,
            size=size,
            party=min(party, 2),
            agreement=party,
            is_repeat=is_repeat,
            is_test=is_test,
            tariff_version=version,
        )
        for number, (size, party, is_repeat, is_test, version) in enumerate(drawn)
    ]
    office.memory.add_events(*made)
    run = office.billing.run(NOVEMBER)
    office.memory.add_events(an_event(99, size=1))

    report = Unbilled(office.books, clock=office.clock).report()

    left = sum(each.events for each in report.usage)
    assert run.rated + sum(report.excluded.values()) + left == len(made) + 1
    counts = office.books.ratings.usage()
    assert left == counts.unrated
