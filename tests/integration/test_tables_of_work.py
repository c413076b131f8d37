"""Tables that a steward writes: every fault in one go, or all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.kernel.clock import iso
from gateway.kernel.errors import NotFound
from gateway.reciprocity.contribution import Kind
from gateway.work_logs.tables import Faulty, read_authors, read_claims
from gateway.work_logs.wiki_edits import instant_us

NOW_US = instant_us("2026-11-28T12:00:00Z")
HEAD = "party,kind,title,evidence,hours,done_on,paid_by,id\n"


def named(reference: str) -> str:
    if reference != "Amina":
        detail = f"there is no party {reference!r}"
        raise NotFound(detail)
    return "pty_1"


def a_table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    text = (
        f'\ufeff{HEAD}Amina,code,"Two\nlines",https://x.example,1.25,2026-11-03,Coop,7\n'
        "\nAmina, care ,Cooked,minutes,2,,,\n"
    )

    first, second = read_claims(a_table(tmp_path, text), named, now_us=NOW_US)

    assert (first.kind, first.paid_by, first.work.origin) == (
        Kind.SOFTWARE,
        "Coop",
        "csv:7",
    )
    assert (first.work.title, first.work.weight_hundredths) == ("Two lines", 125)
    assert iso(first.work.done_us) == "2026-11-03T00:00:00Z"
    assert (second.kind, second.paid_by, second.work.done_us) == (
        Kind.CARE,
        "none",
        NOW_US,
    )


def test_rows_without_an_id_are_named_by_what_they_say(tmp_path: Path) -> None:
    row = "Amina,care,Cooked,minutes,2,,,\n"

    def origins(text: str) -> list[str]:
        rows = read_claims(a_table(tmp_path, text), named, now_us=NOW_US)
        return [each.work.origin for each in rows]

    once, twice = origins(HEAD + row), origins(HEAD + row + row)

    assert twice[0] == once[0]
    assert twice[1] == f"{once[0]}.2"
    assert origins(HEAD + row.replace("2,", "3,")) != once


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = a_table(
        tmp_path,
        f"{HEAD}"
        'Amina,care,"Coo\nked",minutes,2,,,1\n'
        "Nobody,baking,,minutes,lots,2027-01-01,,2\n"
        "Amina,care,Cooked\n"
        "Amina,care,Cooked,minutes,0,soon,,1\n",
    )

    with pytest.raises(Faulty) as refused:
        read_claims(path, named, now_us=NOW_US)

    told = [each.removeprefix(f"{path}:") for each in refused.value.faults]
    assert [each.partition("  ")[0] for each in told] == [
        *("4", "4", "4", "4", "4", "5", "6", "6", "6")
    ]
    text = refused.value.detail
    for words in (
        *("there is no party 'Nobody'", "'baking' is no kind", "no title is given"),
        *("hours are a number", "2027-01-01 is still to come"),
        *("3 cells under 8 headings", "weighs 0.01 to 1000 hours", "'soon' is no day"),
        *("id '1' stands there twice", "9 faults. Nothing was kept."),
    ):
        assert words in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "column 'party' is missing"),
        ("party,party,kind,title,evidence,hours\n", "stands there twice"),
        (HEAD.replace("id", "iban"), "column 'iban' is not known"),
        (f'{HEAD}"Amina', "csv:2  unexpected end"),
    ],
    ids=["empty", "a column twice", "an unknown column", "an open quote"],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Faulty, match=told):
        read_claims(a_table(tmp_path, text), named, now_us=NOW_US)


def test_a_table_in_another_encoding_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes(HEAD.encode() + b"Am\xefna,care,x,y,1,,,\n")

    with pytest.raises(Faulty, match="UTF-8"):
        read_claims(path, named, now_us=NOW_US)
    with pytest.raises(NotFound):
        read_claims(tmp_path / "nowhere.csv", named, now_us=NOW_US)


def test_authors_stand_for_parties(tmp_path: Path) -> None:
    right = a_table(tmp_path, "author,party\na@example.org,Amina\nUser:Ines,Amina\n")
    assert read_authors(right, named) == {
        "a@example.org": "pty_1",
        "User:Ines": "pty_1",
    }

    wrong = a_table(tmp_path, "author,party\nx,Amina\nx,Nobody\n,Amina\n")
    with pytest.raises(Faulty, match="3 faults") as refused:
        read_authors(wrong, named)
    assert "csv:3  'x' stands there twice" in refused.value.detail
