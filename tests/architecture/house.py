"""What the house rules look at: the tree as git sees it, and parsed modules."""

import ast
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
GATEWAY = ROOT / "gateway"

# First floor and ground floor. Neighbours, services and entrances are not rooms.
ROOMS = (
    "kernel",
    "identity",
    "reciprocity",
    "classification",
    "licensing",
    "metering",
    "billing",
    "fund",
    "transparency",
    "alliance",
)
NOT_BUILT_YET = (
    "fetch",
    "mail",
    "payments",
    "portal",
    "resolver",
)
MONEY_ROOMS = ("billing", "fund", "licensing", "metering")

MODULES = sorted(GATEWAY.rglob("*.py"))
assert MODULES, "there is something to look at"


def name_of(path: Path) -> str:
    """Give *path* as a reader of the repository writes it."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


@cache
def nodes_of(module: Path) -> tuple[ast.AST, ...]:
    """Everything in a module; walked once for all that is asked of it."""
    return tuple(ast.walk(parsed(module)))


def at(module: Path, node: ast.AST) -> str:
    return f"{name_of(module)}:{getattr(node, 'lineno', 1)}"


def imported_by(module: Path) -> list[tuple[str, ast.AST]]:
    """List each imported name in full: `from a.b import c` is `a.b.c`."""
    names: list[tuple[str, ast.AST]] = []
    for node in nodes_of(module):
        match node:
            case ast.Import():
                names += [(alias.name, node) for alias in node.names]
            case ast.ImportFrom(module=str(source)):
                names += [(f"{source}.{alias.name}", node) for alias in node.names]
            case _:
                pass
    return names


@cache
def files() -> tuple[Path, ...]:
    """List every file that is, or is about to be, in the repository."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return ()
    listed = subprocess.run(  # noqa: S603 a fixed command
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))
