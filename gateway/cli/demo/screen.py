"""How the story is told on a terminal, and in a pipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.markup import escape

from gateway.cli.amounts import spelled_bytes
from gateway.cli.demo.archive import ATTRIBUTION
from gateway.cli.demo.cast import Seen
from gateway.cli.demo.stage import Ports
from gateway.cli.screen import console, table
from gateway.kernel.money import Money

COLOURS = {
    "allow": "green",
    "meter": "cyan",
    "offer": "yellow",
    "throttle": "yellow",
    "deny": "red",
    "identify": "red",
}
PATH_LETTERS_MAX = 46


@dataclass(slots=True)
class Telling:
    """Tells the story, or keeps quiet while a script listens."""

    is_quiet: bool
    was: str = ""

    def opening(self, ports: Ports) -> None:
        """The stage is set."""
        self._say("[bold]Copyfair Gateway[/bold]: one request becomes money")
        self._say(f"archive  Datasette, {escape(ATTRIBUTION)}")
        self._say(f"gateway  {ports.public_url}")

    def request(self, one: Seen) -> None:
        """Somebody asked, and was answered."""
        if one.who != self.was:
            self._say(f"\n[bold]{escape(one.who)}[/bold]")
            self.was = one.who
        if one.note:
            self._say(f"  [italic]{escape(one.note)}[/italic]")
        colour = COLOURS.get(one.decision, "white")
        path = one.path
        if len(path) > PATH_LETTERS_MAX:
            path = path[: PATH_LETTERS_MAX - 1] + "…"
        self._say(
            f"  {one.method:4} {escape(path)}\n"
            f"       {one.status}  [{colour}]{one.decision}[/{colour}]"
            f"  {spelled_bytes(one.body_bytes)}  {escape(one.rule)}"
        )
        self._say(f"       [dim]{escape(one.reason)}[/dim]")

    def ending(self, document: Mapping[str, Any]) -> None:
        """What became of it."""
        if self.is_quiet:
            return
        self._usage(document["usage"])
        self._invoice(document["invoice"])
        self._fund(document["fund"])
        audit = document["audit"]
        self._say(f"\n[bold]audit: {'ok' if audit['ok'] else 'NOT ok'}[/bold]")
        self._say(
            f"  {audit['events']} events, {audit['rated']} rated, "
            f"{audit['intents_orphaned']} orphaned, {audit['duplicates']} doubled"
        )

    def places(self, ports: Ports, folder: Path) -> None:
        """Where to look while the gateway goes on."""
        self._say("\n[bold]look around[/bold]")
        self._say(f"  the archive     {ports.public_url}/geonames/places")
        self._say(f"  its terms       {ports.public_url}/license.xml")
        self._say(f"  for machines    {ports.public_url}/robots.txt")
        self._say(f"  its open books  {ports.public_url}/_copyfair/books/")
        self._say(f"  what it speaks  {ports.public_url}/.well-known/copyfair")
        self._say(f"  metrics         http://127.0.0.1:{ports.admin}/metrics")
        self._say(f"  set-up          {escape(str(folder))}")
        self._say("\nserving; Ctrl-C ends")

    def _usage(self, usage: Mapping[str, int]) -> None:
        self._say("\n[bold]the meter[/bold]")
        self._say(
            f"  {usage['events']} metered answers: {usage['bytes']} bytes in the"
            f" ledger, {usage['client_bytes']} bytes counted by the clients"
        )

    def _invoice(self, invoice: Mapping[str, Any]) -> None:
        currency = invoice["currency"]
        self._say(f"\n[bold]invoice {escape(invoice['number'])}[/bold]")
        self._say(f"  {escape(invoice['buyer'])}")
        table(
            ("", "what", "quantity", "net"),
            [
                (
                    " ",
                    line["text"],
                    f"{line['quantity']} {line['unit']}",
                    Money(line["net_minor"], currency),
                )
                for line in invoice["lines"]
            ],
        )
        self._say(
            f"  net {Money(invoice['net_minor'], currency)}, "
            f"VAT {Money(invoice['tax_minor'], currency)}, "
            f"gross {Money(invoice['gross_minor'], currency)}"
        )

    def _fund(self, fund: Mapping[str, Any]) -> None:
        currency = fund["currency"]
        self._say("\n[bold]the commons fund[/bold]")
        self._say(f"  net receipts {Money(fund['income_minor'], currency)}")
        for pot, minor in fund["waterfall"].items():
            self._say(f"    {pot.partition(':')[2]:16} {Money(minor, currency)}")
        self._say("  paid first, to those whose work nobody paid for")
        for who, minor in fund["allocated"].items():
            self._say(f"    {escape(who):16} {Money(minor, currency)}")

    def _say(self, text: str) -> None:
        if not self.is_quiet:
            console().print(text)
