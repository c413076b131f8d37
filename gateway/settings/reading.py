"""gateway.yaml and the environment, read once; every fault at once.

The environment may override what differs between machines (`COPYFAIR_LISTEN`,
`COPYFAIR_ADMIN_LISTEN`, `COPYFAIR_STORE`) and holds secrets
(`COPYFAIR_PEPPER`); secrets never stand in YAML.
"""

from __future__ import annotations

import os
from dataclasses import fields
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

from gateway.access_logs.formats import FORMATS
from gateway.billing.paper import LANGUAGES
from gateway.credentials.signature_agent import EVERY, Profile
from gateway.credentials.signed_note import NoteKey, note_key
from gateway.identity.validity import VALID_DAYS
from gateway.kernel.errors import Misconfigured
from gateway.kernel.money import money
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.policy_files.faults import Fault, Faults, Mark
from gateway.policy_files.quantities import price_micros
from gateway.policy_files.reader import Mapping, read_noting
from gateway.proxy.limits import ConnectionLimits
from gateway.settings.footprint import footprint_of
from gateway.settings.identifiers import bic, iban, vat_id, vatex
from gateway.settings.mail import mail_of
from gateway.settings.rounds import rounds_of
from gateway.settings.section import (
    Section,
    country,
    currency,
    days,
    http_url,
    listen_address,
    operator_fee,
    percent,
    seconds,
    store_url,
)
from gateway.settings.seller import check_seller
from gateway.settings.values import (
    BASIS_POINTS,
    CARD_PROVIDERS,
    LOG_REQUESTS,
    LOOPS,
    SELLERS,
    STRIPE_API,
    AccessLog,
    Address,
    Cards,
    Costs,
    Evidence,
    FundShares,
    Invoicing,
    Network,
    Privacy,
    Settings,
    Tls,
)
from gateway.settings.voting import voting_of

WORKERS_MAX = 64
# No other command says what is wrong with this file, and it has few keys.
FAULTS_SHOWN_MAX = 100
YES_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False}
PROFILES = {
    "every": EVERY,
    **{profile.value: frozenset((profile,)) for profile in Profile},
    "off": frozenset[Profile](),
}
SHIPPED = ConnectionLimits()
LIMIT_MAX = 1024**4
# The most a Linux socket keeps unsent by default (net.ipv4.tcp_wmem).
UNSENT_KIB = 4 * 1024
UNSENT_KIB_MAX = 1024 * 1024
UNIX = "unix:"
DECIDE_LISTEN = "127.0.0.1:8702"
VALID_DAYS_MAX = 36_500
VALID_DAYS_KEYS = MappingProxyType(
    {
        "vies_days": "vies",
        "register_days": "register",
        "domain_days": "domain-challenge",
        "transfer_days": "bank-transfer",
        "orcid_days": "orcid",
    }
)
REMIND_AFTER = Invoicing().remind_after
LOOPBACK = ip_address("127.0.0.1")


