"""What each kind of row about votes says, field by field.

Public: add a kind, never rename or change one; a reader refuses what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gateway.transparency.shapes import (
    Fields,
    amounts,
    count,
    matching,
    text,
    texts,
    whole,
)

VOTE = "vote"
BALLOT = "ballot"
OPENED_BALLOT = "opened-ballot"
TALLY = "tally"
DECISION = "decision"
TERM = "term"
OFFICER_ACT = "officer-act"

DIGEST_OR_NONE = matching(re.compile(r"(?:[0-9a-f]{64})?"))

_matter: Fields = {
    "about": text,  # `priorities`, or the kind of a decision
    "subject": text,
    "digest": DIGEST_OR_NONE,
    "weights": amounts,  # those that are to replace a tally's; else empty
}
VOTING: Mapping[str, Fields] = {
    VOTE: {
        **_matter,
        "options": texts,
        "credits": count,
        "quorum_bp": count,
        "closes_us": whole,
        "electorate": texts,  # a commitment for each who may vote, sorted
    },
    BALLOT: {"vote": text},  # its key is the commitment; nobody's, and of no hour
    OPENED_BALLOT: {"vote": text, "nonce": text, "votes": amounts},
    TALLY: {
        "method": text,
        "weights": amounts,
        "voted": texts,  # who of the electorate did, sorted
        "superseded": texts,  # ballots whose voters cast another later
    },
    DECISION: {
        **_matter,
        "vote": text,
        "yes": count,
        "no": count,
        "abstain": count,
        "entitled": count,
        "quorum_bp": count,
        "outcome": text,
    },
    TERM: {
        "collection": text,
        "steward": text,
        "deputy": text,
        "ends_us": whole,
        "decision": text,
    },
    OFFICER_ACT: {"by": text, "what": text, "about": text},
}
ORDER = (VOTE, BALLOT, OPENED_BALLOT, TALLY, DECISION, TERM, OFFICER_ACT)
"""In which rows of one instant are told."""
