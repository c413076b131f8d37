"""What a simulation says on a terminal: load and cost first, in twenty seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape

from gateway.cli.screen import console, table
from gateway.kernel.money import Money

ROWS_MAX = 8
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
Told = Mapping[str, Any]


def print_summary(told: Told) -> None:
    """Print the figures of one replay."""
    out = console()
    # In a pipe a sentence is one line; on a terminal it is wrapped between words.
    out.soft_wrap = not out.is_terminal
    period = told["period"]
    out.print(
        f"[bold]{told['lines']:,} lines[/bold], {told['skipped']:,} of them not "
        f"readable · {_day(period['from'])} to {_day(period['to'])}"
    )
    out.print(_headline(told), markup=True)
    out.print(_hurt(told), markup=True)
    if (lanes := told["lanes"]) is not None and lanes["came"]:
        out.print(_waited(lanes), markup=True)
    out.print()
    _print_taken(told)
    out.print()
    _print_decided(out, told)
    if told["list_price"]["currency"]:
        out.print(_price(told))
    if told["suggested"]:
        out.print("\n[bold]Lines to think about[/bold]")
        for each in told["suggested"]:
            out.print(
                f"  {escape(each['line'])}\n    because {escape(each['because'])}"
            )
    switches = told["switches"]
    out.print(
        f"\nAnswers as with protect {switches['protect']}, licence "
        f"{switches['licence_mode']}, pressure as in {switches['pressure']}.",
        style="dim",
    )


def print_difference(told: Told, other: Told, name: str) -> None:
    """Print what another policy would have done differently."""
    console().print(f"\n[bold]Against {escape(name)}[/bold]")
    rows: list[tuple[str, str, str, str]] = []
    words = {*told["by_decision"], *other["by_decision"]}
    for word in sorted(words):
        ours, theirs = (
            told["by_decision"].get(word, 0),
            other["by_decision"].get(word, 0),
        )
        rows.append((word, f"{ours:,}", f"{theirs:,}", _signed(theirs - ours)))
    for who in told["hurt"]:
        ours, theirs = told["hurt"][who], other["hurt"][who]
        rows.append(
            (f"hurt: {who}", f"{ours:,}", f"{theirs:,}", _signed(theirs - ours))
        )
    ours, theirs = told["load_shed"], other["load_shed"]
    rows.append(("load shed", f"{ours:,}", f"{theirs:,}", _signed(theirs - ours)))
    table(("", "this policy", "the other", "more or less"), rows)


def _headline(told: Told) -> str:
    share = _share(told["load_shed"], told["cost"])
    return (
        f"[bold]{share}[/bold] of the load would not have reached your archive"
        f" ({told['load_shed']:,} of {told['cost']:,} cost units, "
        f"{_span(told['hours_saved'])} of work); {size(told['bytes'])} were taken"
    )


def _hurt(told: Told) -> str:
    hurt = {who: number for who, number in told["hurt"].items() if number}
    if not hurt:
        return (
            "[green]No reader, feed reader, web archive or git would be hurt.[/green]"
        )
    named = ", ".join(f"{number:,} of {who}" for who, number in hurt.items())
    lines = [f"[bold red]Would be hurt[/bold red], in requests: {named}"]
    lines += [
        f"  {each['at']}  {each['network']}  {escape(each['page']) or '(no reading)'}"
        f"  {each['decision']} by {each['rule']}"
        for each in told["examples"][:3]
    ]
    return "\n".join(lines)


def _waited(lanes: Told) -> str:
    clicks, away = (lanes[name] for name in ("asked_to_click", "turned_away"))
    return (
        f"Before expensive pages, by the times in the log: {lanes['came']:,} asked, "
        f"{lanes['at_once']:,} in at once, {lanes['waited_over_2_s']:,} waited more "
        f"than 2 s, {sum(clicks.values()):,} readers asked for a click, "
        f"{sum(away.values()):,} found no place"
    )


def _print_taken(told: Told) -> None:
    rows = [
        (
            each["kind"],
            each["operator"] if each["operator"] != "unknown" else "–",
            "denied" if each["contradicted"] else each["level"],
            f"{each['requests']:,}",
            size(each["bytes"]),
            _share(each["cost"], told["cost"]),
            f"{each['refused']:,}",
        )
        for each in told["taken"][:ROWS_MAX]
    ]
    heads = ("who", "operator", "known", "requests", "taken", "of the load", "refused")
    table(heads, rows)
    if len(told["taken"]) > ROWS_MAX:
        console().print(f"and {len(told['taken']) - ROWS_MAX} more", style="dim")


def _print_decided(out: Console, told: Told) -> None:
    named = [f"{number:,} {word}" for word, number in told["by_decision"].items()]
    out.print(f"Decided: {', '.join(named) or 'nothing'}")
    if malformed := told["by_decision"].get("bad-request", 0):
        out.print(
            f"The {malformed:,} bad requests had no valid address or were no HTTP; "
            "they are refused whoever sends them. Whoever got a page all the same "
            "counts as hurt.",
            style="dim",
        )
    out.print(
        f"Of automation's requests {told['unverified']:.0%} came from nobody we can "
        f"verify; the five heaviest takers hold {told['capture_index']:.0%} of the "
        "bytes."
    )


def _price(told: Told) -> str:
    price = told["list_price"]

    def amount(name: str) -> str:
        return str(Money(price[name], price["currency"]))

    left_out = "".join(
        f" What is priced in {each} is not in it." for each in price.get("left_out", ())
    )
    return (
        f"List price: {amount('agreed_minor')} agreed, {amount('verified_minor')} "
        f"verified, {amount('claimed_minor')} only claimed and not collectable."
        f"{left_out}"
    )


def size(number: int) -> str:
    """Bytes as people say them."""
    value, unit = float(number), 0
    while value >= 1_000 and unit < len(UNITS) - 1:
        value, unit = value / 1_000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 else f"{value:.1f} {UNITS[unit]}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _span(hours: float) -> str:
    if hours >= 1:
        return f"{hours:,.1f} hours"
    minutes = round(60 * hours)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def _signed(number: int) -> str:
    return f"{number:+,}" if number else "same"


def _day(instant: str | None) -> str:
    return (instant or "–")[:10]
