"""copyfair letter: a signed dossier of one page about one operator."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from gateway.bootstrap import SystemClock
from gateway.bootstrap.keys import key_ring_of
from gateway.bootstrap.simulating import Simulation, policies_in
from gateway.cli.entry import EXIT_NO
from gateway.cli.screen import complain, emit, json_option, say
from gateway.cli.setup import config_option
from gateway.credentials.signed_note import NoteKey, note_key, opened, signed
from gateway.kernel.errors import InvalidValue
from gateway.services.simulation.dossier import Dossier
from gateway.services.simulation.figures import figures, list_price
from gateway.settings import Settings

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class WriteUnlessTold(click.Group):
    """Writes where no verb is given: `copyfair letter --operator X LOG`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group(cls=WriteUnlessTold)
def letter() -> None:
    """Letters to operators, signed with the house's key."""


@letter.command()
@click.argument("logs", metavar="LOG…", nargs=-1, required=True)
@click.option("--operator", required=True, help="Whom it is about: openai, google …")
@click.option("--format", "said", default="", help="As for `copyfair simulate`.")
@click.option("--lang", "language", type=click.Choice(["en", "fr"]), default="en")
@config_option
@json_option
def write(
    logs: tuple[str, ...],
    settings: Settings,
    *,
    operator: str,
    said: str,
    language: str,
    as_json: bool,
) -> None:
    """Write what an operator took, how it is known, and three ways to settle.

    The letter goes to standard output; the key that others check it with to standard
    error. Publish that key where you publish your terms.

    \b
    Example:  copyfair letter --operator openai access.log > letter.txt
    """
    policies = policies_in(None, settings)
    tally = Simulation(logs, said=said).run([policies], settings)[0]
    dossier = Dossier(
        tally, figures(tally, policies), house=settings.public_url, language=language
    )
    price = list_price(tally, policies, operator=operator)
    text = dossier.letter(operator, price, written_us=SystemClock().now_us())
    name = urlsplit(settings.public_url).netloc
    key = key_ring_of(settings).current
    note = signed(text.rstrip("\n") + "\n", name, key.private)
    verifier = str(NoteKey(name, key.public))
    if as_json:
        emit("letter", {"operator": operator, "letter": note, "key": verifier})
        return
    click.echo(note, nl=False)
    say(f"Others check it with the key {verifier}")


@letter.command()
@click.argument("file", type=FILE)
@click.option("--key", "verifier", required=True, help="The house's verifier key.")
def verify(file: Path, verifier: str) -> int:
    """Check a letter offline: was it written by the holder of a key, word for word?

    \b
    Exit status: 0 it was · 1 it was not
    """
    key = note_key(verifier)
    try:
        opened(file.read_bytes().decode("utf-8", "replace"), key)
    except InvalidValue:
        complain(f"{file} was not signed with that key, or was changed since")
        return EXIT_NO
    say(f"{file} is as it was signed by {key.name}")
    return 0
