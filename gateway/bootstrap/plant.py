"""The plant: everything behind the public listener, put together once."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import process_time_ns
from typing import Any

from gateway.bootstrap.agreement_desk import AgreementDesk
from gateway.bootstrap.application_desk import applications_of
from gateway.bootstrap.bots import bots_of
from gateway.bootstrap.carrying import capacities_of
from gateway.bootstrap.correction_box import corrections_of
from gateway.bootstrap.desks import AppealBox, OfferDesk, UpstreamFiles, UsageDesk
from gateway.bootstrap.dispute_desk import disputes_of
from gateway.bootstrap.door import (
    LiveTokens,
    admission_of,
    authentication_of,
    tokens_of,
)
from gateway.bootstrap.family import ALONE, Family
from gateway.bootstrap.house import House
from gateway.bootstrap.invoicing import IsInvoiced, invoicing_of
from gateway.bootstrap.keys import relief_key_of
from gateway.bootstrap.lasting import place_of
from gateway.bootstrap.observing import Observer
from gateway.bootstrap.public_pages import public_pages_of
from gateway.bootstrap.ratifying import RatifiedPolicies
from gateway.bootstrap.relieving import Remembering, TicketDesk
from gateway.bootstrap.robots_watch import RobotsWatch
from gateway.bootstrap.taking import Listener
from gateway.bootstrap.top_ups import payments_of
from gateway.bootstrap.vote_desk import VoteDesk
from gateway.bootstrap.while_on import LabelsWhileOn, OffSwitch, WhileOn
from gateway.bootstrap.writer_watch import WriterWatch
from gateway.credentials.reader import Reader, leaked_key
from gateway.kernel.request import Headers, Request
from gateway.metering.budget import BudgetBook
from gateway.metering.usage_event import UsageEvent
from gateway.proxy.accept import Doorway
from gateway.proxy.account import Metering
from gateway.proxy.entrance import Entrance
from gateway.proxy.handler import ProxyHandler
from gateway.proxy.listener import PublicServer, make_public_server
from gateway.proxy.ongoing import Ongoing
from gateway.proxy.ports import CredentialFields
from gateway.proxy.turns import Turns
from gateway.services.admission import Admission
from gateway.services.allowances import AgreementAllowances
from gateway.services.authentication import Authentication
from gateway.services.bounded_caps import BoundedCaps
from gateway.services.caps import Caps
from gateway.services.leaks import LeakedKey
from gateway.services.policy_book import PolicyBook
from gateway.services.relief import Relief
from gateway.services.usage_recorder import RecorderHooks, UsageRecorder
from gateway.settings import Settings
from gateway.storage.group_commit import GroupCommit
from gateway.storage.published_folder import PublishedFolder
from gateway.storage.remote_writer import RemoteWriter
from gateway.storage.stores.usage_store import SqlUsageStore
from gateway.storage.stores.usage_sums import SqlUsageSums
from gateway.telemetry.hooks import Telemetry
from gateway.telemetry.log import Cut, Log
from gateway.telemetry.metrics import Metrics, Sources
from gateway.terms.agreements import OwnAgreements
from gateway.terms.appeals import Appeals
from gateway.terms.books import BookFiles
from gateway.terms.keys import KeyPage
from gateway.terms.labels import Labels
from gateway.terms.offers import Offers
from gateway.terms.publications import Publications
from gateway.terms.replays import Replays
from gateway.terms.routes import Terms
from gateway.terms.site import Site
from gateway.terms.tickets import TicketPages
from gateway.terms.usage import OwnUsage
from gateway.terms.votes import VotePages
from gateway.upstream.client import UpstreamClient
from gateway.upstream.limits import limits_of
from gateway.web.problems import Problems

BUDGET_KEY_BYTES = 32
Writer = GroupCommit | RemoteWriter


@dataclass(slots=True)
class Plant:
    """A running gateway's parts, for whoever looks after them."""

    node: str
    boot_id: str
    book: PolicyBook
    off: OffSwitch
    tokens: LiveTokens
    authentication: Authentication
    admission: Admission
    usage: SqlUsageStore
    writer: GroupCommit | RemoteWriter
    telemetry: Telemetry
    log: Log
    metrics: Metrics
    client: UpstreamClient
    observer: Remembering
    listener: Listener
    relief: Relief
    ongoing: Ongoing
    metering: Metering = field(init=False)
    reloads: set[asyncio.Future[Any]] = field(default_factory=set)

    def missed_beat(self, detail: str) -> None:
        """The store could not take a heartbeat."""
        self.log.say("heartbeat.missed", reason=detail)

    def escaped(self, error: BaseException) -> None:
        """Something happened that we were not made for."""
        self.log.say(
            "bug.escaped",
            error=type(error).__name__,
            detail=str(error),
            where=place_of(error),
        )


