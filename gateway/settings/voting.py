"""What the section `fund` says of votes, and of what members have to ratify."""

from __future__ import annotations

import re

from gateway.kernel.errors import InvalidValue
from gateway.settings.section import Section, percent
from gateway.settings.values import Voting

RATIFIED = ("tariffs", "policies", "equivalence")
HUNDREDTHS_MAX = 100_000


def voting_of(fund: Section) -> Voting:
    """Read what the section `fund` says of votes."""
    default = Voting()
    return Voting(
        vested_hundredths_min=fund.text(
            "vote_hours", hours, default=default.vested_hundredths_min
        ),
        quorum_bp=fund.text("vote_quorum", percent, default=default.quorum_bp),
        ratify=fund.listing("ratify", ratified),
        must_ratify=fund.listing("must_ratify", ratified),
    )


def ratified(text: str) -> str:
    """`tariffs`, `policies` or `equivalence`."""
    if text not in RATIFIED:
        detail = f"one of {', '.join(RATIFIED)}, not {text!r}"
        raise InvalidValue(detail)
    return text


def hours(text: str) -> int:
    """`1` or `2.5`, as hundredths; above 0."""
    match = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?", text)
    count = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if not 1 <= count <= HUNDREDTHS_MAX:
        detail = f"a number of hours such as 2.5, above 0, not {text!r}"
        raise InvalidValue(detail)
    return count
