"""Published ranges: one operator's list as it stood on one day, per file.

`policies/ranges/<ranges>.<taken_on>.yaml`. A list is believed as far as it goes, so
one that goes too far is refused: whole parts of the internet, or addresses that
nobody on it has.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import PurePosixPath
from typing import Any

from gateway.classification.published_ranges import PublishedRanges, RangeList
from gateway.kernel.clock import to_us
from gateway.policy_files.folder import PolicyFile, parsed
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.scalars import DATE, FLAG, ID, URL
from gateway.policy_files.shapes import Key, ListOf, Notes, Parsed, Record

# The widest that one operator plausibly has; wider ones are a slip, or worse.
V4_BITS_MIN = 8
V6_BITS_MIN = 19
# Nor has anybody more than a few of these together: a list of every /8 is the internet.
WIDEST_MAX = 4


def network(text: str) -> str:
    """A network that one operator's machines may stand in.

    Raises:
        ValueError: *text* is none, is too wide, or is not of the public internet.
    """
    try:
        found = ip_network(text)
    except ValueError:
        raise ValueError("write a network such as 20.15.240.64/28") from None
    if found.prefixlen < bits_min(found):
        detail = f"wider than /{bits_min(found)}: no operator has that much"
        raise ValueError(detail)
    if not found.is_global:
        raise ValueError("not of the public internet")
    return str(found)


def bits_min(network: IPv4Network | IPv6Network) -> int:
    """The shortest prefix that is believed."""
    return V4_BITS_MIN if network.version == 4 else V6_BITS_MIN


def _too_far(prefixes: Iterable[str]) -> str | None:
    """Why a list goes too far as a whole; None where it does not."""
    networks = [ip_network(text) for text in prefixes]
    for version, bits in ((4, 32 - V4_BITS_MIN), (6, 128 - V6_BITS_MIN)):
        own = [one.num_addresses for one in networks if one.version == version]
        if sum(own) > WIDEST_MAX << bits:
            widest = f"/{bits_min(next(o for o in networks if o.version == version))}"
            return f"more than {WIDEST_MAX} × {widest} together: no operator has that"
    return None


NETWORK = Parsed("network", network, {"type": "string"})


def _list(values: dict[str, Any], node: Keys, notes: Notes) -> RangeList:
    taken_on = values["taken_on"]
    found = RangeList(
        id=values["ranges"],
        operator=values["operator"],
        agents=frozenset(values.get("agents", ())),
        taken_us=to_us(
            datetime(taken_on.year, taken_on.month, taken_on.day, tzinfo=UTC)
        ),
        source=values["source"],
        is_whole=values.get("whole", False),
        prefixes=tuple(values["prefixes"]),
    )
    if (far := _too_far(found.prefixes)) is not None:
        notes.fault(node.mark, far, "take networks from the list, or read it again")
    stem = PurePosixPath(node.mark.file).stem
    name = f"{found.id}.{taken_on.isoformat()}"
    if stem != name:
        detail = f'the list "{name}" stands in a file of another name'
        notes.fault(node.mark, detail, f"call the file {name}.yaml")
    return found


RANGES = Record(
    "ranges",
    {
        "ranges": Key(ID, "Begins the file's name.", required=True),
        "operator": Key(ID, "Whose machines.", required=True),
        "agents": Key(ListOf(ID), "Of these agents alone; else all the operator's."),
        "taken_on": Key(
            DATE, "When it was taken; ends the file's name.", required=True
        ),
        "whole": Key(FLAG, "Its operator says that nothing comes from elsewhere."),
        "source": Key(URL, "Where the operator publishes it.", required=True),
        "prefixes": Key(ListOf(NETWORK), "Networks.", required=True),
    },
    _list,
)
"""The shape of `policies/ranges/<ranges>.<taken_on>.yaml`."""


def ranges_of(files: Iterable[PolicyFile], notes: Notes) -> PublishedRanges:
    """The lists that *files* make, those without a fault; each fault is noted."""
    lists: list[RangeList] = []
    for file in files:
        before = len(notes.faults)
        document = parsed(file, notes)
        found = None if document is None else RANGES.read(document, notes)
        if len(notes.faults) == before and isinstance(found, RangeList):
            lists.append(found)
    return PublishedRanges(lists)
