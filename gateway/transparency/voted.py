"""What votes, decisions and terms say, as rows: one function for each kind.

A ballot's row says neither whose it is nor when it was cast. Titles stay out: the names
of options and the digest of what was decided say what the vote was about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from gateway.fund.ports import Books
from gateway.fund.voting import box
from gateway.fund.voting.count import counted
from gateway.fund.voting.decision import Decision
from gateway.fund.voting.decision import Kind as Decided
from gateway.fund.voting.office import Act, Term
from gateway.fund.voting.vote import Vote
from gateway.transparency import vote_kinds as kinds
from gateway.transparency.rows import Row

Called = Callable[[str], str]
"""From a party's id to the commitment that stands for it."""
IsLogged = Callable[[str], bool]
"""Whether a ballot's commitment stands in the log already."""

UNTOLD = frozenset(("paper-ballot",))  # its hour would tell whose ballot came when
ABOUT_PARTIES = frozenset(
    (Decided.ADMIT_MEMBER, Decided.RELEASE_MEMBER, Decided.APPOINT_STEWARD)
)


def voting_rows(books: Books, called: Called, *, is_logged: IsLogged) -> Iterator[Row]:
    """Every row about votes, decisions and terms.

    Args:
        books: The books as of one instant.
        called: What stands for a party.
        is_logged: Knows the ballots whose commitments were told before.
    """
    for vote in books.votes.all():
        yield from _vote_rows(books, vote, called, is_logged=is_logged)
    for decision in books.decisions.all():
        yield decision_row(decision, called)
    for term in books.offices.terms():
        yield term_row(term, called)
    for act in books.offices.acts():
        if act.what not in UNTOLD:
            yield act_row(act, called)


def decision_row(decision: Decision, called: Called) -> Row:
    """What members decided."""
    body = {
        **_matter(decision.kind, decision.subject, called),
        "digest": decision.digest,
        "weights": [list(each) for each in decision.weights],
        "vote": decision.vote_id,
        "yes": decision.yes,
        "no": decision.no,
        "abstain": decision.abstain,
        "entitled": decision.entitled,
        "quorum_bp": decision.quorum_bp,
        "outcome": decision.outcome.value,
    }
    return Row(kinds.DECISION, decision.id, decision.decided_us, body)


def term_row(term: Term, called: Called) -> Row:
    """A steward's term."""
    body = {
        "collection": term.collection,
        "steward": called(term.steward_id),
        "deputy": called(term.deputy_id),
        "ends_us": term.ends_us,
        "decision": term.decision_id,
    }
    return Row(kinds.TERM, term.id, term.starts_us, body)


def act_row(act: Act, called: Called) -> Row:
    """What an officer did."""
    body = {"by": called(act.party_id), "what": act.what, "about": act.about}
    return Row(kinds.OFFICER_ACT, act.id, act.at_us, body)


def _vote_rows(
    books: Books, vote: Vote, called: Called, *, is_logged: IsLogged
) -> Iterator[Row]:
    matter = vote.matter
    asked = _matter(matter.kind, matter.subject, called) if matter else {}
    body = {
        "about": vote.word,
        "subject": "",
        **asked,
        "digest": matter.digest if matter else "",
        "weights": [list(each) for each in matter.weights] if matter else [],
        "options": list(vote.names),
        "credits": vote.credits,
        "quorum_bp": vote.quorum_bp,
        "closes_us": vote.closes_us,
        "electorate": [each.mark for each in books.votes.entitled(vote.id)],
    }
    yield Row(kinds.VOTE, vote.id, vote.opened_us, body)
    if vote.closed_us is None:
        casts = books.votes.casts(vote.id)
        logged = {one.commitment for one in casts if is_logged(one.commitment)}
        yield from _commitments(vote, box.told(casts, logged))
    else:
        yield from _closed_rows(books, vote, vote.closed_us)


def _closed_rows(books: Books, vote: Vote, closed_us: int) -> Iterator[Row]:
    kept = books.votes.kept(vote.id)
    yield from _commitments(vote, [each.commitment for each in kept])
    counting = [each for each in kept if each.is_counted]
    for each in counting:
        votes = [list(part) for part in each.ballot]
        body = {"vote": vote.id, "nonce": each.nonce, "votes": votes}
        yield Row(kinds.OPENED_BALLOT, each.commitment, closed_us, body)
    method, weights = counted(vote, [each.ballot for each in counting])
    total = {
        "method": method.value,
        "weights": [list(each) for each in weights],
        "voted": sorted(books.votes.voted(vote.id)),
        "superseded": [each.commitment for each in kept if not each.is_counted],
    }
    yield Row(kinds.TALLY, vote.id, closed_us, total)


def _commitments(vote: Vote, commitments: Collection[str]) -> Iterator[Row]:
    for each in commitments:
        yield Row(kinds.BALLOT, each, vote.opened_us, {"vote": vote.id})


def _matter(kind: Decided, subject: str, called: Called) -> dict[str, str]:
    """What it is about; a party only by its commitment."""
    before, slash, party_id = subject.rpartition("/")
    if kind in ABOUT_PARTIES:
        subject = f"{before}{slash}{called(party_id)}"
    return {"about": kind.value, "subject": subject}
