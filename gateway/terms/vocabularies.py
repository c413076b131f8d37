"""One statement, written in the vocabularies that crawlers read.

AIPREF says `train-ai=n` (vocab-08, RFC 9651 dictionary), Content Signals say
`ai-train=no`, the TDM Reservation Protocol says `1`. What is unsaid is left out,
which all three read as unknown. The `exceptions=` parameter of CC signals is not
used: a reader who does not know it sees only the `n`, and one who does would take
a promise of credit for an agreement.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from gateway.licensing.collection import Collection
from gateway.terms.statements import Said, Statement, most_restrictive

_TOKENS = {Said.YES: "y", Said.NO: "n"}
_KEPT_IN_PATTERNS = "/*!$&'()+,;=:@~%"


def content_usage(statement: Statement) -> str:
    """The value of `Content-Usage`, empty where nothing is said."""
    answers = (
        ("search", statement.search),
        ("ai-use", statement.ai_input),
        ("train-ai", statement.ai_train),
    )
    return ", ".join(
        f"{label}={_TOKENS[said]}" for label, said in answers if said in _TOKENS
    )


def content_signal(statements: Iterable[Statement]) -> str:
    """The value of `Content-Signal` for a whole host.

    The field knows no paths, so where collections differ the narrower answer
    stands: who reads nothing else is then too careful, never too free.
    """
    said = tuple(statements)
    answers = (
        ("search", most_restrictive(tuple(one.search for one in said))),
        ("ai-input", most_restrictive(tuple(one.ai_input for one in said))),
        ("ai-train", most_restrictive(tuple(one.ai_train for one in said))),
    )
    return ", ".join(
        f"{key}={answer.value}" for key, answer in answers if answer is not Said.UNSAID
    )


def path_patterns(collection: Collection) -> tuple[str, ...]:
    """A collection's globs as patterns of RFC 9309 §2.2.3; `/` is everything."""
    return tuple(_pattern(glob) for glob in collection.paths)


def _pattern(glob: str) -> str:
    written = quote(glob, safe=_KEPT_IN_PATTERNS)
    if "*" not in written:
        return f"{written}$"
    is_open = written.endswith("**")
    written = written.rstrip("*") if is_open else f"{written}$"
    while "**" in written:
        written = written.replace("**", "*")
    return written