@asynccontextmanager
async def plant_of(
    house: House,
    family: Family = ALONE,
    *,
    node: str,
    boot_id: str,
    remote: RemoteWriter | None = None,
) -> AsyncIterator[Plant]:
    """Put everything together; what must not be lost is written at the end.

    Args:
        house: The set-up.
        family: The processes that it shares things with.
        node: Which gateway.
        boot_id: Which run of it.
        remote: The way to the process that writes usage; None to write it here.
    """
    settings = house.settings
    usage = SqlUsageStore(house.store)
    writer: Writer
    relief = family.relief_of(relief_key_of(settings))
    metrics = _metrics_of(relief, lambda: writer)
    log = _log_of(house, metrics)
    telemetry = Telemetry(metrics, log)
    book = _book_of(house, telemetry, log)
    writer = _writer_of(house, usage, log, remote=remote)
    off = OffSwitch(settings.off_switch.exists())
    listener = Listener(house.clock, book.current, _cut_of(settings))
    heard = Observer(telemetry, log, book, settings.log_requests, listener)
    tokens = LiveTokens(tokens_of(house))
    bots = bots_of(house, book.current, family.nonces(), paces=relief.paces)
    authentication = authentication_of(house, tokens)
    plant = Plant(
        node=node,
        boot_id=boot_id,
        book=book,
        off=off,
        tokens=tokens,
        authentication=authentication,
        admission=admission_of(
            house,
            switches=settings.switches,
            policies=book.current,
            authentication=authentication,
            is_off=lambda: off.is_on,
            leaked=_leaks_told(log),
            strangers=bots.corroborate,
            relief=relief,
            giving=house.giving_by(lambda: book.current().needs),
        ),
        usage=usage,
        writer=writer,
        telemetry=telemetry,
        log=log,
        metrics=metrics,
        client=_client_of(settings),
        observer=_observer_of(house, heard, relief),
        listener=listener,
        ongoing=Ongoing(authentication.revoked, house.clock),
        relief=relief,
    )
    plant.metering = metering_of(house, plant, remote or caps_of(house, plant))
    try:
        yield plant
    finally:
        await bots.close()
        await plant.client.close()
        await writer.close()
        log.stop()


def _metrics_of(relief: Relief, writer: Callable[[], Writer]) -> Metrics:
    # From memory: whoever asks for figures must neither wait for the store nor
    # make anybody wait.
    return Metrics(
        Sources(
            cpu_ns=process_time_ns,
            intents_open=lambda: writer().under_way,
            event_queue=lambda: writer().waiting,
            lane_places=relief.lane_places,
            lane_waiting=relief.lane_waiting,
            lane_requests=lambda: relief.counts,
        )
    )


def _book_of(house: House, telemetry: Telemetry, log: Log) -> PolicyBook:
    policies = RatifiedPolicies(house, log.say)
    book = PolicyBook(policies, [telemetry.policies_reloaded])
    telemetry.metrics.show_policies(book.current().version)
    return book


def _writer_of(
    house: House, usage: SqlUsageStore, log: Log, *, remote: RemoteWriter | None
) -> Writer:
    hooks = WriterWatch(log).hooks
    if remote is None:
        return GroupCommit(house.store, usage, clock=house.clock, hooks=hooks)
    remote.hooks = hooks
    return remote


def _cut_of(settings: Settings) -> Cut:
    return Cut(settings.privacy.truncate_v4, settings.privacy.truncate_v6)


def _log_of(house: House, metrics: Metrics) -> Log:
    cut = _cut_of(house.settings)
    log = Log(sys.stderr, clock=house.clock, cut=cut, on_drop=metrics.log_line_dropped)
    log.start()
    return log


def _client_of(settings: Settings) -> UpstreamClient:
    places = settings.limits.upstream_connections
    return UpstreamClient(settings.upstreams, limits=limits_of(places))


def _observer_of(house: House, observer: Observer, relief: Relief) -> Remembering:
    return Remembering(observer, relief, house.settings.switches, house.clock)


