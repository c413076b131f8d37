"""copyfair policy import: what you have already, as a preset of yours."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

import click

from gateway.bootstrap import shipped_policies
from gateway.classification.known_agents import KnownAgents
from gateway.cli.screen import aside, console, counted, emit, json_option
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.policy_files.agents import read_agents
from gateway.policy_files.importers.conversion import Conversion
from gateway.policy_files.importers.registry import IMPORT_BYTES_MAX, IMPORTERS
from gateway.policy_files.scalars import ID

BEGINS = {"robots": "a line User-agent", "anubis": "a list of rules"}


@click.command("import")
@click.argument("kind", type=click.Choice(list(IMPORTERS)))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--name", default="", help="What the preset is called.")
@click.option(
    "--into",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Policies folder to write it into; without, it is shown.",
)
@json_option
def import_(
    kind: str, file: Path, *, name: str, folder: Path | None, as_json: bool
) -> None:
    """Convert FILE into a preset that a collection can include.

    FILE is a robots.txt, or a bot policy of Anubis, the whole or one of its imports.

    What could not be said, or not word for word, is told line by line on standard
    error. Rules of yours stand before it, and it stands before the pack.

    \b
    Examples:
      copyfair policy import robots /var/www/robots.txt
      copyfair policy import robots robots.txt --into my-archive/policies
    """
    name = name or f"from-{kind}"
    if ID.pattern is None or not ID.pattern.fullmatch(name):
        detail = f"{name!r} is no id; {ID.hint}"
        raise InvalidValue(detail)
    known = KnownAgents(read_agents(shipped_policies()))
    made = IMPORTERS[kind](_text_of(file), name, known)
    if not made.is_of_kind:
        detail = (
            f"{file} holds nothing that a file of {kind} begins with: {BEGINS[kind]}"
        )
        raise InvalidValue(detail)
    written = [] if folder is None else _write(made, folder, name)
    if as_json:
        document = {
            "preset": made.preset,
            "agents": dict(made.agents),
            "not_word_for_word": [
                {"line": one.line, "message": one.message} for one in made.notes
            ],
            "files": [str(one) for one in written],
        }
        emit("policy-import", document)
        return
    for one in made.notes:
        aside().print(f"{file}:{one}", markup=False)
    if folder is None:
        click.echo(made.preset, nl=False)
        _tell_of_agents(made)
        return
    for path in written:
        console().print(f"  {path}", markup=False)
    console().print(f"Now write `presets: [{name}]` in a collection.", markup=False)


def _text_of(file: Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(IMPORT_BYTES_MAX + 1)
    if len(content) > IMPORT_BYTES_MAX:
        detail = f"{file} is larger than {IMPORT_BYTES_MAX} bytes"
        raise InvalidValue(detail)
    marks = {BOM_UTF16_LE: "utf-16", BOM_UTF16_BE: "utf-16"}
    return content.decode(marks.get(content[:2], "utf-8-sig"), "replace")


def _tell_of_agents(made: Conversion) -> None:
    if made.agents:
        told = counted(len(made.agents), "agent")
        aside().print(f"{told} of yours beside it; --into writes them", markup=False)


def _write(made: Conversion, folder: Path, name: str) -> list[Path]:
    """Write the files; none of them may be there.

    Raises:
        Conflict: one is.
    """
    files = {folder / "presets" / f"{name}.yaml": made.preset}
    files |= {folder / "agents" / f"{one}.yaml": to for one, to in made.agents.items()}
    for path in files:
        if path.exists():
            detail = f"{path} exists; remove it, or choose another --name"
            raise Conflict(detail)
    for path, text in files.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)
