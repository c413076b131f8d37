"""Parties: add, describe, show, export, erase.

A party may be named by its id or by its name. Who describes it sets how well the
description is known (`gateway.identity.statement`); everything that was ever said
stays in the history until the party is erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from gateway.identity.erasure import committed, planned_erasure
from gateway.identity.ownership import owners
from gateway.identity.party import NO_ATTRIBUTES, Attribute, AttributeValue, Party
from gateway.identity.ports import Chance, KeyStore, PartyStore
from gateway.identity.statement import Statement, changes, said
from gateway.identity.vocabulary import PERSONAL, checked_text
from gateway.kernel.clock import Clock, iso
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.ids import IdSource

SALT_LIMIT = 1 << 256
WITHDRAWN_BY = "steward"
EXPORT_SCHEMA = "copyfair.party/1"
NOTHING_CHECKED: Mapping[str, Callable[[str], str]] = MappingProxyType({})
NOTHING_SAID: Mapping[str, AttributeValue] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did.

    Attributes:
        party: As it stands now.
        kept_name: The name stays, because bookkeeping needs it.
        values_erased: How many statements became commitments.
        keys_revoked: How many keys were revoked.
    """

    party: Party
    kept_name: bool
    values_erased: int
    keys_revoked: int


class Parties:
    """Everything that is done with parties."""

    def __init__(
        self,
        store: PartyStore,
        keys: KeyStore,
        *,
        clock: Clock,
        ids: IdSource,
        chance: Chance,
        checks: Mapping[str, Callable[[str], str]] = NOTHING_CHECKED,
    ) -> None:
        self._store = store
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._checks = checks

    def add(
        self,
        name: str,
        *,
        attributes: Mapping[str, AttributeValue] = NOTHING_SAID,
        source: str = "self-declared",
        by: str = "",
    ) -> Party:
        """Keep a new party.

        Args:
            name: As it stands on an invoice; one line.
            attributes: What is said about it, by attribute.
            source: Who says so: `self-declared`, `steward`, `vies` …
            by: Who entered it, for the record.

        Raises:
            InvalidValue: a name, attribute, value or source that cannot be.
            Conflict: the name is taken, or control would go in a circle.
        """
        now_us = self._clock.now_us()
        party_id = self._ids.new("pty")
        stated = {
            attribute: self._resolved(said(attribute, value, source=source), attribute)
            for attribute, value in attributes.items()
        }
        statements = [
            self._statement(party_id, number, (attribute, one), by=by)
            for number, (attribute, one) in enumerate(stated.items(), start=1)
        ]
        party = Party(
            party_id, checked_text("a party's name", name), stated, created_us=now_us
        )
        others = self._store.all_parties()
        owner_ids = owners([*others, party])
        party = replace(party, owner_id=owner_ids[party_id])
        linked = {
            one.id: owner_ids[one.id]
            for one in others
            if one.owner_id != owner_ids[one.id]
        }
        salt = self._salt()
        self._store.add_party(party, statements, salt=salt, owners=linked)
        return party

    def add_test_company(self, name: str) -> Party:
        """The party of that name; made, as a company a steward vouches for, if new."""
        known = self._store.find_party_named(name)
        if known is not None:
            return known
        return self.add(name, attributes={"entity": "company"}, source="steward")

    def list(self) -> tuple[Party, ...]:
        """Every party, in the order they were added."""
        return self._store.all_parties()

    def show(self, reference: str) -> Party:
        """The party of that id or name.

        Raises:
            NotFound: there is none; the detail says the nearest name.
        """
        known = self._store.find_party(reference)
        known = known or self._store.find_party_named(reference)
        if known is not None:
            return known
        names = [party.name for party in self._store.all_parties()]
        near = get_close_matches(reference, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "see `copyfair party list`"
        detail = f"there is no party {reference!r}; {hint}"
        raise NotFound(detail)

    def set_attribute(
        self,
        reference: str,
        attribute: str,
        value: AttributeValue,
        *,
        source: str,
        level: Level | None = None,
        by: str = "",
        is_again: bool = False,
    ) -> Party:
        """Say something about a party.

        Args:
            reference: The party's id or name.
            attribute: A name of the vocabulary, without prefix.
            value: Its value, as text or typed.
            source: Who says so.
            level: At most what the source gives; `Level.UNKNOWN`, said by a
                steward, withdraws the attribute.
            by: Who entered it, for the record.
            is_again: It was looked at again: kept also where it says the same.

        Returns:
            The party as it stands now.

        Raises:
            NotFound: no such party.
            InvalidValue: an attribute, value, source or level that cannot be.
            Conflict: better evidence says otherwise, the party is erased, control
                would go in a circle, or somebody else spoke meanwhile.
        """
        party = self._not_erased(reference)
        new = said(attribute, value, source=source, level=level)
        new = self._resolved(new, attribute)
        known = party.attributes.get(attribute)
        if not changes(attribute, known, new) and not (is_again and new == known):
            return party
        owner_ids = self._owners_with(party, attribute, new)
        number = len(self._store.statements_about(party.id)) + 1
        stated = self._statement(party.id, number, (attribute, new), by=by)
        self._store.add_statement(stated, owners=owner_ids)
        return self.show(party.id)

    def withdraw(self, reference: str, attribute: str, *, by: str = "") -> Party:
        """Say no more of a party what was said before.

        The history keeps that it was said. What may name a person is not kept there:
        a commitment takes the place of every value the attribute ever had.

        Args:
            reference: The party's id or name.
            attribute: A name of the vocabulary, without prefix.
            by: Who withdraws it, for the record.

        Raises:
            NotFound: no such party, or nothing of the kind is said of it.
            Conflict: the party is erased, or somebody else spoke meanwhile.
        """
        party = self._not_erased(reference)
        known = party.attributes.get(attribute)
        if known is None:
            said_now = ", ".join(party.attributes) or "nothing"
            detail = f"{attribute} is not said of {party.name}; there is {said_now}"
            raise NotFound(detail)
        history = self._store.statements_about(party.id)
        ended = Attribute(known.value, Level.UNKNOWN, WITHDRAWN_BY)
        owner_ids = self._owners_with(party, attribute, ended)
        number = len(history) + 1
        statement = self._statement(party.id, number, (attribute, ended), by=by)
        values = committed(
            one
            for one in (*history, statement)
            if one.attribute == attribute and attribute in PERSONAL
        )
        self._store.withdraw(statement, values, owners=owner_ids)
        return self.show(party.id)

    def export(self, reference: str) -> dict[str, Any]:
        """Everything we know about a party, as one JSON document.

        Raises:
            NotFound: no such party.
        """
        party = self.show(reference)
        history = self._store.statements_about(party.id)
        keys = self._keys.keys_of(party.id)
        return {
            "schema": EXPORT_SCHEMA,
            "party_id": party.id,
            "name": party.name,
            "owner_id": party.beneficial_owner_id,
            "created_at": iso(party.created_us),
            "erased_at": _iso_or_none(party.erased_us),
            "attributes": {
                name: {
                    "value": one.value,
                    "level": one.level.word,
                    "source": one.source,
                }
                for name, one in party.attributes.items()
            },
            "history": [
                {
                    "attribute": one.attribute,
                    "value": one.value,
                    "level": one.level.word,
                    "source": one.source,
                    "by": one.by,
                    "stated_at": iso(one.stated_us),
                    "erased": one.is_erased,
                }
                for one in history
            ],
            "keys": [
                {
                    "key_id": key.id,
                    "label": key.label,
                    "fingerprint": key.fingerprint,
                    "test": key.is_test,
                    "created_at": iso(key.created_us),
                    "expires_at": _iso_or_none(key.expires_us),
                    "revoked_at": _iso_or_none(key.revoked_us),
                    "replaced_by": key.replaced_by or None,
                }
                for key in keys
            ],
        }

    def erase(self, reference: str) -> Erased:
        """Put commitments in the place of what names a person; revoke every key.

        Ledger rows keep the party's id. An organisation keeps its name and what it
        is, which bookkeeping needs, and loses what may name a person.

        Raises:
            NotFound: no such party.
        """
        party = self.show(reference)
        erasure = planned_erasure(
            party,
            self._store.statements_about(party.id),
            salt=self._store.salt_of(party.id),
            at_us=self._clock.now_us(),
        )
        keys_revoked = self._store.erase_party(erasure)
        return Erased(
            party=self.show(party.id),
            kept_name=erasure.name is None,
            values_erased=len(erasure.values),
            keys_revoked=keys_revoked,
        )

    def _not_erased(self, reference: str) -> Party:
        party = self.show(reference)
        if party.erased_us is not None:
            detail = f"{party.id} was erased; add a new party"
            raise Conflict(detail)
        return party

    def _resolved(self, new: Attribute, attribute: str) -> Attribute:
        """Control by a party we know is kept as its id; numbers are checked."""
        if attribute in self._checks:
            return replace(new, value=self._checks[attribute](str(new.value)))
        if attribute == "paid_through":
            return replace(new, value=self.show(str(new.value)).id)
        if attribute != "controlled_by":
            return new
        known = self._store.find_party_named(str(new.value))
        return new if known is None else replace(new, value=known.id)

    def _owners_with(
        self, party: Party, attribute: str, new: Attribute
    ) -> Mapping[str, str]:
        if attribute != "controlled_by":
            return {}
        attributes = {**party.attributes, attribute: new}
        changed = replace(party, attributes=attributes or NO_ATTRIBUTES)
        others = [one for one in self._store.all_parties() if one.id != party.id]
        return owners([*others, changed])

    def _statement(
        self, party_id: str, number: int, stated: tuple[str, Attribute], *, by: str
    ) -> Statement:
        attribute, one = stated
        return Statement(
            party_id=party_id,
            number=number,
            attribute=attribute,
            value=one.value,
            level=one.level,
            source=one.source,
            by=checked_text("who entered it", by) if by else "",
            stated_us=self._clock.now_us(),
            salt=self._salt(),
        )

    def _salt(self) -> str:
        return f"{self._chance(SALT_LIMIT):064x}"


def _iso_or_none(instant_us: int | None) -> str | None:
    return None if instant_us is None else iso(instant_us)
