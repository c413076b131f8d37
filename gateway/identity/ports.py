"""What the identity room asks of its neighbours.

Stores block; services that serve requests call them in a thread. Every change to
something that already exists raises the store's *epoch* in the same transaction.
A cache that compares epochs therefore never outlives a revocation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from gateway.identity.api_key import ApiKey
from gateway.identity.erasure import Erasure
from gateway.identity.party import Party
from gateway.identity.presented import LicenceClaims, Presented
from gateway.identity.principal import CredentialFault, Identified
from gateway.identity.secret import Secret
from gateway.identity.statement import Statement
from gateway.kernel.request import Headers, Request

NO_OWNERS: Mapping[str, str] = MappingProxyType({})


class Chance(Protocol):
    """Unpredictable whole numbers; handed in, so that tests repeat themselves."""

    def __call__(self, limit: int, /) -> int:
        """A number of at least 0 and below *limit*."""


class PartyStore(Protocol):
    """Parties and everything ever said about them."""

    def add_party(
        self,
        party: Party,
        statements: Sequence[Statement],
        *,
        salt: str,
        owners: Mapping[str, str] = NO_OWNERS,
    ) -> None:
        """Keep a new party; *salt* is for the commitment to its name.

        In the same step others get the beneficial owners that follow, as in
        `set_owners`.

        Raises:
            Conflict: its id or its name is taken; names differ by more than case
                and spaces.
        """

    def find_party(self, party_id: str) -> Party | None:
        """The party, with the attributes that count now."""

    def find_party_named(self, name: str) -> Party | None:
        """The party of that name, whatever the case and the spaces."""

    def all_parties(self) -> tuple[Party, ...]:
        """Every party, in the order of their ids."""

    def parties_of_owner(self, owner_id: str) -> tuple[Party, ...]:
        """The parties of one beneficial owner, by id; the owner too if it is one."""

    def add_statement(
        self, statement: Statement, *, owners: Mapping[str, str] = NO_OWNERS
    ) -> None:
        """Keep what was said, and in the same step the owners that follow from it.

        Raises:
            NotFound: no such party.
            Conflict: its number is taken: somebody else said something meanwhile.
        """

    def withdraw(
        self,
        statement: Statement,
        values: Mapping[int, str],
        *,
        owners: Mapping[str, str] = NO_OWNERS,
    ) -> None:
        """Keep that something is said no more, and in the same step what follows.

        Args:
            statement: What withdraws it.
            values: Number of an earlier statement to the commitment that takes the
                place of its value.
            owners: As in `set_owners`.

        Raises:
            NotFound: no such party.
            Conflict: its number is taken: somebody else said something meanwhile.
        """

    def statements_about(self, party_id: str) -> tuple[Statement, ...]:
        """Everything ever said about a party, oldest first."""

    def salt_of(self, party_id: str) -> str:
        """The salt of the commitment to the party's name; empty once erased."""

    def set_owners(self, owners: Mapping[str, str]) -> None:
        """Give parties other beneficial owners, all in one step.

        Args:
            owners: Party id to the id of its owner; empty for the party itself.
        """

    def erase_party(self, erasure: Erasure) -> int:
        """Erase, and revoke every key of the party, in one step.

        Returns:
            How many keys were revoked.
        """


class ProofNoticeStore(Protocol):
    """When parties were told that something proven ends; nothing here ever changes."""

    def add(self, party_id: str, number: int, *, at_us: int) -> None:
        """Keep that a party was told of a statement; the first time counts.

        Raises:
            NotFound: no such party.
        """

    def noticed_us(self, party_id: str, number: int) -> int | None:
        """When it was told, or None."""


class KeyStore(Protocol):
    """API keys; rows are never removed, a revoked key leaves a tombstone."""

    def add_key(self, key: ApiKey, *, live_max: int) -> None:
        """Keep a new key.

        Raises:
            NotFound: no such party.
            Conflict: its hash is taken, or the party already holds *live_max*
                live keys of that label.
        """

    def replace_key(
        self, old_id: str, new: ApiKey, *, old_expires_us: int, live_max: int
    ) -> None:
        """Keep *new*, and let the old key expire, in one step.

        Raises:
            Conflict: the old key is no longer live or was replaced already, or
                there are *live_max* live keys besides.
        """

    def find_key(self, key_id: str) -> ApiKey | None:
        """The key, live or not."""

    def keys_of(self, party_id: str) -> tuple[ApiKey, ...]:
        """Every key of a party, oldest first."""

    def all_keys(self) -> tuple[ApiKey, ...]:
        """Every key, oldest first."""

    def revoke_key(self, key_id: str, *, at_us: int) -> ApiKey:
        """Set the tombstone; a second time changes nothing.

        Raises:
            NotFound: no such key.
        """


@dataclass(frozen=True, slots=True)
class Held:
    """A key and the party that holds it."""

    key: ApiKey
    party: Party


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up found.

    Attributes:
        epoch: The store's epoch, read no later than the rest.
        held: The key and its party, or None.
    """

    epoch: int
    held: Held | None


class KeyDirectory(Protocol):
    """Who holds a key: what requests are identified with."""

    def epoch(self) -> int:
        """How many times something that existed was changed.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def find_by_hash(self, hashes: Sequence[str]) -> Found:
        """The key stored under one of some hashes.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def find_by_id(self, key_id: str) -> Found:
        """The key of that id.

        Raises:
            Unavailable: the store cannot be asked.
        """


class CredentialReader(Protocol):
    """Finds a credential that is recognisably ours."""

    def __call__(self, headers: Headers, /) -> Presented | None:
        """The credential, unjudged; None where there is none of ours."""


class TokenVerifier(Protocol):
    """Judges licence tokens."""

    def verify(self, token: Secret) -> LicenceClaims | CredentialFault:
        """What the token says, or why it does not hold; never raises."""

    def fault_at(self, claims: LicenceClaims, at_us: int) -> CredentialFault | None:
        """Why a token that held does not hold at an instant; None when it does."""


class Authenticator(Protocol):
    """Says who stands behind a request."""

    async def identify(self, asked: Request) -> Identified:
        """The principal, nobody in particular, or a credential that fails.

        Raises:
            Unavailable: nobody can be asked now, and nothing is cached.
        """

    def at_once(self, asked: Request, *, now_ns: int) -> Identified | None:
        """What `identify` says, where it need not wait; None where it may have to.

        Args:
            asked: The request.
            now_ns: Ticks of the clock, now.
        """
