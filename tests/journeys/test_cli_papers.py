"""From the command line to a file a bookkeeper takes, and its proof by a stranger."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from gateway.bootstrap import pressing
from gateway.bootstrap.pressing import number_in
from gateway.cli.papers import NOTHING_SOLD
from gateway.credentials.signed_bytes import Unproven, signed_by
from gateway.documents.embedding import attachments
from tests.journeys.command_line import Archive, Said, an_archive, copyfair
from tests.journeys.test_cli_books import GIB, a_company, this_month


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Books with INV-…-0001, credited in full by CN-…-0001."""
    archive = an_archive(tmp_path_factory.mktemp("papers") / "archive")
    archive.rewrite(
        "  vat: 20 %\n",
        "  vat: 20 %\n  iban: FR7630006000011234567890189\n  language: fr\n"
        "  address: 1 rue des Registres\n  city: Paris\n  postcode: '75003'\n",
    )
    archive.meter(a_company(archive), 3 * GIB)
    archive.tells("invoice", "run", "--period", this_month(archive))
    archive.tells("invoice", "credit", number_of(archive), "--reason", "Damaged.")
    return archive


def number_of(archive: Archive) -> str:
    listed = archive.tells("invoice", "list")["invoices"]
    (number,) = [str(one["number"]) for one in listed]
    return number


def file_of(archive: Archive, kind: str, number: str = "", *more: str) -> Path:
    number = number or number_of(archive)
    out = archive.folder.parent / f"{kind}-{number}-{len(more)}"
    assert archive.says("invoice", kind, number, *more, "--out", str(out)).status == 0
    return out


def keys_of(archive: Archive) -> Path:
    keys = archive.folder.parent / "keys.json"
    keys.write_text(archive.says("key", "ring", "list", "--json").out)
    return keys


def verified(archive: Archive, content: bytes, keys: Path | None = None) -> Said:
    """What a third party is told, that has the file and the key and nothing else."""
    file = archive.folder.parent / "received.pdf"
    file.write_bytes(content)
    keys = keys or keys_of(archive)
    return copyfair("invoice", "verify", file, "--key", keys, "--json")


def with_attachments(pdf: bytes, files: dict[str, bytes]) -> bytes:
    """The same pages with other files attached."""
    writer = PdfWriter()
    for page in PdfReader(BytesIO(pdf)).pages:
        writer.add_page(page)
    for name, content in files.items():
        writer.add_attachment(name, content)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_the_same_bytes_each_time_and_the_data_is_that_of_the_pdf(
    issued: Archive,
) -> None:
    first = file_of(issued, "pdf").read_bytes()
    issued.rewrite("  language: fr\n", "  language: en\n")

    again = file_of(issued, "pdf").read_bytes()

    assert again == first
    assert attachments(first)["factur-x.xml"] == file_of(issued, "xml").read_bytes()
    assert b"urn:oasis" in file_of(issued, "xml", "", "--ubl").read_bytes()
    assert "Facture" in PdfReader(BytesIO(first)).pages[0].extract_text()


def test_a_credit_note_is_handed_out_by_its_own_number(issued: Archive) -> None:
    number = number_of(issued).replace("INV", "CN")

    assert b"CrossIndustryInvoice" in file_of(issued, "xml", number).read_bytes()
    assert file_of(issued, "pdf", number).read_bytes().startswith(b"%PDF")


def test_a_stranger_with_the_key_proves_the_data(issued: Archive) -> None:
    said = verified(issued, file_of(issued, "pdf").read_bytes())

    assert said.status == 0
    assert said.json["ok"] is True
    assert said.json["key"] == json.loads(keys_of(issued).read_text())["signs"]


def test_data_that_was_changed_is_refused(issued: Archive) -> None:
    pdf = file_of(issued, "pdf").read_bytes()
    carried = dict(attachments(pdf))
    carried["factur-x.xml"] = carried["factur-x.xml"].replace(b"Mapworks", b"Mapw0rks")

    said = verified(issued, with_attachments(pdf, carried))

    assert (said.status, said.json["reason"]) == (1, "content-changed")


def test_any_one_byte_of_the_data_that_was_changed_is_refused(issued: Archive) -> None:
    carried = dict(attachments(file_of(issued, "pdf").read_bytes()))
    data, signature = carried["factur-x.xml"], carried["factur-x.xml.jws"].decode()
    keys = json.loads(keys_of(issued).read_text())["jwks"]

    for place in range(0, len(data), 41):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        found = signed_by(changed, signature, keys, about=number_in(changed))
        assert found in {Unproven.CHANGED, Unproven.SWAPPED}, place


def test_the_signature_of_another_document_is_told_from_a_change(
    issued: Archive,
) -> None:
    pdf = file_of(issued, "pdf").read_bytes()
    note = file_of(issued, "pdf", number_of(issued).replace("INV", "CN")).read_bytes()
    carried = dict(attachments(pdf))
    carried["factur-x.xml.jws"] = attachments(note)["factur-x.xml.jws"]

    said = verified(issued, with_attachments(pdf, carried))

    assert (said.status, said.json["reason"]) == (1, "signature-of-another")


