"""What the members decided, and what votes on priorities came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.tally import Tally
from gateway.fund.voting.vote import Vote
from gateway.kernel.clock import iso
from gateway.services.public_books.figures import DecisionRow, TallyRow, ppm

ABOUT_SOMEBODY = frozenset(
    (Kind.ADMIT_MEMBER, Kind.RELEASE_MEMBER, Kind.APPOINT_STEWARD)
)
"""What is asked there names a person; the decision is told, the name is not."""


def decision_rows(
    decisions: Iterable[Decision], votes: Mapping[str, Vote]
) -> tuple[DecisionRow, ...]:
    """Every decision, the newest first."""
    newest = sorted(decisions, key=lambda it: (-it.decided_us, it.id))
    return tuple(
        DecisionRow(
            decided_on=iso(each.decided_us)[:10],
            about=each.kind.value,
            title=_title(each, votes),
            outcome=each.outcome.value,
            in_favour=each.yes,
            against=each.no,
            entitled=each.entitled,
        )
        for each in newest
    )


def _title(decision: Decision, votes: Mapping[str, Vote]) -> str:
    if decision.kind in ABOUT_SOMEBODY:
        return ""
    vote = votes.get(decision.vote_id)
    return vote.title if vote else ""


def tally_rows(
    tallies: Iterable[Tally], votes: Mapping[str, Vote]
) -> tuple[TallyRow, ...]:
    """What each option got, the newest vote first, the largest weight first."""
    rows = []
    for tally in sorted(tallies, key=lambda it: (-it.closed_us, it.vote_id)):
        vote = votes.get(tally.vote_id)
        titles = {each.name: each.title for each in vote.options} if vote else {}
        total = sum(weight for _, weight in tally.weights)
        ranked = sorted(tally.weights, key=lambda it: (-it[1], it[0]))
        rows += [
            TallyRow(
                vote=vote.title if vote else "",
                closed_on=iso(tally.closed_us)[:10],
                option=titles.get(name) or name,
                weight=weight,
                share_ppm=ppm(weight, total),
                voted=tally.voters,
                entitled=tally.entitled,
            )
            for name, weight in ranked
        ]
    return tuple(rows)
