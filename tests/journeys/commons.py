"""A commons that lived for a while: takers, givers, money, and a published log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.bootstrap import opened
from gateway.metering.effort import Effort
from gateway.settings import read_settings
from gateway.storage.stores.effort_store import StoredEffort
from tests.journeys.command_line import Archive

GIB = 2**30
TAKERS = {
    "Mapworks SAS": ("company", 900),
    "Lettres & Données": ("company", 120),
    "Coopérative Traduire": ("coop-worker", 40),
}


@dataclass(frozen=True, slots=True)
class Commons:
    """A set-up with a past."""

    archive: Archive

    def live(self, *, times: int = 1) -> None:
        """Take, pay, work, divide and publish; *times* says how much is taken."""
        self.people()
        agreements = {name: self.take(name, times) for name in TAKERS}
        self.boast(times)
        self.pay(agreements)
        self.work()
        self.archive.tells("fund", "allocate", "2026-11")
        self.decide()
        self.archive.tells("log", "publish")

    def live_without_money(self) -> None:
        """The same, where nobody sells."""
        self.people()
        for name in TAKERS:
            self.take(name, 1)
        self.boast(1)
        self.work()
        self.decide()
        self.archive.tells("log", "publish")

    def people(self) -> None:
        """Organisations a steward vouches for, and people."""
        for name, (entity, _) in TAKERS.items():
            self._party(name, entity)
        for name in ("Amina Benali", "Ines Martin", "Jo Weber"):
            self._party(name, "person")
        self.archive.tells("party", "set", "Amina Benali", "public_name=Amina B.")

    def take(self, name: str, times: int) -> Any:
        """Accept the offer, and take."""
        agreement = self.archive.tells("agreement", "accept", "--party", name)
        self.archive.meter(agreement, TAKERS[name][1] * times * GIB)
        return agreement

    def boast(self, times: int) -> None:
        """Somebody says they are a company, and nobody looked."""
        self._party("Zeppelin Unproven", "company", "--source", "self-declared")
        agreement = self.archive.tells(
            "agreement", "accept", "--party", "Zeppelin Unproven"
        )
        self.archive.meter(agreement, 15 * times * GIB)

    def pay(self, agreements: Any) -> None:
        """Everybody who is invoiced pays."""
        exported = self.archive.says("usage", "export").out.splitlines()
        month = exported[0].split('"occurred_at":')[1].strip(' "')[:7]
        run = self.archive.tells("invoice", "run", "--period", month)
        for invoice in run["invoices"]:
            if invoice["number"]:
                amount = f"{invoice['gross_minor'] / 100:.2f} {invoice['currency']}"
                self.archive.tells(
                    *("invoice", "pay", invoice["number"], amount),
                    *("--reference", f"iban-{invoice['number']}"),
                )

    def work(self) -> None:
        """Three people work, one of them an organisation."""
        for name, hours in (
            ("Amina Benali", "34"),
            ("Jo Weber", "12"),
            ("Coopérative Traduire", "21.5"),
        ):
            claim = self.archive.tells(
                *("contribution", "claim", "--party", name, "--kind", "records"),
                *("--title", "Corrected names", "--evidence", "https://a.example/1"),
                *("--hours", hours),
            )
            self.archive.tells(
                "contribution",
                "review",
                claim["claim_id"],
                "accept",
                "--by",
                "Ines Martin",
            )

    def decide(self) -> None:
        """The members put something on record; serving takes something."""
        vote = self.archive.tells(
            *("vote", "open", "Reading rooms first?", "--resolve", "reading-rooms")
        )["vote_id"]
        for name in ("Amina Benali", "Jo Weber", "Coopérative Traduire"):
            self.archive.tells(
                *("vote", "cast", vote, "--party", name, "--answer", "yes")
            )
        self.archive.tells("vote", "close", vote)
        with opened(read_settings(self.archive.config)) as house:
            now_us = house.clock.now_us()
            effort = Effort(7_200_000_000, 1_075 * GIB, 3_400_000)
            StoredEffort(house.store).add("node-1", effort, at_us=now_us)

    def _party(self, name: str, entity: str, *words: str) -> None:
        said = ("--set", f"entity={entity}", "--set", "country=FR")
        self.archive.tells("party", "add", name, *said, *words)


def a_commons(folder: Path, *, times: int = 1) -> Commons:
    """A set-up of `an_archive` that lived."""
    commons = Commons(Archive(folder))
    commons.live(times=times)
    return commons
