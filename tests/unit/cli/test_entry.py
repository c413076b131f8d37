"""gateway.cli.entry: every noun loads, and every fault has its exit status."""

import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.cli.entry import NOUNS, copyfair, exit_status
from gateway.kernel.errors import (
    Conflict,
    GatewayError,
    InvalidValue,
    Misconfigured,
    NotFound,
    Unavailable,
    UpstreamFailed,
)

FAULTS: list[tuple[GatewayError, int]] = [
    (Conflict("taken"), 1),
    (InvalidValue("no number"), 2),
    (NotFound("nobody"), 2),
    (Misconfigured("no key"), 2),
    (Unavailable("locked"), 69),
    (UpstreamFailed("gone"), 69),
]


def commands() -> list[tuple[str, ...]]:
    """Every command by its words, groups included."""
    context = click.Context(copyfair)
    found: list[tuple[str, ...]] = []

    def walk(command: click.Command, words: tuple[str, ...]) -> None:
        found.append(words)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, (*words, name))

    walk(copyfair, ())
    return found


def status_of(*words: str) -> int:
    with patch.object(sys, "argv", ["copyfair", *words]):
        try:
            main()
        except SystemExit as ended:
            return int(ended.code or 0)
    message = "main always ends the process"
    raise AssertionError(message)


@pytest.mark.parametrize(("fault", "status"), FAULTS)
def test_a_fault_has_the_documented_status(fault: GatewayError, status: int) -> None:
    assert exit_status(fault) == status


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_says_what_it_does(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(copyfair, [*words, "--help"])

    assert said.exit_code == 0
    assert said.output.startswith(" ".join(("Usage: copyfair", *words)))
    assert max(map(len, said.output.splitlines())) <= 88


def test_the_nouns_are_listed_in_the_order_of_the_table() -> None:
    said = CliRunner().invoke(copyfair, ["--help"])

    listed = said.output.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == list(NOUNS)


def test_a_noun_nobody_knows_is_faulty_input(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of("telephone") == 2
    assert "No such command 'telephone'" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of("--version") == 0
    assert capsys.readouterr().out.startswith("copyfair, version ")


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (Unavailable("the store is locked; try again"), 69, "the store is locked"),
        (PermissionError(13, "Permission denied", "/x/off"), 69, "/x/off cannot be"),
        (click.exceptions.Abort(), 130, "interrupted"),
        (BrokenPipeError(), 0, ""),
    ],
    ids=["unavailable", "file", "interrupted", "closed pipe"],
)
def test_what_a_command_raises_becomes_one_line_and_a_status(
    raised: BaseException,
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails() -> None:
        raise raised

    noun = SimpleNamespace(fails=click.Command("fails", callback=fails))
    monkeypatch.setitem(sys.modules, "a_noun", noun)
    monkeypatch.setitem(NOUNS, "fails", ("a_noun:fails", "Fails."))
    monkeypatch.setattr(sys.stderr, "close", lambda: None)

    assert status_of("fails") == status

    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert len(captured.err.splitlines()) <= 1


@pytest.mark.parametrize(("given", "status"), [(None, 0), (1, 1), ("text", 0)])
def test_what_a_command_gives_back_is_the_status(
    given: object, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noun = SimpleNamespace(answers=click.Command("answers", callback=lambda: given))
    monkeypatch.setitem(sys.modules, "a_noun", noun)
    monkeypatch.setitem(NOUNS, "answers", ("a_noun:answers", "Answers."))

    assert status_of("answers") == status


def test_every_fault_of_a_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("\n".join(f"unknown-{number}: x" for number in range(9)))

    assert status_of("doctor", "--config", str(file)) == 2

    said = capsys.readouterr().err
    assert [f":{line}:1  unknown key" in said for line in range(1, 10)] == [True] * 9


def test_a_slip_of_the_hand_is_told_what_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert status_of("explian") == 2
    assert "Did you mean 'explain'?" in capsys.readouterr().err

    assert status_of("zzz") == 2
    assert "mean" not in capsys.readouterr().err


def every_help(command: click.Command, parent: click.Context | None) -> list[str]:
    context = click.Context(command, parent=parent, info_name=command.name)
    found = [command.get_help(context)]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            assert verb is not None
            found += every_help(verb, context)
    return found


def test_no_help_shows_the_marks_of_its_layout() -> None:
    pages = every_help(copyfair, None)

    assert len(pages) > 100
    assert [page for page in pages if "\\b" in page or "\b" in page] == []
