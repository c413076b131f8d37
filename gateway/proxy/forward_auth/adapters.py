"""Adapters: how each front server tells us what it was asked.

A front server describes the reader's request in header fields, which the reader could
send as well. So one adapter reads one set of fields, takes each of them exactly once,
and refuses a request in which a field of another set came along: then the front server
was not told to remove it, and somebody else may be speaking. Underscores count as
hyphens here, because some servers turn one into the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers
from gateway.proxy.accept import Wire

PREFIX = "/decide/"

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


@dataclass(frozen=True, slots=True)
class Adapter:
    """One kind of front server.

    Attributes:
        name: As in `/decide/NAME`.
        fields: What its fields say, by name; empty where the request itself says it.
        relays: Whether it passes our answer on to the reader, whatever the status;
            otherwise it only hears yes or no and fetches the answer afterwards.
    """

    name: str
    fields: Mapping[str, str]
    relays: bool = True

    def read(self, wire: Wire) -> Asking:
        """The reader's request.

        Raises:
            InvalidValue: a field is missing, repeated, or of another set.
        """
        taken = self._taken(wire.headers)
        if self.fields:
            target, method, host = taken[URI], taken[METHOD], taken[HOST]
        else:
            target, method = wire.target.removeprefix(PREFIX + self.name), wire.method
            host = _only(wire.headers.all("host"), "host")
        pairs = (
            ("Host", host),
            *(
                (name, value)
                for name, value in wire.headers.pairs
                if name.lower() not in OF_THE_ASKING and name.lower() not in CLAIMS
            ),
        )
        asked = replace(
            wire,
            method=method,
            target=target or "/",
            version=(1, 1),
            headers=Headers(pairs),
        )
        return Asking(asked, taken.get(FRONT_ID, ""))

    def _taken(self, headers: Headers) -> dict[str, str]:
        ours = frozenset(self.fields.values())
        for name, _ in headers.pairs:
            plain = name.lower().replace("_", "-")
            is_claim = plain in CLAIMS or plain in SENT_ON
            if not is_claim or (plain == name.lower() and plain in ours | SENT_ON):
                continue
            detail = (
                f"the field {plain[:40]} is not of the set of /decide/{self.name}; the "
                "front server must remove it from what readers send"
            )
            raise InvalidValue(detail)
        return {
            what: _only(headers.all(field), field)
            for what, field in self.fields.items()
            if what != FRONT_ID or field in headers
        }


def _only(values: tuple[str, ...], field: str) -> str:
    if len(values) != 1:
        detail = f"the front server sends {field} exactly once, not {len(values)} times"
        raise InvalidValue(detail)
    return values[0]


ADAPTERS: Mapping[str, Adapter] = MappingProxyType(
    {
        each.name: each
        for each in (
            Adapter("nginx", ORIGINAL, relays=False),
            Adapter("haproxy", ORIGINAL),
            Adapter("caddy", FORWARDED),
            Adapter("traefik", FORWARDED),
            Adapter("envoy", MappingProxyType({})),
        )
    }
)
"""Every kind of front server, by its name in the address."""

Reading = Callable[[Wire], Asking]
