"""gateway.bootstrap.collecting: what stands at the start is not looked at again."""

import gc

from gateway.bootstrap.collecting import NEW_OBJECTS_MAX, seldom_collected


def test_a_serving_process_collects_less_often_and_the_next_one_as_before() -> None:
    before = gc.get_threshold()

    with seldom_collected():
        assert gc.get_threshold()[0] == NEW_OBJECTS_MAX
        assert gc.get_freeze_count() > 0

    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_rings_of_new_objects_still_go() -> None:
    class Ring:
        me: "Ring"

    def leave_a_ring() -> None:
        ring = Ring()
        ring.me = ring

    with seldom_collected():
        for _ in range(3 * NEW_OBJECTS_MAX):
            leave_a_ring()

        # Without anybody asking for it: at most what may wait is left.
        left = sum(isinstance(each, Ring) for each in gc.get_objects())

    assert left <= NEW_OBJECTS_MAX
