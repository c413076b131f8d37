"""Which set-up a command is about: `--config FILE`, and the house opened on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.kernel.errors import Misconfigured
from gateway.settings import Settings, read_settings

F = TypeVar("F", bound=Callable[..., Any])

HERE = Path("gateway.yaml")
NONE_HERE = (
    "there is no gateway.yaml in this folder; say where the set-up is with "
    "--config FILE, or make one with `copyfair init`"
)


class SetUp(click.ParamType[Settings]):
    """A gateway.yaml, or the folder that holds one; read when it is given."""

    name = "FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Settings:
        if isinstance(value, Settings):
            return value
        path = Path(value)
        file = path / HERE if path.is_dir() else path
        if file == HERE and not file.exists():
            raise Misconfigured(NONE_HERE)
        return read_settings(file)


def config_option(command: F) -> F:
    """Add `--config`; the command gets `settings`."""
    return click.option(
        "--config",
        "settings",
        type=SetUp(),
        default=str(HERE),
        show_default=True,
        help="The set-up's gateway.yaml.",
    )(command)


def optional_config_option(command: F) -> F:
    """Add `--config`; without it `settings` is None and what is shipped counts."""
    return click.option(
        "--config", "settings", type=SetUp(), help="The set-up's gateway.yaml."
    )(command)
