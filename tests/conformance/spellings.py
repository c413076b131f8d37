"""Ways to spell a path: what has walked around one access rule or another.

Deterministic by seed. Each spelling starts from a plain path and is bent a few
times; what comes out may be malformed, and often is.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Bend = Callable[[str, random.Random], str]

STARTS = (
    "/secret/letter",
    "/secret/letter",
    "/secret/letter",
    "/secret/deep/letter",
    "/public/../secret/letter",
    "/public/deep/../../secret/letter",
    "/secret/../public/page",
    "/public/secret/letter",
    "/public/page",
    "/public/page",
    "/public/deep/page",
    "/public/deep/page",
)
BENDS = (0, 1, 1, 2, 2, 3, 4)
SLASHES = (
    *("%2f", "%2F", "%252f", "%25252F", "//", "///", "/./", "/%2e/", "\\", "%5c"),
    *("%255c", "/;/", "/;x=y/", ";/", "/%20/", "/%09/", "/.;/", "%c0%af", "%e0%80%af"),
    *("%ef%bc%8f", "%u2215", "%2f/", "/%2f", "/.%2f", "\\/", "%2f%2f", "/%00/"),
)
# What archives need and servers read in several ways: the gateway keeps these.
KEPT_SLASHES = ("%2f", "%2F", "%252f", "//", "///", "%5c", ";/", ";x=y/", "/%20/")
KEPT_ENDS = (
    "",
    "/",
    "//",
    ";",
    ";a=b",
    "%3b",
    "%3f",
    "%23",
    "?x=/secret",
    "%20",
    "%25",
)
DOTS = ("%2e", "%2E", "%252e", "%c0%ae", "%e0%80%ae", "%u002e", "%ef%bc%8e", "．")
UPS = (
    *("..", "%2e%2e", ".%2e", "%2e.", "%252e%252e", "..;", "..;x=y", "%2e%2e;"),
    *("..%00", "..%20", "...", "....", ".%00.", "%c0%ae%c0%ae", "..%3b"),
)
ENDS = (
    *("/", "//", "/.", ".", "..", "%2e", "%20", "%00", "%00.html", "%0a", "%09", ";"),
    *(";jsessionid=1", ";/", "?", "?x=/public", "%3f", "%3Fx", "#", "#x", "%23", "/*"),
    *("~", "::$DATA", ".html", ".json", "%", "%2", "%zz", "\\", "/..", "/%2e%2e", "&"),
)
BEGINNINGS = (
    *("/", "//", "/.", "/./", "/;/", "/%2f", "/%2e/", "\\", "/\\", "/%5c", "/;x/", "."),
    *("/public/..", "/public/%2e%2e", "/public/..;", "/public%2f..", "/public\\.."),
    *("/public/%252e%252e", "/public/.%2e", "/public/x/../..", "/x/..", "/..", "/%2e."),
    *("/public;/..", "/public/..%2f", "/public/%2e%2e%2f", "/public/..%5c", "//x/.."),
)
NOISE: tuple[str, ...] = (
    *"\t \x00\x01\x7f\xa0\xe9%;:@&=+$,[]{}|^`'\"<>",
    "%c3%a9",
    "%e9",
    "é",
    "%7f",
)


def _place(path: str, what: str, chance: random.Random) -> int:
    """Where one of several stands."""
    places = [at for at in range(len(path)) if path.startswith(what, at)]
    return chance.choice(places) if places else 0


def _escaped(character: str, chance: random.Random) -> str:
    code = f"%{ord(character) & 0xFF:02x}"
    return chance.choice((code, code.upper(), code[:2] + code[2].upper()))


def _one_escaped(path: str, chance: random.Random) -> str:
    at = chance.randrange(len(path))
    return path[:at] + _escaped(path[at], chance) + path[at + 1 :]


def _many_escaped(path: str, chance: random.Random) -> str:
    share = chance.random()
    return "".join(
        _escaped(character, chance) if chance.random() < share else character
        for character in path
    )


def _escaped_again(path: str, chance: random.Random) -> str:
    if "%" not in path:
        return path
    at = _place(path, "%", chance)
    return path[:at] + chance.choice(("%25", "%2525")) + path[at + 1 :]


def _all_escaped_again(path: str, chance: random.Random) -> str:
    return path.replace("%", "%25")


def _other_slash(path: str, chance: random.Random) -> str:
    at = _place(path, "/", chance)
    return path[:at] + chance.choice(SLASHES) + path[at + 1 :]


def _kept_slash(path: str, chance: random.Random) -> str:
    at = _place(path, "/", chance)
    return path[:at] + chance.choice(KEPT_SLASHES) + path[at + 1 :]


def _kept_end(path: str, chance: random.Random) -> str:
    return path + chance.choice(KEPT_ENDS)


def _other_dot(path: str, chance: random.Random) -> str:
    at = _place(path, ".", chance)
    return path[:at] + chance.choice(DOTS) + path[at + 1 :]


def _other_up(path: str, chance: random.Random) -> str:
    return path.replace("..", chance.choice(UPS), 1)


def _detour(path: str, chance: random.Random) -> str:
    at = _place(path, "/", chance)
    return f"{path[:at]}/x/{chance.choice(UPS)}{path[at:]}"


def _longer_end(path: str, chance: random.Random) -> str:
    return path + chance.choice(ENDS)


def _other_beginning(path: str, chance: random.Random) -> str:
    return chance.choice(BEGINNINGS) + path


def _parameter(path: str, chance: random.Random) -> str:
    at = _place(path, "/", chance)
    return f"{path[:at]}{chance.choice((';', ';a=b', '%3b', '%3Ba'))}{path[at:]}"


def _other_case(path: str, chance: random.Random) -> str:
    at = chance.randrange(len(path))
    return f"{path[:at]}{path[at:].swapcase()}"


def _noise(path: str, chance: random.Random) -> str:
    at = chance.randrange(len(path) + 1)
    return path[:at] + chance.choice(NOISE) + path[at:]


def _absolute(path: str, chance: random.Random) -> str:
    host = chance.choice(("{host}", "{host}", "other.example", "u@{host}", "{host}:80"))
    return f"{chance.choice(('http', 'https', 'HTTP', 'file'))}://{host}{path}"


WAYS: tuple[Bend, ...] = (
    _one_escaped,
    _one_escaped,
    _many_escaped,
    _many_escaped,
    _escaped_again,
    _all_escaped_again,
    _other_slash,
    _other_slash,
    _other_dot,
    _other_up,
    _detour,
    _longer_end,
    _other_beginning,
    _parameter,
    _other_case,
    _noise,
    _absolute,
)
# The gateway refuses most of what the first make of a path; these it must read well.
CALM_WAYS: tuple[Bend, ...] = (
    _one_escaped,
    _many_escaped,
    _escaped_again,
    _kept_slash,
    _kept_slash,
    _kept_end,
    _parameter,
    _other_case,
)


def spellings(number: int, seed: int) -> Iterator[bytes]:
    """So many different targets; `{host}` stands where the public host belongs."""
    chance, seen = random.Random(seed), set[str]()
    while len(seen) < number:
        path, ways = chance.choice(STARTS), chance.choice((WAYS, CALM_WAYS))
        for _ in range(chance.choice(BENDS)):
            path = chance.choice(ways)(path, chance)
        # A line break ends the request line, and is another proof's business.
        path = path.replace("\r", "").replace("\n", "")
        if path not in seen:
            seen.add(path)
            yield path.encode("utf-8")
