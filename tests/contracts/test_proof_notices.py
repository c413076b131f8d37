"""What every `ProofNoticeStore` promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.identity.party import Party
from gateway.identity.ports import ProofNoticeStore
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.stores.identity_store import IdentityStore
from gateway.storage.stores.proof_notice_store import StoredProofNotices
from tests.fakes.proof_notices import FakeProofNotices


@pytest.fixture(params=["memory", "sqlite"])
def notices(request: pytest.FixtureRequest) -> Iterator[ProofNoticeStore]:
    if request.param == "memory":
        yield FakeProofNotices()
        return
    db = open_sqlite(":memory:")
    IdentityStore(db).add_party(Party("pty_1", "Ada Archive"), [], salt="s")
    yield StoredProofNotices(db)
    db.close()


def test_the_first_time_that_a_party_was_told_counts(
    notices: ProofNoticeStore,
) -> None:
    assert notices.noticed_us("pty_1", 1) is None

    notices.add("pty_1", 1, at_us=5)
    notices.add("pty_1", 1, at_us=9)

    assert notices.noticed_us("pty_1", 1) == 5
    assert notices.noticed_us("pty_1", 2) is None
    assert notices.noticed_us("pty_2", 1) is None
