"""gateway.cli.explain: every answer has its exit status."""

from gateway.cli.explain import EXITS
from gateway.licensing.decision import WORDS


def test_every_kind_of_decision_has_an_exit_status() -> None:
    assert set(EXITS) == set(WORDS.values())


def test_only_a_denial_is_three() -> None:
    assert [name for name, status in EXITS.items() if status == 3] == ["deny"]
