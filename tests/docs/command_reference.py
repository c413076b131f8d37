"""docs/reference/cli.md, written from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from textwrap import dedent

import click

from gateway.cli.entry import copyfair

AS_IT_STANDS = "\b"
INTRODUCTION = """\
# Command line

<!-- Written by `python -m tests.docs.generated` from the commands themselves. -->

Nouns, then verbs. `copyfair NOUN VERB --help` says on a terminal what stands here.

Commands about a set-up take `--config`, a `gateway.yaml` or the folder that holds one;
without it, the `gateway.yaml` of the current folder. `--json` prints exactly one
[document](json-documents.md) on standard output; progress and messages go to standard
error. Amounts are typed like `"12.34 EUR"`, quantities like `"300 MiB"`, periods like
`2026-11` or `2026`.

## Exit status

| status | means |
|---|---|
| 0 | fine |
| 1 | the answer is no: a case fails, the audit finds something, a name is taken |
| 2 | the input is faulty: an option, a file, a name nobody knows |
| 3 | denied (`explain` only) |
| 69 | something needed is not reachable: the store, a port, a file |
| 130 | interrupted |

A fault is told on standard error, with its place and the remedy.
"""


def page() -> str:
    """The whole page."""
    context = click.Context(copyfair, info_name="copyfair")
    sections = [INTRODUCTION]
    for name in copyfair.list_commands(context):
        command = copyfair.get_command(context, name)
        if command is None:
            raise AssertionError("unreachable")
        sections += sections_of(command, f"copyfair {name}", context, level=2)
    return "\n".join(sections)


def sections_of(
    command: click.Command, words: str, parent: click.Context, *, level: int
) -> Iterator[str]:
    """A command's own section, and those of its verbs."""
    context = click.Context(command, info_name=words.rpartition(" ")[2], parent=parent)
    yield "\n".join(_lines(command, words, context, level=level))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            if verb is not None:
                inner = f"{words} {name}"
                yield from sections_of(verb, inner, context, level=level + 1)


def _lines(
    command: click.Command, words: str, context: click.Context, *, level: int
) -> Iterator[str]:
    yield f"{'#' * level} {words}"
    yield ""
    yield from _prose(command)
    if isinstance(command, click.Group):
        return
    yield "```"
    yield " ".join((words, *command.collect_usage_pieces(context)))
    yield "```"
    yield ""
    options = [
        record
        for param in command.get_params(context)
        if isinstance(param, click.Option) and "--help" not in param.opts
        if (record := param.get_help_record(context)) is not None
    ]
    if options:
        yield "| option | means |"
        yield "|---|---|"
        yield from (f"| `{_cell(names)}` | {_cell(told)} |" for names, told in options)
        yield ""


def _prose(command: click.Command) -> Iterator[str]:
    for paragraph in cleandoc(command.help or "").split("\n\n"):
        head, _, rest = paragraph.partition("\n")
        if head.strip() == AS_IT_STANDS:
            yield "```"
            yield from dedent(rest).splitlines()
            yield "```"
        else:
            yield " ".join(paragraph.split())
        yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").strip()