def server_of(house: House, plant: Plant) -> PublicServer:
    """The public listener's server, with the handler and everything it asks."""
    settings = house.settings
    site = Site(settings.public_url, plant.book.current, lambda: settings.switches)
    asks = bool(settings.evidence.web_bot_auth)
    problems = Problems(plant.book.current, site.origin, asks)
    terms = _terms(house, plant, site, problems=problems)
    plant.relief.forbids = RobotsWatch(terms.publications, plant.escaped)
    handler = ProxyHandler(
        plant.admission,
        plant.client,
        plant.metering,
        problems,
        plant.admission.pressure,
        credential_fields_of(settings.public_url),
        house.clock,
        next(iter(settings.upstreams)),
        own=WhileOn(plant.off, terms, _leaks_told(plant.log)),
        labels=LabelsWhileOn(plant.off, Labels(site)),
        observer=plant.observer,
        turns=Turns(plant.relief, house.clock, plant.relief.instead),
        reads=plant.observer.reads,
        ongoing=plant.ongoing,
    )
    doorway = Doorway(settings.public_url.partition(":")[0], settings.trusted_proxies)

    entrance = Entrance(
        handler,
        problems,
        doorway,
        settings.limits,
        house.ids,
        house.clock,
        plant.escaped,
        express=handler,
    )
    return make_public_server(entrance)


def metering_of(house: House, plant: Plant, caps: Caps | RemoteWriter) -> Metering:
    """Intents, events and caps: kept here, or asked of the writer's process."""
    hooks = RecorderHooks(failed=_failed_to(plant.log))
    recorder = UsageRecorder(plant.writer, clock=house.clock, caps=caps, hooks=hooks)
    is_invoiced = _is_invoiced(house, plant)
    return Metering(recorder, caps, house.clock, plant.node, plant.boot_id, is_invoiced)


def caps_of(house: House, plant: Plant) -> Caps:
    """What agreements may still take, exact in this process."""
    return BoundedCaps(
        AgreementAllowances(
            house.books,
            parties=house.identities,
            seller=house.drafting.seller,
            is_invoiced=_is_invoiced(house, plant),
        ),
        plant.usage,
        sums=SqlUsageSums(house.store),
        capacities=capacities_of(house, plant.book.current, plant.usage.last_seq),
        clock=house.clock,
        node=plant.node,
    )


def _is_invoiced(house: House, plant: Plant) -> IsInvoiced:
    """By the policies in force, which may be reloaded."""
    return invoicing_of(house.settings, plant.book.current)


def credential_fields_of(issuer: str) -> CredentialFields:
    """Names the fields that carry a credential of ours."""
    read = Reader(issuer)

    def fields(headers: Headers) -> tuple[str, ...]:
        presented = read(headers)
        return presented.fields if presented else ()

    return fields


def _terms(house: House, plant: Plant, site: Site, *, problems: Problems) -> Terms:
    """What machines read first, and the desks behind it."""
    clock, is_invoiced = house.clock, _is_invoiced(house, plant)
    budgets = BudgetBook(key=secrets.token_bytes(BUDGET_KEY_BYTES))

    def upstream_of(asked: Request) -> str:
        collection = plant.admission.collection_of(asked)
        default = next(iter(house.settings.upstreams))
        return collection.upstream if collection else default

    return Terms(
        site,
        Publications(site, UpstreamFiles(plant.client, upstream_of), clock),
        Offers(
            site,
            OfferDesk(house, is_invoiced),
            budgets,
            Replays(clock),
            clock,
            applications_of(house, plant.book.current, site, say=plant.log.say),
        ),
        OwnUsage(plant.admission, UsageDesk(house, is_invoiced)),
        Appeals(site, AppealBox(house, plant.log.say), budgets, clock, house.ids),
        corrections_of(house, site, say=plant.log.say, budgets=budgets),
        TicketPages(
            site, TicketDesk(plant.relief, plant.book.current, clock), problems
        ),
        OwnAgreements(plant.admission, AgreementDesk(house)),
        KeyPage(house.jwks, clock),
        BookFiles(PublishedFolder(house.settings.books_folder)),
        VotePages(plant.authentication, VoteDesk(house)),
        public_pages_of(house, site),
        payments_of(house, plant.admission, budgets=budgets, clock=clock),
        disputes_of(
            house, plant.admission, budgets=budgets, clock=clock, say=plant.log.say
        ),
    )


def _leaks_told(log: Log) -> LeakedKey:
    """Finds keys in addresses, and tells the operator which to replace."""

    def told(target: str) -> str | None:
        shown = leaked_key(target)
        if shown is not None:
            log.say("key.leaked", key=shown, remedy="`copyfair key rotate`")
        return shown

    return told


def _failed_to(log: Log) -> Callable[[UsageEvent, str], None]:
    def failed(event: UsageEvent, code: str) -> None:
        log.say("usage.refused", request_id=event.id, error=code)

    return failed
