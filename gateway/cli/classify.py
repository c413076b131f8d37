"""copyfair classify: JSON lines in, JSON lines out."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import click

from gateway.bootstrap import policies_of
from gateway.bootstrap.collecting import seldom_collected
from gateway.classification.describe import described
from gateway.classification.known_agents import KnownAgents
from gateway.cli.setup import optional_config_option
from gateway.kernel.errors import InvalidValue
from gateway.kernel.lately import Lately
from gateway.settings import Settings

LINES_KEPT = 32_768
WRITTEN = json.JSONEncoder(ensure_ascii=False)  # one for all lines


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
    # The same line has the same answer, and logs repeat themselves.
    answers: Lately[str, str] = Lately(LINES_KEPT)
    out = sys.stdout
    if isinstance(sys.stdin, io.TextIOWrapper):
        # What is no UTF-8 is no JSON either, and is told as that.
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    with seldom_collected():
        for number, line in enumerate(sys.stdin, start=1):
            answer = answers.get(line)
            if answer is None:
                if not line.strip():
                    continue
                answer = answers.keep(line, _answer(number, line, agents))
            out.write(answer)
            out.flush()  # whoever asks line by line waits for it


def _answer(number: int, line: str, agents: KnownAgents) -> str:
    try:
        told = described(_read(line), agents)
    except InvalidValue as fault:
        detail = f"line {number}: {fault.detail}"
        raise InvalidValue(detail) from None
    return WRITTEN.encode(told) + "\n"


def _read(line: str) -> dict[str, Any]:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError) as error:
        detail = f'not JSON: {error}; write {{"ua": "…"}}'
        raise InvalidValue(detail) from None
    if not isinstance(asked, dict):
        detail = 'not an object; write {"ua": "…"}'
        raise InvalidValue(detail)
    return asked
