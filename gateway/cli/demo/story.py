"""The story: who asked, what was decided and why, and what became of the money."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.billing.invoice import Invoice
from gateway.bootstrap import House
from gateway.bootstrap.asking import explained
from gateway.cli.demo import cast
from gateway.cli.demo.cast import Client, Seen
from gateway.cli.demo.stage import Parties, Ports
from gateway.fund.payout import Allocation
from gateway.kernel.errors import Unavailable
from gateway.kernel.money import Money
from gateway.kernel.period import month_of

PAGE = "/geonames/places"
COUNTRY = "/geonames/places.csv?_stream=on&_size=max&countrycode="
RECORDS = "/geonames/places.json?_size=1000&countrycode="
PAGES_TO_TAKE = ("ES", "PT", "AT", "CH", "BE", "NL", "PL", "GR", "SE", "FI")
# Datasette announces no length, so money for 8 MiB is set aside before each answer.
PREPAID = Money(3_920, "EUR")
REFUSED = 429
SETTLED_WITHIN_S = 60


@dataclass(slots=True)
class Story:
    """Everything that happened, in order.

    Attributes:
        house: The steward's view of the set-up.
        ports: Where the gateway listens.
        parties: Whom the steward knows.
        tell: Called with each thing that happened.
    """

    house: House
    ports: Ports
    parties: Parties
    tell: Callable[[Seen], None]
    seen: list[Seen] = field(default_factory=list)

    def play(self) -> dict[str, Any]:
        """Play the whole story; its document, as `--json` prints it."""
        self._readers()
        self._crawler()
        self._cooperative()
        self._startup()
        self._company()
        usage = self._settled_usage()
        period = month_of(self.house.clock.now_us())
        report = self.house.billing_run.run(period)
        invoice = next(
            one
            for one in report.invoices
            if one.buyer.party_id == self.parties.company.id
        )
        recorded = self.house.payments.record(
            invoice.gross, [invoice.number], reference="bank transfer 1"
        )
        allocations = self.house.fund.allocate("demo", invoice.currency)
        audit = self.house.audit.run().document()
        audit.pop("schema", None)
        return {
            "requests": [_request(one) for one in self.seen],
            "usage": usage,
            "invoice": _invoice(invoice),
            "fund": self._fund(allocations, recorded.payment.currency),
            "audit": audit,
        }

    def _readers(self) -> None:
        self._see(self._client("a reader", cast.BROWSER).get(PAGE))
        feed = f"{PAGE}.json?_size=20&_shape=array"
        self._see(self._client("a feed reader", cast.FEED_READER).get(feed))
        self._see(self._client("a search bot", cast.SEARCH_BOT).get("/"))

    def _crawler(self) -> None:
        crawler = self._client("an AI crawler", cast.AI_CRAWLER)
        self._see(crawler.get("/robots.txt"))
        self._see(crawler.get(COUNTRY + "FR"))

    def _cooperative(self) -> None:
        key = self.parties.cooperative_key
        client = self._client("a cooperative", cast.COOPERATIVE, key=key)
        self._see(client.get(COUNTRY + "FR"))

    def _startup(self) -> None:
        """From the offer in a 402 to a metered 200, alone; then to its cap."""
        stranger = self._client("a start-up", cast.STARTUP)
        refused = self._see(stranger.get(RECORDS + "IT"))
        offer = self._see(stranger.get(refused.json()["offer"]["href"]))
        accepted = self._see(
            stranger.post(
                offer.json()["accept"]["href"],
                {
                    "name": "Atlas Start-up",
                    "email": "data@atlas.example",
                    "country": "FR",
                    "entity": "company",
                    "uses": ["train"],
                },
            )
        ).json()
        client = self._client("a start-up", cast.STARTUP, key=accepted["api_key"])
        self._see(client.get(RECORDS + "IT"))
        self.house.agreements.top_up(
            accepted["agreement_id"], PREPAID, reference="bank transfer 0"
        )
        note = f"a transfer of {PREPAID} arrives, paid ahead"
        self._see(replace(self._topped_up(client), note=note))
        for country in PAGES_TO_TAKE:
            if self._see(client.get(RECORDS + country)).status != 200:
                break

    def _topped_up(self, client: Client) -> Seen:
        """The first answer after the top-up, which is seen within a second."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while (one := client.get(RECORDS + "IT")).status == REFUSED:
            if time.monotonic() > deadline:
                raise Unavailable("the gateway did not see the top-up")
            time.sleep(0.1)
        return one

    def _company(self) -> None:
        key = self.parties.company_key
        client = self._client("a company", cast.COMPANY, key=key)
        for country in ("FR", "DE"):
            self._see(client.get(COUNTRY + country))

    def _settled_usage(self) -> dict[str, int]:
        """The ledger's figures, once every metered answer is settled."""
        metered = [one for one in self.seen if one.decision == "meter"]
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while True:
            report = self.house.usage_reports.report()
            if report["events"] >= len(metered):
                break
            if time.monotonic() > deadline:
                raise Unavailable("the gateway did not settle every metered answer")
            time.sleep(0.05)
        received = sum(one.body_bytes for one in metered)
        return {
            "events": report["events"],
            "bytes": report["bytes"],
            "client_bytes": received,
        }

    def _fund(self, made: tuple[Allocation, ...], currency: str) -> dict[str, Any]:
        names = {one.id: one.name for one in self.house.parties.list()}
        figures = next(
            one for one in self.house.fund.waterfall() if one.currency == currency
        )
        balances = self.house.fund.balance()
        shares = [part for one in made for part in one.shares]
        return {
            "currency": currency,
            "income_minor": figures.received_minor,
            "postings_balanced": sum(balances.values()) == 0,
            "waterfall": dict(figures.pots),
            "allocated": {names.get(who, who): minor for who, minor in shares},
        }

    def _client(self, who: str, user_agent: str, *, key: str = "") -> Client:
        return Client(who, self.ports.public, user_agent, key)

    def _see(self, one: Seen) -> Seen:
        told = one if one.decision else self._explained(one)
        self.seen.append(told)
        self.tell(told)
        return told

    def _explained(self, one: Seen) -> Seen:
        """Readers' pages carry no word of ours: ask the policies the same way."""
        answer = explained(
            self.house,
            url=f"{self.ports.public_url}{one.path}",
            fields=[f"User-Agent: {one.user_agent}"],
            token=one.key,
        )
        ruling = answer.decision.ruling
        return replace(
            one, decision=answer.word, rule=ruling.rule, reason=ruling.reason
        )


def _request(one: Seen) -> dict[str, Any]:
    return {
        "who": one.who,
        "method": one.method,
        "path": one.path,
        "status": one.status,
        "decision": one.decision,
        "rule": one.rule,
        "reason": one.reason,
        "bytes": one.body_bytes,
    }


def _invoice(one: Invoice) -> dict[str, Any]:
    return {
        "number": one.number,
        "buyer": one.buyer.name,
        "lines": [
            {
                "text": line.text,
                "quantity": line.quantity,
                "unit": line.unit,
                "net_minor": line.net_minor,
            }
            for line in one.lines
        ],
        "net_minor": one.net_minor,
        "tax_minor": one.tax_minor,
        "gross_minor": one.gross_minor,
        "currency": one.currency,
    }
