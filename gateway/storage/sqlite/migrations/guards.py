"""Triggers that make a table's rows stay as they are."""

from __future__ import annotations


def append_only(table: str, what: str) -> tuple[str, str]:
    """Triggers that refuse every change and every removal.

    Args:
        table: The table's name.
        what: What a row is, for the message: `a posting`.
    """
    return (
        f"""
CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{what} never changes'); END
""",
        never_deleted(table, what),
    )


def never_deleted(table: str, what: str) -> str:
    """A trigger that refuses every removal."""
    return f"""
CREATE TRIGGER {table}_remains BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{what} is never deleted'); END
"""
