"""gateway.cli.screen: nothing is cut off, and a script gets one document."""

import json

import pytest
from rich.console import Console

from gateway.cli import screen
from gateway.cli.screen import complain, counted, emit, prose, say, spelled, table

ID = "key_01m85bz68wevqrctkeq0rk3abc"


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_numbers_and_amounts_stand_to_the_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(("what", "count", "net"), [("a", 7, "-1.55 EUR"), ("b", 1_234, "36.80 EUR")])

    assert printed(capsys) == [
        "what  count        net",
        "a         7  -1.55 EUR",
        "b      1234  36.80 EUR",
    ]


def test_words_stand_to_the_left_and_no_line_ends_in_spaces(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table(("name", "state"), [("Amina", "vested"), ("Jonas Q.", "ok")])

    assert printed(capsys) == [
        "name      state",
        "Amina     vested",
        "Jonas Q.  ok",
    ]


def test_a_table_of_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    table(("invoice", "buyer"), [])

    assert printed(capsys) == ["none"]


def test_markup_in_a_cell_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name",), [("[bold]Mapworks[/bold]",)])

    assert printed(capsys) == ["name", "[bold]Mapworks[/bold]"]


def test_on_a_narrow_terminal_prose_wraps_and_ids_stay_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "console", lambda: Console(width=50))

    table(("key", "about"), [(ID, "for the crawler that comes by night")])

    lines = printed(capsys)
    assert lines[1].startswith(f"{ID}  for the")
    assert max(map(len, lines)) <= 50
    assert " ".join(line[32:].strip() for line in lines[1:]) == (
        "for the crawler that comes by night"
    )


def test_ids_wider_than_the_terminal_are_printed_whole_all_the_same(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "console", lambda: Console(width=50))

    table(("key", "party"), [(ID, ID)])

    assert printed(capsys)[1] == f"{ID}  {ID}"


def test_a_terminal_without_cursor_control_cuts_no_figure_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(
        screen, "console", lambda: Console(force_terminal=True, width=50)
    )

    table(("key", "party", "amount"), [(ID, ID, "17022.60 EUR")])

    assert "17022.60 EUR" in printed(capsys)[1]


@pytest.mark.parametrize(("is_terminal", "lines"), [(True, 2), (False, 1)])
def test_prose_wraps_where_somebody_reads_it_and_stays_whole_in_a_pipe(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_terminal: bool,
    lines: int,
) -> None:
    def console() -> Console:
        return Console(force_terminal=is_terminal, width=30, soft_wrap=True)

    monkeypatch.setattr(screen, "console", console)

    prose("Nobody gets more than a fifth [of it].")

    assert len(printed(capsys)) == lines


def test_a_script_gets_one_versioned_document(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit("party", {"name": "Zoë"})

    out = capsys.readouterr().out
    assert json.loads(out) == {"schema": "copyfair/party/1", "name": "Zoë"}
    assert "Zoë" in out


def test_messages_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    complain("the store is gone")
    say("still [working]")

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "copyfair: the store is gone\nstill [working]\n"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        ([], "–"),
        ("", "–"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (["a", "b"], "a, b"),
        ("open", "open"),
    ],
)
def test_values_are_spelled_for_people(value: object, words: str) -> None:
    assert spelled(value) == words


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 cases"), (1, "1 case"), (2, "2 cases")]
)
def test_things_are_counted_as_people_do(number: int, words: str) -> None:
    assert counted(number, "case") == words
