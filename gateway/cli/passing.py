"""copyfair off, copyfair on: the way back, and the way forward again."""

from __future__ import annotations

import click

from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.settings import Settings


@click.command()
@config_option
@json_option
def off(settings: Settings, *, as_json: bool) -> None:
    """Pass everything on: no decision, no budget, no offer, no meter.

    A running gateway follows within a second. Nothing is lost; `copyfair on`
    resumes where it was.

    \b
    Example:  copyfair off --config my-archive/gateway.yaml
    """
    settings.off_switch.touch()
    _report(settings, is_off=True, as_json=as_json)


@click.command()
@config_option
@json_option
def on(settings: Settings, *, as_json: bool) -> None:
    """Resume after `copyfair off`.

    \b
    Example:  copyfair on --config my-archive/gateway.yaml
    """
    settings.off_switch.unlink(missing_ok=True)
    _report(settings, is_off=False, as_json=as_json)


def _report(settings: Settings, *, is_off: bool, as_json: bool) -> None:
    if as_json:
        emit("passing", {"off": is_off, "config": str(settings.file)})
    elif is_off:
        console().print("off: everything is passed on. `copyfair on` resumes.")
    else:
        console().print("on: policies decide again.")
