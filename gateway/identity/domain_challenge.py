"""The domain challenge: whoever can write into a domain's DNS or web site holds it.

What is to be written follows from a secret of ours, the party and the domain, so
nothing has to be kept, and it proves nothing for anybody else. It proves who somebody
is, never what: a domain makes no association of a company.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from gateway.identity.party import Party
from gateway.identity.vocabulary import checked_value
from gateway.kernel.errors import InvalidValue
from gateway.kernel.evidence import Level

DOMAIN = "domain"
PREFIX = "copyfair-party="
LABEL = "_copyfair"
WELL_KNOWN = "/.well-known/copyfair-party.txt"
TOKEN_LETTERS = 32
PROVEN_BY_A_DOMAIN = frozenset({"company", "data-broker"})
"""What no rule favours; all others need a register, or a person who vouches."""


def domain_of(text: str) -> str:
    """The domain somebody wrote, as DNS spells it: lower case, A-labels, no dot behind.

    Args:
        text: A domain, or the address of a page on it.

    Raises:
        InvalidValue: it is none.
    """
    host = urlsplit(text).hostname or "" if "//" in text else text.strip().rstrip(".")
    try:
        spelled = host.encode("idna").decode().lower()
    except UnicodeError:
        spelled = ""
    if not spelled or spelled.rpartition(".")[2].isdigit():
        detail = f"{text!r} is no domain; write it like archive.example"
        raise InvalidValue(detail)
    return str(checked_value(DOMAIN, spelled))


def answer_to(secret: bytes, party_id: str, domain: str) -> str:
    """What the holder of *domain* is asked to publish for a party."""
    told = f"copyfair domain challenge\n{party_id}\n{domain}".encode()
    digest = hmac.digest(secret, told, hashlib.sha256)
    return f"{PREFIX}{base64.b32encode(digest).decode().lower()[:TOKEN_LETTERS]}"


def record_of(domain: str) -> str:
    """The name of the TXT record that is looked at."""
    return f"{LABEL}.{domain}"


def page_of(domain: str) -> str:
    """The address of the file that is looked at."""
    return f"https://{domain}{WELL_KNOWN}"


def is_answered(texts: Iterable[str], answer: str) -> bool:
    """Does one of the records, or one line of the file, say it?"""
    return any(
        hmac.compare_digest(line.strip().encode(), answer.encode())
        for text in texts
        for line in text.splitlines()
    )


Registered = Callable[[str], str]
"""From a domain to the one in it that somebody registered; empty of a public suffix
(`co.uk`, `github.io`), below which strangers register."""


def holder_of(
    domain: str, parties: Iterable[Party], registered: Registered
) -> Party | None:
    """Another party that proved a domain of the same registrant.

    Else one company could prove ten names below its own, and be ten.
    """
    whole = registered(domain)
    for party in parties:
        known = party.attributes.get(DOMAIN)
        if known is None or known.level < Level.VERIFIED:
            continue
        if whole and registered(str(known.value)) == whole:
            return party
    return None
