"""What a client would rather read: which media type, in which language.

Weights are compared as whole thousandths (RFC 9110 §12.4.2), never as floats. A
field that cannot be read is treated as absent: negotiation never fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.classification import signals
from gateway.kernel.request import Headers, Request
from gateway.web.texts import Language

CHOSEN = re.compile(rf"[?&]lang=({'|'.join(Language)})(?=&|$)")
FULL = 1000
PARTS_MAX = 32
WEIGHT = re.compile(
    r"[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*\Z", re.IGNORECASE
)


def weighed(field: str) -> tuple[tuple[str, int], ...]:
    """The members of an `Accept`-like field with their weights in thousandths."""
    members: list[tuple[str, int]] = []
    for member in field.split(",")[:PARTS_MAX]:
        name, weight = member, FULL
        if found := WEIGHT.search(member):
            name = member[: found.start()]
            whole, _, decimals = found[1].partition(".")
            weight = int(whole) * FULL + int(decimals.ljust(3, "0")[:3] or "0")
        name = name.partition(";")[0].strip().lower()
        if name:
            members.append((name, weight))
    return tuple(members)


def weight_of(media_type: str, members: Sequence[tuple[str, int]]) -> int:
    """How much a media type is wanted, 0 to 1000; the closest range counts."""
    family = media_type.partition("/")[0]
    for wanted in (media_type, f"{family}/*", "*/*"):
        weights = [weight for name, weight in members if name == wanted]
        if weights:
            return max(weights)
    return 0


def wants_page(headers: Headers) -> bool:
    """Would the client rather read HTML than JSON?

    Browsers name `text/html`; scripts send `*/*`, JSON or nothing, and get JSON. But
    edbrowse, ELinks and Links send `*/*` for pages too, and show nothing else.
    """
    members = weighed(",".join(headers.all("accept")))
    page = max((weight for name, weight in members if name == "text/html"), default=0)
    is_json_named = any(name.endswith(("/json", "+json")) for name, _ in members)
    if not is_json_named and signals.plain_browser(headers.get("user-agent")):
        page = weight_of("text/html", members) if members else FULL
    json = max(
        weight_of("application/json", members),
        weight_of("application/problem+json", members),
    )
    return page > 0 and (page >= json or not is_json_named)


def language_of(headers: Headers) -> Language:
    """The language of ours that the client likes best; English if none."""
    best, best_weight = Language.EN, 0
    for name, weight in weighed(",".join(headers.all("accept-language"))):
        spoken = name.partition("-")[0]
        if spoken in set(Language) and weight > best_weight:
            best, best_weight = Language(spoken), weight
    return best


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language of a page.

    Attributes:
        language: One of ours.
        is_chosen: Whether it was chosen by hand, so that links keep it.
    """

    language: Language
    is_chosen: bool = False

    def href(self, path: str) -> str:
        """A link to a page of ours, without a query, that keeps the language."""
        return f"{path}?lang={self.language}" if self.is_chosen else path


def tongue_of(asked: Request) -> Tongue:
    """The language that the address names (`?lang=fr`), or the client likes best."""
    found = CHOSEN.search(asked.target)
    if found:
        return Tongue(Language(found[1]), is_chosen=True)
    return Tongue(language_of(asked.headers))
