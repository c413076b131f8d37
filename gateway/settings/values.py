"""Everything the gateway was told, frozen after it was read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import MappingProxyType

from gateway.credentials.signature_agent import EVERY, Profile
from gateway.credentials.signed_note import NoteKey
from gateway.identity.validity import VALID_DAYS
from gateway.kernel.money import Money
from gateway.licensing.switches import Switches
from gateway.mail.smtp import MailServer
from gateway.metering.footprint import EnergyModel
from gateway.proxy.limits import ConnectionLimits

Network = IPv4Network | IPv6Network

BASIS_POINTS = 10_000
LOOPS = ("auto", "asyncio", "uvloop")
LOG_REQUESTS = ("all", "notable", "none")
STRIPE_API = "https://api.stripe.com"
CARD_PROVIDERS = ("none", "stripe")
SELLERS = ("none", "self", "fiscal-host", "alliance")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Privacy:
    """How much of an address is ever written, and for how long logs are kept."""

    truncate_v4: int = 24
    truncate_v6: int = 48
    retention_days: int = 30


@dataclass(frozen=True, slots=True)
class Invoicing:
    """Who sends invoices.

    Attributes:
        seller: none, self, fiscal-host or alliance.
        name: Legal name on the invoice.
        on_behalf_of: For whom a fiscal host or an alliance invoices: the commons.
        mandate: What that rests on, as invoices say it.
        country: ISO 3166-1 alpha-2.
        vat_id: Of the seller, or empty.
        tax_id: The tax office's number, for a seller without a VAT id.
        register_number: Of a public register.
        address, postcode, city: Where letters go.
        email: Where questions about invoices go.
        vat_bp: VAT rate in basis points (1_900 is 19 %).
        vat_exemption: Reason when no VAT is charged (small business …), or empty.
        vat_exemption_code: Its VATEX code, or empty.
        currency: ISO 4217.
        iban, bic: Where customers pay, or empty.
        language: Of papers, where a buyer asks for none: en or fr.
        logo: File of the seller's mark, relative to the set-up's folder, or empty.
        terms_days: Days until an invoice is due.
        remind_after: Days overdue at which each reminder is due, rising.
        remind_unverified_from: Who nobody verified is not reminded of less.
        in_kind_hour: What an accepted hour of work settles; one amount a currency.
        carry_below: Net amounts below which usage goes to the next invoice; one a
            currency.
    """

    seller: str = "none"
    name: str = ""
    on_behalf_of: str = ""
    mandate: str = ""
    country: str = ""
    vat_id: str = ""
    tax_id: str = ""
    register_number: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    email: str = ""
    vat_bp: int = 0
    vat_exemption: str = ""
    vat_exemption_code: str = ""
    currency: str = "EUR"
    iban: str = ""
    bic: str = ""
    language: str = "en"
    logo: str = ""
    terms_days: int = 30
    remind_after: tuple[int, ...] = (7, 21, 45)
    remind_unverified_from: tuple[Money, ...] = ()
    in_kind_hour: tuple[Money, ...] = ()
    carry_below: tuple[Money, ...] = ()


@dataclass(frozen=True, slots=True)
class Costs:
    """What serving costs the host, so that a price can be held against it.

    Attributes:
        cpu_hour_micros: An hour of CPU time, micros of the currency.
        egress_gib_micros: A GiB that leaves, micros.
        currency: ISO 4217.
        source: Where these figures stand: a hoster's bill, an energy bill.
    """

    cpu_hour_micros: int = 0
    egress_gib_micros: int = 0
    currency: str = "EUR"
    source: str = ""

    @property
    def are_known(self) -> bool:
        """Did anybody say what serving costs?"""
        return bool(self.source)


@dataclass(frozen=True, slots=True)
class Cards:
    """Who takes cards for us; its secrets are read from the environment or files.

    Attributes:
        provider: none or stripe.
        api: Where its API is, without a slash at the end.
    """

    provider: str = "none"
    api: str = STRIPE_API


@dataclass(frozen=True, slots=True)
class Voting:
    """How members vote.

    Attributes:
        vested_hundredths_min: How much work has to have vested in 12 months for a
            vote, hundredths of an hour; never 0.
        quorum_bp: Which share of the members has to vote on a decision.
        ratify: What is warned about until members ratify it: `tariffs`,
            `policies`, `equivalence`.
        must_ratify: What is refused until they do.
    """

    vested_hundredths_min: int = 100
    quorum_bp: int = 2_000
    ratify: tuple[str, ...] = ()
    must_ratify: tuple[str, ...] = ()


FEW = Money(50_000, "EUR")
LITTLE = Money(500, "EUR")


@dataclass(frozen=True, slots=True)
class RoundSettings:
    """When a round is worth it, and what is paid out.

    Attributes:
        open_from: Pools below which nobody opens a round: once a year they are split
            equally; one a currency.
        takes_solidarity: Solidarity adds to the pool of rounds.
        payout_from: What is less is owed until more has come together.
    """

    open_from: tuple[Money, ...] = (FEW,)
    takes_solidarity: bool = False
    payout_from: Money = LITTLE


@dataclass(frozen=True, slots=True)
class FundShares:
    """The waterfall's shares, in basis points of what each step divides.

    Attributes:
        operator_fee_bp: Of net receipts; at most 1_000.
        reserve_bp: Of net receipts.
        labour_bp: Of what remains; the measured unpaid share if that is more.
        solidarity_bp: Of what remains.
        barred: Ids or names of those whom labour reserve and rounds never pay:
            operator, steward, host, and whoever belongs to them.
        voting: How members vote, and on what they have to.
        rounds: When a round is worth it, and what is paid out.
        has_public_pages: Whether everybody may read the books as pages.
    """

    operator_fee_bp: int = 500
    reserve_bp: int = 1_000
    labour_bp: int = 2_500
    solidarity_bp: int = 1_000
    barred: tuple[str, ...] = ()
    voting: Voting = field(default_factory=Voting)
    rounds: RoundSettings = field(default_factory=RoundSettings)
    has_public_pages: bool = True


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificate of the public listener: two PEM files, chain first."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class AccessLog:
    """The front server's log from which usage is metered.

    Attributes:
        file: Relative to the set-up's folder.
        format: A name of `gateway.access_logs.formats.FORMATS`.
        unsent_bytes: Taken off an answer that broke off, for what was written to the
            connection and never left the front server.
    """

    file: Path
    format: str
    unsent_bytes: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is looked up about strangers, outside this machine.

    Attributes:
        web_bot_auth: The drafts of signed requests that are spoken; empty for none.
        reverse_dns: Names of addresses that claim to be a known bot's are looked up.
        loopback: Directories on this machine, over plain HTTP too; for tests.
        registers: Where public registers are asked in place of their own addresses: a
            mirror, without a slash at the end; or empty.
        valid_days: How long what a machine verified counts, by who proved it; 0 for
            ever.
    """

    web_bot_auth: frozenset[Profile] = EVERY
    reverse_dns: bool = True
    loopback: bool = False
    registers: str = ""
    valid_days: Mapping[str, int] = field(default_factory=lambda: VALID_DAYS)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the gateway was told.

    Attributes:
        file: gateway.yaml itself; relative paths start at its folder.
        public_url: As readers type it, without a trailing slash.
        listen, admin_listen: Where the public and the admin listener stand.
        upstreams: Name to base URL.
        policies: Folder of collections, packs, tariffs, agents, cases.
        data_key: Signs the snapshots of agents and ranges that are believed.
        store: `sqlite:///…` (relative to the folder) or `postgresql://…`.
        trusted_proxies: Whose forwarding headers are believed; empty for nobody's.
        proxy_protocol: Trusted proxies begin each connection with a PROXY header,
            and nobody else may connect.
        tls: The public listener's certificate; None for plain HTTP.
        limits: What a client of the public listener is given.
        loop: Which event loop runs: auto, asyncio or uvloop.
        workers: Processes on the public listener; 1 does everything in one.
        drain_s: How long a worker that is replaced may finish what is under way.
        decide_for: Front servers that `/decide` answers; empty turns it off.
        decide_listen: Its own door: an address, or the path of a Unix socket; None
            for the admin listener alone.
        access_log: Where a front server writes what passed; None for nowhere.
        evidence: What is looked up about strangers.
        mail: Where letters are handed in; None for nowhere.
        log_requests: Which requests get a line in the log: all; notable, which leaves
            out people's plain reads; or none. All are counted.
        switches: The gateway's own; a collection may override them.
        environment: Secrets and overrides that stood in the environment.
    """

    file: Path
    public_url: str
    listen: Address
    admin_listen: Address
    upstreams: Mapping[str, str]
    policies: Path
    store: str
    data_key: NoteKey | None = None
    trusted_proxies: tuple[Network, ...] = ()
    proxy_protocol: bool = False
    tls: Tls | None = None
    limits: ConnectionLimits = field(default_factory=ConnectionLimits)
    loop: str = "auto"
    decide_for: tuple[Network, ...] = ()
    decide_listen: Address | Path | None = None
    access_log: AccessLog | None = None
    workers: int = 1
    drain_s: int = 30
    log_requests: str = "notable"
    switches: Switches = field(default_factory=Switches)
    evidence: Evidence = field(default_factory=Evidence)
    privacy: Privacy = field(default_factory=Privacy)
    invoicing: Invoicing = field(default_factory=Invoicing)
    costs: Costs = field(default_factory=Costs)
    footprint: EnergyModel = field(default_factory=EnergyModel)
    mail: MailServer | None = None
    fund: FundShares = field(default_factory=FundShares)
    cards: Cards = field(default_factory=Cards)
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def folder(self) -> Path:
        """The set-up's folder."""
        return self.file.parent

    @property
    def keys_folder(self) -> Path:
        """Signing keys and the pepper, mode 0600."""
        return self.folder / "keys"

    @property
    def data_folder(self) -> Path:
        """Snapshots of agents and ranges."""
        return self.folder / "data"

    @property
    def books_folder(self) -> Path:
        """Published books."""
        return self.folder / "books"

    @property
    def off_switch(self) -> Path:
        """While this file exists, everything is passed on."""
        return self.folder / "off"
