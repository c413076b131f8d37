"""gateway.bootstrap.chance: ids never repeat, whoever asks for them."""

from concurrent.futures import ThreadPoolExecutor

from gateway.bootstrap.chance import IDS_AT_ONCE, RandomIds
from gateway.kernel.ids import kind_of


def test_ids_are_told_apart_over_many_blocks() -> None:
    ids = RandomIds()

    made = [ids.new("req") for _ in range(IDS_AT_ONCE * 5 + 1)]

    assert len(set(made)) == len(made)
    assert {kind_of(one) for one in made} == {"req"}


def test_ids_of_later_milliseconds_sort_later() -> None:
    ids = RandomIds()

    made = [ids.new("req") for _ in range(20_000)]

    heads = [one[:14] for one in made]
    assert heads == sorted(heads)


def test_threads_share_no_id() -> None:
    ids = RandomIds()

    def many(_: int) -> list[str]:
        return [ids.new("req") for _ in range(3_000)]

    with ThreadPoolExecutor(8) as threads:
        made = [one for block in threads.map(many, range(8)) for one in block]

    assert len(set(made)) == len(made)


def test_ids_of_one_process_sort_as_they_were_made() -> None:
    """The books are ordered by ids: a payment stands before what follows from it."""
    ids = RandomIds()

    made = [ids.new("ent") for _ in range(IDS_AT_ONCE * 20 + 1)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)
