"""Who invoices: nothing that an invoice needs is left out, and nothing contradicts."""

from __future__ import annotations

from gateway.settings.section import Section
from gateway.settings.values import Invoicing

FOR_OTHERS = frozenset({"fiscal-host", "alliance"})
"""Sellers that invoice in their own name for a commons."""


def check_seller(section: Section, invoicing: Invoicing) -> None:
    """Name a fault for each thing that a seller's invoices would lack.

    No VAT is a statement, never an omission; neither is for whom somebody invoices.
    """
    if invoicing.seller in FOR_OTHERS:
        if not (invoicing.on_behalf_of and invoicing.mandate):
            section.fault_at_start(
                f"seller: {invoicing.seller} invoices for a commons: say for whom in"
                " `on_behalf_of`, and in `mandate` what that rests on"
            )
    elif invoicing.on_behalf_of or invoicing.mandate:
        section.fault_at_start(
            "`on_behalf_of` and `mandate` are for seller: fiscal-host or alliance"
        )
    if invoicing.seller == "none":
        return
    if not invoicing.name:
        section.fault_at_start("a seller needs a `name` for its invoices")
    if not invoicing.country:
        section.fault_at_start("a seller needs a `country`, such as FR")
    if not {"vat", "vat_exemption"} & set(section.names()):
        section.fault_at_start(
            "a seller needs `vat`, such as 20 %, or `vat_exemption`, the reason why"
            " no VAT is charged"
        )