def read_settings(file: Path) -> Settings:
    """Read gateway.yaml and the environment.

    Raises:
        Misconfigured: the file does not exist or cannot be read.
        Faults: every fault in it, with line and column.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        detail = f"cannot read {file}: {error.strerror}; `copyfair init` writes one"
        raise Misconfigured(detail) from None
    node, faults = read_noting(str(file), raw)
    if not isinstance(node, Mapping):
        detail = "gateway.yaml is a list of `key: value`"
        raise Faults(faults or [Fault(Mark(str(file)), detail)])
    section = Section(node, "", faults)
    settings = _settings(section, file.resolve())
    if section.faults:
        raise Faults(section.faults, shown_max=FAULTS_SHOWN_MAX)
    return settings


def _settings(section: Section, file: Path) -> Settings:
    environment = {
        name: value for name, value in os.environ.items() if name.startswith("COPYFAIR")
    }
    store = section.text("store", store_url)
    listen = section.address("listen", "127.0.0.1:8700", environment)
    admin = section.address("admin_listen", "127.0.0.1:8701", environment)
    upstreams = section.section("upstreams", required=True)
    urls = {name: upstreams.text(name, http_url) for name in upstreams.names()}
    decide_for, decide_listen = _forward_auth(
        section.section("forward_auth"), file.parent
    )
    settings = Settings(
        file=file,
        public_url=section.text("public_url", http_url),
        listen=listen,
        admin_listen=admin,
        upstreams=MappingProxyType(urls),
        policies=file.parent / section.text("policies", str, default="policies"),
        store=environment.get("COPYFAIR_STORE", store),
        data_key=_data_key(section),
        trusted_proxies=section.networks("trusted_proxies"),
        proxy_protocol=section.choice("proxy_protocol", YES_NO, "no"),
        tls=_tls(section, file),
        limits=_limits(section.section("limits")),
        loop=section.choice("loop", {word: word for word in LOOPS}, "auto"),
        workers=section.number("workers", 1, at_least=1, at_most=WORKERS_MAX),
        drain_s=section.text("drain", seconds, default=30),
        decide_for=decide_for,
        decide_listen=decide_listen,
        access_log=_access_log(section.section("access_log"), file.parent),
        log_requests=_log(section.section("log")),
        switches=Switches(
            section.choice("protect", {word.value: word for word in Protect}, "watch"),
            section.choice(
                "licence_mode", {mode.word: mode for mode in LicenceMode}, "off"
            ),
        ),
        evidence=_evidence(section.section("evidence")),
        privacy=_privacy(section.section("privacy")),
        invoicing=_invoicing(section.section("invoicing")),
        costs=_costs(section.section("costs")),
        fund=_fund(section.section("fund")),
        footprint=footprint_of(section.section("footprint")),
        cards=_cards(section.section("cards")),
        mail=mail_of(section.section("mail"), file.parent, environment),
        environment=MappingProxyType(environment),
    )
    if settings.proxy_protocol and not settings.trusted_proxies:
        section.fault_at_start("proxy_protocol needs trusted_proxies")
    section.close()
    return settings


def _data_key(section: Section) -> NoteKey | None:
    """The key that snapshots are signed with, if one is pinned."""

    def pinned(text: str) -> tuple[NoteKey | None]:
        return (note_key(text),)

    none: tuple[NoteKey | None] = (None,)
    return section.text("data_key", pinned, default=none)[0]


def _tls(section: Section, file: Path) -> Tls | None:
    """Both files, or neither; relative to the set-up's folder."""
    tls = section.section("tls")
    found = Tls(
        file.parent / tls.text("certificate", str, default=""),
        file.parent / tls.text("key", str, default=""),
    )
    if tls.names() and not {"certificate", "key"} <= set(tls.names()):
        tls.fault_at_start("tls needs `certificate` and `key`, two PEM files")
    tls.close()
    return found if tls.names() else None


def _limits(section: Section) -> ConnectionLimits:
    """Each limit under its own name; what is not written stays as shipped."""
    limits = ConnectionLimits(
        **{
            limit.name: section.number(
                limit.name, getattr(SHIPPED, limit.name), at_most=LIMIT_MAX
            )
            for limit in fields(ConnectionLimits)
        }
    )
    for limit in fields(ConnectionLimits):
        if not getattr(limits, limit.name) and not limit.name.endswith("rate_min"):
            section.fault_at_start(f'"limits.{limit.name}" is at least 1')
    section.close()
    return limits


def _forward_auth(
    section: Section, folder: Path
) -> tuple[tuple[Network, ...], Address | Path | None]:
    """Who asks, and at which door; a Unix socket relative to the set-up's folder."""
    trusted = section.networks("trusted")

    def door(text: str) -> tuple[Address | Path]:
        is_unix = text.startswith(UNIX) and len(text) > len(UNIX)
        return (folder / text[len(UNIX) :] if is_unix else listen_address(text),)

    (listen,) = section.text("listen", door, default=door(DECIDE_LISTEN))
    is_written = "listen" in section.names()
    if is_written and not trusted:
        section.fault_at_start("forward_auth.listen needs forward_auth.trusted")
    elif isinstance(listen, Path) and not any(LOOPBACK in one for one in trusted):
        section.fault_at_start(
            f"who comes through a Unix socket counts as {LOOPBACK}; add it to"
            " forward_auth.trusted"
        )
    section.close()
    return trusted, listen if is_written else None


def _access_log(section: Section, folder: Path) -> AccessLog | None:
    file = section.text("file", str, default="")
    form = section.choice("format", {word: word for word in FORMATS}, "nginx")
    unsent = section.number("unsent_kib", UNSENT_KIB, at_most=UNSENT_KIB_MAX)
    if not file and (form, unsent) != ("nginx", UNSENT_KIB):
        section.fault_at_start("an access log needs its `file`")
    section.close()
    return AccessLog(folder / file, form, unsent * 1024) if file else None


def _evidence(section: Section) -> Evidence:
    told = Evidence(
        web_bot_auth=section.choice("web_bot_auth", PROFILES, "every"),
        reverse_dns=section.choice("reverse_dns", YES_NO, "yes"),
        loopback=section.choice("loopback", YES_NO, "no"),
        registers=section.text("registers", str, default="").rstrip("/"),
        valid_days=_valid_days(section),
    )
    section.close()
    return told


