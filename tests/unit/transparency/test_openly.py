"""Proofs of openness and notices stand in the open books, and are looked at again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from gateway.reciprocity.notice import Notice
from gateway.reciprocity.openness import (
    OSAID_PARTS,
    Finding,
    Openness,
    OpennessProof,
    OpennessReview,
    Shown,
)
from gateway.transparency.openly import openness_rows
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import an_agreement


def rows() -> list[Row]:
    """A proof that was accepted and withdrawn, and a notice that was taken back."""
    books = MemoryBooks()
    books.agreements.add(an_agreement())
    books.openness.add_proof(
        OpennessProof(
            "opn_1",
            "agr_1",
            "pty_1",
            "https://models.example/m",
            Openness.OSAID,
            evidence=tuple(Shown(part, "file", "a" * 64) for part in OSAID_PARTS),
            shown_us=1,
            until_us=100,
        )
    )
    for at_us, finding in ((2, Finding.ACCEPT), (3, Finding.WITHDRAW)):
        review = OpennessReview(
            f"rev_{at_us}", "opn_1", "pty_9", finding, at_us, reason="Ines looked."
        )
        books.openness.add_review(review)
    told = Notice("ntc_4", "pty_1", 300, 12, "Ines", told_us=4)
    for notice in (told, replace(told, id="ntc_5", told_us=5, is_lifted=True)):
        books.notices.add(notice)
    found = openness_rows(books, lambda one: f"sha256:{one}")
    return sorted(found, key=lambda row: row.at_us)


def changed(row: Row, **told: Any) -> Row:
    body: Mapping[str, Any] = MappingProxyType({**row.body, **told})
    return replace(row, body=body)


def test_they_are_told_by_commitment_without_a_word_of_people() -> None:
    lines = [row.line for row in rows()]

    told = recomputed(lines).rows
    assert told == {"openness-proof": 1, "openness-review": 2, "taker-notice": 2}
    assert all("Ines" not in line and '"pty_' not in line for line in lines)


def test_the_first_row_that_cannot_be_is_named() -> None:
    proof, accepted, withdrawn, told, lifted = rows()
    own = changed(accepted, by=proof.body["party"])

    for lines, number in (
        ([proof, own], 1),
        ([accepted, proof], 0),
        ([proof, withdrawn], 1),
        ([proof, accepted, lifted], 2),
        ([told, lifted, changed(replace(lifted, key="ntc_6"))], 2),
    ):
        with pytest.raises(BadRow) as fault:
            recomputed([row.line for row in lines])
        assert fault.value.number == number
