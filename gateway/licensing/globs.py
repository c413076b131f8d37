"""Path and query patterns that match in one pass, whatever is asked.

`*` stands for anything but a slash, `**` for anything at all, and `/**` at the
end also for the folder itself. There is nothing else: no classes, no braces, no
backtracking. A pattern is read once into bit masks; matching walks the text once
and does a few integer operations for each character, so no pattern and no path
can make it slow (the shift-and automaton of Baeza-Yates and Gonnet, "A New
Approach to Text Searching", CACM 35(10), 1992).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from gateway.kernel.errors import InvalidValue

PATTERN_CHARS_MAX = 512
PATTERNS_KEPT = 8192


@dataclass(frozen=True, slots=True)
class Glob:
    """One compiled pattern.

    Attributes:
        pattern: As written.
        prefix: The literal text before the first star.
        is_literal: There is no star at all.
        takes_all: Nothing but `**` follows the prefix.
        folder: The folder itself, where the pattern is all that is in it.
        ending: The literal text after the last star.
        needle: The longest literal text between two stars.
        steps: For each character, the states it moves on, as bits.
        loops_any: States in which `**` waits.
        loops_segment: States in which `*` waits.
        accept: The bit of the last state.
    """

    pattern: str
    prefix: str
    is_literal: bool
    takes_all: bool
    folder: str
    ending: str
    needle: str
    steps: dict[str, int]
    loops_any: int
    loops_segment: int
    accept: int

    def matches(self, text: str) -> bool:
        """Does the whole of *text* fit the pattern?"""
        if self.is_literal:
            return text == self.pattern
        if not text.startswith(self.prefix):
            return bool(self.folder) and text == self.folder
        return self.takes_all or self._walk(text)

    def _walk(self, text: str) -> bool:
        # Most paths lack what most patterns ask for, and two searches show it.
        if not text.endswith(self.ending) or self.needle not in text:
            return False
        state = 1
        steps, anything = self.steps, self.loops_any
        either = anything | self.loops_segment
        for position in range(len(self.prefix), len(text)):
            character = text[position]
            waiting = state & (anything if character == "/" else either)
            state = (state & steps.get(character, 0)) << 1 | waiting
            if not state:
                return False
        return bool(state & self.accept)


@lru_cache(maxsize=PATTERNS_KEPT)
def glob(pattern: str) -> Glob:
    """Compile a pattern.

    Raises:
        InvalidValue: it is empty or longer than 512 characters.
    """
    if not 0 < len(pattern) <= PATTERN_CHARS_MAX:
        detail = f"a pattern has 1 to {PATTERN_CHARS_MAX} characters"
        raise InvalidValue(detail)
    prefix, star, rest = pattern.partition("*")
    rest = star + rest
    steps: dict[str, int] = {}
    loops_any = loops_segment = 0
    state = 1
    position = 0
    while position < len(rest):
        if rest.startswith("**", position):
            loops_any |= state
            position += 2
        elif rest[position] == "*":
            loops_segment |= state
            position += 1
        else:
            steps[rest[position]] = steps.get(rest[position], 0) | state
            state <<= 1
            position += 1
    # A folder means itself too: `/registers/**` covers `/registers`.
    literals = rest.split("*")
    takes_all = rest == "**"
    is_folder = takes_all and prefix.endswith("/")
    return Glob(
        pattern=pattern,
        prefix=prefix,
        is_literal=not star,
        takes_all=takes_all,
        folder=prefix[:-1] if is_folder else "",
        ending=literals[-1],
        needle=max(literals[1:-1], key=len, default=""),
        steps=steps,
        loops_any=loops_any,
        loops_segment=loops_segment,
        accept=state,
    )


def path_matches(pattern: str, path: str) -> bool:
    """Does a canonical path fit a path pattern?"""
    return glob(pattern).matches(path)


def query_matches(pattern: str, query: str) -> bool:
    """Does any parameter of a raw query fit a query pattern such as `diff=*`?

    Parameters are decoded first, so `%64iff=1` is no way around; a pattern with
    an ampersand is compared with the whole query.
    """
    if not query:
        return False
    compiled = glob(pattern)
    if "&" in pattern:
        return compiled.matches(query)
    parts = query.split("&")
    return any(_parameter_fits(compiled, part) for part in parts)


def _parameter_fits(compiled: Glob, parameter: str) -> bool:
    text = parameter
    if "%" in parameter or "+" in parameter:
        text = unquote_plus(parameter)
    # In a query a slash means nothing: `file=*` fits `file=a/b`.
    return compiled.matches(text.replace("/", "\x00"))


def target_matches(pattern: str, path: str, query: str) -> bool:
    """Does a target fit `PATH` or `PATH?QUERY`?"""
    path_pattern, mark, query_pattern = pattern.partition("?")
    if not glob(path_pattern).matches(path):
        return False
    return not mark or query_matches(query_pattern, query)


def literal_length(pattern: str) -> int:
    """How many characters a path must share with the pattern before any star."""
    return len(glob(pattern).prefix)
