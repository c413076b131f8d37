"""Any call of the store may fail, anywhere in a life: done again, it is as if never.

A life of an agreement is written down step by step. For each step, and each call of
the store in it, the call fails: before its effect or just after, as an outage or as the
end of the process. Then the step is done again, as a person or a script would, and the
books are row for row those of a life in which nothing failed; so is what follows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gateway.billing.bank import creditor_reference, return_reference
from gateway.bootstrap.house import House
from gateway.bootstrap.shipped import shipped_policies
from gateway.kernel.errors import Conflict, GatewayError, Unavailable
from gateway.kernel.ids import spelled
from gateway.kernel.money import Money
from gateway.metering.intent import Intent
from gateway.payments.camt import read
from gateway.reciprocity.contribution import NOBODY, Kind
from gateway.reciprocity.review import Verdict
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.bank import Entry, statement
from tests.fakes.faulty_store import Crash, FaultyStore, Trouble
from tests.fakes.house import a_house, a_set_up
from tests.fakes.ledger import DECEMBER, IN_NOVEMBER, NOVEMBER
from tests.fakes.time_and_chance import HandClock
from tests.fakes.usage import a_usage_event
from tests.figures import publish

Dump = dict[str, list[tuple[Any, ...]]]
Step = Callable[[House], object]
KIB = 1_024


class Ids:
    """Counts; and begins again where what it gave is nowhere."""

    def __init__(self, count: int = 0) -> None:
        self.count = count

    def new(self, kind: str) -> str:
        self.count += 1
        return spelled(kind, self.count)


# ── the steps ────────────────────────────────────────────────────────────────
def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def joins(name: str, **said: str) -> Step:
    return lambda house: house.parties.add(name, attributes=said, source="steward")


def says(name: str, **said: str) -> Step:
    def step(house: House) -> None:
        for attribute, value in said.items():
            house.parties.set_attribute(name, attribute, value, source="steward")

    return step


def accepts(name: str) -> Step:
    return lambda house: house.accept_offer(name, house.offer_for())


def agreement_of(house: House, name: str) -> str:
    party = house.parties.show(name)
    return house.agreements.list(party.id)[-1].id


def begins(name: str, number: int, size: int, at_us: int) -> Step:
    def step(house: House) -> None:
        event = used(house, name, number, size, at_us)
        intent = Intent(event.id, event.agreement_id, 0, at_us, event.node, "boot-1")
        SqlUsageStore(house.store).open_intents([intent])

    return step


def used(house: House, name: str, number: int, size: int, at_us: int) -> Any:
    agreement = house.agreements.show(agreement_of(house, name))
    event = a_usage_event(
        number,
        body_bytes=size,
        agreement_id=agreement.id,
        party_id=agreement.party_id,
        occurred_us=at_us,
    )
    return replace(event, collection="registers")


def ends_using(name: str, number: int, size: int, at_us: int) -> Step:
    def step(house: House) -> None:
        event = used(house, name, number, size, at_us)
        SqlUsageStore(house.store).settle_events([event], recorded_us=at_us)

    return step


def uses(name: str, number: int, kib: int, at_us: int = IN_NOVEMBER) -> Iterator[Step]:
    yield begins(name, number, kib * KIB, at_us)
    yield ends_using(name, number, kib * KIB, at_us)


def top_up(name: str, minor: int, reference: str) -> Step:
    return lambda house: house.agreements.top_up(
        agreement_of(house, name), euros(minor), reference=reference
    )


def pays(number: str, minor: int, reference: str) -> Step:
    return lambda house: house.payments.record(
        euros(minor), [number], reference=reference
    )


def arrives(*entries: Entry) -> Step:
    def step(house: House) -> None:
        (told,) = read(statement(*entries))
        house.bank_desk.take_in(told.movements)

    return step


def goes_back(house: House) -> None:
    waiting = [one for one in house.bank_desk.all() if one.movement.reference == "2"]
    for one in waiting:
        back = Entry(
            "5.00", "9", is_in=False, end_to_end=return_reference(one.movement.id)
        )
        arrives(back)(house)


def answers(back: str, paid: str) -> Step:
    def step(house: House) -> None:
        called = {
            one.movement.reference: one.movement.id for one in house.bank_desk.all()
        }
        house.bank_answers.is_payment(called[back], called[paid])

    return step


def takes_back(number: str) -> Step:
    return lambda house: house.invoices.credit(number, reason="Torn.")


def takes_back_part(number: str, wanted: dict[int, int]) -> Step:
    return lambda house: house.invoices.credit(
        number, reason="Torn.", wanted=wanted, reference="T-1"
    )


def disputes(number: str) -> Step:
    def step(house: House) -> None:
        buyer = house.parties.show(A).id
        house.disputes.open_by_buyer(number, buyer, reason="Torn.", positions=[2])

    return step


def drafts(house: House) -> object:
    return house.billing_run.run(NOVEMBER, drafts_only=True)


def bills_december(house: House) -> object:
    return house.billing_run.run(DECEMBER)


def voids(house: House) -> None:
    for view in house.invoices.list():
        if view.invoice.status.value == "draft":
            house.invoices.void(view.invoice.id)


def finalises(house: House) -> object:
    return house.invoices.finalise_all(NOVEMBER)


def worked(house: House) -> None:
    """Nothing names a claim either: who does not know looks first."""
    amina = house.parties.show("Amina")
    if house.contributions.list(amina.id):
        return
    house.contributions.claim(
        amina.id,
        Kind.CARE,
        title="Looked after newcomers",
        evidence="https://log.example/7",
        weight_hundredths=250,
        paid_by=NOBODY,
    )


def reviewed(house: House) -> None:
    for view in house.contributions.list():
        ines = house.parties.show("Ines")
        house.contributions.review(view.claim.id, Verdict.ACCEPT, reviewer_id=ines.id)


def allocates(house: House) -> object:
    return house.fund.allocate("first", "EUR")


def renews(name: str) -> Step:
    return lambda house: house.agreements.renew(agreement_of(house, name))


def ends(name: str) -> Step:
    return lambda house: house.agreements.end(agreement_of(house, name))


A, B = "Mapworks GmbH", "Nobody Knows Ltd"
FIRST, LAST = "INV-2026-0002", "INV-2027-0001"  # what is paid ahead comes first
LIFE: dict[str, tuple[Step, ...]] = {
    "a party joins": (joins(A, entity="company", country="DE"),),
    "one is said to be controlled by it": (
        joins("Sub GmbH", entity="company", country="DE"),
        says("Sub GmbH", controlled_by=A),
    ),
    "one joins that another had named": (
        joins("Daughter", entity="company", country="DE", controlled_by="Mother"),
        joins("Mother", entity="company", country="DE"),
    ),
    "one joins of whom nothing is proven": (joins(B),),
    "it accepts": (accepts(A),),
    "the other has to pay ahead": (accepts(B), top_up(B, 500, "b-1")),
    "they use": (*uses(A, 1, 6), *uses(A, 2, 20), *uses(B, 3, 9)),
    "the month is billed": (drafts, finalises),
    "part is paid": (pays(FIRST, 1_000, "p-1"),),
    "a statement arrives": (
        arrives(
            Entry("20.00", "1", creditor_reference=creditor_reference(FIRST)),
            Entry("5.00", "2", text="for something else"),
        ),
    ),
    "what was for something else goes back": (goes_back,),
    "late usage and the next month": (
        *uses(A, 4, 3, IN_NOVEMBER + 5),
        *uses(A, 5, 2, DECEMBER.start_us),
    ),
    "the next month is billed": (bills_december,),
    "part is credited": (takes_back_part(FIRST, {2: 100}),),
    "all of it is credited": (takes_back(LAST),),
    "somebody worked": (
        joins("Amina", entity="person"),
        joins("Ines", entity="person"),
        worked,
        reviewed,
    ),
    "the fund divides": (allocates,),
    "the other is proven and renews": (
        top_up(B, 700, "b-2"),
        says(B, entity="company", country="DE"),
        renews(B),
    ),
    "the bank takes back what was paid ahead": (
        arrives(Entry("7.00", "b-2", end_to_end="E-7")),
        arrives(Entry("7.00", "31", is_in=False, is_reversal=True, end_to_end="E-7")),
    ),
    "a steward answers for what it does not say plainly": (
        arrives(
            Entry("3.00", "32"),
            Entry("3.00", "33", is_in=False, is_reversal=True, end_to_end="E-8"),
        ),
        answers("33", "32"),
    ),
    "a buyer disputes": (disputes(FIRST),),
    "it ends": (ends(A),),
}


# ── a life, and the same with a fault ────────────────────────────────────────
@dataclass(frozen=True)
class Moment:
    """Where a life stands: the whole store, and how many ids were given."""

    name: str
    store: sqlite3.Connection
    count: int
    now_us: int


class World:
    """One store in memory, which can be put back to any moment."""

    def __init__(self, folder: Path) -> None:
        self.set_up = a_set_up(folder, shipped_policies())
        self.db: SqliteDatabase = open_sqlite(":memory:")
        self.ids = Ids()
        self.clock = HandClock(NOVEMBER.start_us)

    def moment(self, name: str) -> Moment:
        store = sqlite3.connect(":memory:", isolation_level=None)
        self.db.writer.backup(store)
        return Moment(name, store, self.ids.count, self.clock.now_us())

    def back_to(self, moment: Moment) -> None:
        moment.store.backup(self.db.writer)
        self.ids = Ids(moment.count)
        self.clock = HandClock(moment.now_us)

    def house(self, trouble: Trouble) -> House:
        store = FaultyStore(self.db, trouble)
        return a_house(self.set_up, store, clock=self.clock, ids=self.ids)

    def dump(self) -> Dump:
        return dumped(self.db.writer)

    def rewind(self, count: int) -> None:
        """Forget ids that nothing was made of, as if they had not been given."""
        text = repr(self.dump())
        given = range(self.ids.count, count, -1)
        there = (one for one in given if spelled("x", one)[1:] in text)
        self.ids.count = next(there, count)


def dumped(connection: sqlite3.Connection) -> Dump:
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    names = [row[0] for row in connection.execute(sql)]
    return {
        name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608
        for name in names
    }


AT = {
    "the month is billed": NOVEMBER.end_us + 1_000_000,
    "the next month is billed": DECEMBER.end_us + 1_000_000,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@dataclass(frozen=True)
class Done:
    """One step of a faultless life."""

    before: Moment
    step: Step
    calls: int
    commits: tuple[int, ...]
    after: Dump


@pytest.fixture(scope="module")
def life(world: World) -> Sequence[Done]:
    """The life in which nothing fails, and every moment of it."""
    done: list[Done] = []
    for name, steps in LIFE.items():
        seconds = (AT.get(name, world.clock.now_us()) - world.clock.now_us()) // 10**6
        world.clock.forward(s=seconds + 1)
        for step in steps:
            before, trouble = world.moment(name), Trouble()
            step(world.house(trouble))
            done.append(
                Done(before, step, trouble.calls, trouble.commits, world.dump())
            )
    report = world.house(Trouble()).audit.run()
    assert report.ok, report.findings
    return done


def fails(world: World, one: Done, trouble: Trouble) -> None:
    """Do a step with a fault in it, then again."""
    world.back_to(one.before)
    house = world.house(trouble)
    with suppress(Unavailable, Crash):
        one.step(house)
    assert trouble.calls >= trouble.at
    world.rewind(one.before.count)
    # Where something had lasted, to be told so is an answer.
    has_lasted = any(at < trouble.at + trouble.is_after for at in one.commits)
    if trouble.fault is Crash:
        house = world.house(Trouble())
    trouble.at = 0
    with suppress(*((Conflict,) if has_lasted else ())):
        one.step(house)


def differs(world: World, one: Done, trouble: Trouble) -> str:
    place = (
        f"{one.before.name}: call {trouble.at} of {one.calls},"
        f" {'after' if trouble.is_after else 'before'}, {trouble.fault.__name__}"
    )
    try:
        fails(world, one, trouble)
    except GatewayError as fault:
        return f"{place}: {fault.detail}"
    now = world.dump()
    tables = [name for name in one.after if now[name] != one.after[name]]
    return f"{place}: {', '.join(tables)}" if tables else ""


def found(world: World, one: Done, troubles: Iterable[Trouble]) -> list[str]:
    told = (differs(world, one, trouble) for trouble in troubles)
    return [each for each in told if each]


def test_a_step_that_failed_at_any_call_is_done_again_and_nothing_differs(
    world: World, life: Sequence[Done]
) -> None:
    assert sum(one.calls for one in life) > 500
    for one in life:
        before = (Trouble(at) for at in range(1, one.calls + 1))
        after = (Trouble(at, is_after=True, fault=Crash) for at in one.commits)
        assert found(world, one, (*before, *after)) == []


@pytest.mark.soak
def test_so_it_is_whatever_is_lost_and_however(
    world: World, life: Sequence[Done]
) -> None:
    """Each call, before and after, as an outage and as the end of the process."""
    tried = 0
    for one in life:
        every = [
            Trouble(at, is_after=is_after, fault=fault)
            for at in range(1, one.calls + 1)
            for is_after in (False, True)
            for fault in (Unavailable, Crash)
        ]
        assert found(world, one, every) == []
        tried += len(every)
    publish(
        "store-faults",
        {"steps": len(life), "calls": sum(one.calls for one in life), "faults": tried},
    )
