"""Somebody who issues statements, around one set of books."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from gateway.credentials.signed_statement import Proven, proven_by, signed_statement
from gateway.credentials.signing_key import SigningKey
from gateway.licensing.ports import AcceptedOffer
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_statement import UsageStatement
from gateway.services.span_charges import Undeclared
from gateway.services.statement_document import CollectionTerms
from gateway.services.usage_statements import Issuer, UsageStatements
from gateway.storage.books import StoredBooks
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import AFTER_NOVEMBER, a_tariff, an_event
from tests.fakes.time_and_chance import CountingIds, HandClock

KEY = SigningKey.made()
OFFER = AcceptedOffer(
    "agr_1",
    "off_1",
    json.dumps(
        {
            "licence": "CC-BY-NC-SA-4.0",
            "basis": "service",
            "rights": "mandated",
            "collection": {"id": "registers", "hosts": ["registers.example"]},
        }
    ),
    accepted_us=1,
)


def terms_of(collection: str) -> CollectionTerms:
    """What the policies say now."""
    return CollectionTerms("CC0-1.0", "service", "own", ("archive.example",))


def an_object(number: int, digit: int, **told: Any) -> UsageEvent:
    """A delivery of the object version of a digit."""
    return replace(an_event(number, **told), object_sha256=str(digit) * 64)


class StatementDesk:
    """Issues statements of the books it is given."""

    def __init__(self, books: MemoryBooks | StoredBooks) -> None:
        self.books = books
        self.undeclared: list[Undeclared] = []
        self.clock = HandClock(AFTER_NOVEMBER)
        self.statements = UsageStatements(
            books,
            issuer=lambda: Issuer(
                "https://archive.example",
                lambda content: signed_statement(content, KEY),
                terms_of,
            ),
            undeclared=lambda _, __: self.undeclared,
            clock=self.clock,
            ids=CountingIds(),
        )
        books.tariffs.publish(a_tariff(), at_us=1)


def said_by(statement: UsageStatement) -> Any:
    """What a statement says, to whoever has the key."""
    found = proven_by(statement.jws, KEY.jwk())
    assert isinstance(found, Proven)
    return json.loads(found.content)
