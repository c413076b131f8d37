"""Rechecks: before a proof lapses it is looked up again, and its party is told.

What is found again counts anew. What is not lapses to *claimed*, a month after its
party was told at the earliest; then its agreements are prepaid from there on. Invoices
that were issued stay as they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.identity.party import Party
from gateway.identity.ports import PartyStore, ProofNoticeStore
from gateway.identity.statement import EXPIRED
from gateway.identity.validity import NOTICE_DAYS, Proven, proven
from gateway.kernel.clock import US_PER_DAY, Clock, iso
from gateway.kernel.errors import GatewayError
from gateway.kernel.evidence import Level
from gateway.licensing.agreement import Settling
from gateway.services.agreements import Agreements
from gateway.services.parties import Parties


@dataclass(frozen=True, slots=True)
class Notice:
    """What a party is told of a proof that ends.

    Attributes:
        subject: One line.
        text: Plain text.
        once: Names it: the same notice is the same letter, however often it is put in.
    """

    subject: str
    text: str
    once: str


LookAgain = Callable[[Party, Proven], Awaitable[None]]
"""Looks once more for what proved it, and keeps what is found; raises as proofs do."""
Tell = Callable[[Party, Notice], None]
"""Puts a letter to a party into the outbox; nothing where it has no address."""
NOTICE_US = NOTICE_DAYS * US_PER_DAY
SUBJECT = {
    "en": "Please prove again who you are",
    "fr": "Merci de prouver à nouveau qui vous êtes",
}
TEXT = {
    "en": (
        "What proves your {attribute} ({source}) holds until {until}. We looked and"
        " could not find it again. Unless it is proven anew by then, it counts as"
        " claimed, no longer as verified."
    ),
    "fr": (
        "La preuve de votre « {attribute} » ({source}) vaut jusqu’au {until}. Nous"
        " l’avons cherchée et ne l’avons pas retrouvée. Sans nouvelle preuve d’ici là,"
        " elle vaudra comme une simple déclaration."
    ),
}
WHERE_SOLD = {
    "en": (
        " Your agreement is prepaid from there on; invoices that were issued stay as"
        " they are."
    ),
    "fr": (
        " Votre contrat sera prépayé ensuite ; les factures émises restent telles"
        " quelles."
    ),
}


@dataclass(slots=True)
class Round:
    """What a round of rechecks did.

    Attributes:
        found: What was found again.
        told: What was not, and its party was told now.
        waiting: What was not, its party was told before.
        lapsed: What counts as claimed from now on.
        prepaid: Agreements that are prepaid from now on.
    """

    found: list[Proven] = field(default_factory=list)
    told: list[Proven] = field(default_factory=list)
    waiting: list[Proven] = field(default_factory=list)
    lapsed: list[Proven] = field(default_factory=list)
    prepaid: list[str] = field(default_factory=list)


class Rechecks:
    """Looks again at what was proven."""

    def __init__(
        self,
        parties: Parties,
        *,
        store: PartyStore,
        notices: ProofNoticeStore,
        agreements: Agreements,
        look_again: LookAgain,
        tell: Tell,
        valid_days: Mapping[str, int],
        sells: bool,
        clock: Clock,
    ) -> None:
        self._parties = parties
        self._store = store
        self._notices = notices
        self._agreements = agreements
        self._look_again = look_again
        self._tell = tell
        self._valid_days = valid_days
        self._sells = sells
        self._clock = clock

    def standing(self, party_id: str) -> tuple[Proven, ...]:
        """What of a party was verified, and until when it counts."""
        return proven(self._store.statements_about(party_id), self._valid_days)

    def all_standing(self) -> Iterator[tuple[Party, Proven]]:
        """The same of everybody, by party and attribute."""
        for party in self._parties.list():
            for one in self.standing(party.id):
                yield party, one

    async def go_round(self) -> Round:
        """Look again at all that ends within a month; again, and nothing is told twice.

        Silence of a register changes nothing before the proof's own end.

        Raises:
            Unavailable: the store cannot be asked.
        """
        done = Round()
        for party in self._parties.list():
            if party.erased_us is not None:
                continue  # nothing is said of it any more
            ending = self._ending(party)
            for source in sorted({one.source for one in ending}):
                await self._look(party, source, ending)
            left = {one.number for one in self._ending(party)}
            done.found += [one for one in ending if one.number not in left]
            for one in ending:
                if one.number in left:
                    self._end(party, one, done)
            self._pay_ahead(party, done)
        return done

    def _ending(self, party: Party) -> list[Proven]:
        soon_us = self._clock.now_us() + NOTICE_US
        return [one for one in self.standing(party.id) if one.ends_us <= soon_us]

    async def _look(self, party: Party, source: str, ending: list[Proven]) -> None:
        try:
            first = next(one for one in ending if one.source == source)
            await self._look_again(party, first)
        except GatewayError:
            return  # not found again, or nobody answered: it ends when it ends

    def _end(self, party: Party, one: Proven, done: Round) -> None:
        """Tell of what is not found again, or let it lapse."""
        now_us = self._clock.now_us()
        told_us = self._notices.noticed_us(party.id, one.number)
        if told_us is None:
            # The letter first: broken off in between, it is put in again and kept once.
            self._write(party, one, max(one.ends_us, now_us + NOTICE_US))
            self._notices.add(party.id, one.number, at_us=now_us)
            done.told.append(one)
        elif now_us < max(one.ends_us, told_us + NOTICE_US):
            done.waiting.append(one)
        else:
            self._lapse(party, one, done)

    def _write(self, party: Party, one: Proven, until_us: int) -> None:
        said = party.attributes.get("language")
        language = str(said.value) if said and str(said.value) in TEXT else "en"
        text = TEXT[language].format(
            attribute=one.attribute, source=one.source, until=iso(until_us)[:10]
        )
        more = WHERE_SOLD[language] if self._sells else ""
        once = f"proof:{party.id}:{one.number}"
        self._tell(party, Notice(SUBJECT[language], text + more, once))

    def _lapse(self, party: Party, one: Proven, done: Round) -> None:
        self._parties.set_attribute(
            party.id, one.attribute, one.value, source=EXPIRED, level=Level.CLAIMED
        )
        done.lapsed.append(one)

    def _pay_ahead(self, party: Party, done: Round) -> None:
        """Renew as prepaid what a party has whose proof lapsed, now or before.

        Asked anew in every round, so that nothing is left on credit where the last
        one was broken off.
        """
        said = self._store.statements_about(party.id)
        last = [one.source for one in said if one.attribute == "entity"][-1:]
        if last != [EXPIRED]:
            return
        now_us = self._clock.now_us()
        for each in self._agreements.list(party.id):
            if each.is_in_force(now_us) and each.settling is Settling.INVOICED:
                done.prepaid.append(self._agreements.renew(each.id).id)
