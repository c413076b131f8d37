"""A bookkeeper is killed at random moments: what do the books say?

A process uses, bills, numbers, takes money in, credits and sends back, as fast as the
store allows, and says what has lasted. It is killed, the books are looked at, and
another goes on. What was said to have lasted is there, once; nothing is there by half.
"""

from __future__ import annotations

import hashlib
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.billing.invoice import Invoice, LineKind, Status
from gateway.bootstrap.house import House, opened
from gateway.licensing.agreement import Agreement, Settling
from gateway.settings import read_settings
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.figures import publish, so_many
from tests.journeys.bookkeeper import GIB, TOP_UP
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.nursery import Nursery, nursery
from tests.journeys.test_cli_books import a_company

SEED = 20261128
KILLS = 20
KILLS_IN_SOAK = 1_000
KILLS_A_SET_UP = 40
STEPS_MAX = 12
MOMENT_S = 0.01
PATIENCE_S = 60.0
FOREVER = 1_000_000_000
REAL_EVERY = 20
FREE_GIB, PRICE_MINOR, DEARER_FROM_GIB = 1, 150, 100
LAST_PRICE_MINOR = 600

WORDS = {"ready", "rest"}
KINDS = {"event", "invoice", "note", "payment", "movement", "top-up"}

STATE = """
SELECT
 (SELECT count(*) FROM open_intent) AS intents_open,
 (SELECT count(*) FROM usage_event) > (SELECT coalesce(sum(events), 0) FROM rated_terms)
   AS usage_unbilled,
 (SELECT count(*) FROM invoice WHERE status = 'draft') AS drafts
"""
BY_HALVES = {
    "a number without papers, or papers without a number": """
      SELECT id FROM (SELECT id FROM invoice WHERE status = 'finalised'
                      UNION ALL SELECT id FROM credit_note) AS issued
      FULL OUTER JOIN rendition ON document_id = id
      WHERE id IS NULL OR document_id IS NULL""",
    "a draft with a number": """
      SELECT id FROM invoice WHERE (status = 'finalised') <> (number IS NOT NULL)""",
    "a number drawn twice": """
      SELECT number FROM (SELECT number FROM invoice WHERE number IS NOT NULL
                          UNION ALL SELECT number FROM credit_note) AS drawn
      GROUP BY number HAVING count(*) > 1""",
    "an invoice that is not booked once": """
      SELECT id FROM invoice WHERE status = 'finalised' AND 1 <> (
        SELECT count(*) FROM journal_entry
        WHERE kind = 'invoice' AND ref = invoice.id)""",
    "a movement of the bank that came in twice": """
      SELECT reference FROM bank_movement GROUP BY account, reference
      HAVING count(*) > 1""",
}


@dataclass
class Books:
    """One set-up, and what was said to have lasted in it."""

    archive: Archive
    told: dict[str, str] = field(default_factory=dict)
    heard_bytes: int = 0
    deaths: int = 0

    @property
    def log(self) -> Path:
        return self.archive.folder / "said"

    def lines(self) -> Iterator[list[str]]:
        """What was said since one last listened; a word broken off is none."""
        heard = self.log.read_bytes() if self.log.exists() else b""
        whole, _, _ = heard[self.heard_bytes :].rpartition(b"\n")
        self.heard_bytes += len(whole) + bool(whole)
        yield from (line.split() for line in whole.decode().splitlines())

    def listen(self, *, until: str = "", steps: int = 0) -> None:
        """Note what has lasted, up to a word or for so many steps."""
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            for line in self.lines():
                if line[0] in WORDS:
                    if line[0] == until:
                        return
                    continue
                assert line[0] in KINDS, " ".join(line)
                self.told[line[1]] = line[0]
                steps -= 1
            if not until and steps <= 0:
                return
            time.sleep(0.001)
        raise AssertionError(self.log.read_text(encoding="utf-8")[-2_000:])


@dataclass
class Tally:
    """What all of it came to."""

    kills: int = 0
    caught: Counter[str] = field(default_factory=Counter)
    last: Counter[str] = field(default_factory=Counter)


def new_books(folder: Path) -> Books:
    """Two companies a steward vouches for, and one that has to pay ahead."""
    archive = an_archive(folder)
    for number in (1, 2):
        a_company(archive, f"Company {number}")
    words = ("party", "add", "Nobody Knows Ltd", "--source", "self-declared")
    archive.tells(*words, "--set", "entity=company")
    archive.tells("party", "set", "Nobody Knows Ltd", "country=FR")
    archive.tells("agreement", "accept", "--party", "Nobody Knows Ltd")
    return Books(archive)


def live_and_die(
    books: Books, keeper: Nursery, chance: random.Random, *, press: str
) -> None:
    """One life: so many steps, and a moment more."""
    words = [str(books.archive.config), str(FOREVER), press]
    process = keeper.start(words, books.log)
    books.listen(until="ready")
    books.listen(steps=chance.randint(0, STEPS_MAX))
    time.sleep(chance.uniform(0, MOMENT_S))
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=PATIENCE_S)
    books.listen()
    books.deaths += 1


def caught(books: Books) -> Iterator[str]:
    """In the midst of what the last one died."""
    with closing(open_sqlite(books.archive.folder / "copyfair.db")) as db:
        (row,) = db.rows(STATE)
        yield from (name for name, there in row.items() if there)


