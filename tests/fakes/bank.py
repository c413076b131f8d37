"""Statements as banks write them: camt.053 in the two shapes that differ."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

ACCOUNT = "DE75512108001245126199"
OLD, NEW = "camt.053.001.02", "camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a statement, as the test needs it."""

    amount: str = "11.90"
    reference: str = "2026113000001"
    is_in: bool = True
    text: str = ""
    creditor_reference: str = ""
    end_to_end: str = "NOTPROVIDED"
    name: str = "Company 1 GmbH"
    status: str = "BOOK"
    currency: str = "EUR"
    day: str = "2026-11-30"
    is_reversal: bool = False
    counterpart: str = "FR7630006000011234567890189"
    us: str = ""


def statement(
    *entries: Entry, version: str = NEW, opening: str = "", closing: str = ""
) -> bytes:
    """A document with one statement."""
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
        for code, amount in (("OPBD", opening), ("CLBD", closing))
        if amount
    )
    inner = "".join(_entry(each, version) for each in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">'
        "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId></GrpHdr><Stmt><Id>S-2026-11</Id>"
        f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id></Acct>{balances}{inner}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _entry(one: Entry, version: str) -> str:
    mark = "CRDT" if one.is_in else "DBIT"
    # Whoever had paid stays the debtor, also of what a bank takes back.
    side = "Dbtr" if one.is_in or (one.us and one.is_reversal) else "Cdtr"
    money = f'<Amt Ccy="{one.currency}">{one.amount}</Amt>'
    if version == NEW:
        status = f"<Sts><Cd>{one.status}</Cd></Sts>"
        amount = money
    else:
        status = f"<Sts>{one.status}</Sts>"
        amount = f"<AmtDtls><TxAmt>{money}</TxAmt></AmtDtls>"
    party = _party(side, one.name, one.counterpart, version)
    other = "Cdtr" if side == "Dbtr" else "Dbtr"
    ours = _party(other, one.us, ACCOUNT, version) if one.us else ""
    parties = party + ours if side == "Dbtr" else ours + party
    told = f"<Ustrd>{escape(one.text)}</Ustrd>" if one.text else ""
    if one.creditor_reference:
        told += (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            f"<Ref>{one.creditor_reference}</Ref></CdtrRefInf></Strd>"
        )
    turned = "<RvslInd>true</RvslInd>" if one.is_reversal else ""
    own = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
    return (
        f"<Ntry>{money}<CdtDbtInd>{mark}</CdtDbtInd>{turned}{status}"
        f"<BookgDt><Dt>{one.day}</Dt></BookgDt>{own}<NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{one.end_to_end}</EndToEndId></Refs>{amount}"
        f"<RltdPties>{parties}</RltdPties><RmtInf>{told}</RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
    )


def _party(side: str, name: str, account: str, version: str) -> str:
    """Who stands on a side of a payment, with their account."""
    called = f"<Nm>{escape(name)}</Nm>"
    called = f"<Pty>{called}</Pty>" if version == NEW else called
    iban = f"<Id><IBAN>{account}</IBAN></Id>"
    return f"<{side}>{called}</{side}><{side}Acct>{iban}</{side}Acct>"
