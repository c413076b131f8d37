"""What admission has seen of a client without a credential, ready for its next time.

It lies beside the fields that the client repeats (`metering.judged.Accounts`), and
holds pure answers and the place of a budget: never a balance, a time or a switch
(ADR-0016).
"""

from __future__ import annotations

from gateway.classification.facts import Facts
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.request import Headers
from gateway.licensing.chain import Residue
from gateway.licensing.decision import Allow
from gateway.metering.budget import Account
from gateway.metering.judged import Judged
from gateway.services.desk import Desk


class Seen:
    """A client without a credential at one desk, for pages of one cost.

    Attributes:
        desk: Which; it belongs to one policy set.
        headers: The fields that it sent.
        facts: What they say.
        decision: What it was answered.
        residue: What has to be asked about each address; None where nothing has.
        account: Where the budget that is drawn on is kept; None for no budget.
        always_acts: That budget acts without pressure too.
        judged: All of it, as whoever asks is told.
    """

    __slots__ = (
        "account",
        "always_acts",
        "decision",
        "desk",
        "facts",
        "headers",
        "judged",
        "residue",
    )

    def __init__(
        self,
        desk: Desk,
        headers: Headers,
        facts: Facts,
        *,
        decision: Allow,
        residue: Residue | None,
        account: Account | None,
        version: str,
    ) -> None:
        self.desk = desk
        self.headers = headers
        self.facts = facts
        self.decision = decision
        self.residue = residue
        self.account = account
        self.always_acts = account is None or not account[0].terms.only_under_pressure
        self.judged: Judged = desk.collection, version, ANONYMOUS, facts, decision


def seen_of(
    desk: Desk,
    headers: Headers,
    facts: Facts,
    *,
    decision: Allow,
    cost: int,
    account: Account | None,
    version: str,
) -> Seen | None:
    """What can be made ready; None where the answer hangs on more than the address."""
    left = desk.chain.left_for(facts, cost)
    if left is None:
        return None
    answer, residue = left
    if residue is None and answer is not decision:
        return None
    return Seen(
        desk,
        headers,
        facts,
        decision=decision,
        residue=residue,
        account=account,
        version=version,
    )
