"""Adapters: how each front server tells us what it was asked.

A front server describes the reader's request in header fields, which the reader could
send as well. So one adapter reads one set of fields, takes each of them exactly once,
and refuses a request in which a field of another set came along: then the front server
was not told to remove it, and somebody else may be speaking. Underscores count as
hyphens here, because some servers turn one into the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers
from gateway.proxy.accept import Wire

PREFIX = "/decide/"
ANSWER = "answer"
"""In the place of an adapter: an answer that is kept is fetched."""

URI, METHOD, HOST, FRONT_ID = "uri", "method", "host", "front-id"
ORIGINAL: Mapping[str, str] = MappingProxyType(
    {
        URI: "x-original-uri",
        METHOD: "x-original-method",
        HOST: "x-original-host",
        FRONT_ID: "x-original-id",
    }
)
FORWARDED: Mapping[str, str] = MappingProxyType(
    {URI: "x-forwarded-uri", METHOD: "x-forwarded-method", HOST: "x-forwarded-host"}
)
OTHER_CLAIMS = frozenset(
    (
        "x-forwarded-path",
        "x-forwarded-prefix",
        "x-original-url",
        "x-rewrite-url",
        "x-http-method-override",
        "x-envoy-original-path",
        "x-envoy-original-host",
        "x-envoy-original-method",
    )
)
CLAIMS = frozenset((*ORIGINAL.values(), *FORWARDED.values())) | OTHER_CLAIMS
"""Every field that says what was asked in another way than the request itself."""

# The subrequest's own: a body it does not have, and a connection that is not the
# reader's. `Forwarded` is in no adapter's set, so nobody has checked it.
OF_THE_ASKING = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
SENT_ON = frozenset(("x-forwarded-for", "x-forwarded-proto"))
"""Fields of every set that `accept` reads, because the peer is trusted."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A reader's request, as a front server tells it.

    Attributes:
        wire: As it would have come over the wire.
        front_id: The front server's own id of it, or empty.
    """

    wire: Wire
    front_id: str = ""


PASSED, DROPPED, FOREIGN = "passed", "dropped", "foreign"
KNOWN_NAMES_MAX = 1_024


@dataclass(frozen=True, slots=True)
class Adapter:
    """One kind of front server.

    Attributes:
        name: As in `/decide/NAME`.
        fields: The fields that say what was asked; without one for the target it
            stands in the address, behind the name.
        relays: Whether it passes our answer on to the reader, whatever the status;
            otherwise it only hears yes or no and fetches the answer afterwards.
    """

    name: str
    fields: Mapping[str, str]
    relays: bool = True
    _known: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_asked_by_address(self) -> bool:
        """The target stands behind the name."""
        return URI not in self.fields

    def read(self, wire: Wire) -> Asking:
        """The reader's request.

        Raises:
            InvalidValue: a field is missing, repeated, or of another set.
        """
        told, sent_on = self._told(wire.headers)
        if self.is_asked_by_address:
            target = wire.target.removeprefix(PREFIX + self.name)
            told |= {URI: target or "/", METHOD: wire.method}
        for what in (URI, METHOD, HOST):
            if what not in told:
                detail = f"the front server sends {self.fields[what]} exactly once"
                raise InvalidValue(detail)
        asked = Wire(
            wire.id,
            told[METHOD],
            told[URI],
            version=(1, 1),
            headers=Headers((("Host", told[HOST]), *sent_on)),
            peer=wire.peer,
            received_us=wire.received_us,
        )
        return Asking(asked, told.get(FRONT_ID, ""))

    def _told(self, headers: Headers) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """What the fields of this set say, and the reader's own fields."""
        told: dict[str, str] = {}
        sent_on: list[tuple[str, str]] = []
        known = self._known
        for pair in headers.pairs:
            name = pair[0]
            what = known.get(name) or self._judged(name)
            if what is PASSED:
                sent_on.append(pair)
            elif what is FOREIGN:
                detail = (
                    f"the field {name[:40]} is not of the set of /decide/{self.name}; "
                    "the front server must remove it from what readers send"
                )
                raise InvalidValue(detail)
            elif what in told:
                detail = f"the front server sends {self.fields[what]} exactly once"
                raise InvalidValue(detail)
            elif what is not DROPPED:
                told[what] = pair[1]
        return told, sent_on

    def _judged(self, name: str) -> str:
        """What a field name means here; the first thousand spellings are kept."""
        lower = name.lower()
        plain = lower.replace("_", "-")
        found = next((what for what, one in self.fields.items() if one == lower), "")
        is_claim = plain in CLAIMS or plain in SENT_ON
        if not found:
            if is_claim and not (plain == lower and plain in SENT_ON):
                found = FOREIGN
            else:
                found = DROPPED if lower in OF_THE_ASKING else PASSED
        if len(self._known) < KNOWN_NAMES_MAX:
            self._known[name] = found
        return found


NGINX = Adapter("nginx", ORIGINAL, relays=False)
ADAPTERS: Mapping[str, Adapter] = MappingProxyType(
    {
        each.name: each
        for each in (
            NGINX,
            Adapter("haproxy", ORIGINAL),
            Adapter("caddy", FORWARDED),
            Adapter("traefik", FORWARDED),
            Adapter("envoy", MappingProxyType({HOST: "host"})),
        )
    }
)
"""Every kind of front server, by its name in the address."""
