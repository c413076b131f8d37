"""How often a network may have unknown credentials checked.

A check costs a signature or a question to the store; whoever sends made-up keys must
not spend the time of those who hold real ones. Credentials that were found to hold
are not counted, so nobody who is known waits for a neighbour's flood.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from gateway.kernel.clock import Clock
from gateway.kernel.site import site_of
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook

CHECKS = BudgetTerms("credential-checks", cost=20, window_s=1, burst=100)
"""Twenty a second for each network, and a hundred at once.

Our own starting figure: a check of a signature takes 0.13 ms, so one network can
spend 0.3 % of a core; the keys of a whole data centre are known after seconds.
"""
NETWORKS_MAX = 50_000
IPV4_REST_BITS = 8


class CredentialChecks:
    """Counts checks by network, as keyed hashes in bounded memory."""

    def __init__(
        self, *, clock: Clock, key: bytes, terms: BudgetTerms = CHECKS
    ) -> None:
        self.terms = terms
        self._clock = clock
        self._book = BudgetBook(key=key, entries_max=NETWORKS_MAX)

    def wait_s(self, client_ip: str) -> int:
        """Spend one check; 0, or whole seconds until there is one again."""
        spending = self._book.spend(
            self.terms, network_of(client_ip), 1, now_ns=self._clock.ticks_ns()
        )
        return 0 if spending.is_within else max(1, spending.retry_after_s)


def network_of(client_ip: str) -> str:
    """The /24 of an IPv4 address, the /64 of an IPv6 one."""
    try:
        address = ip_address(client_ip.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return site_of(client_ip)
        address = address.ipv4_mapped
    prefix = int(address) >> IPV4_REST_BITS << IPV4_REST_BITS
    return f"{IPv4Address(prefix)}/24"
