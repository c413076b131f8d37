"""Simulating: the real admission on a virtual clock, asked about past traffic.

No store is opened and no key is known: a log holds no credentials. Both switches are
full unless somebody says otherwise, whatever a collection has, so that the answers are
those of `copyfair explain`.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.access_logs.blocks import STDIN
from gateway.access_logs.past_log import in_processes, past_logs
from gateway.bootstrap.nobody import NobodyAsked, Unsigned, never
from gateway.bootstrap.shipped import policies_of, shipped_policies
from gateway.identity.principal import ANONYMOUS, Identified
from gateway.kernel.errors import InvalidValue
from gateway.kernel.past import PastBlock
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import Redirect
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import FULL, Switches
from gateway.metering.budget import BudgetBook
from gateway.policy_files.loader import load
from gateway.proxy.accept import REFUSED_METHODS, Doorway, Wire, accept
from gateway.proxy.canonical import policy_reading
from gateway.services.admission import Admission
from gateway.services.agreement_book import AgreementBook
from gateway.services.corroboration import Corroboration
from gateway.services.pressure import Pressure
from gateway.services.relief import Relief
from gateway.services.simulation.gate import Gate, VirtualClock
from gateway.services.simulation.load import UNIT_US, Load, PressureModel
from gateway.services.simulation.places import PLAIN, Place, Reading
from gateway.services.simulation.replay import Replay
from gateway.services.simulation.tally import Tally
from gateway.settings import Settings
from gateway.telemetry.privacy import truncated
from gateway.terms.own_paths import is_ours

ANY_HOST = "archive.example"
PROCESSES_FROM_BYTES = 64 * 1024 * 1024
COLLECTED_EVERY = 64
"""Blocks between two looks for garbage: about 300,000 lines."""
# Only tells budgets apart within one run; nothing it hashes is kept.
BUDGET_KEY = b"one replay, then forgotten......"


def silently(lines: int) -> None:
    """Nobody watches how far it is."""


class Nobody:
    """An authenticator for requests without credentials."""

    def at_once(self, asked: Request, *, now_ns: int) -> Identified | None:
        """See `gateway.identity.ports.Authenticator`."""
        return ANONYMOUS

    async def identify(self, asked: Request) -> Identified:
        """See `gateway.identity.ports.Authenticator`."""
        return ANONYMOUS


class NoAgreements:
    """An agreement source that holds none."""

    def agreements_of(self, party_id: str) -> tuple[()]:
        """See `gateway.services.agreement_book.AgreementSource`."""
        return ()


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is to be replayed.

    Attributes:
        paths: The logs; `-` is standard input.
        said: Their format; empty to recognise it.
        switches: How far answers act.
        model: When there is pressure.
        unit_us: How long one cost unit keeps the archive busy, microseconds.
        jobs: Processes that parse, beside this one; None for what the size asks for.
        host: The host of logs that do not say it; empty for that of the set-up.
    """

    paths: Sequence[str]
    said: str = ""
    switches: Switches = FULL
    model: PressureModel = PressureModel.LOG
    unit_us: int = UNIT_US
    jobs: int | None = None
    host: str = ""
    on_lines: Callable[[int], None] = field(default=silently, repr=False)

    def run(
        self, policy_sets: Iterable[PolicySet], settings: Settings | None = None
    ) -> list[Tally]:
        """Replay the logs once through each policy set, in one pass.

        Raises:
            InvalidValue: no known format fits a log.
            OSError: a log cannot be read.
        """
        replays = [self.replay(each, settings) for each in policy_sets]
        with ExitStack() as stack:
            stack.enter_context(seldom_collected())
            parse_all = stack.enter_context(in_processes(self._jobs()))
            blocks = past_logs(self.paths, said=self.said, parse_all=parse_all)
            for number, block in enumerate(blocks, start=1):
                _take(replays, block)
                self.on_lines(block.lines)
                if number % COLLECTED_EVERY == 0:
                    gc.collect()
        return [each.finish() for each in replays]

    def replay(
        self, policies: PolicySet, settings: Settings | None, *, settles: bool = True
    ) -> Replay:
        """A replay that has seen nothing yet."""
        clock = VirtualClock()
        policies = unswitched(policies)
        pressure = Pressure(clock)
        relief = Relief(BUDGET_KEY)
        known = Corroboration(Unsigned(), NobodyAsked(), lambda: policies.ranges, clock)
        admission = admission_of_nobody(
            policies, self.switches, pressure, known=known, relief=relief
        )
        load = Load(pressure, self.model, self.unit_us)
        for collection in policies.collections:
            load.press(collection.upstream)
        v4_bits = settings.privacy.truncate_v4 if settings else 24
        v6_bits = settings.privacy.truncate_v6 if settings else 48
        return Replay(
            Gate(admission, clock, load),
            reading_of(admission),
            lambda address: truncated(address, v4_bits=v4_bits, v6_bits=v6_bits),
            known,
            relief,
            host=self.host or _host_of(policies, settings),
            settles=settles,
        )

    def _jobs(self) -> int:
        if self.jobs is not None:
            return self.jobs
        sizes = [Path(path).stat().st_size for path in self.paths if path != STDIN]
        if STDIN in self.paths or sum(sizes) < PROCESSES_FROM_BYTES:
            return 0
        return max(1, (os.cpu_count() or 1) - 1)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for garbage in circles when told to: blocks are many small values without
    any, and looking through them again and again is a quarter of the whole price.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _take(replays: list[Replay], block: PastBlock) -> None:
    for replay in replays:
        replay.take(block)


