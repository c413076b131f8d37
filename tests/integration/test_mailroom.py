"""bootstrap.mailroom and notifying: over a real store, with real receivers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bootstrap import House, opened
from gateway.bootstrap.notifying import courier_of, posting_of, senders_of, watch_of
from gateway.kernel.letter import Letter
from gateway.kernel.outgoing import State, Way
from gateway.metering.cap_terms import CapTerms, Counted, Per
from gateway.settings import read_settings
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.usage import a_usage_event
from tests.integration.test_offer_desk import a_set_up
from tests.integration.test_posting import a_receiver


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    config = a_set_up(tmp_path)
    config.write_text(
        config.read_text("utf-8") + "\nevidence: {loopback: on}\n", "utf-8"
    )
    with opened(read_settings(config)) as house:
        yield house


async def carried(house: House) -> None:
    posting = posting_of(house)
    await courier_of(house, posting).go_round()
    await posting.close()


async def test_410_ends_a_delivery_and_an_ended_webhook_gets_nothing(
    house: House,
) -> None:
    party = house.parties.add("Mapworks")
    seen: list[bytes] = []
    webhooks = house.mailroom.webhooks
    async with a_receiver(seen, b"HTTP/1.1 410 Gone\r\n\r\n") as port:
        hook = webhooks.set(party.id, f"http://127.0.0.1:{port}/").webhook
        gone = webhooks.test_event(hook.id)
        await carried(house)
        late = webhooks.test_event(hook.id)
        webhooks.end(hook.id)
        await carried(house)

    states = {each.id: each for each in webhooks.deliveries(hook.id)}
    assert (states[gone.id].state, states[gone.id].answer) == (State.DEAD, "410")
    assert states[late.id].state is State.DEAD
    assert len(seen) == 1


async def test_nobody_at_home_is_tried_again_later(house: House) -> None:
    party = house.parties.add("Mapworks")
    webhooks = house.mailroom.webhooks
    hook = webhooks.set(party.id, "http://127.0.0.1:9/").webhook
    webhooks.test_event(hook.id)

    await carried(house)

    (waiting,) = webhooks.deliveries(hook.id)
    assert (waiting.state, waiting.tries) == (State.WAITING, 1)
    assert waiting.answer == "unreachable"


async def test_an_alert_is_kept_once_though_two_watches_look_at_once(
    house: House,
) -> None:
    issued = house.issue_test_key("Mapworks")
    (agreement,) = house.agreements.list(issued.key.party_id)
    house.mailroom.webhooks.set(issued.key.party_id, "http://127.0.0.1:9/")
    house.caps.set(CapTerms(agreement.id, Counted.REQUESTS, Per.DAY, 1))
    event = a_usage_event(
        agreement_id=agreement.id,
        party_id=issued.key.party_id,
        occurred_us=house.clock.now_us(),
    )
    SqlUsageStore(house.store).record_event(event, recorded_us=1)

    made = await asyncio.gather(
        *(asyncio.to_thread(watch_of(house).look) for _ in range(4))
    )

    assert sum(made) == 1
    assert len(house.mailroom.outbox.listed()) == 1
    assert set(senders_of(house, posting_of(house))) == {Way.WEBHOOK}


async def test_who_is_erased_is_told_nothing_more(house: House) -> None:
    party = house.parties.add("Ada", attributes={"email": "ada@b.example"})
    await house.mailroom.postbox.send(Letter("ada@b.example", "s", "t", once="k"))
    hook = house.mailroom.webhooks.set(party.id, "http://127.0.0.1:9/").webhook
    house.mailroom.webhooks.test_event(hook.id)

    house.mailroom.erase(house.parties.show(party.id))

    left = house.mailroom.outbox.listed()
    assert {(each.state, each.address, each.body) for each in left} == {
        (State.DEAD, "", "")
    }
    assert house.mailroom.webhooks.list() == ()


def test_a_rotated_key_keeps_its_caps(house: House) -> None:
    issued = house.issue_test_key("Mapworks")
    (agreement,) = house.agreements.list(issued.key.party_id)
    house.caps.set(
        CapTerms(agreement.id, Counted.BYTES, Per.DAY, 7, key_id=issued.key.id)
    )

    house.caps.hand_on([agreement.id], issued.key.id, "key_new")

    (old, new) = (
        house.caps.taken(agreement.id, key_id=each)
        for each in (issued.key.id, "key_new")
    )
    assert [each.terms.amount for each in (*old, *new)] == [7, 7]
