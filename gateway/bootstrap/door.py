"""The door that every entrance shares: admission, put together for a set-up."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from gateway.bootstrap.house import House
from gateway.bootstrap.keys import key_ring_of, peppers_of
from gateway.bootstrap.nobody import never
from gateway.classification.classify import stranger
from gateway.credentials.reader import Reader, leaked_key
from gateway.credentials.tokens import LicenceTokens
from gateway.identity.presented import LicenceClaims
from gateway.identity.principal import CredentialFault
from gateway.identity.secret import Secret
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import Switches
from gateway.metering.budget import BudgetBook
from gateway.services.admission import Admission
from gateway.services.agreement_book import AgreementBook
from gateway.services.authentication import Authentication
from gateway.services.checks import CredentialChecks
from gateway.services.corroboration import Corroboration
from gateway.services.giving import Giving
from gateway.services.leaks import LeakedKey
from gateway.services.pressure import Pressure
from gateway.services.relief import Relief

BUDGET_KEY_BYTES = 32


def tokens_of(house: House) -> LicenceTokens:
    """Licence tokens of this set-up, with the signing keys there are now."""
    issuer, ring = house.settings.public_url, key_ring_of(house.settings)
    return LicenceTokens(ring, issuer, issuer, house.clock, house.ids)


class LiveTokens:
    """Judges licence tokens with the key ring as it stands; it may be replaced."""

    def __init__(self, current: LicenceTokens) -> None:
        self.current = current

    def verify(self, token: Secret) -> LicenceClaims | CredentialFault:
        """See `gateway.identity.ports.TokenVerifier`."""
        return self.current.verify(token)

    def fault_at(self, claims: LicenceClaims, at_us: int) -> CredentialFault | None:
        """See `gateway.identity.ports.TokenVerifier`."""
        return self.current.fault_at(claims, at_us)


def authentication_of(house: House, tokens: LiveTokens | None = None) -> Authentication:
    """Who stands behind a request, from this set-up's keys and store."""
    return Authentication(
        house.identities,
        tokens or LiveTokens(tokens_of(house)),
        read=Reader(house.settings.public_url),
        peppers=peppers_of(house.settings),
        clock=house.clock,
        run_blocking=house.ask_store,
        checks=CredentialChecks(
            clock=house.clock, key=secrets.token_bytes(BUDGET_KEY_BYTES)
        ),
    )


def admission_of(
    house: House,
    *,
    switches: Switches,
    policies: Callable[[], PolicySet] | None = None,
    authentication: Authentication | None = None,
    is_off: Callable[[], bool] = never,
    leaked: LeakedKey = leaked_key,
    strangers: Corroboration | None = None,
    relief: Relief | None = None,
    giving: Giving | None = None,
) -> Admission:
    """The verbs before forwarding, on this set-up."""
    given_by = (giving or house.giving).given
    return Admission(
        authenticator=authentication or authentication_of(house),
        agreements=AgreementBook(
            house.books.agreements, house.ask_store, house.clock, given_by
        ),
        policies=policies or (lambda: house.policies),
        budgets=BudgetBook(key=secrets.token_bytes(BUDGET_KEY_BYTES)),
        pressure=Pressure(house.clock),
        switches=switches,
        clock=house.clock,
        is_off=is_off,
        leaked_key=leaked,
        strangers=strangers or stranger,
        relief=relief,
    )
