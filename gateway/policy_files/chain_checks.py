"""What only shows when files are seen together: chains of rules, places, terms."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.licensing.collection import Collection
from gateway.licensing.known_licences import KNOWN, OWN_PREFIX, is_known
from gateway.licensing.rules import Pack, Rule, Then
from gateway.licensing.switches import LicenceMode
from gateway.policy_files.documents import Written, mark_at
from gateway.policy_files.faults import Mark, did_you_mean
from gateway.policy_files.reader import Text
from gateway.policy_files.shapes import Notes

FULL_RUNG = "full"
ALWAYS_THERE = frozenset({"anonymous"})


def places(written: Iterable[Written], notes: Notes) -> None:
    """No two collections may claim the same paths of the same host."""
    claimed: dict[tuple[str, str], str] = {}
    for each in written:
        collection = each.collection
        for host in collection.hosts or ("",):
            for number, path in enumerate(collection.paths):
                place = (host, collection.matched(path))
                owner = claimed.setdefault(place, collection.id)
                if owner != collection.id:
                    where = f"{path} of {host or 'every host'}"
                    mark = mark_at(each.node, ("match", "paths", number))
                    notes.fault(mark, f"{where} belongs to {owner} already")


def cases(written: Iterable[Written], notes: Notes) -> None:
    """An upstream tells upper from lower case, or it does not."""
    told: dict[str, Collection] = {}
    for each in written:
        collection = each.collection
        first = told.setdefault(collection.upstream, collection)
        if first.ignores_case is not collection.ignores_case:
            word = "insensitive" if first.ignores_case else "sensitive"
            detail = (
                f"{first.id} takes the upstream {collection.upstream} for {word} to "
                "case, this collection does not"
            )
            mark = mark_at(each.node, ("paths", "case"))
            notes.warning(mark, detail, "say the same in both: paths: {case: …}")


def packs(known: Iterable[Pack], notes: Notes) -> None:
    """A pack must stand by itself: ids, budgets, rules that can be reached."""
    for pack in known:
        _ids(pack.rules, notes)
        _budgets(pack.rules, set(pack.budgets), notes)
        _reach(pack.rules, notes)


def chain(written: Written, pack: Pack | None, notes: Notes) -> None:
    """A collection's own rules, seen together with its pack, where that is there."""
    own = written.rules
    if pack is None:
        _ids(own, notes)
        return
    _ids((*pack.rules, *own), notes)
    _budgets(own, {*pack.budgets, *written.collection.budgets}, notes)
    _reach((*own, *pack.rules), notes)
    _redirects((*own, *pack.rules), written, notes)
    _rungs((*own, *pack.rules), written, notes)
    _bursts(written, notes)


def terms(written: Written, notes: Notes) -> None:
    """What loads, and promises something that does not happen."""
    collection, node = written.collection, written.node
    mode = collection.licence_mode
    if mode is not None and mode >= LicenceMode.OFFER and not collection.tariff:
        detail = (
            f"licence_mode {mode.word} without a tariff: its offers cannot be "
            "accepted, they only name the contact"
        )
        notes.warning(mark_at(node, ("licence_mode",)), detail, "add a tariff")
    if not is_known(collection.licence):
        detail = f"{collection.licence} is no SPDX id we know"
        notes.warning(mark_at(node, ("licence",)), detail, _meant(collection.licence))
    if collection.release_age_days is not None and not collection.dated:
        detail = "no path is dated, so nothing is ever released"
        hint = 'say how old: dated: {"/registers/17*/**": 1799-12-31}'
        notes.warning(mark_at(node, ("release_age",)), detail, hint)
    rung = collection.redistributor_rung
    is_there = rung == FULL_RUNG or rung in collection.rungs
    if Text("redistributors") in node and not is_there:
        detail = (
            f'this collection has no rung "{rung}", so whoever passes copies on '
            "gets the full one"
        )
        notes.warning(mark_at(node, ("redistributors",)), detail, "add it to rungs")


def _meant(licence: str) -> str:
    spelled = next((one for one in KNOWN if one.lower() == licence.lower()), "")
    own = f"write {OWN_PREFIX}{licence} for a licence of your own"
    return did_you_mean(spelled or licence, KNOWN) or own


def _mark(rule: Rule) -> Mark:
    return Mark(rule.file, rule.line)


def _ids(rules: Iterable[Rule], notes: Notes) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        first = seen.setdefault(rule.id, rule)
        if first is not rule:
            where = f"the first is in {first.file}:{first.line}"
            notes.fault(_mark(rule), f'the rule "{rule.id}" exists already', where)


def _budgets(rules: Iterable[Rule], known: set[str], notes: Notes) -> None:
    known |= ALWAYS_THERE
    for rule in rules:
        name = rule.outcome.budget
        if name and name not in known:
            detail = f'the budget "{name}" does not exist'
            notes.fault(_mark(rule), detail, did_you_mean(name, known))


def _reach(rules: Iterable[Rule], notes: Notes) -> None:
    answered_by: Rule | None = None
    seen: dict[object, Rule] = {}
    for rule in rules:
        if answered_by is not None:
            detail = f'the rule "{rule.id}" is never reached'
            hint = f'"{answered_by.id}" above it answers everything'
            notes.warning(_mark(rule), detail, hint)
            continue
        first = seen.setdefault(rule.when, rule)
        if first is not rule and first.outcome.then is not Then.METER:
            detail = f'the rule "{rule.id}" is never reached'
            notes.warning(_mark(rule), detail, f'"{first.id}" asks for the same')
        if rule.is_unconditional:
            answered_by = rule


def _redirects(rules: Iterable[Rule], written: Written, notes: Notes) -> None:
    for rule in rules:
        is_redirect = rule.outcome.then is Then.REDIRECT
        if is_redirect and not (rule.outcome.location or written.collection.dump):
            detail = f'the rule "{rule.id}" redirects, but nobody says where to'
            hint = "write then: {redirect: URL}, or give the collection a dump"
            notes.fault(_mark(rule), detail, hint)


def _rungs(rules: Iterable[Rule], written: Written, notes: Notes) -> None:
    """A granted rung that is not there would be a refusal that nobody wrote."""
    collection = written.collection
    known = {FULL_RUNG, *collection.rungs}
    for rule in rules:
        rung = rule.outcome.rung
        if rung not in known:
            is_own = rule.file == collection.file
            whose = "this collection" if is_own else f"the collection {collection.id}"
            detail = (
                f'the rule "{rule.id}" grants the rung "{rung}", which {whose} '
                "does not have"
            )
            notes.fault(_mark(rule), detail, did_you_mean(rung, known))


def _bursts(written: Written, notes: Notes) -> None:
    for name, terms in written.collection.budgets.items():
        if not (terms.cost and terms.burst):
            detail = f'the budget "{name}" lets nothing pass'
            mark = mark_at(written.node, ("budgets", name))
            notes.fault(mark, detail, "cost and burst are 1 or more")