def test_a_signature_that_is_none_is_said_so(issued: Archive) -> None:
    pdf = file_of(issued, "pdf").read_bytes()
    carried = {**attachments(pdf), "factur-x.xml.jws": b"e30..e30"}

    said = verified(issued, with_attachments(pdf, carried))

    assert (said.status, said.json["reason"]) == (1, "signature-malformed")


def test_a_signature_that_was_taken_off_is_missed(issued: Archive) -> None:
    pdf = file_of(issued, "pdf").read_bytes()
    data = {"factur-x.xml": attachments(pdf)["factur-x.xml"]}

    said = verified(issued, with_attachments(pdf, data))

    assert (said.status, said.json["reason"]) == (1, "no-signature")


def test_a_page_without_data_proves_nothing(issued: Archive) -> None:
    pdf = file_of(issued, "pdf").read_bytes()

    said = verified(issued, with_attachments(pdf, {}))

    assert (said.status, said.json["reason"]) == (1, "no-data")


def test_another_key_proves_nothing(issued: Archive, tmp_path: Path) -> None:
    other = an_archive(tmp_path / "other", licence="off", sells=False)

    said = verified(issued, file_of(issued, "pdf").read_bytes(), keys_of(other))

    assert (said.status, said.json["reason"]) == (1, "key-unknown")


def test_people_read_why(issued: Archive) -> None:
    pdf = file_of(issued, "pdf")
    other = issued.folder.parent / "other.json"
    other.write_text('{"keys": []}')

    refused = copyfair("invoice", "verify", pdf, "--key", other)
    held = copyfair("invoice", "verify", pdf, "--key", keys_of(issued))

    assert "it was signed with another key than those given" in refused.err
    assert "its data is as it was signed by key" in held.out


@pytest.mark.parametrize(
    ("content", "status"), [("no JSON", 2), ("[]", 2)], ids=["no JSON", "no key set"]
)
def test_what_is_no_key_set_is_said_so(
    content: str, status: int, issued: Archive, tmp_path: Path
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(content)

    assert verified(issued, file_of(issued, "pdf").read_bytes(), keys).status == status


@pytest.mark.parametrize(
    "place",
    ["http://archive.example/keys.json", "https://10.0.0.1/keys.json"],
    ids=["in the clear", "of somebody's own network"],
)
def test_a_key_that_cannot_be_had_is_no_answer(place: str, issued: Archive) -> None:
    said = copyfair("invoice", "verify", file_of(issued, "pdf"), "--key", place)

    assert said.status == 69
    assert "cannot be had" in said.err


def test_what_was_never_issued_is_said_so(issued: Archive) -> None:
    said = issued.says("invoice", "pdf", "INV-2026-0999")

    assert said.status == 2
    assert "there is no invoice or credit note INV-2026-0999" in said.err


def test_where_nothing_is_sold_no_document_is_spoken_of(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "other", licence="off", sells=False)

    said = archive.says("invoice", "pdf", "INV-2026-0001")

    assert (said.status, said.out) == (2, "")
    assert said.err.strip() == f"copyfair: {NOTHING_SOLD}"


def test_a_wrong_vat_id_is_refused_where_it_is_entered(issued: Archive) -> None:
    wrong = issued.says("party", "add", "Wrong", "--set", "vat_id=DE136695977")
    right = issued.says("party", "add", "Right", "--set", "vat_id=DE136695976")

    assert (wrong.status, right.status) == (2, 0)
    assert "'DE136695977' is no VAT id" in wrong.err


def test_without_the_extra_drafts_stay_drafts_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = an_archive(tmp_path / "archive")
    archive.meter(a_company(archive), 3 * GIB)

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(pressing, "import_module", missing)
    said = archive.says("invoice", "run", "--period", this_month(archive))
    assert said.status == 1
    assert "pip install 'copyfair-gateway[invoices]'" in said.err

    monkeypatch.undo()
    assert archive.says("invoice", "run", "--period", this_month(archive)).status == 0
    assert number_of(archive).endswith("-0001")


def test_a_draft_waits_for_the_country_of_its_buyer(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "archive")
    archive.tells("party", "add", "Nowhere Ltd", "--set", "entity=company")
    agreement = archive.tells("agreement", "accept", "--party", "Nowhere Ltd")
    archive.meter(agreement, 3 * GIB)
    month = this_month(archive)

    held = archive.says("invoice", "run", "--period", month)
    assert held.status == 1
    assert 'copyfair party set "Nowhere Ltd" country=' in held.err

    assert archive.says("party", "set", "Nowhere Ltd", "country=FR").status == 0
    assert archive.says("invoice", "run", "--period", month).status == 0
