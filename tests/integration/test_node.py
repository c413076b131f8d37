"""gateway.bootstrap.node: a name that stays with the set-up, held by one process."""

from pathlib import Path

import pytest

from gateway.bootstrap.node import node_of
from gateway.kernel.errors import Misconfigured, Unavailable


def test_a_set_up_keeps_its_name_whatever_the_host_is_called(tmp_path: Path) -> None:
    with node_of(tmp_path) as first:
        pass
    with node_of(tmp_path) as again:
        assert again.name == first.name
        assert again.name.startswith("node-")


def test_two_set_ups_have_two_names(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()

    with node_of(one) as mine, node_of(other) as theirs:
        assert mine.name != theirs.name


def test_a_set_up_is_served_by_one_process_at_a_time(tmp_path: Path) -> None:
    with (
        node_of(tmp_path),
        pytest.raises(Unavailable, match="already"),
        node_of(tmp_path),
    ):
        pass


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="missing"), node_of(tmp_path / "missing"):
        pass
