"""services.outbox: nothing is lost, nothing is pressed for ever."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.kernel.letter import Letter
from gateway.kernel.outgoing import Outgoing, State, Way
from gateway.services.outbox import (
    TRIES_MAX,
    Courier,
    Outbox,
    Tried,
    after_a_try,
)
from tests.fakes.outbox import FakeOutbox
from tests.fakes.time_and_chance import CountingIds, HandClock

EVENT = Outgoing("msg_1", Way.WEBHOOK, "whk_1", "t", "{}", "k", 0)


@dataclass
class Receiver:
    """Takes, or does not."""

    answers: list[State]
    seen: list[str] = field(default_factory=list)

    async def __call__(self, parcel: Outgoing) -> Tried:
        self.seen.append(parcel.id)
        return Tried(self.answers.pop(0), "met")


async def test_a_letter_waits_and_goes_out_once() -> None:
    store, clock = FakeOutbox(), HandClock()
    outbox = Outbox(store, clock=clock, ids=CountingIds())
    letter = Letter("a@b.example", "hello", "text", once="reminder-1")
    receiver = Receiver([State.WAITING, State.DELIVERED])
    courier = Courier(store, {Way.MAIL: receiver}, clock=clock)

    await outbox.send(letter)
    await outbox.send(letter)
    rounds = [await courier.go_round() for _ in range(2)]
    clock.forward(s=5)
    rounds += [await courier.go_round() for _ in range(2)]

    assert rounds == [1, 0, 1, 0]
    assert len(set(receiver.seen)) == 1
    assert [each.state for each in store.listed()] == [State.DELIVERED]


async def test_without_a_mail_server_letters_wait() -> None:
    store, clock = FakeOutbox(), HandClock()
    await Outbox(store, clock=clock, ids=CountingIds()).send(
        Letter("a@b.example", "hello", "text")
    )

    assert await Courier(store, {}, clock=clock).go_round() == 0
    assert [each.state for each in store.listed()] == [State.WAITING]


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("nobody", "s"),
        ("a@b.example\nBcc: c@d.example", "s"),
        ("a@b.example c@d.example", "s"),
        ("a@" + "b" * 300, "s"),
        ("a@b.example", "one\r\nBcc: c@d.example"),
    ],
)
async def test_what_could_never_be_sent_is_not_taken(to: str, subject: str) -> None:
    store = FakeOutbox()
    outbox = Outbox(store, clock=HandClock(), ids=CountingIds())

    with pytest.raises(InvalidValue):
        await outbox.send(Letter(to, subject, "text"))

    assert store.listed() == []


def test_waits_grow_and_a_webhook_is_given_up_after_ten_tries() -> None:
    kept = [
        after_a_try(replace(EVENT, tries=tries), Tried(State.WAITING), now_us=0)
        for tries in range(1, TRIES_MAX + 1)
    ]
    waits = [each.next_us // US_PER_S for each in kept]
    letter = replace(EVENT, way=Way.MAIL, tries=1_000)
    patient = after_a_try(letter, Tried(State.WAITING), now_us=0)

    assert waits[:-1] == [5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200, 86_400]
    assert kept[-1].state is State.DEAD
    assert (patient.state, patient.next_us) == (State.WAITING, 3_600 * US_PER_S)


async def test_what_another_process_carries_is_left_to_it() -> None:
    store, clock = FakeOutbox(), HandClock()
    store.put([EVENT])
    receiver = Receiver([State.DELIVERED])
    courier = Courier(store, {Way.WEBHOOK: receiver}, clock=clock)

    assert await courier.carry(EVENT)
    assert not await courier.carry(EVENT)
    assert receiver.seen == ["msg_1"]
