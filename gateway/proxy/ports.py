"""What the handler needs from those behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from gateway.classification.facts import Facts
from gateway.identity.principal import Identified
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Answered as LetThrough
from gateway.licensing.decision import Decision, Throttle
from gateway.licensing.policy import PolicySet
from gateway.metering.admit import Admitted
from gateway.metering.judged import Accounts, Judged
from gateway.metering.relief.turn import Turn
from gateway.metering.usage_event import Ending
from gateway.upstream.answer_head import AnswerHead
from gateway.upstream.begun import Way
from gateway.upstream.order import Order
from gateway.upstream.response import ResponseHead
from gateway.web.answer import Answer, HeaderPairs


class Admission(Protocol):
    """The verbs before forwarding; `gateway.services.admission` fills it."""

    def at_once(
        self, asked: Request, *, now_ns: int, accounts: Accounts | None = None
    ) -> Judged | None:
        """All of them in one pass, where nothing has to be waited for; else None.

        Args:
            asked: The request.
            now_ns: Ticks of the clock, now.
            accounts: Kept with the client's connection, and nobody else's.

        Raises:
            InvalidValue: the address holds a key.
        """

    def policies(self) -> PolicySet:
        """The policies in force now."""

    def collection_of(self, asked: Request) -> Collection | None:
        """The collection a request is about."""

    async def identify(self, asked: Request) -> Identified:
        """Who stands behind the request.

        Raises:
            Unavailable: a credential of ours was shown, and cannot be checked.
        """

    def classify(self, asked: Request, identified: Identified) -> Facts:
        """Everything that is known about the request."""

    def decide(self, asked: Request, identified: Identified, facts: Facts) -> Decision:
        """What the policies answer, as far as the two switches let it act."""

    def admit(
        self, asked: Request, identified: Identified, decision: LetThrough
    ) -> Admitted | Throttle | Turn:
        """Spend the budget that it names: now, later, or when its turn has come."""


class UpstreamAnswer(Protocol):
    """An upstream's answer: its head, and a body to be read once.

    After a 101 it is a tunnel instead: raw bytes both ways.
    """

    head: ResponseHead

    @property
    def is_over(self) -> bool:
        """The body has ended as announced, and all of it was taken."""

    def take(self) -> bytes:
        """The bytes that are here already; empty for none, and at the end."""

    async def read(self) -> bytes:
        """The next bytes; empty at the end.

        Raises:
            UpstreamFailed: it ended early, or fell silent.
            ConnectionError, TimeoutError: the client's own body broke off.
        """

    def hold(self) -> None:
        """Nothing is taken for a while: what has not come shall wait where it is."""

    def failed(self, fault: Exception) -> None:
        """Nothing more shall come; whoever waits for it hears why."""

    def close(self) -> None:
        """Be done with it, however far it was read; again does nothing."""

    async def write(self, data: bytes) -> None:
        """Send bytes through the tunnel; waits while the upstream is slow.

        Raises:
            ConnectionError: the upstream is gone.
        """

    def write_eof(self) -> None:
        """Nothing more will be sent through the tunnel."""


class Begun(UpstreamAnswer, Protocol):
    """An answer on its way, to a request that was sent at once.

    Until it `is_whole` it has no head; whoever cannot wait so long asks for `answer`.
    """

    hears: Callable[[], None] | None
    """Called when something came, or nothing more will."""

    whole: AnswerHead | None
    """The head of an answer that came in one piece and passes as it is; else None."""

    body: bytes | memoryview
    """The body of an answer that is `whole`."""

    def is_whole(self, bytes_max: int) -> bool:
        """Is all of it here, and its body no longer than that? It has a head then."""

    async def answer(self) -> UpstreamAnswer:
        """Wait for its head, as `Forwarder.ask` does.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
        """


class Forwarder(Protocol):
    """Asks the upstream; `gateway.upstream.client` fills it."""

    def way_of(self, order: Order) -> Way:
        """What every plain request with the fields of this one has in common.

        Args:
            order: A GET or HEAD without a body, to the client's own target.

        Raises:
            InvalidValue: it could end its head early.
        """

    def send(
        self, way: Way, start: bytes, order: Callable[[], Order], *, client: str
    ) -> Begun | None:
        """Send a plain request, where a connection is at hand; None where `ask` must.

        Args:
            way: Made ready before.
            start: Its first line up to the version, in plain characters.
            order: The order that it is, for whoever has to ask again.
            client: On whose behalf: an address.
        """

    async def ask(self, order: Order) -> UpstreamAnswer:
        """Pass a request on; the answer is the caller's to close.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
            ConnectionError, TimeoutError: the client's own body broke off.
        """


class Pressure(Protocol):
    """Hears how busy and how quick each upstream is."""

    def enter(self, upstream: str) -> None:
        """A request to *upstream* begins."""

    def leave(self, upstream: str) -> None:
        """A request to *upstream* is over, however it ended."""

    def answered(self, upstream: str, first_byte_ns: int) -> None:
        """Its head came after so many nanoseconds."""

    def served(self, upstream: str, first_byte_ns: int) -> None:
        """Its head came after so many nanoseconds, and the request is over."""


class OwnPages(Protocol):
    """The addresses that are answered here and not by the upstream."""

    def is_ours(self, path: str) -> bool:
        """May this address be answered here?"""

    async def __call__(self, asked: Request, body: bytes) -> Answer | None:
        """Answer, or None where the upstream should after all."""


class Outcome(NamedTuple):
    """What became of a request, for whoever counts and logs.

    Attributes:
        asked: The request.
        status: HTTP status that the client got; 0 where it got nothing.
        body_bytes: Response body bytes that left us.
        elapsed_ns: From the head of the request to the end of the answer.
        facts: What was known; None where the request did not get that far.
        decision: What was decided, or None.
        ending: How a streamed answer ended, or None.
        error: Code of the error that stopped it; empty for none.
        upstream_fault: How the archive failed, `refused` for one; empty for not.
        is_own: It was answered by a page of our own.
        collection: Where the page belongs, or None.
        first_byte_ns: From asking the archive to the head of its answer; 0 for none.
    """

    asked: Request
    status: int
    body_bytes: int
    elapsed_ns: int
    facts: Facts | None = None
    decision: Decision | None = None
    ending: Ending | None = None
    error: str = ""
    upstream_fault: str = ""
    is_own: bool = False
    collection: Collection | None = None
    first_byte_ns: int = 0


Observer = Callable[[Outcome], None]
"""Hears the outcome of each request, once; must not block."""

CredentialFields = Callable[[Headers], tuple[str, ...]]
"""Names of the fields that carry a credential of ours; they stop here."""


class Reads(Protocol):
    """Hears of a plain read instead of the observer; must not block."""

    def __call__(
        self,
        asked: Request,
        judged: Judged,
        status: int,
        *,
        body_bytes: int,
        elapsed_ns: int,
        accounts: Accounts,
    ) -> bool:
        """A page was allowed, and left whole.

        Args:
            asked: The request.
            judged: What it was judged.
            status: As the client got it.
            body_bytes: What left us.
            elapsed_ns: From the head of the request to the head of the answer.
            accounts: What was found for this client, kept with its connection.

        Returns:
            That was all; False where the observer must hear the outcome, and
            nothing was counted.
        """


class Labels(Protocol):
    """Says which fields are added to an upstream's answer."""

    def meant(self, asked: Request, collection: Collection | None) -> HeaderPairs:
        """What is added to an answer that says nothing of it; an object that is kept.

        The same request under the same policies and switches gives the same one again.
        """

    def beside(self, ours: HeaderPairs, theirs: HeaderPairs) -> HeaderPairs:
        """What of it is added to an answer with these fields: a pure function."""


class NoLabels:
    """Nothing is added."""

    def meant(self, asked: Request, collection: Collection | None) -> HeaderPairs:
        """Nothing."""
        return ()

    def beside(self, ours: HeaderPairs, theirs: HeaderPairs) -> HeaderPairs:
        """Nothing."""
        return ()


NO_LABELS = NoLabels()


def by_outcome(
    asked: Request,
    judged: Judged,
    status: int,
    *,
    body_bytes: int,
    elapsed_ns: int,
    accounts: Accounts,
) -> bool:
    """The observer hears of everything."""
    return False


def unobserved(outcome: Outcome) -> None:
    """Nobody listens."""


class NoPages:
    """No address is ours."""

    def is_ours(self, path: str) -> bool:
        """Never."""
        return False

    async def __call__(self, asked: Request, body: bytes) -> Answer | None:
        """Never asked."""
        return None


NO_PAGES = NoPages()
