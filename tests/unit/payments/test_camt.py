"""Bank statements: both shapes are read alike, and what does not add up is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.billing.bank import Direction, Movement
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.payments.camt import read, read_file
from tests.fakes.bank import ACCOUNT, NEW, OLD, Entry, statement

NOVEMBER_30_US = 1_795_996_800_000_000


def movements(*entries: Entry, version: str = NEW) -> tuple[Movement, ...]:
    (found,) = read(statement(*entries, version=version))
    return found.movements


@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_transfer_is_read_with_all_that_names_its_invoice(version: str) -> None:
    entry = Entry(
        text="Invoice of November",
        creditor_reference="RF39INV20260001",
        end_to_end="E2E-7",
    )
    assert movements(entry, version=version) == (
        Movement(
            account=ACCOUNT,
            reference="2026113000001",
            amount=Money(1_190, "EUR"),
            direction=Direction.IN,
            booked_us=NOVEMBER_30_US,
            end_to_end="E2E-7",
            creditor_reference="RF39INV20260001",
            text="Invoice of November",
            name="Company 1 GmbH",
            counterpart="FR7630006000011234567890189",
        ),
    )


def test_what_is_only_pending_is_left_for_the_next_statement() -> None:
    pending, booked = Entry(status="PDNG"), Entry(reference="2")
    assert [one.reference for one in movements(pending, booked)] == ["2"]


def test_money_that_went_out_is_told_apart() -> None:
    (out,) = movements(Entry(is_in=False))
    assert out.direction is Direction.OUT
    assert out.name == "Company 1 GmbH"


@pytest.mark.parametrize("version", [OLD, NEW])
@pytest.mark.parametrize("us", ["Our Archive", ""], ids=["roles kept", "turned"])
def test_who_had_paid_is_at_the_other_end_of_what_is_taken_back(
    version: str, us: str
) -> None:
    paid = Entry(us="Our Archive")
    entries = (paid, replace(paid, reference="2", is_in=False, is_reversal=True, us=us))
    came, back = movements(*entries, version=version)

    assert (came.name, came.counterpart) == ("Company 1 GmbH", Entry().counterpart)
    assert (back.name, back.counterpart) == (came.name, came.counterpart)
    assert (back.is_reversal, came.is_reversal) == (True, False)


def test_our_own_account_is_nobody_at_the_other_end() -> None:
    told = Entry(is_in=False, is_reversal=True, name="Our Archive", counterpart=ACCOUNT)
    (back,) = movements(told)

    assert (back.name, back.counterpart) == ("", "")


def test_an_entry_of_nothing_is_no_movement() -> None:
    note = Entry(amount="0.00", reference="1")
    assert [one.reference for one in movements(note, Entry())] == [Entry().reference]


def test_a_name_that_only_begins_like_none_is_one() -> None:
    (one,) = movements(Entry(end_to_end="NOTPROVIDED-7"))
    assert one.end_to_end == "NOTPROVIDED-7"


def test_one_reference_for_two_entries_makes_two_movements() -> None:
    entries = (Entry(), Entry(amount="1.00"))
    assert [one.reference for one in movements(*entries)] == [
        "2026113000001",
        "2026113000001/2",
    ]


@pytest.mark.parametrize("none", ["", "NONREF", "NOTPROVIDED"])
def test_a_bank_that_gives_no_reference_gives_the_same_movement_again(
    none: str,
) -> None:
    first = movements(Entry(reference="", text="a"), Entry(reference=none, text="b"))
    again = movements(Entry(reference="", text="a"), Entry(reference=none, text="b"))
    (later,) = movements(Entry(reference=none, text="b", day="2026-12-01"))

    assert later.reference not in {one.reference for one in first}
    assert first == again
    assert len({one.reference for one in first}) == 2


def test_a_yen_has_no_decimals_and_nothing_is_finer_than_its_currency() -> None:
    (yen,) = movements(Entry(currency="JPY", amount="1190.00"))
    assert yen.amount == Money(1_190, "JPY")
    with pytest.raises(InvalidValue, match="finer than the currency"):
        movements(Entry(amount="11.901"))


@pytest.mark.parametrize("amount", ["-1.00", "1,00", "1e3", "", "NaN"])
def test_what_is_no_amount_is_named(amount: str) -> None:
    with pytest.raises(InvalidValue, match="is no amount"):
        movements(Entry(amount=amount))


def test_a_statement_that_adds_up_is_read() -> None:
    made = statement(
        Entry(), Entry(amount="1.90", is_in=False), opening="100.00", closing="110.00"
    )
    (found,) = read(made)
    assert len(found.movements) == 2


def test_a_page_that_is_missing_is_noticed() -> None:
    made = statement(Entry(), opening="100.00", closing="110.00")
    with pytest.raises(InvalidValue, match=r"make 111\.90 EUR.* is 110\.00 EUR"):
        read(made)


BATCH = """
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-30</Dt></BookgDt><AcctSvcrRef>BATCH</AcctSvcrRef><NtryDtls>
<TxDtls><Amt Ccy="EUR">10.00</Amt>
<RmtInf><Ustrd>INV-2026-0001</Ustrd></RmtInf></TxDtls>
<TxDtls><Amt Ccy="EUR">{second}</Amt>
<RmtInf><Ustrd>INV-2026-0002</Ustrd></RmtInf></TxDtls>
</NtryDtls></Ntry></Stmt>"""


@pytest.mark.parametrize(
    ("second", "amounts"), [("20.00", [1_000, 2_000]), ("21.00", [3_000])]
)
def test_a_batch_is_read_payment_by_payment_where_it_adds_up(
    second: str, amounts: list[int]
) -> None:
    made = statement().replace(b"</Stmt>", BATCH.format(second=second).encode())
    (found,) = read(made)
    assert [one.amount.minor for one in found.movements] == amounts


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"not xml", r"the statement:1:1 is no XML"),
        (b"<a>", "is no XML"),
        (b"<Document/>", "holds no statement"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "DTD or entities"),
        (statement().replace(ACCOUNT.encode(), b""), "names no account"),
        (
            statement(Entry(day="yesterday")),
            "no day on which it was booked",
        ),
    ],
    ids=["text", "cut off", "another document", "a DTD", "no account", "no day"],
)
def test_what_is_no_statement_is_refused_with_its_reason(
    document: bytes, words: str
) -> None:
    with pytest.raises(InvalidValue, match=words):
        read(document)


def test_a_file_is_read_or_named(tmp_path: Path) -> None:
    path = tmp_path / "november.xml"
    path.write_bytes(statement(Entry()))
    (found,) = read_file(path)
    assert found.id == "S-2026-11"
    with pytest.raises(NotFound, match=r"december\.xml"):
        read_file(tmp_path / "december.xml")
