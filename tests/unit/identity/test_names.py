"""Names of firms: many spellings, one firm; and no two firms one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.names import spelled_alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mapworks SAS", "SAS MAPWORKS"),
        ("Mapworks S.A.S.", "mapworks sas"),
        ("Mapworks Limited", "MAPWORKS LTD."),
        ("Société Générale", "SOCIETE GENERALE"),
        ("Müller & Söhne GmbH", "MULLER AND SOHNE gmbh"),
        ("Brønnøysund AS", "BRONNOYSUND Aksjeselskap"),
        ("Weiß AG", "WEISS Aktiengesellschaft"),
    ],
)
def test_spellings_of_one_name_are_alike(one: str, other: str) -> None:
    assert spelled_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mapworks SAS", "Mapworks"),
        ("Mapworks SAS", "Mapworks SARL"),
        ("Mapworks", "Mapworks Holding"),
        ("Mapworks", "Map works"),
        ("", ""),
        ("...", "---"),
    ],
)
def test_two_names_are_never_one(one: str, other: str) -> None:
    assert not spelled_alike(one, other)


@given(st.text(), st.text())
def test_likeness_goes_both_ways(one: str, other: str) -> None:
    assert spelled_alike(one, other) == spelled_alike(other, one)
