"""An obligation: the debt to the commons that a use opened."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.billing.invoice import Invoice, Status
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Obligation:
    """What is owed, by whom, and for what.

    Attributes:
        invoice_id: The document that states it.
        party_id: Who owes.
        amount: How much, VAT included.
        due_us: Until when.
    """

    invoice_id: str
    party_id: str
    amount: Money
    due_us: int


def obligation_of(invoice: Invoice) -> Obligation:
    """The obligation a finalised invoice states.

    Raises:
        InvalidValue: the invoice is not finalised: nobody owes a draft.
    """
    if invoice.status is not Status.FINALISED or invoice.due_us is None:
        raise InvalidValue("only a finalised invoice states an obligation")
    return Obligation(invoice.id, invoice.buyer.party_id, invoice.gross, invoice.due_us)
