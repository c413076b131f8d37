"""Running policy cases: the same `decide` as a live request, on supposed facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from gateway.classification.facts import Facts
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import Collection, Sensitivity
from gateway.licensing.costs import cost_of
from gateway.licensing.decide import decide
from gateway.licensing.decision import Allow, Decision, Meter, word
from gateway.licensing.globs import glob
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.licensing.tariff import TOP_BRACKET
from gateway.policy_files.case_files import Agreed, Case, read_cases
from gateway.policy_files.faults import Faults, Mark
from gateway.policy_files.loader import load
from gateway.policy_files.shapes import Notes

NO_HOST = "archive.example"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case went.

    Attributes:
        given: What it is about.
        mark: Where it stands.
        expected: `offer commercial-without-agreement`, as the case says it.
        actual: The same of what was decided; equal when the case holds.
        differs: What else differs, one phrase each; empty when the case holds.
    """

    given: str
    mark: Mark
    expected: str
    actual: str
    differs: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Did it come out as expected?"""
        return self.expected == self.actual and not self.differs

    def __str__(self) -> str:
        outcome = "ok" if self.holds else "FAILED"
        told = f"{self.mark}  {outcome}  {self.given}: {self.actual}"
        if self.holds:
            return told
        return "; ".join([f"{told}; expected {self.expected}", *self.differs])


def run_cases(
    folder: Path, *, shipped: Path | None = None, at_us: int | None = None
) -> list[CaseResult]:
    """Load a policies folder, as `load` does, and run every case in its `cases/`.

    Args:
        folder: The folder.
        shipped: As in `load`.
        at_us: On which day dated paths are looked at, microseconds UTC; without,
            nothing has an age but what a case supposes.

    Raises:
        Faults: the policies or the cases do not load.
    """
    policies = load(folder, shipped=shipped)
    return [result_of(policies, case, at_us=at_us) for case in load_cases(folder)]


def load_cases(folder: Path) -> tuple[Case, ...]:
    """Every case of a folder, in the order of files and lines.

    Raises:
        Faults: carries every fault of every case file.
    """
    notes = Notes()
    cases = read_cases(folder, notes)
    if notes.faults:
        raise Faults(notes.faults)
    return cases


def result_of(
    policies: PolicySet, case: Case, *, at_us: int | None = None
) -> CaseResult:
    """Run one case; see `run_cases`."""
    expected = f"{case.expected.decision} {case.expected.rule}"
    resource = resource_of(policies, case, at_us=at_us)
    facts = Facts(case.facts)
    agreement = _agreement(policies, resource.collection, case.agreed)
    decision = decide(policies, facts, resource, agreement)
    actual = f"{word(decision)} {decision.ruling.rule}"
    differs = tuple(_differences(case, decision))
    return CaseResult(case.given, case.mark, expected, actual, differs)


def resource_of(
    policies: PolicySet, case: Case, *, at_us: int | None = None
) -> Resource:
    """What a case asks for; without an address, the collection its file names."""
    address = case.address
    stem = PurePosixPath(case.mark.file).stem
    named = policies.collection(address.get("collection", stem))
    host = address.get("host") or (named.hosts[0] if named and named.hosts else NO_HOST)
    path = address.get("path") or (glob(named.paths[0]).prefix if named else "/")
    query = address.get("query", "")
    collection = named
    if named is None or "path" in address or "host" in address:
        collection = policies.collection_for(host, path)
    if collection is None:
        return Resource(None, path, query, address.get("method", "GET"))
    return Resource(
        _supposed(collection, case),
        path,
        query,
        address.get("method", "GET"),
        cost_of(collection, path, query),
        _age_days(case, collection, path, at_us),
    )


def _supposed(collection: Collection, case: Case) -> Collection:
    """The collection as the case supposes it to be."""
    words = {name: fact.value for name, fact in case.facts.items()}
    sensitivity = words.get("resource.sensitivity", collection.sensitivity)
    is_granted = words.get("party.grant") is True
    is_released = words.get("resource.released") is True
    return replace(
        collection,
        sensitivity=Sensitivity(str(sensitivity)),
        grants=frozenset({"pty_case"}) if is_granted else collection.grants,
        release_age_days=0 if is_released else collection.release_age_days,
    )


def _age_days(  # noqa: PLR0917 private, and called once
    case: Case, collection: Collection, path: str, at_us: int | None
) -> int | None:
    if (released := case.facts.get("resource.released")) is not None:
        return 1 if released.value is True else 0
    age = case.facts.get("resource.age_days")
    if age is not None:
        return age.value if isinstance(age.value, int) else None
    return None if at_us is None else age_days(collection, path, at_us=at_us)


def _agreement(
    policies: PolicySet, collection: Collection | None, agreed: Agreed | None
) -> Agreement | None:
    if agreed is None:
        return None
    name = agreed.tariff or (collection.tariff if collection else "")
    tariff = policies.tariffs.get(name)
    return Agreement(
        id="agr_case",
        party_id="pty_case",
        tariff=name,
        tariff_version=tariff.version if tariff else 1,
        currency=tariff.currency if tariff else "EUR",
        uses=agreed.uses,
        commercial=agreed.commercial,
        collections=agreed.collections,
    )


def _differences(case: Case, decision: Decision) -> Iterator[str]:
    for name, wanted in case.expected.details.items():
        found = _detail(decision, name)
        if found != wanted:
            yield f"{name} is {found or 'none'}, expected {wanted}"


def _detail(decision: Decision, name: str) -> str:
    """One attribute of a decision in the words of a case."""
    if name == "class":
        return decision.ruling.klass
    if name == "price":
        is_free = isinstance(decision, Meter) and decision.priced_at_zero
        return "zero" if is_free else ""
    if name == "floor":
        is_top = isinstance(decision, Meter) and decision.floor_bracket == TOP_BRACKET
        return "top" if is_top else ""
    if name == "spends":
        spends = isinstance(decision, Allow) and decision.spends_standing
        return "standing" if spends else ""
    found = getattr(decision, name, "")
    return found if isinstance(found, str) else " ".join(found)
