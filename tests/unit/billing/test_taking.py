"""Usage is counted and spelled for the digest as each event would be alone."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.canonical import canonical_json
from gateway.billing.taking import Summed, Taken, Taking
from gateway.billing.tally import Excluded
from gateway.kernel.period import month
from gateway.metering.usage_event import UsageEvent
from tests.fakes.ledger import DECEMBER, NOVEMBER, a_tariff, an_agreement, an_event
from tests.fakes.taken import passed, usage_terms

LINE_KNOWN = (
    '["req_0001","agr_1","pty_1","registers",["ai-2026",1,0],[200,"complete"],'
    f"[5,5,1],[false,false,false],{NOVEMBER.start_us + 1_000_000}]\n"
)


def taken_of(event: UsageEvent) -> Taken:
    return Taken(usage_terms(event), an_agreement(), a_tariff())


def spelled(event: UsageEvent) -> str:
    """What runs have always taken their digest over."""
    return canonical_json(
        (
            event.id,
            event.agreement_id,
            event.party_id,
            event.collection,
            (event.tariff, event.tariff_version, event.floor_bracket),
            (event.status, event.ending),
            (event.body_bytes, event.billable_bytes, event.billable_requests),
            (event.is_repeat, event.priced_at_zero, event.is_test),
            event.occurred_us,
            *(["statement"] if event.is_statement else ()),
        )
    )


def test_the_spelling_of_an_event_is_pinned() -> None:
    event = an_event(size=5)

    assert taken_of(event).take(passed(event)) == LINE_KNOWN


@given(
    collection=st.text(),
    size=st.integers(0, 2**60),
    occurred_us=st.integers(0, 2**52),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_an_event_is_spelled_as_it_always_was(
    collection: str, size: int, occurred_us: int, flags: tuple[bool, ...]
) -> None:
    is_repeat, priced_at_zero, is_test, is_statement = flags
    event = an_event(
        size=size,
        collection=collection,
        occurred_us=occurred_us,
        is_repeat=is_repeat,
        priced_at_zero=priced_at_zero,
        is_test=is_test,
        is_statement=is_statement,
    )

    assert taken_of(event).take(passed(event)) == f"{spelled(event)}\n"


def test_months_are_told_apart_in_any_order() -> None:
    october = month(2026, 10)
    taken = taken_of(an_event())
    for number, period in enumerate([NOVEMBER, DECEMBER, NOVEMBER, october]):
        event = an_event(number, size=10**number, occurred_us=period.start_us)
        taken.take(passed(event))

    assert taken.units() == {NOVEMBER: 101, DECEMBER: 10, october: 1_000}
    assert taken.units() == {NOVEMBER: 101, DECEMBER: 10, october: 1_000}


def test_fates_are_summed_by_terms() -> None:
    taking = Taking()
    taken = taking.taken[7] = taken_of(an_event())
    events = [an_event(1, size=5), an_event(2, is_repeat=True), an_event(3, size=6)]

    for event in events:
        taking.take(taken, passed(event, 7))

    assert taking.sums() == [
        Summed(7, None, 2, 11),
        Summed(7, Excluded.REPEAT, 1, 0),
    ]
    assert taking.count() == 3
    lines = "".join(f"{spelled(event)}\n" for event in events)
    assert taking.digest() == hashlib.sha256(lines.encode()).hexdigest()
