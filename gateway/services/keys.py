"""Keys: issue, list, rotate, revoke.

A key is shown once, when it is issued; afterwards there is only its fingerprint.
A label names one use of a key (a crawler, a laptop). At most two keys of a label
are live at a time: the one in use, and the one it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.identity.api_key import (
    RANDOM_LIMIT,
    SHOWN_LETTERS,
    ApiKey,
    spelled,
)
from gateway.identity.pepper import Peppers, hashed
from gateway.identity.ports import Chance, KeyStore, PartyStore
from gateway.identity.secret import Secret
from gateway.identity.vocabulary import checked_text
from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.services.known_party import known_party

LIVE_MAX = 2
OVERLAP_S = 7 * 86_400
OVERLAP_S_MAX = 30 * 86_400


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key, the only time that it can be read.

    Attributes:
        secret: The key itself; show it once and forget it.
        key: What we keep.
    """

    secret: Secret
    key: ApiKey


class Keys:
    """Everything that is done with keys."""

    def __init__(
        self,
        store: KeyStore,
        parties: PartyStore,
        *,
        peppers: Peppers,
        clock: Clock,
        ids: IdSource,
        chance: Chance,
    ) -> None:
        self._store = store
        self._parties = parties
        self._peppers = peppers
        self._clock = clock
        self._ids = ids
        self._chance = chance

    def issue(
        self,
        party_id: str,
        *,
        label: str = "",
        is_test: bool = False,
        expires_us: int | None = None,
    ) -> IssuedKey:
        """Make a key for a party.

        Args:
            party_id: `pty_…`.
            label: What the key is for; without one it gets a label of its own.
            is_test: Metered and reported, never invoiced.
            expires_us: From when it no longer holds, microseconds UTC.

        Raises:
            NotFound: no such party.
            InvalidValue: the label is no plain text, or the expiry is past.
            Conflict: two keys of that label are live already.
        """
        if expires_us is not None and expires_us <= self._clock.now_us():
            raise InvalidValue("a key expires after it is issued; name a later time")
        issued = self._new(party_id, label=label, is_test=is_test)
        issued = replace(issued, key=replace(issued.key, expires_us=expires_us))
        self._store.add_key(issued.key, live_max=LIVE_MAX)
        return issued

    def list(self, party_id: str = "") -> tuple[ApiKey, ...]:
        """Every key of a party, or of everybody; oldest first.

        Raises:
            NotFound: no such party.
        """
        if not party_id:
            return self._store.all_keys()
        return self._store.keys_of(known_party(self._parties, party_id).id)

    def show(self, key_id: str) -> ApiKey:
        """The key of that id, live or not.

        Raises:
            NotFound: no such key.
        """
        key = self._store.find_key(key_id)
        if key is None:
            detail = f"there is no key {key_id!r}; see `copyfair key list`"
            raise NotFound(detail)
        return key

    def rotate(self, key_id: str, *, overlap_s: int = OVERLAP_S) -> IssuedKey:
        """Replace a key; the old one holds for the overlap and not longer.

        Args:
            key_id: The key in use.
            overlap_s: Whole seconds, 0 to 30 days.

        Returns:
            The new key, of the same party, label and kind; without an expiry.

        Raises:
            NotFound: no such key.
            InvalidValue: the overlap is out of range.
            Conflict: the key is not live, or was replaced already.
        """
        if not 0 <= overlap_s <= OVERLAP_S_MAX:
            detail = f"the overlap is 0 to {OVERLAP_S_MAX} seconds (30 days)"
            raise InvalidValue(detail)
        old = self.show(key_id)
        issued = self._new(old.party_id, label=old.label, is_test=old.is_test)
        self._store.replace_key(
            key_id,
            issued.key,
            old_expires_us=issued.key.created_us + overlap_s * US_PER_S,
            live_max=LIVE_MAX,
        )
        return issued

    def revoke(self, key_id: str) -> ApiKey:
        """End a key for good: within a second at a server that runs.

        Revoking twice changes nothing; the first instant stands.

        Raises:
            NotFound: no such key.
        """
        return self._store.revoke_key(key_id, at_us=self._clock.now_us())

    def _new(self, party_id: str, *, label: str, is_test: bool) -> IssuedKey:
        secret = spelled(self._chance(RANDOM_LIMIT), is_test=is_test)
        key_id = self._ids.new("key")
        key = ApiKey(
            id=key_id,
            party_id=party_id,
            label=checked_text("a key's label", label) if label else key_id,
            hash=hashed(secret, self._peppers.current),
            pepper_id=self._peppers.current.id,
            last4=secret.reveal()[-SHOWN_LETTERS:],
            is_test=is_test,
            created_us=self._clock.now_us(),
        )
        return IssuedKey(secret, key)
