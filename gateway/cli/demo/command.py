"""The command: builds the stage, plays the story, and keeps serving if asked."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.bootstrap import opened
from gateway.cli.demo import archive
from gateway.cli.demo.cast import Seen
from gateway.cli.demo.screen import Telling
from gateway.cli.demo.stage import Ports, introduce, serving, set_up
from gateway.cli.demo.story import Story
from gateway.cli.screen import aside, emit, json_option
from gateway.kernel.errors import Conflict
from gateway.settings import read_settings


@click.command()
@click.option("--once", is_flag=True, help="End after the story.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the set-up in this folder, for further commands.",
)
@json_option
def demo(*, once: bool, keep: Path | None, as_json: bool) -> None:
    """Play the story: one request becomes money, on a real archive, on loopback.

    Datasette serves GeoNames' places; the gateway stands in front; a reader, a feed
    reader, a search bot, an AI crawler, a cooperative and two companies come by.
    Nothing leaves this machine. Keeps serving until Ctrl-C, unless --once is given.

    \b
    Examples:
      copyfair demo                          # look around afterwards
      copyfair demo --once --json            # for scripts
      copyfair demo --keep my-demo           # then: copyfair audit --config my-demo
    """
    with _folder(keep) as folder:
        document = _play(folder, telling=Telling(is_quiet=as_json), once=once)
    if as_json:
        emit("demo", document)


def _play(folder: Path, *, telling: Telling, once: bool) -> dict[str, Any]:
    ports = Ports(*(archive.free_port() for _ in range(3)))
    with _progress() as progress:
        task = progress.add_task("places of the world", total=None)

        def moved(done: int, whole: int) -> None:
            progress.update(task, completed=done, total=whole)

        database = archive.build_database(folder, moved)
    set_up(folder, ports)
    settings = read_settings(folder / "gateway.yaml")
    with (
        archive.served(database, ports.archive, ports.public_url),
        opened(settings) as house,
    ):
        parties = introduce(house)
        with serving(folder, ports):
            telling.opening(ports)
            seen: list[Seen] = []

            def tell(one: Seen) -> None:
                seen.append(one)
                telling.request(one)

            document = Story(house, ports, parties, tell).play()
            telling.ending(document)
            if not once:
                telling.places(ports, folder)
                _until_interrupted()
    return document


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """The folder that stays, or one that goes."""
    if keep is None:
        made = Path(tempfile.mkdtemp(prefix="copyfair-demo-"))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return
    if (keep / "gateway.yaml").exists():
        detail = f"{keep}/gateway.yaml exists; name a folder that is new"
        raise Conflict(detail)
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal; silence in a pipe."""
    console = aside()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as progress:
        yield progress


def _until_interrupted() -> None:
    interrupted = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: interrupted.set())
    interrupted.wait()
