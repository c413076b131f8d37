"""Who issues statements of usage: our keys, our address, the policies as they stand."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from gateway.bootstrap.keys import key_ring_of
from gateway.credentials.signed_statement import signed_statement
from gateway.licensing.policy import PolicySet
from gateway.services.statement_document import CollectionTerms
from gateway.services.usage_statements import Issuer
from gateway.settings import Settings

NOTHING_KNOWN = CollectionTerms()


def issuer_of(settings: Settings, policies: Callable[[], PolicySet]) -> Issuer:
    """Who issues the statements of a set-up.

    Raises:
        Misconfigured: there is no key.
    """
    key = key_ring_of(settings).current
    host = urlsplit(settings.public_url).hostname or ""

    def terms_of(collection: str) -> CollectionTerms:
        named = (one for one in policies().collections if one.id == collection)
        found = next(named, None)
        if found is None:
            return NOTHING_KNOWN
        return CollectionTerms(
            licence=found.licence,
            basis=found.basis.value,
            rights=found.rights.value,
            domains=found.hosts or ((host,) if host else ()),
        )

    return Issuer(
        public_url=settings.public_url,
        sign=lambda content: signed_statement(content, key),
        terms_of=terms_of,
    )
