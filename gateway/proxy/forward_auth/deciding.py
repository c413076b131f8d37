"""Deciding for a front server: the verbs before forwarding, and nothing after them.

`ForwardAuth` knows no HTTP library: a `Wire` comes in and an `Answer` goes out. Yes is
200 with the fields that the front server needs; no is the answer that inline would
have given, or, to a server that cannot relay it, 403 and where to fetch it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from gateway.identity.principal import Principal
from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError, InvalidValue
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import (
    PASSES,
    Allow,
    Decision,
    Deny,
    Meter,
    Redirect,
    Throttle,
)
from gateway.metering.admit import Admitted
from gateway.metering.relief.turn import Turn
from gateway.metering.usage_reference import Seal, UsageReference
from gateway.proxy.accept import Doorway, Wire, accept
from gateway.proxy.canonical import policy_reading
from gateway.proxy.client_address import Network, is_trusted, read_address
from gateway.proxy.exchange import Answer, HeaderPairs
from gateway.proxy.forward_auth.adapters import Adapter
from gateway.proxy.forward_auth.holds import Holds
from gateway.proxy.forward_auth.kept_answers import KeptAnswers
from gateway.proxy.metered_fields import metered_fields
from gateway.proxy.ports import (
    NO_PAGES,
    Admission,
    CredentialFields,
    Observer,
    Outcome,
    OwnPages,
    unobserved,
)
from gateway.proxy.refusal import Refusal
from gateway.proxy.route import FULL
from gateway.proxy.visit import PASSED_ON, Visit
from gateway.reciprocity.spending import account_of
from gateway.web.problems import Problems

CONSUMED, USAGE, KEPT, STATUS = (
    "Copyfair-Consumed",
    "Copyfair-Usage",
    "Copyfair-Answer",
    "Copyfair-Status",
)
NO = 403
PEERS_MAX = 256


@dataclass(frozen=True, slots=True)
class Read:
    """What a front server told.

    Attributes:
        asked: The reader's request, accepted.
        front_id: The front server's own id of it, or empty.
    """

    asked: Request
    front_id: str


@dataclass(frozen=True, slots=True)
class ForwardAuth:
    """Answers front servers.

    Attributes:
        admission: The same as inline.
        problems: Says no, and why.
        doorway: Whose forwarding fields count.
        fronts: Networks of the front servers; nobody else is answered.
        credential_fields: Which fields carry a credential of ours.
        holds: What agreements hold until the log tells what passed.
        seal: Seals what a log line shall say.
        clock: How long things take.
        own: The addresses that are answered by the gateway itself.
        observer: Hears what became of each request.
        is_invoiced: Says whether usage of a collection may be owed now.
        kept: Answers to fetch.
    """

    admission: Admission
    problems: Problems
    doorway: Doorway
    fronts: Sequence[Network]
    credential_fields: CredentialFields
    holds: Holds
    seal: Seal
    clock: Clock
    own: OwnPages = NO_PAGES
    observer: Observer = unobserved
    is_invoiced: Callable[[str], bool] = lambda _: True
    kept: KeptAnswers = field(default_factory=KeptAnswers)
    _known_peers: dict[str, bool] = field(default_factory=dict, repr=False)

    async def decide_of(self, wire: Wire, adapter: Adapter) -> Answer:
        """The answer to a front server about one request of a reader."""
        read = self.read(wire, adapter)
        if isinstance(read, Answer):
            return read
        return await self.answer(read.asked, read.front_id, adapter)

    def read(self, wire: Wire, adapter: Adapter) -> Read | Answer:
        """The one reading of what a front server tells; or the answer to it."""
        if not self.is_front(wire.peer):
            return self._stranger(wire)
        try:
            asking = adapter.read(wire)
        except InvalidValue as fault:
            return self._told(self._malformed(fault.detail, wire), wire.id, adapter)
        accepted = accept(asking.wire, self.doorway)
        if isinstance(accepted, Answer):
            return self._told(accepted, wire.id, adapter)
        if isinstance(accepted, Refusal):
            answer = self.problems.malformed(
                accepted.code, accepted.detail, accepted.asked, headers=accepted.headers
            )
            return self._told(answer, wire.id, adapter)
        return Read(accepted, asking.front_id)

    async def answer(self, asked: Request, front_id: str, adapter: Adapter) -> Answer:
        """The answer about a request that has one reading."""
        return await self.rest(self.visit_of(asked), front_id, adapter)

    def visit_of(self, asked: Request) -> Visit:
        """A request that has one reading begins."""
        return Visit(asked, self.clock.ticks_ns())

    def at_once(self, visit: Visit, front_id: str, adapter: Adapter) -> Answer | None:
        """The answer, where nobody has to be waited for.

        Returns:
            None where somebody has to: `rest` goes on from where it is, and nothing is
            spent twice.
        """
        try:
            if not self._is_judged(visit) or visit.meter or visit.rung != FULL:
                return None
            answer = self._said(front_id, visit)
        except GatewayError as error:
            answer = self._failed(visit, error)
        return self._ended(visit, answer, adapter)

    async def rest(self, visit: Visit, front_id: str, adapter: Adapter) -> Answer:
        """The answer, with time to wait."""
        try:
            await self._decide(visit)
            answer = self._said(front_id, visit)
        except GatewayError as error:
            answer = self._failed(visit, error)
        return self._ended(visit, answer, adapter)

    def is_front(self, peer: str) -> bool:
        """Is it one of the front servers that are answered?"""
        known = self._known_peers.get(peer)
        if known is None:
            known = is_trusted(read_address(peer), self.fronts)
            if len(self._known_peers) < PEERS_MAX:
                self._known_peers[peer] = known
        return known

    def nothing_here(self, wire: Wire) -> Answer:
        """The answer at an address that is no question."""
        detail = "front servers ask at /decide/ and their name"
        return self.problems.malformed("not-found", detail, _nowhere(wire))

    def kept_for(self, wire: Wire, request_id: str) -> Answer:
        """The answer that a front server comes to fetch."""
        if not self.is_front(wire.peer):
            return self._stranger(wire)
        answer = self.kept.of(request_id)
        if answer is None:
            detail = "this answer is not kept any more; ask again"
            return self.problems.malformed(
                "unavailable", detail, _nowhere(wire), headers=(("Retry-After", "1"),)
            )
        return answer

    def _said(self, front_id: str, visit: Visit) -> Answer:
        """What was decided, as an answer."""
        decision = visit.decision
        if isinstance(decision, PASSES):
            return self._yes(front_id, visit)
        if decision is None:
            raise InvalidValue("nothing was decided")
        return self.problems.refusal(decision, visit.asked)

    def _failed(self, visit: Visit, error: GatewayError) -> Answer:
        visit.stopped_by(error)
        return self.problems.failure(error, visit.asked)

    def _ended(self, visit: Visit, answer: Answer, adapter: Adapter) -> Answer:
        """Tell the observer, and the front server in its words."""
        visit.status = answer.status
        self.observer(_outcome(visit, self.clock))
        return self._told(answer, visit.asked.id, adapter)

    def _is_judged(self, visit: Visit) -> bool:
        """Judge it, unless that was done; False where somebody has to be waited for."""
        if visit.decision is not None:
            return True
        if self.own.is_ours(visit.asked.path):
            visit.decision = PASSED_ON
            return True
        admission = self.admission
        reading = policy_reading(visit.asked, admission.collection_of)
        if isinstance(reading, Redirect):
            visit.decision = reading
            return True
        visit.asked = reading
        judged = admission.at_once(reading, now_ns=visit.began_ns)
        if judged is None:
            return False
        visit.judged(judged)
        return True

    async def _decide(self, visit: Visit) -> None:
        if not self._is_judged(visit):
            visit.decided(await self._in_steps(visit))
        # A lane holds where an answer's end is seen: a front server's is not.
        decision = visit.decision
        if isinstance(decision, PASSES):
            visit.decision = await self._deliverable(visit, decision)

    async def _in_steps(self, visit: Visit) -> Decision | Turn:
        """Verb by verb, where something has to be waited for."""
        admission, asked = self.admission, visit.asked
        visit.collection = admission.collection_of(asked)
        visit.policy_version = admission.policies().version
        visit.identified = await admission.identify(asked)
        visit.facts = admission.classify(asked, visit.identified)
        decision = admission.decide(asked, visit.identified, visit.facts)
        if not isinstance(decision, PASSES):
            return decision
        admitted = admission.admit(asked, visit.identified, decision)
        return admitted.decision if isinstance(admitted, Admitted) else admitted

    async def _deliverable(self, visit: Visit, decision: Allow | Meter) -> Decision:
        """Whether a front server can give it, and the agreement has something left."""
        if decision.rung != FULL:
            reason = "This form of the collection is given by the gateway inline only."
            contact = visit.collection.contact if visit.collection else ""
            return Deny(replace(decision.ruling, reason=reason), contact)
        meter = visit.meter
        if meter is None or meter.spends_standing:
            return decision
        asked = visit.asked
        who = visit.identified
        held = await self.holds.take(
            asked.id,
            asked.method,
            meter,
            is_test=_is_test(visit),
            key_id=who.key_id if isinstance(who, Principal) else "",
            collection=visit.collection.id if visit.collection else "",
            cheaper_door=visit.collection.dump if visit.collection else "",
        )
        if isinstance(held, Throttle):
            return held
        visit.room = held
        return decision

    def _yes(self, front_id: str, visit: Visit) -> Answer:
        asked = visit.asked
        headers: HeaderPairs = (("Request-Id", asked.id),)
        if consumed := self.credential_fields(asked.headers):
            headers += ((CONSUMED, ", ".join(consumed)),)
        if visit.meter is not None:
            reference = self._reference(front_id, visit, visit.meter)
            headers += (
                *metered_fields(visit.meter, visit.room),
                (USAGE, self.seal.sealed(reference)),
            )
        return Answer(200, headers)

    def _reference(self, front_id: str, visit: Visit, meter: Meter) -> UsageReference:
        who = visit.identified
        party = who if isinstance(who, Principal) else None
        whose = meter.agreement_id
        if meter.spends_standing and party is not None:
            whose = account_of(party.party.id)
        collection = meter.ruling.collection
        return UsageReference(
            visit.asked.id,
            front_id,
            whose,
            party.party.id if party else "",
            party.key_id if party else "",
            collection,
            meter.tariff,
            meter.tariff_version,
            visit.facts.word("use.class") if visit.facts else "unknown",
            meter.priced_at_zero,
            meter.floor_bracket,
            _is_test(visit),
            not self.is_invoiced(collection),
            visit.policy_version,
            visit.asked.received_us,
        )

    def _told(self, answer: Answer, request_id: str, adapter: Adapter) -> Answer:
        """In the words that this kind of front server understands."""
        if adapter.relays or answer.status < 300:
            return answer
        self.kept.keep(request_id, answer)
        status = str(answer.status)
        return Answer(NO, ((KEPT, request_id), (STATUS, status)))

    def _stranger(self, wire: Wire) -> Answer:
        detail = "forward-auth answers the front servers that gateway.yaml names"
        return self.problems.malformed("deny", detail, _nowhere(wire))

    def _malformed(self, detail: str, wire: Wire) -> Answer:
        return self.problems.malformed("bad-request", detail, _nowhere(wire))


def _is_test(visit: Visit) -> bool:
    return isinstance(visit.identified, Principal) and visit.identified.is_test


def _nowhere(wire: Wire) -> Request:
    """A request without a place, to answer in the client's dialect."""
    return Request(
        wire.id,
        wire.method,
        "http",
        host="",
        authority="",
        target="/",
        path="/",
        headers=Headers(wire.headers.pairs),
        received_us=wire.received_us,
    )


def _outcome(visit: Visit, clock: Clock) -> Outcome:
    return Outcome(
        visit.asked,
        visit.status,
        0,
        clock.ticks_ns() - visit.began_ns,
        visit.facts,
        visit.decision,
        error=visit.error,
    )