def policies_in(folder: Path | None, settings: Settings | None) -> PolicySet:
    """The policies of a folder, else of a set-up, else those that are shipped."""
    if folder is None:
        return policies_of(settings)
    return load(folder, shipped=shipped_policies())


def unswitched(policies: PolicySet) -> PolicySet:
    """The same policies, none of whose collections has switches of its own."""
    plain = tuple(
        replace(each, protect=None, licence_mode=None) for each in policies.collections
    )
    return replace(policies, collections=plain)


def admission_of_nobody(
    policies: PolicySet,
    switches: Switches,
    pressure: Pressure,
    *,
    known: Corroboration,
    relief: Relief,
) -> Admission:
    """The admission that live requests meet, where nobody has a credential."""
    clock = pressure.clock
    return Admission(
        authenticator=Nobody(),
        agreements=AgreementBook(NoAgreements(), _never_run, clock),
        policies=lambda: policies,
        budgets=BudgetBook(key=BUDGET_KEY),
        pressure=pressure,
        switches=switches,
        clock=clock,
        is_off=never,
        strangers=replace(known, paces=relief.paces),
    )


async def _never_run(call: Callable[[], object]) -> object:
    return call()


def reading_of(admission: Admission) -> Reading:
    """What an address of a log means to the gateway: as `proxy.accept` reads it."""

    def read(method: str, target: str, host: str) -> Place | None:
        plain = PLAIN.fullmatch(target)
        if plain is not None and method not in REFUSED_METHODS:
            path, query = plain[1], plain[2] or ""
            return Place(method, target, host=host, path=path, query=query)
        fields = Headers((("Host", host),))
        wire = Wire("", method, target, (1, 1), fields, "192.0.2.1", 0)
        asked = accept(wire, Doorway(scheme="https"))
        if not isinstance(asked, Request):
            return None
        seen: Request | Redirect = asked
        try:
            if not is_ours(asked.path):
                seen = policy_reading(asked, admission.collection_of)
        except InvalidValue:
            return None
        if isinstance(seen, Redirect):
            seen = asked
        return Place(method, target, host=seen.host, path=seen.path, query=seen.query)

    return read


def _host_of(policies: PolicySet, settings: Settings | None) -> str:
    if settings is not None and settings.public_url:
        return settings.public_url.partition("://")[2].partition(":")[0].rstrip("/")
    hosts = [host for each in policies.collections for host in each.hosts]
    # The starter covers every host; a sample collection names one of its own.
    anywhere = any(not each.hosts for each in policies.collections)
    return ANY_HOST if anywhere or not hosts else hosts[0]