def kept(house: House) -> Iterator[str]:
    """Everything whose lasting may be told."""
    for view in house.invoices.list():
        yield view.invoice.number
    yield from (note.number for note in house.books.invoices.notes())
    yield from (payment.id for payment in house.payments.list())
    yield from (one.movement.id for one in house.bank_desk.all())
    yield from (entry.key for entry in house.books.journal.entries())
    yield from (event.id for event in SqlUsageStore(house.store).events())


def assert_whole(books: Books, papers: dict[str, str]) -> None:
    """Nothing by halves, nothing twice, nothing gone, no byte changed."""
    with opened(read_settings(books.archive.config)) as house:
        report = house.audit.run()
        assert report.ok, report.findings
        for what, sql in BY_HALVES.items():
            assert house.store.rows(sql) == [], what
        there = Counter(kept(house))
        assert set(books.told) <= set(there)
        assert {there[name] for name in books.told} <= {1}
        numbers = [name for name in there if name[:4] == "INV-" or name[:3] == "CN-"]
        for number in numbers:
            digest = hashlib.sha256(house.invoices.papers(number).pdf).hexdigest()
            assert papers.setdefault(number, digest) == digest


def assert_settled(books: Books) -> dict[str, int]:
    """After one that rested: everything is used once, billed once, paid once."""
    with opened(read_settings(books.archive.config)) as house:
        used = [event.id for event in SqlUsageStore(house.store).events()]
        assert used == [f"req_{number:06}" for number in range(1, len(used) + 1)]
        views = house.invoices.list()
        statuses = Counter(view.invoice.status for view in views)
        assert statuses[Status.DRAFT] == 0
        assert {view.open_minor for view in views} == {0}
        assert {one.left_minor for one in house.bank_desk.all()} == {0}
        for agreement in house.agreements.list():
            own = [one.invoice for one in views]
            own = [one for one in own if one.agreement_id == agreement.id]
            assert_billed_once(house, agreement, own)
            if agreement.settling is Settling.PREPAID:
                assert_drawn_once(books, house, own)
        return {
            "events": len(used),
            "invoices": statuses[Status.FINALISED],
            "credit notes": len(house.books.invoices.notes()),
            "payments": len(house.payments.list()),
            "movements": len(house.bank_desk.all()),
        }


def assert_billed_once(house: House, agreement: Agreement, own: list[Invoice]) -> None:
    """What stands on invoices is the price of what was used, whatever was killed."""
    events = SqlUsageStore(house.store).events(agreement_id=agreement.id)
    used = sum(event.billable_bytes for event in events) // GIB
    is_stranger = agreement.settling is Settling.PREPAID
    lines = (line for invoice in own for line in invoice.lines)
    billed = sum(line.net_minor for line in lines if line.kind is LineKind.USAGE)
    assert used < DEARER_FROM_GIB
    if is_stranger:
        assert billed == used * LAST_PRICE_MINOR
    else:
        assert billed == max(0, used - FREE_GIB) * PRICE_MINOR


def assert_drawn_once(books: Books, house: House, own: list[Invoice]) -> None:
    """What was paid ahead is there, or was drawn by an invoice."""
    paid = sum(kind == "top-up" for kind in books.told.values()) * TOP_UP
    issued = [one for one in own if one.status is Status.FINALISED]
    drawn = sum(one.gross_minor for one in issued)
    left = house.agreements.prepaid_minor(own[0].agreement_id)
    # A top-up of which nobody was told any more may be there as well.
    assert paid <= left + drawn <= paid + books.deaths * TOP_UP


def after(kills: int, folder: Path) -> Tally:
    """Work, die, look, so many times."""
    tally, chance = Tally(), random.Random(SEED)
    books, papers = new_books(folder / "0"), dict[str, str]()
    keeper = nursery("tests.journeys.bookkeeper")

    def rested() -> None:
        keeper.start([str(books.archive.config), "3", "plain"], books.log)
        books.listen(until="ready")
        books.listen(until="rest")
        assert_whole(books, papers)
        tally.last.update(assert_settled(books))

    for number in so_many(kills):
        if number and number % KILLS_A_SET_UP == 0:
            rested()
            books, papers = new_books(folder / str(number)), {}
        press = "real" if number % REAL_EVERY == REAL_EVERY - 1 else "plain"
        live_and_die(books, keeper, chance, press=press)
        tally.kills += 1
        tally.caught.update(caught(books))
        assert_whole(books, papers)
    rested()
    return tally


def test_20_kills_leave_the_books_whole(tmp_path: Path) -> None:
    tally = after(KILLS, tmp_path)

    assert tally.last["invoices"] > KILLS // 4
    assert tally.caught


@pytest.mark.soak
def test_1000_kills_leave_the_books_whole(tmp_path: Path) -> None:
    tally = after(KILLS_IN_SOAK, tmp_path)

    publish(
        "book-kills",
        {"kills": tally.kills, **tally.last, "killed amid": dict(tally.caught)},
    )
    assert tally.last["invoices"] > tally.kills // 4
    assert set(tally.caught) == {"intents_open", "usage_unbilled", "drafts"}
