"""gateway.services.agreement_book: fresh within a second, calm in an outage."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.kernel.errors import Unavailable
from gateway.licensing.agreement import Agreement
from gateway.services.agreement_book import FRESH_NS, STALE_NS, AgreementBook
from tests.unit.services.test_pressure import Hands


@dataclass
class Shelf:
    """A source that a test fills, and can take away."""

    agreements: tuple[Agreement, ...] = ()
    is_gone: bool = False
    asked: list[str] = field(default_factory=list)

    def agreements_of(self, party_id: str) -> tuple[Agreement, ...]:
        self.asked.append(party_id)
        if self.is_gone:
            raise Unavailable("the store does not answer")
        return self.agreements


async def at_once(call: Callable[[], Any]) -> Any:
    return call()


def an_agreement(number: int = 1, **terms: Any) -> Agreement:
    return Agreement(f"agr_{number}", "pty_1", "ai-2026", 1, "EUR", **terms)


def a_book(shelf: Shelf) -> tuple[AgreementBook, Hands]:
    hands = Hands(FRESH_NS)
    return AgreementBook(shelf, at_once, hands), hands


async def test_the_newest_agreement_in_force_is_given() -> None:
    book, _ = a_book(Shelf((an_agreement(1), an_agreement(2))))

    await book.prepare("pty_1")

    assert book.in_force("pty_1", "any", at_us=5) == an_agreement(2)


async def test_an_agreement_that_ended_or_covers_something_else_is_none() -> None:
    ended = an_agreement(1, ends_us=5)
    elsewhere = an_agreement(2, collections=frozenset({"maps"}))
    book, _ = a_book(Shelf((ended, elsewhere)))

    await book.prepare("pty_1")

    assert book.in_force("pty_1", "registers", at_us=5) is None
    assert book.in_force("pty_1", "maps", at_us=5) == elsewhere
    assert book.in_force("pty_1", "registers", at_us=4) == ended


async def test_the_store_is_asked_at_most_once_a_second() -> None:
    shelf = Shelf()
    book, hands = a_book(shelf)

    await book.prepare("pty_1")
    await book.prepare("pty_1")
    hands.ticks += FRESH_NS
    await book.prepare("pty_1")

    assert shelf.asked == ["pty_1", "pty_1"]


async def test_what_was_known_stays_good_while_the_store_is_gone() -> None:
    shelf = Shelf((an_agreement(),))
    book, hands = a_book(shelf)
    await book.prepare("pty_1")

    shelf.is_gone = True
    hands.ticks += STALE_NS
    await book.prepare("pty_1")

    assert book.in_force("pty_1", "any", at_us=5) == an_agreement()


async def test_after_five_minutes_an_outage_is_an_outage() -> None:
    shelf = Shelf((an_agreement(),))
    book, hands = a_book(shelf)
    await book.prepare("pty_1")

    shelf.is_gone = True
    hands.ticks += STALE_NS + 1

    with pytest.raises(Unavailable):
        await book.prepare("pty_1")


async def test_a_party_nobody_knows_yet_needs_the_store() -> None:
    book, _ = a_book(Shelf(is_gone=True))

    with pytest.raises(Unavailable):
        await book.prepare("pty_1")


async def test_what_did_not_change_stays_the_same_object_and_what_did_does_not() -> (
    None
):
    shelf = Shelf((an_agreement(1),))
    book, hands = a_book(shelf)
    await book.prepare("pty_1")
    before = book.in_force("pty_1", "any", at_us=5)

    shelf.agreements = (an_agreement(1),)
    hands.ticks += FRESH_NS
    assert not book.is_fresh("pty_1")
    await book.prepare("pty_1")
    assert book.in_force("pty_1", "any", at_us=5) is before

    shelf.agreements = (an_agreement(1, ends_us=3),)
    hands.ticks += FRESH_NS
    await book.prepare("pty_1")
    assert book.is_fresh("pty_1")
    assert book.in_force("pty_1", "any", at_us=5) is None
