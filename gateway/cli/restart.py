"""copyfair restart: new processes for a running gateway, and no lost connection."""

from __future__ import annotations

import os
import signal

import click

from gateway.bootstrap.node import is_served
from gateway.bootstrap.parent import parent_of
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import Unavailable
from gateway.settings import Settings


@click.command()
@config_option
@json_option
def restart(settings: Settings, *, as_json: bool) -> None:
    """Replace the workers and the writer of a running gateway, one by one.

    The new ones run the code and the gateway.yaml that are on the disk now; addresses
    and the number of workers stay as they were started. No connection is refused: an
    old worker goes when its successor serves, and finishes what it has begun (`drain`
    in gateway.yaml says for how long). The log says `restart.done`, or
    `restart.failed` and why; then the old ones go on.

    Only where it was started with two workers or more; one process is restarted by
    its supervisor, and loses no connection where that holds the sockets.

    \b
    Example:  copyfair restart --config my-archive/gateway.yaml
    """
    process_id = parent_of(settings.folder)
    if process_id is None or not is_served(settings.folder):
        detail = (
            "no gateway with two workers or more serves this set-up; start one with "
            "`copyfair serve --workers 2`, or restart its service"
        )
        raise Unavailable(detail)
    os.kill(process_id, signal.SIGUSR2)
    if as_json:
        emit("restart", {"process_id": process_id, "config": str(settings.file)})
    else:
        console().print(f"Process {process_id} replaces its workers; its log says how.")
