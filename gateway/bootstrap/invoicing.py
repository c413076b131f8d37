"""Whether usage of a collection may be owed: a seller, and the mode in force."""

from __future__ import annotations

from collections.abc import Callable

from gateway.licensing.enforce import switches_for
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import LicenceMode
from gateway.settings import Settings

IsInvoiced = Callable[[str], bool]


def invoicing_of(settings: Settings, policies: Callable[[], PolicySet]) -> IsInvoiced:
    """Says of a collection's id whether its usage is invoiced now.

    A collection that the policies no longer name stands under the gateway's own
    switch.

    Args:
        settings: Who sells, and the gateway's switches.
        policies: Gives the set in force now.
    """

    def is_invoiced(collection_id: str) -> bool:
        if settings.invoicing.seller == "none":
            return False
        named = (one for one in policies().collections if one.id == collection_id)
        switches = switches_for(next(named, None), settings.switches)
        return switches.licence_mode >= LicenceMode.INVOICE

    return is_invoiced
