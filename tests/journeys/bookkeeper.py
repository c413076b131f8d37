"""A bookkeeper who never rests: usage, bill, number, money, and again, until killed.

    python -m tests.journeys.bookkeeper

A nursery of them (`nursery`): arguments are a set-up, and how many rounds at most.
Whatever has lasted is said on standard output, after the store said so. A new one
knows nothing of the one before, and goes on from what the books say.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import sleep, time

from gateway.billing.bank import creditor_reference, return_reference
from gateway.billing.invoice import Status
from gateway.bootstrap.house import House, opened
from gateway.bootstrap.shipped import policies_of
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.kernel.period import month_of
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.policy import PolicySet
from gateway.metering.intent import Intent
from gateway.payments.camt import read
from gateway.services.invoices import InvoiceView
from gateway.settings import read_settings
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.bank import Entry, statement
from tests.fakes.ledger import PlainPress
from tests.fakes.usage import a_usage_event
from tests.journeys.nursery import serve

GIB = 2**30
NODE, BOOT = "node-1", "boot-1"
TOO_MUCH = 500
BILL = "bill"
TICK_S = 0.25
TOP_UP = 700


def said(*words: str) -> None:
    """This has lasted; in one write, or a kill would leave half a word."""
    os.write(1, f"{' '.join(words)}\n".encode())


@dataclass
class Bookkeeper:
    """Works on the books of one set-up."""

    house: House

    def work(self) -> None:
        """One round: use, bill, settle, send back what was too much."""
        agreements = self.house.agreements.list()
        number = self.meter(agreements)
        self.pay_ahead(agreements, number)
        self.bill()
        for view in self.house.invoices.list(status=Status.FINALISED):
            current = view
            while current.open_minor:
                self.settle(current)
                current = self.house.invoices.show(view.invoice.number)
        self.send_back()

    def meter(self, agreements: tuple[Agreement, ...]) -> int:
        """One or two GiB under the next agreement; the number of the event."""
        usage = SqlUsageStore(self.house.store)
        number = usage.last_seq() + 1
        agreement = agreements[number % len(agreements)]
        now_us = self.house.clock.now_us()
        event = replace(
            a_usage_event(
                body_bytes=(1 + number % 2) * GIB,
                agreement_id=agreement.id,
                party_id=agreement.party_id,
                occurred_us=now_us,
                tariff_version=agreement.tariff_version,
            ),
            id=f"req_{number:06}",
            collection="whole-site",
            tariff=agreement.tariff,
        )
        if event.id not in usage.open_request_ids(BOOT):
            intent = Intent(event.id, agreement.id, 0, now_us, NODE, BOOT)
            usage.open_intents([intent])
        usage.settle_events([event], recorded_us=now_us)
        said("event", event.id)
        return number

    def pay_ahead(self, agreements: tuple[Agreement, ...], number: int) -> None:
        """Every few events, under agreements that are prepaid."""
        for agreement in agreements:
            if agreement.settling is Settling.PREPAID and number % 5 == 0:
                key = f"ahead-{number}"
                amount = Money(TOP_UP, agreement.currency)
                self.house.agreements.top_up(agreement.id, amount, reference=key)
                said("top-up", f"top-up:{key}")

    def bill(self) -> None:
        """Bill the month under way, and number what came of it."""
        began_us = self.house.clock.now_us()
        report = self.house.billing_run.run(month_of(began_us))
        for invoice in report.invoices:
            if invoice.issued_us and invoice.issued_us >= began_us:
                said("invoice", invoice.number)

    def settle(self, view: InvoiceView) -> None:
        """In one of five ways, by its number; each may be begun again."""
        invoice, left = view.invoice, view.open_minor
        number, gross = invoice.number, invoice.gross_minor
        has_note = any(each.by == "credit-note" for each in view.settlements)
        way = int(number[-4:]) % 5
        if way == 4 and not has_note:
            self.credit(number)
        elif way == 3 and not has_note:
            self.credit(number, {invoice.lines[-1].position: 1})
        elif way == 2:
            self.arrive(number, gross + TOO_MUCH, "too-much")
        elif way == 1 and left == gross:
            self.arrive(number, gross // 2, "half")
        elif way == 0:
            self.arrive(number, gross, "whole")
        else:
            amount = Money(left, invoice.currency)
            paid = self.house.payments.record(
                amount, [number], reference=f"hand-{number}"
            )
            said("payment", paid.payment.id)

    def credit(self, number: str, wanted: dict[int, int] | None = None) -> None:
        """All of it, or a part."""
        note = self.house.invoices.credit(number, reason="Damaged.", wanted=wanted)
        said("note", note.number)

    def arrive(self, number: str, minor: int, part: str) -> None:
        """The bank's statement says that money came in."""
        named = creditor_reference(number)
        self.take_in(Entry(euros(minor), f"{part}-{number}", creditor_reference=named))

    def send_back(self) -> None:
        """What nobody has a use for goes back."""
        for one in self.house.bank_desk.all():
            if one.left_minor:
                back = return_reference(one.movement.id)
                reference = f"back-{one.movement.reference}"
                self.take_in(
                    Entry(
                        euros(one.left_minor), reference, is_in=False, end_to_end=back
                    )
                )

    def take_in(self, entry: Entry) -> None:
        """Read a statement with one entry, and take it in."""
        today = iso(self.house.clock.now_us())[:10]
        (told,) = read(statement(replace(entry, day=today)))
        for one in self.house.bank_desk.take_in(told.movements):
            said("movement", one.movement.id)


def euros(minor: int) -> str:
    """As a statement spells it."""
    return f"{minor // 100}.{minor % 100:02}"


def until_next_tick(now_s: float) -> float:
    """How long to wait so that everybody begins together."""
    return TICK_S - now_s % TICK_S


def live(arguments: list[str]) -> None:
    """Keep the books of a set-up for so many rounds, or only `bill` its month."""
    config, rounds, press = arguments
    with opened(read_settings(Path(config))) as house:
        house.policies = policies_at(Path(config))
        if press == "plain":
            house.press = PlainPress()
        keeper = Bookkeeper(house)
        # What every process does once is no part of what is killed.
        said("ready", type(house.press).__name__)
        if rounds == BILL:
            sleep(until_next_tick(time()))  # all who were called begin at once
            keeper.bill()
        else:
            for _ in range(int(rounds)):
                keeper.work()
    said("rest")


@cache
def policies_at(config: Path) -> PolicySet:
    """The policies of a set-up; no bookkeeper changes them."""
    return policies_of(read_settings(config))


def prepare(arguments: list[str]) -> None:
    """Read once what they would all read."""
    policies_at(Path(arguments[0]))


if __name__ == "__main__":
    serve(live, prepare=prepare)
