"""copyfair classify: JSON lines in, JSON lines out."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from gateway.bootstrap import policies_of
from gateway.classification.describe import described
from gateway.cli.setup import optional_config_option
from gateway.kernel.errors import InvalidValue
from gateway.settings import Settings


@click.command()
@optional_config_option
def classify(settings: Settings | None) -> None:
    """Tell clients apart: one JSON object per line in, one per line out.

    In: {"ua": "…", "ip": "…", "headers": {…}}; unknown keys are ignored.
    Out: {"kind", "operator", "level", "class", "because"}. Nothing is looked up
    and nothing leaves the machine.

    \b
    Example:
      echo '{"ua": "GPTBot/1.2"}' | copyfair classify
    """
    agents = policies_of(settings).agents
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        asked = _read(number, line)
        try:
            answer = described(asked, agents)
        except InvalidValue as fault:
            detail = f"line {number}: {fault.detail}"
            raise InvalidValue(detail) from None
        click.echo(json.dumps(answer, ensure_ascii=False))


def _read(number: int, line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except ValueError as error:
        detail = f'line {number}: not JSON: {error}; write {{"ua": "…"}}'
        raise InvalidValue(detail) from None
    if not isinstance(asked, dict):
        detail = f'line {number}: not an object; write {{"ua": "…"}}'
        raise InvalidValue(detail)
    return asked
