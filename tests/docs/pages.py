"""Pages as the documentation tests see them: fenced blocks, headings, links.

A fenced block runs when its info string says so, after the language:

    ```console run              each `$ ` line, then the output it must print
    ```console run exit=3       the last command ends with this status
    ```console run serve=8000   one command, kept until the page ends; the page
                                goes on once something listens on that port
    ```python run               a program, then nothing or a traceback
    ```yaml file=a/b.yaml       written to the page's folder for what follows
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PLACES = (
    "*.md",
    "docs/**/*.md",
    "gateway/**/README.md",
    "policies/**/*.md",
    "deploy/**/*.md",
    "bench/*.md",
)
PAGES = sorted({page for place in PLACES for page in ROOT.glob(place)})

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,})(?P<info>[^`]*)$")
HEADING = re.compile(r"^#{1,6} +(?P<title>.+?) *#*$")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)(?: \"[^\"]*\")?\)")
IMAGE = re.compile(r"!\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    language: str
    words: frozenset[str]
    options: dict[str, str]
    text: str

    @property
    def does_something(self) -> bool:
        return "run" in self.words or "file" in self.options


def blocks_of(markdown: str) -> Iterator[Block]:
    lines = iter(enumerate(markdown.splitlines(), start=1))
    for number, line in lines:
        opening = FENCE.match(line)
        if opening is None:
            continue
        indent, ticks = len(opening["indent"]), opening["ticks"]
        body = []
        for _, inner in lines:
            if inner.strip() == ticks:
                break
            body.append(inner[indent:] if not inner[:indent].strip() else inner)
        language, *rest = opening["info"].split() or [""]
        yield Block(
            line=number,
            language=language,
            words=frozenset(word for word in rest if "=" not in word),
            options=dict(word.split("=", 1) for word in rest if "=" in word),
            text="\n".join(body),
        )


def prose_of(markdown: str) -> Iterator[tuple[int, str]]:
    """Give the numbered lines outside fenced blocks, without inline code."""
    ticks = ""
    for number, line in enumerate(markdown.splitlines(), start=1):
        fence = FENCE.match(line)
        if fence and not ticks:
            ticks = fence["ticks"]
        elif ticks:
            ticks = "" if line.strip() == ticks else ticks
        else:
            yield number, line


def anchors_of(markdown: str) -> set[str]:
    """Give the anchors that forges make of a page's headings."""
    anchors: set[str] = set()
    for _, line in prose_of(markdown):
        anchors.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line))
        heading = HEADING.match(line)
        if heading is None:
            continue
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading["title"]).lower()
        slug = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
        again = sum(
            1 for one in anchors if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", one)
        )
        anchors.add(f"{slug}-{again}" if again else slug)
    return anchors


def links_of(markdown: str) -> Iterator[tuple[int, str]]:
    for number, line in prose_of(markdown):
        plain = re.sub(r"`[^`]*`", "code", line)
        for pattern in (LINK, IMAGE):
            for link in pattern.finditer(plain):
                yield number, link["target"]
