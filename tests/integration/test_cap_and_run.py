"""What a cap counts is what a run charges, whatever becomes known when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap.house import House
from gateway.bootstrap.shipped import shipped_policies
from gateway.kernel.evidence import Level
from gateway.kernel.money import MICROS_PER_MAJOR
from gateway.kernel.period import Period
from gateway.metering.charged import settled_position
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from gateway.storage.stores.usage_sums import SqlUsageSums
from tests.fakes.house import a_house, a_set_up
from tests.fakes.ledger import NOVEMBER
from tests.fakes.time_and_chance import CountingIds, HandClock
from tests.fakes.usage import a_usage_event

KIB, DAY_S = 1_024, 86_400
MICROS_PER_CENT = MICROS_PER_MAJOR // 100
LEVELS = (Level.CLAIMED, Level.VERIFIED, Level.VOUCHED)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("use"), st.integers(0, 1), st.integers(1, 12)),
        st.tuples(st.just("level"), st.integers(0, 1), st.integers(0, 2)),
        st.tuples(st.just("run"), st.just(0), st.just(0)),
    ),
    min_size=3,
    max_size=10,
)


@contextmanager
def a_family(*, is_one_owner: bool) -> Iterator[tuple[House, HandClock]]:
    clock, db = HandClock(NOVEMBER.start_us), open_sqlite(":memory:")
    with TemporaryDirectory() as folder:
        set_up = a_set_up(Path(folder), shipped_policies())
        house = a_house(set_up, db, clock=clock, ids=CountingIds())
        for number in range(2):
            said = {"country": "DE", "entity": "company"}
            if number and is_one_owner:
                said["controlled_by"] = "Company 0"
            name = f"Company {number}"
            house.parties.add(name, attributes=said, source="steward")
            house.accept_offer(name, house.offer_for())
        yield house, clock
    db.close()


@settings(deadline=None, max_examples=25)
@given(steps=STEPS, is_one_owner=st.booleans())
def test_a_cap_counts_what_a_run_charges(
    steps: list[tuple[str, int, int]], *, is_one_owner: bool
) -> None:
    """Levels rise and fall, and months are billed half-way, in any order."""
    with a_family(is_one_owner=is_one_owner) as (house, clock):
        store = SqlUsageStore(house.store)
        for number, (step, who, amount) in enumerate(steps):
            clock.forward(s=DAY_S)
            name = f"Company {who}"
            if step == "use":
                party = house.parties.show(name)
                (agreement,) = house.agreements.list(party.id)
                event = a_usage_event(
                    number,
                    body_bytes=amount * KIB,
                    agreement_id=agreement.id,
                    party_id=party.id,
                    occurred_us=clock.now_us(),
                )
                event = replace(event, collection="registers")
                store.record_event(event, recorded_us=clock.now_us())
            elif step == "level":
                house.parties.set_attribute(
                    name, "entity", "company", source="steward", level=LEVELS[amount]
                )
            else:
                house.billing_run.run(NOVEMBER, drafts_only=True)
        counted = charged_by_cap(house, clock)
        house.billing_run.run(NOVEMBER, drafts_only=True)

        lines = [
            line
            for run in house.books.ratings.runs()
            for line in house.books.ratings.lines_of(run.id)
        ]
        # Each line is rounded once; brackets here give whole cents.
        assert counted == sum(line.net_minor for line in lines) * MICROS_PER_CENT
        assert house.audit.run().ok


def charged_by_cap(house: House, clock: HandClock) -> Fraction:
    """What all agreements came to, as their caps count it."""
    found = Fraction(0)
    for agreement in house.agreements.list():
        now_us = clock.now_us()
        position = settled_position(
            SqlUsageSums(house.store),
            house.allowances.allowance(agreement.id, at_us=now_us),
            agreement_id=agreement.id,
            period=Period(NOVEMBER.start_us, now_us + 1),
            now_us=now_us,
            up_to_seq=SqlUsageStore(house.store).last_seq(),
        )
        found += position.micros
    return found
