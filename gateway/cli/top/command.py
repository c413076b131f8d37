"""copyfair top: who eats us now, and which page class."""

from __future__ import annotations

import sys
import time
from contextlib import suppress

import click
from rich.console import Group
from rich.live import Live
from rich.text import Text

from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.cli.top.asking import asked
from gateway.cli.top.page import page
from gateway.kernel.errors import Unavailable
from gateway.settings import Address, Settings
from gateway.settings.section import listen_address

EVERY_S = 2
ROWS_IN_A_PIPE, WIDTH_MAX = 30, 100
LINES_BESIDE = 12
"""Lines of a screen that are no rows: heads, gaps and the note."""


@click.command()
@click.option("--once", is_flag=True, help="One screen, also on a terminal.")
@click.option("--admin-listen", default="", help="As for `copyfair serve`.")
@config_option
@json_option
def top(settings: Settings, *, once: bool, admin_listen: str, as_json: bool) -> None:
    """Show who takes now, from where, and which pages; ends with Ctrl-C.

    A terminal is renewed every two seconds; a pipe gets one screen. Addresses are cut
    to their network, pages to their shape. Several workers are shown as one.

    \b
    Exit status: 0 · 69 no gateway answers
    Example:     copyfair top --config my-archive/gateway.yaml
    """
    admin = listen_address(admin_listen) if admin_listen else settings.admin_listen
    told = asked(admin)
    if as_json:
        told.pop("schema")
        emit("top", told)
        return
    out = console()
    out.width = min(out.width, WIDTH_MAX)
    if once or not sys.stdout.isatty():
        out.print(page(told, rows=ROWS_IN_A_PIPE))
        return
    with suppress(KeyboardInterrupt), Live(console=out, screen=True) as live:
        while True:
            live.update(_screen(admin, out.height), refresh=True)
            time.sleep(EVERY_S)


def _screen(admin: Address, height: int) -> Group:
    try:
        return Group(page(asked(admin), rows=height - LINES_BESIDE))
    except Unavailable as fault:
        # A restart is over in a moment; whoever looks decides how long to wait.
        return Group(Text(fault.detail, style="red"), Text("Asking again …"))
