"""Real repositories, read as work: once, by rule, and without running anything."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.kernel.clock import US_PER_DAY, US_PER_S
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.reciprocity.found_work import FoundWork
from gateway.work_logs import git_history

START_S = 1_793_000_000
DAY_S = 86_400
END_US = (START_S + 400 * DAY_S) * US_PER_S


class Repository:
    """A repository made for a test, whatever this machine's git is told elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, **more: str) -> str:
        who = {"GIT_AUTHOR_NAME": "x", "GIT_COMMITTER_NAME": "x"}
        plain = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", "-C", str(self.folder), *words],
            env={"PATH": "/usr/bin:/bin", **plain, **who, **more},
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(
        self,
        message: str,
        *,
        author: str,
        lines: int = 1,
        day: int = 0,
        name: str = "a",
    ) -> str:
        file = self.folder / name
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        file.write_text(before + "a line\n" * lines, encoding="utf-8")
        self.git("add", ".")
        at = f"{START_S + day * DAY_S} +0000"
        self.git(
            *("commit", "--quiet", "--allow-empty", "-m", message),
            GIT_AUTHOR_EMAIL=author,
            GIT_COMMITTER_EMAIL="committer@example.org",
            GIT_AUTHOR_DATE=at,
            GIT_COMMITTER_DATE=at,
        )
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "catalogue")


def read(
    place: Path, link: str = "", *, since_us: int = 0, until_us: int = END_US
) -> list[FoundWork]:
    return git_history.read(place, since_us=since_us, until_us=until_us, link=link)


def test_each_commit_is_its_authors_work(repository: Repository) -> None:
    first = repository.commit("Name the parishes", author="Amina@Example.org", lines=90)
    repository.commit("A comma", author="ines@example.org", day=1)

    found = read(repository.folder, "https://git.example/commit/")

    by = {each.title: each for each in found}
    assert by["Name the parishes"] == FoundWork(
        origin=f"git:{first}",
        author="amina@example.org",
        title="Name the parishes",
        evidence=f"https://git.example/commit/{first}",
        done_us=START_S * US_PER_S,
        weight_hundredths=100,
    )
    assert by["A comma"].weight_hundredths == 11
    assert len(found) == 2


def test_co_authors_have_equal_parts_and_machines_none(repository: Repository) -> None:
    repository.commit(
        "Pair\n\nCo-authored-by: Ines <ines@example.org>\n"
        "Co-authored-by: d <1+dependabot[bot]@users.example>",
        author="amina@example.org",
        lines=15,
    )
    repository.commit("Bump", author="renovate-bot@example.org")

    parts = {
        (one.author, one.title): one.weight_hundredths
        for one in read(repository.folder)
    }

    assert parts == {
        ("amina@example.org", "Pair"): 13,
        ("ines@example.org", "Pair"): 12,
        ("renovate-bot@example.org", "Bump"): 11,  # counted, and left out, later
    }


def test_merges_are_left_out_and_so_is_what_lies_outside_the_span(
    repository: Repository,
) -> None:
    repository.commit("Old", author="amina@example.org")
    repository.git("checkout", "--quiet", "-b", "side")
    repository.commit("Side", author="ines@example.org", day=2, name="b")
    repository.git("checkout", "--quiet", "main")
    repository.commit("Main", author="amina@example.org", day=3, name="c")
    mail = {"GIT_AUTHOR_EMAIL": "m@x.org", "GIT_COMMITTER_EMAIL": "m@x.org"}
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side", **mail)
    repository.commit("Tomorrow", author="amina@example.org", day=9)
    start_us = START_S * US_PER_S

    found = read(
        repository.folder,
        since_us=start_us + US_PER_DAY,
        until_us=start_us + 8 * US_PER_DAY,
    )

    assert {each.title for each in found} == {"Side", "Main"}


def test_a_bundle_is_read_like_the_repository_it_was_made_of(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("Name the parishes", author="amina@example.org")
    bundle = tmp_path / "catalogue.bundle"
    repository.git("bundle", "create", str(bundle), "HEAD", "main")

    assert read(bundle) == read(repository.folder)


def test_no_message_forges_a_commit_and_no_path_adds_a_line(
    repository: Repository,
) -> None:
    repository.commit(
        "Plain\x1e\x02<bishop@example.org>\n\n\x1eabc", author="amina@example.org"
    )
    odd = repository.folder / "5\t5\tx\n999\t999\ty"
    odd.write_text("one line\n", encoding="utf-8")
    (repository.folder / "picture").write_bytes(b"\x00\xff" * 500)
    repository.commit("Odd", author="amina@example.org")

    found = read(repository.folder)

    assert {each.author for each in found} == {"amina@example.org"}
    assert {each.title: each.weight_hundredths for each in found}["Odd"] == 12
    assert all(each.title.isprintable() for each in found)


def test_nothing_of_a_strangers_repository_is_run(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("Name", author="amina@example.org", name="a.txt")
    (repository.folder / ".gitattributes").write_text("*.txt diff=evil\n")
    (repository.folder / ".mailmap").write_text("Thief <t@x.org> <amina@example.org>\n")
    repository.commit("More", author="amina@example.org", name="a.txt")
    ran = tmp_path / "ran"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\ntouch {ran}\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    for name in (
        *("diff.evil.textconv", "diff.evil.command", "diff.external", "core.pager"),
        *("gpg.program", "core.fsmonitor", "core.sshCommand", "pager.log"),
    ):
        repository.git("config", name, str(program))
    repository.git("config", "log.showSignature", "true")
    repository.git("config", "log.mailmap", "true")

    found = read(repository.folder)

    assert {each.author for each in found} == {"amina@example.org"}
    assert not ran.exists()


def test_what_is_no_repository_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a bundle", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()

    with pytest.raises(NotFound, match="is not there"):
        read(tmp_path / "nowhere")
    for place in (tmp_path / "notes.txt", empty):
        with pytest.raises(InvalidValue, match="git cannot read"):
            read(place)
