"""Testimony: what was looked up about a request, beside what it says of itself.

Witnesses (signatures, name servers, published ranges) each give one piece. A piece
*proves* an operator, *denies* the one that is claimed, or says that it *cannot tell*;
cannot tell is no fault of the client's and takes nothing from it. What is proved makes
facts `verified`; what is denied sets the flag `contradicted` beside the level.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

DIRECTORY_PATH = ".well-known/http-message-signatures-directory"


class Outcome(StrEnum):
    """What became of checking a signature. Public: three, kept apart."""

    VERIFIED = "verified"
    INVALID = "invalid"
    UNVERIFIED = "unverified"


class Word(StrEnum):
    """What one piece of evidence says. Public: add, never rename."""

    PROVES = "proves"
    CLAIMS = "claims"
    DENIES = "denies"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one signature.

    Attributes:
        outcome: verified, invalid or unverified.
        reason: Kebab-case, public; `verified` when it is.
        detail: One sentence a stranger may read.
        identity: The URL whose keys it was checked with, or `keyid:` and the
            thumbprint where no URL was named; empty unless verified.
        keyid: RFC 7638 thumbprint, as it says; empty where it says none.
    """

    outcome: Outcome
    reason: str
    detail: str
    identity: str = ""
    keyid: str = ""

    @property
    def host(self) -> str:
        """The host whose keys they are, without a port; empty without a URL."""
        _, slashes, rest = self.identity.partition("://")
        authority = rest.partition("/")[0] if slashes else ""
        name, colon, port = authority.rpartition(":")
        return name if colon and port.isdecimal() else authority

    @property
    def is_of_host(self) -> bool:
        """Do they lie where only whoever runs that host can lay keys?

        Anywhere else on it may be what its visitors put there.
        """
        return self.identity.partition("://")[2].partition("/")[2] == DIRECTORY_PATH


@dataclass(frozen=True, slots=True)
class Piece:
    """One observation about one request.

    Attributes:
        signal: Which witness: `web-bot-auth`, `reverse-dns`, `address-range`,
            `credential`, `user-agent`, `client-hints`, `behaviour`, `obedience`,
            `crowd` …
        word: What it says.
        weight: How much it counts among others, 1 (anybody can send it) to 100.
        source: Where it comes from: a header field, a URL, a file.
        because: One clause for a reader, without a word the client chose.
        operator: Whom it proves or denies; empty where it speaks of none.
        kind: Which kind of client it speaks for; empty where it speaks of none.
        agent: Id in the catalogue of the client that it proves; empty where the
            user agent has to say which.
    """

    signal: str
    word: Word
    weight: int
    source: str
    because: str
    operator: str = ""
    kind: str = ""
    agent: str = ""


Testimony = tuple[Piece, ...]
NOTHING: Testimony = ()

# A signature is made by whoever holds the key; the two others only say that a
# machine stands where the operator's machines stand.
WEIGHTS = {
    "credential": 100,
    "web-bot-auth": 95,
    "reverse-dns": 85,
    "address-range": 80,
    "behaviour": 30,
    "obedience": 20,
    "client-hints": 20,
    "user-agent": 10,
    "crowd": 5,
}


def proved(testimony: Iterable[Piece]) -> Piece | None:
    """The weightiest piece that proves an operator; None where none does."""
    pieces = [piece for piece in testimony if piece.word is Word.PROVES]
    return max(pieces, key=lambda piece: piece.weight, default=None)


def is_denied(testimony: Iterable[Piece], operator: str) -> bool:
    """Does a piece deny that it is of *operator*? Of nobody, nothing is denied."""
    return bool(operator) and any(
        piece.word is Word.DENIES and piece.operator == operator for piece in testimony
    )
