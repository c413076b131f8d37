"""The tree is the one of RFC 6962: public vectors, and laws over any log.

Vectors: google/certificate-transparency, `merkle_tree_test`, Apache-2.0.
"""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.transparency.merkle import EMPTY_ROOT, Peaks, leaf_hash
from gateway.transparency.proofs import (
    assert_grown,
    assert_included,
    consistency_proof,
    inclusion_proof,
    root_of,
)

LEAVES = [
    leaf_hash(bytes.fromhex(each))
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N47 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
L1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
L4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"

sizes = st.integers(1, 70)


def made(size: int) -> list[bytes]:
    """Hashes of as many different leaves."""
    return [leaf_hash(b"row %d" % number) for number in range(size)]


def test_an_empty_log_has_the_hash_of_nothing() -> None:
    assert Peaks().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_root_is_the_published_one(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "proof"),
    [
        (0, 1, []),
        (0, 8, [L1, N23, N47]),
        (2, 3, [ROOTS[1]]),
        (1, 5, [ROOTS[0], N23, L4]),
    ],
)
def test_an_inclusion_proof_is_the_published_one(
    index: int, size: int, proof: list[str]
) -> None:
    found = inclusion_proof(LEAVES[:size], index)
    assert [each.hex() for each in found] == proof


@pytest.mark.parametrize(
    ("old", "new", "proof"),
    [
        (1, 1, []),
        (1, 8, [L1, N23, N47]),
        (6, 8, [N45, N67, ROOTS[3]]),
        (2, 5, [N23, L4]),
    ],
)
def test_a_consistency_proof_is_the_published_one(
    old: int, new: int, proof: list[str]
) -> None:
    found = consistency_proof(LEAVES[:new], old)
    assert [each.hex() for each in found] == proof


@given(size=sizes, data=st.data())
@settings(max_examples=60)
def test_every_row_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = made(size)
    proof, root = inclusion_proof(leaves, index), root_of(leaves)
    assert_included(leaves[index], proof, index=index, size=size, root=root)
    with pytest.raises(InvalidValue):
        assert_included(leaf_hash(b"?"), proof, index=index, size=size, root=root)
    if size > 1:
        other = (index + 1) % size
        with pytest.raises(InvalidValue):
            assert_included(leaves[index], proof, index=other, size=size, root=root)
        with pytest.raises(InvalidValue):
            assert_included(
                leaves[index], proof[:-1], index=index, size=size, root=root
            )
    with pytest.raises(InvalidValue):
        assert_included(
            leaves[index], [*proof, root], index=index, size=size, root=root
        )


@given(size=sizes, data=st.data())
@settings(max_examples=60)
def test_a_log_that_grew_is_proven_and_a_changed_past_is_not(
    size: int, data: st.DataObject
) -> None:
    old = data.draw(st.integers(1, size))
    leaves = made(size)
    proof = consistency_proof(leaves, old)
    before, now = (old, root_of(leaves[:old])), (size, root_of(leaves))
    assert_grown(before, now, proof)
    changed = [leaf_hash(b"?"), *leaves[1:]]
    with pytest.raises(InvalidValue):
        assert_grown((old, root_of(changed[:old])), now, proof)
    with pytest.raises(InvalidValue):
        assert_grown(before, (size, root_of(changed)), proof)


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_of_a_row_that_is_not_there(index: int) -> None:
    with pytest.raises(InvalidValue):
        inclusion_proof(LEAVES, index)


@pytest.mark.parametrize("old", [0, 9])
def test_a_log_does_not_grow_from_nothing_or_from_more(old: int) -> None:
    with pytest.raises(InvalidValue):
        consistency_proof(LEAVES, old)
    with pytest.raises(InvalidValue):
        assert_grown((old, EMPTY_ROOT), (8, root_of(LEAVES)), [])
