"""The harness itself: a page that lies is caught."""

from pathlib import Path

import pytest

from tests.docs.page_runner import PageRunner, Step, says, steps_of
from tests.docs.pages import anchors_of, blocks_of, links_of

PAGE = """\
# A page, and its `code`

See [the other](other.md#there), never `[this](not-a-link.md)`.

```yaml file=greeting.yaml
hello: world
```

```console run
$ cat \\
> greeting.yaml
hello: w...
$ true
```

```console
$ rm -rf /   # only shown
```
"""


def test_only_marked_blocks_do_anything() -> None:
    doing = [block.does_something for block in blocks_of(PAGE)]

    assert doing == [True, True, False]


def test_a_console_block_is_commands_and_their_output() -> None:
    block = list(blocks_of(PAGE))[1]

    assert steps_of(block.text) == [
        Step("cat \\\ngreeting.yaml", "hello: w..."),
        Step("true", ""),
    ]


def test_links_and_headings_are_found_outside_code() -> None:
    assert list(links_of(PAGE)) == [(3, "other.md#there")]
    assert anchors_of(PAGE) == {"a-page-and-its-code"}


def test_an_ellipsis_stands_for_anything() -> None:
    assert says("a ... c", "a b\nb c\n")
    assert not says("a ... c", "a b")
    assert not says("1.5", "1x5")


def test_a_true_page_passes(tmp_path: Path) -> None:
    with PageRunner(tmp_path) as runner:
        for block in blocks_of(PAGE):
            runner.run(block)

    assert (tmp_path / "greeting.yaml").read_text() == "hello: world\n"


@pytest.mark.parametrize(
    "lie",
    [
        "```console run\n$ echo yes\nno\n```",
        "```console run\n$ false\n```",
        "```console run exit=3\n$ exit 1\n```",
        "```python run\nassert 1 > 2\n```",
        "```console run serve=9\n$ true\n```",
    ],
    ids=["output", "status", "other status", "python", "server that ends"],
)
def test_a_page_that_lies_is_caught(lie: str, tmp_path: Path) -> None:
    (block,) = blocks_of(lie)

    with PageRunner(tmp_path) as runner, pytest.raises(AssertionError):
        runner.run(block)


def test_a_server_lives_until_its_page_ends(tmp_path: Path) -> None:
    page = (
        "```console run serve=18764\n"
        "$ python -m http.server --bind 127.0.0.1 18764\n```\n"
        "```python run\n"
        "from urllib.request import urlopen\n"
        "assert urlopen('http://127.0.0.1:18764/').status == 200\n```\n"
    )

    with PageRunner(tmp_path) as runner:
        for block in blocks_of(page):
            runner.run(block)
        server = runner._servers[0]

    assert server.returncode is not None


def test_commands_of_a_page_see_its_folder_its_variables_and_its_pipes(
    tmp_path: Path,
) -> None:
    page = (
        "```console run\n"
        "$ copyfair --version | cut -d, -f1\ncopyfair\n"
        "$ mkdir inner; cd inner; copyfair init archive --upstream http://127.0.0.1:9"
        " --public-url http://127.0.0.1:8 >said\n"
        "$ test -s inner/said; cd inner/archive\n> copyfair party list\nnone\n"
        "```\n"
        "```console run exit=2\n$ copyfair nonsense 2>complaints\n```\n"
        "```console run\n$ cat complaints\n...No such command 'nonsense'...\n```\n"
    )

    with PageRunner(tmp_path) as runner:
        for block in blocks_of(page):
            runner.run(block)
