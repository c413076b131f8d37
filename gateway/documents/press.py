"""The press: a paper becomes a PDF and two XML documents, or is refused with reasons.

Everything is checked before anything is set: the paper's own arithmetic, that both
documents say what the paper says, their schemas, and the rules of EN 16931. Nothing
here reads a clock or chance, so the same paper gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.billing.paper import Paper, Rendition
from gateway.billing.paper_checks import faults_of
from gateway.documents.cii import cii
from gateway.documents.embedding import Label, embedded
from gateway.documents.identifiers import identifier_faults
from gateway.documents.markup import name_of, parsed, schema_faults
from gateway.documents.page import page
from gateway.documents.qr import epc_code
from gateway.documents.rereading import differences
from gateway.documents.schematron import rule_faults
from gateway.documents.shipped import rule_sets
from gateway.documents.typesetting import drawn_pages, set_page
from gateway.documents.ubl import ubl
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import MINOR_DIGITS

FAULTS_SHOWN = 5
QR = "qr.svg"

Write = Callable[[Paper], bytes]


@dataclass(frozen=True, slots=True)
class Logo:
    """The seller's mark: `logo.svg`, `.png` or `.jpg`, and its bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Press:
    """Writes papers; a `gateway.billing.ports.Press`.

    Attributes:
        sign: Signs the data of a paper; None where nobody does.
        logo: The seller's mark; None for the name in letters.
        writers: How a paper becomes CII, and how it becomes UBL.
    """

    sign: Callable[[bytes], str] | None = None
    logo: Logo | None = None
    writers: tuple[Write, Write] = (cii, ubl)

    def render(self, paper: Paper) -> Rendition:
        """Check a paper and write it; see the port."""
        as_cii, as_ubl = self.checked(paper)
        signature = self.sign(as_cii) if self.sign else ""
        told, pictures = self._set(paper, is_signed=bool(signature))
        plain = set_page(told, pictures, made_us=paper.issued_us)
        label = Label(
            title=f"{told['title']} {paper.number}",
            author=paper.seller.name,
            subject=f"{told['title']} {paper.number}, {paper.buyer.name}",
            language=f"{paper.language}-{told['region']}",
        )
        pdf = embedded(
            plain, as_cii, label, signature=signature, made_us=paper.issued_us
        )
        return Rendition(pdf=pdf, cii=as_cii, ubl=as_ubl, signature=signature)

    def checked(self, paper: Paper) -> tuple[bytes, bytes]:
        """The paper as CII and UBL, if there is nothing against it.

        Raises:
            InvalidValue: there is; the first few reasons.
        """
        faults = [*faults_of(paper), *identifier_faults(paper)]
        if paper.currency not in MINOR_DIGITS:  # it could not even be spelled
            raise _refused(paper, faults)
        both = [write(paper) for write in self.writers]
        for content in both:
            faults += [one for one in xml_faults(paper, content) if one not in faults]
        if faults:
            raise _refused(paper, faults)
        return both[0], both[1]

    def drawn(self, paper: Paper) -> list[bytes]:
        """Its pages as pictures, to be looked at."""
        return drawn_pages(*self._set(paper, is_signed=self.sign is not None))

    def _set(
        self, paper: Paper, *, is_signed: bool
    ) -> tuple[dict[str, object], dict[str, bytes]]:
        told = page(paper, is_signed=is_signed)
        pictures: dict[str, bytes] = {}
        if code := epc_code(paper):
            told["qr"], pictures[QR] = QR, code
        if self.logo:
            told["logo"], pictures[self.logo.name] = self.logo.name, self.logo.content
        return told, pictures


def xml_faults(paper: Paper, content: bytes) -> Iterator[str]:
    """What is wrong with a document that was written from a paper."""
    rules = rule_sets()[name_of(parsed(content))]
    yield from differences(paper, content)
    yield from schema_faults(content, rules.schema)
    yield from rule_faults(content, rules.rules)


def _refused(paper: Paper, faults: list[str]) -> InvalidValue:
    shown = "; ".join(faults[:FAULTS_SHOWN])
    more = len(faults) - FAULTS_SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    detail = f"no document can be made for {paper.buyer.name}: {shown}{rest}"
    return InvalidValue(detail)
