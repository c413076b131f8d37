"""The site as this entrance sees it: whose terms apply where, and under which name.

One gateway may stand before several hosts. What a host publishes covers exactly
the collections that are on it and that ask for labels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import LicenceMode, Switches
from gateway.terms.statements import Statement, statement_of

LICENCE_PATH = "/license.xml"
PREFIX = "/_copyfair/"


@dataclass(slots=True)
class Site:
    """Policies and switches in force, and what follows from them.

    Attributes:
        public_url: The gateway's public address without a slash at the end.
        policies: Gives the set in force now.
        switches: Gives the gateway's own switches as they stand now.
    """

    public_url: str
    policies: Callable[[], PolicySet]
    switches: Callable[[], Switches]
    _version: str = field(default="", repr=False)
    _statements: dict[str, Statement] = field(default_factory=dict, repr=False)

    def origin(self, asked: Request) -> str:
        """The public origin a document is published under.

        A host that no policy names is an alias: it is told the public address, so
        that nobody can have links written to a host of their choice.
        """
        host = urlsplit(self.public_url).hostname
        names = {name for one in self.policies().collections for name in one.hosts}
        if asked.host != host and asked.host in names:
            return f"{asked.scheme}://{asked.authority}"
        return self.public_url

    def mode_of(self, collection: Collection) -> LicenceMode:
        """The licence mode of a collection now."""
        mode = collection.licence_mode
        return self.switches().licence_mode if mode is None else mode

    def takes(self, collection: Collection) -> bool:
        """Are offers of a collection made, and acceptances taken, now?"""
        return self.mode_of(collection) >= LicenceMode.OFFER

    def labelled(self, host: str) -> tuple[Statement, ...]:
        """What the labelled collections on a host say, the most specific first."""
        policies = self.policies()
        found = [
            one
            for one in policies.collections
            if (not one.hosts or host in one.hosts)
            and self.mode_of(one) >= LicenceMode.LABEL
        ]
        found.sort(key=lambda one: (not one.hosts, -_literal(one), one.id))
        return tuple(self.statement(one) for one in found)

    def statement(self, collection: Collection) -> Statement:
        """What a collection says; worked out once per policy version."""
        policies = self.policies()
        if policies.version != self._version:
            self._statements = {}
            self._version = policies.version
        known = self._statements.get(collection.id)
        if known is None or known.collection is not collection:
            known = statement_of(policies, collection)
            self._statements[collection.id] = known
        return known

    def offer_href(self, origin: str, collection: Collection) -> str:
        """Where the offer of a collection can be read."""
        return f"{origin}{PREFIX}offers/{self.policies().offer_of(collection).id}"


def _literal(collection: Collection) -> int:
    return max(len(path.partition("*")[0]) for path in collection.paths)
