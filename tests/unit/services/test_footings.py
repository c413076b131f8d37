"""Use is priced by what counted when it occurred, however often and late runs ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.identity.party import Attribute
from gateway.kernel.evidence import Level
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
)

DAY_US = 86_400_000_000
LAPSE_DAY = 15
FREE, FIRST_PRICE, LAST_PRICE = 1_000, 2, 4  # of `a_tariff`, per 1,000 bytes


def day(number: int) -> int:
    return NOVEMBER.start_us + number * DAY_US


def charged(units: int, *, start: int = 0) -> int:
    """Exact cents of verified use of `a_tariff` that begins at a position."""
    dearer = max(0, start + units - max(start, 10_000))
    free = max(0, min(start + units, FREE) - start)
    return dearer * LAST_PRICE // 10 + (units - dearer - free) * FIRST_PRICE // 10


@dataclass
class Told:
    """An office in which a company is verified until its proof lapses, or is not."""

    office: Office

    @classmethod
    def now(cls) -> Told:
        told = cls(Office(MemoryBooks(), a_party(), now_us=day(1)))
        told.office.agree(an_agreement())
        return told

    def lapse(self) -> None:
        self.office.parties.restate(a_party(level=Level.CLAIMED), at_us=day(LAPSE_DAY))

    def use(self, number: int, size: int, *, on: int, party: int = 1) -> None:
        event = an_event(number, size=size, occurred_us=day(on), party=party)
        self.office.memory.add_events(event)

    def net(self, agreement_id: str = "agr_1") -> int:
        """What all runs rated for an agreement."""
        nets = self.nets()
        return nets[agreement_id, False] + nets[agreement_id, True]

    def nets(self) -> Counter[tuple[str, bool]]:
        found = Counter[tuple[str, bool]]()
        for rows in self.office.memory.ratings.line_rows.values():
            for line in rows:
                found[line.share.agreement_id, line.is_unproven] += line.net_minor
        return found


USES = st.lists(
    st.tuples(st.integers(0, 29), st.integers(1, 30).map(lambda n: n * 500)),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=40)
@given(uses=USES, order=st.randoms(use_true_random=False), late=st.integers(0, 3))
def test_neither_lapse_nor_runs_nor_order_change_what_use_before_a_lapse_costs(
    uses: list[tuple[int, int]], order: Random, late: int
) -> None:
    """Runs while the month goes on, and usage that comes late, after the lapse too."""
    told, numbers = Told.now(), list(range(len(uses)))
    order.shuffle(numbers)
    in_time = [one for one in numbers[late:] if uses[one][0] < LAPSE_DAY]
    for number in in_time:
        told.use(number + 1, uses[number][1], on=uses[number][0])
        if number % 2:
            told.office.billing.run(NOVEMBER)
    told.lapse()
    for number in numbers:
        if number not in in_time:
            told.use(number + 1, uses[number][1], on=uses[number][0])
            if number % 3:
                told.office.billing.run(NOVEMBER)
    told.office.at(NOVEMBER)
    told.office.billing.run(NOVEMBER)

    before = sum(size for on, size in uses if on < LAPSE_DAY)
    after = sum(size for on, size in uses if on >= LAPSE_DAY)
    nets = told.nets()
    assert nets["agr_1", False] == charged(before)
    assert nets["agr_1", True] == after * LAST_PRICE // 10
    assert told.office.audit.run().ok


def test_a_proof_that_is_found_later_makes_no_earlier_use_cheaper() -> None:
    told = Told.now()
    told.office.parties.known["pty_1"] = a_party(level=Level.CLAIMED)
    told.use(1, 2_000, on=2)
    told.office.parties.restate(a_party(), at_us=day(10))
    told.use(2, 2_000, on=11)
    told.office.at(NOVEMBER)

    told.office.billing.run(NOVEMBER)

    assert told.nets()["agr_1", True] == 2_000 * LAST_PRICE // 10
    assert told.nets()["agr_1", False] == charged(2_000)


def family(*, since_day: int) -> Told:
    """Two companies, of which the second belongs to the first from a day on."""
    told = Told(Office(MemoryBooks(), a_party(), a_party(2), now_us=day(1)))
    told.office.agree(an_agreement(), an_agreement(2))
    owned = a_party(2, owner_id="pty_1")
    control = Attribute("pty_1", Level.VOUCHED, "steward")
    owned = replace(owned, attributes={**owned.attributes, "controlled_by": control})
    told.office.parties.restate(owned, at_us=day(since_day))
    return told


def test_whoever_gets_an_owner_does_not_begin_at_the_first_bracket_again() -> None:
    told = family(since_day=10)
    told.use(1, 20_000, on=2, party=2)
    told.office.billing.run(NOVEMBER)
    told.use(2, 5_000, on=11, party=2)
    told.office.at(NOVEMBER)

    told.office.billing.run(NOVEMBER)

    assert told.net("agr_2") == charged(25_000)


def test_a_new_owner_makes_no_earlier_use_dearer() -> None:
    told = family(since_day=10)
    told.use(1, 9_000, on=2, party=1)
    told.use(2, 9_000, on=3, party=2)
    told.use(3, 1_000, on=11, party=2)
    told.office.at(NOVEMBER)

    told.office.billing.run(NOVEMBER)

    assert told.net("agr_1") == charged(9_000)
    assert told.net("agr_2") == charged(9_000) + 1_000 * LAST_PRICE // 10


@settings(deadline=None, max_examples=30)
@given(
    sizes=st.lists(st.integers(1, 20).map(lambda n: n * 500), min_size=4, max_size=4),
    since_day=st.integers(1, 28),
    midway=st.booleans(),
)
def test_joining_hands_never_gains(
    sizes: list[int], since_day: int, *, midway: bool
) -> None:
    """Two that become one pay at least what they would have paid apart."""
    told = family(since_day=since_day)
    for number, size in enumerate(sizes):
        told.use(number + 1, size, on=1 + number * 9, party=1 + number % 2)
        if midway:
            told.office.billing.run(NOVEMBER)
    told.office.at(NOVEMBER)
    told.office.billing.run(NOVEMBER)

    apart = charged(sizes[0] + sizes[2]) + charged(sizes[1] + sizes[3])
    one = charged(sum(sizes))
    assert apart <= told.net("agr_1") + told.net("agr_2") <= one