def _valid_days(section: Section) -> dict[str, int]:
    """How long proofs hold, by who proved it."""
    return {
        source: section.number(key, VALID_DAYS[source], at_most=VALID_DAYS_MAX)
        for key, source in VALID_DAYS_KEYS.items()
    }


def _log(section: Section) -> str:
    """Which requests get a line."""
    requests = section.choice(
        "requests", {word: word for word in LOG_REQUESTS}, "notable"
    )
    section.close()
    return requests


def _privacy(section: Section) -> Privacy:
    privacy = Privacy(
        truncate_v4=section.number("truncate_v4", 24, at_most=24),
        truncate_v6=section.number("truncate_v6", 48, at_most=48),
        retention_days=section.text("retention", days, default=30),
    )
    section.close()
    return privacy


def _invoicing(section: Section) -> Invoicing:
    invoicing = Invoicing(
        seller=section.choice("seller", {word: word for word in SELLERS}, "none"),
        name=section.text("name", str, default=""),
        on_behalf_of=section.text("on_behalf_of", str, default=""),
        mandate=section.text("mandate", str, default=""),
        country=section.text("country", country, default=""),
        vat_id=section.text("vat_id", vat_id, default=""),
        tax_id=section.text("tax_id", str, default=""),
        register_number=section.text("register_number", str, default=""),
        address=section.text("address", str, default=""),
        postcode=section.text("postcode", str, default=""),
        city=section.text("city", str, default=""),
        email=section.text("email", str, default=""),
        vat_bp=section.text("vat", percent, default=0),
        vat_exemption=section.text("vat_exemption", str, default=""),
        vat_exemption_code=section.text("vat_exemption_code", vatex, default=""),
        currency=section.text("currency", currency, default="EUR"),
        iban=section.text("iban", iban, default=""),
        bic=section.text("bic", bic, default=""),
        language=section.choice("language", {one: one for one in LANGUAGES}, "en"),
        logo=section.text("logo", str, default=""),
        terms_days=section.number("terms_days", 30, at_most=365),
        remind_after=section.listing("remind_after", days, default=REMIND_AFTER),
        remind_unverified_from=section.listing("remind_unverified_from", money),
        in_kind_hour=section.listing("in_kind_hour", money),
        carry_below=section.listing("carry_below", money),
    )
    if list(invoicing.remind_after) != sorted({*invoicing.remind_after} - {0}):
        section.fault_at_start(
            "remind_after names days overdue, 1d or more, each later than the last"
        )
    for key in ("remind_unverified_from", "in_kind_hour", "carry_below"):
        named = [each.currency for each in getattr(invoicing, key)]
        if len(named) != len({*named}):
            section.fault_at_start(f"{key} names one amount for each currency")
    check_seller(section, invoicing)
    section.close()
    return invoicing


def _costs(section: Section) -> Costs:
    """Both prices, and where they stand; or nothing."""
    costs = Costs(
        cpu_hour_micros=section.text("cpu_hour", price_micros, default=0),
        egress_gib_micros=section.text("egress_gib", price_micros, default=0),
        currency=section.text("currency", currency, default="EUR"),
        source=section.text("source", str, default=""),
    )
    if {"cpu_hour", "egress_gib"} & set(section.names()) and not costs.source:
        section.fault_at_start(
            "costs need a `source`: where the figures stand, such as a hoster's bill"
        )
    if costs.source and not (costs.cpu_hour_micros or costs.egress_gib_micros):
        section.fault_at_start("costs are `cpu_hour` or `egress_gib`, above 0")
    section.close()
    return costs


def _cards(section: Section) -> Cards:
    cards = Cards(
        provider=section.choice(
            "provider", {word: word for word in CARD_PROVIDERS}, "none"
        ),
        api=section.text("api", str, default=STRIPE_API).rstrip("/"),
    )
    section.close()
    return cards


def _fund(section: Section) -> FundShares:
    shares = FundShares(
        operator_fee_bp=section.text("operator_fee", operator_fee, default=500),
        reserve_bp=section.text("reserve", percent, default=1_000),
        labour_bp=section.text("labour", percent, default=2_500),
        solidarity_bp=section.text("solidarity", percent, default=1_000),
        barred=section.references("barred"),
        voting=voting_of(section),
        rounds=rounds_of(section),
        has_public_pages=section.choice(
            "public_pages", {"on": True, "off": False}, "on"
        ),
    )
    if shares.operator_fee_bp + shares.reserve_bp > BASIS_POINTS:
        section.fault_at_start("operator_fee and reserve are more than the whole")
    if shares.labour_bp + shares.solidarity_bp > BASIS_POINTS:
        section.fault_at_start("labour and solidarity are more than what remains")
    section.close()
    return shares
