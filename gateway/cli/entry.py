"""The entry of the command line: finds the noun, and turns faults into exit codes.

Exit status: 0 fine, 1 the answer is no, 2 the input is faulty, 3 denied
(`explain`), 69 something needed is not reachable.
"""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version

import click

from gateway.cli.screen import complain
from gateway.kernel.errors import Conflict, GatewayError, Unavailable

EXIT_NO = 1
EXIT_FAULTY_INPUT = 2
EXIT_DENIED = 3
EXIT_UNREACHABLE = 69
EXIT_INTERRUPTED = 130

NOUNS = {
    "serve": ("gateway.cli.serve:serve", "Run the gateway."),
    "restart": (
        "gateway.cli.restart:restart",
        "Replace a gateway's processes, losing no connection.",
    ),
    "demo": ("gateway.cli.demo:demo", "Play the story on a sample archive."),
    "init": ("gateway.cli.init:init", "Set up a gateway in a new folder."),
    "doctor": ("gateway.cli.doctor:doctor", "Check a set-up and say the remedy."),
    "off": ("gateway.cli.passing:off", "Pass everything on, within a second."),
    "on": ("gateway.cli.passing:on", "Resume after `off`."),
    "top": ("gateway.cli.top:top", "Who takes now, from where, and which pages."),
    "explain": (
        "gateway.cli.explain:explain",
        "Say what a request would get, and why.",
    ),
    "classify": ("gateway.cli.classify:classify", "Tell clients apart, line by line."),
    "simulate": (
        "gateway.cli.simulate:simulate",
        "Replay access logs: who took what, and whom a rule would hurt.",
    ),
    "report": ("gateway.cli.report:report", "Aggregates of several archives as one."),
    "letter": ("gateway.cli.letter:letter", "A signed letter to one operator."),
    "bot": ("gateway.cli.bot:bot", "Check what signed requests prove."),
    "export": (
        "gateway.cli.export:export",
        "Policies as a front server's own configuration.",
    ),
    "data": ("gateway.cli.data:data", "Snapshots of known agents and ranges."),
    "policy": ("gateway.cli.policy:policy", "Check and test the policies."),
    "party": ("gateway.cli.party:party", "People and organisations we know."),
    "agreement": ("gateway.cli.agreement:agreement", "Offers and agreements."),
    "webhook": ("gateway.cli.webhook:webhook", "Signed events for a party's systems."),
    "key": ("gateway.cli.key:key", "API keys: issue, rotate, revoke."),
    "usage": ("gateway.cli.usage:usage", "What was metered."),
    "statement": (
        "gateway.cli.statement:statement",
        "Signed statements of usage: issue, show, verify.",
    ),
    "tariff": ("gateway.cli.tariff:tariff", "Price lists: publish, list, quote."),
    "invoice": (
        "gateway.cli.invoice:invoice",
        "Invoices: run, show, credit, pay, pdf.",
    ),
    "payment": (
        "gateway.cli.payment:payment",
        "What the bank reports: import, match, send back.",
    ),
    "contribution": ("gateway.cli.contribution:contribution", "What people gave."),
    "need": ("gateway.cli.need:need", "What the commons asks for, and its worth."),
    "openness": (
        "gateway.cli.openness:openness",
        "Proof that a model was opened: prove, review, list.",
    ),
    "fund": ("gateway.cli.fund:fund", "The commons fund and its books."),
    "vote": ("gateway.cli.vote:vote", "What comes first, and what members decide."),
    "decision": ("gateway.cli.decision:decision", "What members decided, and when."),
    "steward": ("gateway.cli.steward:steward", "Stewards' terms and deputies."),
    "log": ("gateway.cli.log:log", "Open books: publish, prove, verify."),
    "round": ("gateway.cli.round:round_", "Any round again, under any rule."),
    "audit": ("gateway.cli.audit:audit", "Check every invariant of the books."),
    "appeal": ("gateway.cli.appeal:appeal", "What people said about a refusal."),
    "db": ("gateway.cli.db:db", "The store: migrate, check, backup, restore."),
}


class Nouns(click.Group):
    """A group whose commands are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        module, _, name = NOUNS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a slip of the hand is told the noun that was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as fault:
            near = get_close_matches(args[0], NOUNS, n=1)
            if not near:
                raise
            detail = f"{fault.message} Did you mean '{near[0]}'?"
            raise click.UsageError(detail, ctx) from None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(noun, about) for noun, (_, about) in NOUNS.items()])


@click.group(
    cls=Nouns,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.version_option(version("copyfair-gateway"), prog_name="copyfair")
def copyfair() -> None:
    """Keep a commons free to read, and let industry give back.

    \b
    Try it:      copyfair demo
    Set it up:   copyfair init my-archive --upstream http://127.0.0.1:8080 \\
                     --public-url https://archive.example
    Run it:      copyfair serve --config my-archive/gateway.yaml
    Ask it why:  copyfair explain --config my-archive/gateway.yaml --url URL
    """


def main() -> None:
    """Run the command line; the process ends with the documented exit status."""
    try:
        status = copyfair.main(standalone_mode=False)
    except click.exceptions.Abort:
        complain("interrupted")
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except GatewayError as fault:
        complain(fault.detail)
        sys.exit(exit_status(fault))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as fault:
        complain(f"{fault.filename or 'a file'} cannot be used: {fault.strerror}")
        sys.exit(EXIT_UNREACHABLE)
    sys.exit(status if isinstance(status, int) else 0)


def exit_status(fault: GatewayError) -> int:
    """The exit status that tells a script what kind of fault this was."""
    if isinstance(fault, Unavailable):
        return EXIT_UNREACHABLE
    if isinstance(fault, Conflict):
        return EXIT_NO
    return EXIT_FAULTY_INPUT
