"""Asking the policies about a request that nobody sent.

The request is read by the same code as one on the wire, and answered by the same
admission, with both switches on; nothing is consumed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gateway.api.ports import Question
from gateway.bootstrap.bots import bots_of
from gateway.bootstrap.door import admission_of
from gateway.bootstrap.house import House
from gateway.bootstrap.keys import relief_key_of
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import PASSES, Allow, Decision, Redirect, Ruling
from gateway.licensing.explain import Explanation
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import FULL, Switches
from gateway.proxy.accept import Doorway, Wire, accept
from gateway.proxy.canonical import policy_reading
from gateway.services.admission import Admission
from gateway.services.explaining import Foreseen, foreseen
from gateway.services.relief import Relief
from gateway.services.standing import Standing
from gateway.terms.own_paths import is_ours
from gateway.terms.site import Site
from gateway.web.problems import Problems

# A card leads to a key set: two fetches, one after the other.
LOOK_UPS = 2
OWN_PAGE = Allow(
    Ruling("own-page", "An address of the gateway's own; never held, never metered.")
)


@dataclass(frozen=True, slots=True)
class Explained:
    """What the gateway would answer, and why.

    Attributes:
        answer: The decision, and the facts that led to it.
        status: Of the answer that this client would get; None where it is the
            upstream's, or a page of our own.
        standing: Before which lane it would stand; None where nobody waits.
    """

    answer: Explanation
    status: int | None
    standing: Standing | None = None

    @property
    def decision(self) -> Decision:
        """The decision itself."""
        return self.answer.decision

    @property
    def word(self) -> str:
        """The decision's public name."""
        return self.answer.word


def explained(
    house: House,
    *,
    url: str,
    method: str = "GET",
    client_ip: str = "127.0.0.1",
    fields: Sequence[str] = (),
    token: str = "",
    policies: Callable[[], PolicySet] | None = None,
    relief: Relief | None = None,
) -> Explained:
    """What the gateway would answer, and why.

    Args:
        house: The set-up.
        url: As a reader types it.
        method: HTTP method.
        client_ip: From which address.
        fields: Header fields, each `Name: value`.
        token: A key or licence token, or empty.
        policies: The set in force; the files as they stand without.
        relief: What a running gateway remembers; without it, as one that has just
            been started.

    Raises:
        InvalidValue: the address has no one reading, or none that is answered
            with anything but 400; or a field is none.
        Unavailable: the token cannot be checked now.
    """
    try:
        parts = urlsplit(url)
    except ValueError as error:
        detail = f"{url!r} is no address: {error}"
        raise InvalidValue(detail) from None
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        detail = f"--url takes a whole address, https://…, not {url!r}"
        raise InvalidValue(detail)
    pairs = [("Host", parts.netloc), *(_field(text) for text in fields)]
    if token:
        pairs.append(("Authorization", f"License {token}"))
    wire = Wire(
        id=house.ids.new("req"),
        method=method,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        version=(1, 1),
        headers=Headers(pairs),
        peer=client_ip,
        received_us=house.clock.now_us(),
    )
    asked = _accepted(wire, Doorway(scheme=parts.scheme))
    relief = relief or Relief(relief_key_of(house.settings))
    return asyncio.run(_looked_up(house, asked, policies, relief=relief))


async def _looked_up(
    house: House,
    asked: Request,
    policies: Callable[[], PolicySet] | None,
    *,
    relief: Relief,
) -> Explained:
    """The answer, once everything that can be looked up about the request is there."""
    current = policies or (lambda: house.policies)
    bots = bots_of(house, current, paces=relief.paces)
    admission = admission_of(
        house,
        switches=FULL,
        policies=policies,
        strangers=bots.corroborate,
        relief=relief,
    )
    site = Site(house.settings.public_url, admission.policies, lambda: FULL)
    problems = Problems(admission.policies, site.origin)
    try:
        for _ in range(LOOK_UPS):
            admission.classify(asked, ANONYMOUS)
            await bots.settled(asked)
        told = await _answered(admission, problems, asked)
    finally:
        await bots.close()
    answer = told.answer
    if isinstance(answer.decision, PASSES):
        return Explained(answer, None, told.standing)
    status = problems.refusal(answer.decision, asked).status
    return Explained(answer, status, told.standing)


async def _answered(
    admission: Admission, problems: Problems, asked: Request
) -> Foreseen:
    """As the handler goes: our own pages, then the strictest reading, then rules."""
    if is_ours(asked.path):
        return Foreseen(Explanation(OWN_PAGE, ()))
    reading = policy_reading(asked, admission.collection_of)
    if isinstance(reading, Redirect):
        problems.whole(reading, asked)  # or it is refused
        return Foreseen(Explanation(reading, ()))
    asked = reading
    identified = await admission.identify(asked)
    return foreseen(admission, asked, identified)


def _accepted(wire: Wire, doorway: Doorway) -> Request:
    asked = accept(wire, doorway)
    if isinstance(asked, Request):
        return asked
    detail = getattr(asked, "detail", "the request asks the gateway itself")
    message = f"that request has no one reading: {detail}"
    raise InvalidValue(message)


def _field(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        detail = f"--header takes 'Name: value', not {text!r}"
        raise InvalidValue(detail)
    return name.strip(), value.strip()


def explanation_document(told: Explained, switches: Switches) -> dict[str, Any]:
    """What `copyfair explain --json` prints, without its schema.

    Args:
        told: With both switches on.
        switches: As the set-up has them.
    """
    answer, ruling = told.answer, told.decision.ruling
    return {
        "decision": told.word,
        "status": told.status,
        "rule": ruling.rule,
        "reason": ruling.reason,
        "file": ruling.file,
        "line": ruling.line,
        "class": ruling.klass,
        "collection": ruling.collection,
        "facts": [
            {
                "fact": one.fact,
                "value": one.value,
                "level": one.level,
                "source": one.source,
            }
            for one in answer.facts
        ],
        "evidence": [
            {
                "signal": piece.signal,
                "says": piece.word.value,
                "kind": piece.kind,
                "operator": piece.operator,
                "weight": piece.weight,
                "source": piece.source,
                "because": piece.because,
            }
            for piece in answer.evidence
        ],
        "duties": list(answer.duties),
        "budget": answer.budget,
        "lane": None if told.standing is None else _lane(told.standing),
        "switches": {
            "protect": switches.protect.value,
            "licence_mode": switches.licence_mode.word,
        },
    }


def _lane(standing: Standing) -> dict[str, Any]:
    return {
        "collection": standing.collection,
        "room": standing.room,
        "class": standing.page_class,
        "rank": standing.rank,
        "places": standing.places,
        "inside": standing.inside,
        "waiting": standing.waiting,
        "patience_s": standing.patience_s,
    }


class Explainer:
    """Answers questions of the admin listener; a `gateway.api.ports.Explain`."""

    def __init__(
        self, house: House, policies: Callable[[], PolicySet], relief: Relief
    ) -> None:
        self._house = house
        self._policies = policies
        self._relief = relief

    def __call__(self, question: Question) -> Mapping[str, Any]:
        """The document of one question; blocking."""
        answer = explained(
            self._house,
            url=question.url,
            method=question.method,
            client_ip=question.ip or "127.0.0.1",
            fields=[f"{name}: {value}" for name, value in question.headers],
            token=question.token,
            policies=self._policies,
            relief=self._relief,
        )
        return explanation_document(answer, self._house.settings.switches)
