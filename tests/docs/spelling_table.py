"""The table of docs/explanation/one-reading-of-a-url.md, from what decides."""

from __future__ import annotations

from gateway.licensing.spellings import CHOICES, SPELLINGS, Spelling

HEAD = """\
| spelling | for example | what becomes of it | may be chosen | why |
|---|---|---|---|---|"""


def table() -> str:
    """The whole table."""
    return "\n".join((HEAD, *map(_row, SPELLINGS)))


def _row(row: Spelling) -> str:
    others = " ".join(f"`{one}`" for one in row.choices[1:])
    name = f"`{row.name}`" if row.name in CHOICES else row.name
    return (
        f"| {name} | `{row.example}` | {row.by_default} | {others or '–'} | "
        f"{row.because} |"
    )
