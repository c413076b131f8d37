"""Who may vote: by what they gave, never by what they paid.

A contributor is a beneficial owner of whose work enough has vested in the last 12
months; ten parties of one owner are one contributor. A member is a contributor, or
whom the members admitted. Payments, agreements and gifts of money do not enter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from gateway.fund.voting.decision import Decision, Kind
from gateway.identity.party import Party
from gateway.reciprocity.standing import Judged, vested_hundredths

FindParty = Callable[[str], Party | None]
Voters = Mapping[str, str]
"""Beneficial owner to the party under whose salt it is marked."""


def contributors(
    judged: Iterable[Judged],
    find_party: FindParty,
    *,
    vested_hundredths_min: int,
    at_us: int,
) -> Voters:
    """Of whose work enough has vested, by owner.

    Args:
        judged: Every claim with its reviews.
        find_party: Knows the parties; who was erased votes no more.
        vested_hundredths_min: How much has to have vested, hundredths of an hour.
        at_us: When the vote opens.
    """
    work: dict[str, list[Judged]] = defaultdict(list)
    parties: dict[str, set[str]] = defaultdict(set)
    for each in judged:
        party = find_party(each.claim.party_id)
        if party is not None and party.erased_us is None:
            work[party.beneficial_owner_id].append(each)
            parties[party.beneficial_owner_id].add(party.id)
    return {
        owner_id: min(parties[owner_id])
        for owner_id in sorted(work)
        if vested_hundredths(work[owner_id], at_us=at_us)
        >= max(1, vested_hundredths_min)
    }


def members(
    contributing: Voters, decisions: Iterable[Decision], find_party: FindParty
) -> Voters:
    """Contributors, and whom members admitted and did not release since.

    Args:
        contributing: As `contributors` gives them.
        decisions: Every decision, by date and id.
        find_party: Knows the parties.
    """
    admitted: dict[str, str] = {}
    for each in decisions:
        if not each.is_accepted:
            continue
        party = find_party(each.subject)
        if party is None or party.erased_us is not None:
            continue
        if each.kind is Kind.ADMIT_MEMBER:
            admitted.setdefault(party.beneficial_owner_id, party.id)
        elif each.kind is Kind.RELEASE_MEMBER:
            admitted.pop(party.beneficial_owner_id, None)
    return dict(sorted({**admitted, **contributing}.items()))
