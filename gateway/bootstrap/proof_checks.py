"""Rechecks of proofs, with real registers, a real resolver and the outbox."""

from __future__ import annotations

from gateway.bootstrap.house import House
from gateway.bootstrap.proving import proofs_of
from gateway.bootstrap.verifying import verifying
from gateway.identity.party import Party
from gateway.identity.validity import Proven
from gateway.kernel.errors import InvalidValue
from gateway.kernel.letter import Letter
from gateway.services.outbox import letter_parcel
from gateway.services.rechecks import Notice, Rechecks
from gateway.storage.stores.proof_notice_store import StoredProofNotices


def rechecks_of(house: House) -> Rechecks:
    """The rechecks of a set-up."""

    async def look_again(party: Party, one: Proven) -> None:
        said = {name: str(each.value) for name, each in party.attributes.items()}
        match one.source:
            case "domain-challenge" if "domain" in said:
                await verifying(house).verify(party.id, said["domain"])
            case "vies" if "vat_id" in said:
                await proofs_of(house).by_vat(party.id, said["vat_id"])
            case "register" if "registration" in said:
                await proofs_of(house).by_register(party.id, said["registration"])
            case "bank-transfer":
                proofs_of(house).by_transfer(party.id, since_us=one.stated_us + 1)

    def tell(party: Party, notice: Notice) -> None:
        email = party.attributes.get("email")
        if email is None or house.settings.mail is None:
            return
        now_us = house.clock.now_us()
        address = str(email.value)
        letter = Letter(address, notice.subject, notice.text, once=notice.once)
        try:
            parcel = letter_parcel(letter, ids=house.ids, now_us=now_us)
        except InvalidValue:
            return  # no address of mail: it stands on the page of its agreements
        house.mailroom.outbox.put([parcel])

    return Rechecks(
        house.parties,
        store=house.identities,
        notices=StoredProofNotices(house.store),
        agreements=house.agreements,
        look_again=look_again,
        tell=tell,
        valid_days=house.settings.evidence.valid_days,
        sells=house.settings.invoicing.seller != "none",
        clock=house.clock,
    )
