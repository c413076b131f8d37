"""In front of cgit and git-http-backend: `git clone` works, through a key too.

libcurl sends the password in an address only after a 401. So a key in the address
counts where git is asked for one, and `http.extraHeader` sends it unasked.
"""

import base64
import json
import os
import random
import re
import signal
import subprocess
from collections.abc import Callable, Generator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.integration.front_servers import nginx_command
from tests.journeys.repositories import COMMITS, commit, git, make_repository
from tests.journeys.running import (
    Gateway,
    ask,
    eventually,
    free_port,
    gateway_before,
    running,
)

pytestmark = pytest.mark.services

CGIT = Path("/usr/lib/cgit/cgit.cgi")
BACKEND = Path("/usr/lib/git-core/git-http-backend")
LATER_UNIX_S = 4_000_000_000
SETTLED_WITHIN_S = 10
READER = {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14"}
FORGE = """
  client_max_body_size 0;
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/(?:git|mirror)(/.*)$ {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param GIT_PROJECT_ROOT {root};
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param PATH_INFO $1;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_pass unix:{gates};
    }}
    location ~ ^/members(/.*)$ {{
      auth_basic "members"; auth_basic_user_file {members};
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param GIT_PROJECT_ROOT {root};
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param PATH_INFO $1;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_pass unix:{gates};
    }}
    location / {{
      include /etc/nginx/fastcgi_params;
      fastcgi_param SCRIPT_FILENAME {cgit};
      fastcgi_param CGIT_CONFIG {cgitrc};
      fastcgi_param PATH_INFO $uri;
      fastcgi_pass unix:{gates};
    }}
  }}
"""
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "front-git.md"


def mirror() -> str:
    """The collection for those who clone with a key, as the how-to gives it."""
    page = HOW_TO.read_text(encoding="utf-8")
    found = re.search(r"```yaml\n( *collection: mirror\n.*?)```", page, re.DOTALL)
    assert found is not None, "the how-to has lost its collection"
    return dedent(found[1])


@pytest.fixture(scope="module")
def forge(
    tmp_path_factory: pytest.TempPathFactory,
    require_program: Callable[[str], Path],
) -> Generator[int]:
    """nginx with cgit for people and git-http-backend for git; its port."""
    nginx, fcgiwrap = require_program("nginx"), require_program("fcgiwrap")
    for program, package in ((CGIT, "cgit"), (BACKEND, "git")):
        if not program.exists():
            require_program(f"{program} (of {package})")
    folder = tmp_path_factory.mktemp("forge")
    bare = make_repository(folder)
    cgitrc, members, gates = folder / "cgitrc", folder / "members", folder / "gates"
    cgitrc.write_text(f"root-title=Records\nscan-path={bare.parent}\n")
    members.write_text("ada:{PLAIN}correct-horse\n")
    port = free_port()
    http = FORGE.format(
        port=port,
        backend=BACKEND,
        cgit=CGIT,
        root=bare.parent,
        cgitrc=cgitrc,
        members=members,
        gates=gates,
    )
    command = nginx_command(nginx, folder, name="forge", http=http)
    # A session of its own, because its workers outlive it.
    wrapper = subprocess.Popen(
        [str(fcgiwrap), "-c", "2", "-s", f"unix:{gates}"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with running(command, port=port, stderr=subprocess.DEVNULL):
            eventually(lambda: ask(port, "/").status == 200, within_s=30, what="cgit")
            yield port
    finally:
        os.killpg(wrapper.pid, signal.SIGTERM)
        wrapper.wait(timeout=30)


@pytest.fixture(scope="module")
def gateway(forge: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("git")
    options = ("--protect", "on", "--licence", "invoice")
    with gateway_before(
        f"http://127.0.0.1:{forge}",
        folder,
        *options,
        policies={"collections/mirror.yaml": mirror()},
    ) as gateway:
        yield gateway


def address(gateway: Gateway, path: str, *, login: str = "") -> str:
    return f"http://{login}127.0.0.1:{gateway.port}{path}"


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> str:
    """The key of a company with an agreement."""
    issued = gateway.copyfair("key", "issue", "--party", "Mapworks", "--create")
    made: str = issued["key"]
    return made


def mistyped(key: str) -> str:
    return key[:-1] + ("a" if key[-1] != "a" else "b")


def metered_bytes(gateway: Gateway) -> int:
    metered: int = json.loads(ask(gateway.admin_port, "/api/v1/usage").body)["bytes"]
    return metered


def pack_bytes(clone: Path) -> int:
    """What was cloned, as it came: git keeps the pack of a clone byte for byte."""
    packs = (clone / ".git" / "objects" / "pack").glob("*.pack")
    return sum(pack.stat().st_size for pack in packs)


def records_in(clone: Path) -> int:
    return len(list(clone.glob("record-*.txt")))


def assert_metered(gateway: Gateway, clone: Path, before: int) -> None:
    """The pack was counted, and little more: refs, framing and progress."""
    pack = pack_bytes(clone)
    what = f"a pack of {pack} bytes on the ledger"
    eventually(
        lambda: metered_bytes(gateway) - before >= pack,
        within_s=SETTLED_WITHIN_S,
        what=what,
    )
    assert metered_bytes(gateway) - before < pack + 20_000


@pytest.mark.parametrize("version", ["2", "0"])
def test_anyone_can_clone(gateway: Gateway, tmp_path: Path, version: str) -> None:
    before = metered_bytes(gateway)

    done = git(
        *("-c", f"protocol.version={version}", "clone", "-q"),
        *(address(gateway, "/git/records.git"), str(tmp_path)),
        GIT_TRACE_PACKET="1",
    )

    assert done.returncode == 0, done.stderr
    assert records_in(tmp_path) == COMMITS
    assert ("< version 2" in done.stderr) == (version == "2")
    assert metered_bytes(gateway) == before


@pytest.mark.parametrize("scheme", ["License {key}", "Basic {basic}"])
def test_a_clone_with_a_key_in_a_header_is_metered(
    gateway: Gateway, tmp_path: Path, key: str, *, scheme: str
) -> None:
    basic = base64.b64encode(f"git:{key}".encode()).decode()
    header = f"http.extraHeader=Authorization: {scheme.format(key=key, basic=basic)}"
    before = metered_bytes(gateway)

    url = address(gateway, "/git/records.git")
    done = git("-c", header, "clone", "-q", url, str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert records_in(tmp_path) == COMMITS
    assert_metered(gateway, tmp_path, before)


def test_a_clone_with_a_key_as_password_is_metered(
    gateway: Gateway, tmp_path: Path, key: str
) -> None:
    login = f"git:{key}@"
    before = metered_bytes(gateway)

    url = address(gateway, "/mirror/records.git", login=login)
    done = git("clone", "-q", url, str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert records_in(tmp_path) == COMMITS
    assert_metered(gateway, tmp_path, before)


def test_a_key_with_a_typo_fails_as_a_wrong_password_does(
    gateway: Gateway, tmp_path: Path, key: str
) -> None:
    login = f"git:{mistyped(key)}@"

    url = address(gateway, "/mirror/records.git", login=login)
    done = git("clone", "-q", url, str(tmp_path / "clone"))

    assert done.returncode != 0
    assert "Authentication failed" in done.stderr


def test_a_key_with_a_typo_is_never_taken_for_nobody(
    gateway: Gateway, tmp_path: Path, key: str
) -> None:
    header = f"http.extraHeader=Authorization: License {mistyped(key)}"

    url = address(gateway, "/git/records.git")
    done = git("-c", header, "clone", url, str(tmp_path / "clone"))

    assert done.returncode != 0
    assert "could not read Username" in done.stderr


@pytest.mark.parametrize("agent", ["git/2.39.5", "JGit/6.7.0", "go-git/5.x", ""])
def test_git_that_is_asked_for_a_key_asks_for_a_password(
    gateway: Gateway, agent: str
) -> None:
    target = "/mirror/records.git/info/refs?service=git-upload-pack"

    asked_for = gateway.ask(target, headers={"User-Agent": agent})
    page = gateway.ask("/mirror/records.git", headers=READER)

    assert asked_for.status == 401
    assert asked_for.headers["www-authenticate"].startswith("Basic ")
    assert page.status != 401


def test_the_password_of_a_member_is_the_forges_business(
    gateway: Gateway, tmp_path: Path
) -> None:
    right = address(gateway, "/members/records.git", login="ada:correct-horse@")
    wrong = address(gateway, "/members/records.git", login="ada:wrong@")

    welcome = git("clone", "-q", right, str(tmp_path / "right"))
    refused = git("clone", "-q", wrong, str(tmp_path / "wrong"))

    assert welcome.returncode == 0, welcome.stderr
    assert refused.returncode != 0
    assert "Authentication failed" in refused.stderr


def test_a_member_pushes_more_than_git_can_announce(
    gateway: Gateway, tmp_path: Path
) -> None:
    """What is larger than git's buffer goes out in chunks, without a length."""
    url = address(gateway, "/members/records.git", login="ada:correct-horse@")
    assert git("clone", "-q", url, str(tmp_path)).returncode == 0
    commit(tmp_path, "scan.bin", random.Random(3).randbytes(3_000_000))

    done = git("-C", str(tmp_path), "push", url, "HEAD:scans", GIT_TRACE_CURL="1")

    heads = git("ls-remote", address(gateway, "/git/records.git"), "refs/heads/scans")
    here = git("-C", str(tmp_path), "rev-parse", "HEAD").stdout.strip()
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Transfer-Encoding: chunked" in done.stderr
    assert heads.stdout.startswith(here)


def test_a_fetch_that_tells_much_goes_out_compressed(
    gateway: Gateway, tmp_path: Path
) -> None:
    """git compresses the list of what it has; the forge gets it as it was sent.

    It tells its newest commits first, until one is known to both: the notes are
    dated later than all the forge has, so that it tells many.
    """
    url = address(gateway, "/members/records.git", login="ada:correct-horse@")
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    for clone in (mine, theirs):
        assert git("clone", "-q", url, str(clone)).returncode == 0
    for number in range(30):
        written_at = f"{LATER_UNIX_S + number} +0000"
        commit(
            *(mine, f"note-{number}.txt", b"a note of mine"),
            GIT_COMMITTER_DATE=written_at,
        )
    commit(theirs, "letter.txt", b"a letter")
    assert git("-C", str(theirs), "push", "-q", url, "HEAD:letters").returncode == 0

    done = git("-C", str(mine), "fetch", url, "letters", GIT_TRACE_CURL="1")

    shown = git("-C", str(mine), "show", "FETCH_HEAD:letter.txt")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Content-Encoding: gzip" in done.stderr
    assert shown.stdout == "a letter"


@pytest.mark.parametrize("target", ["/", "/records.git/log/", "/records.git/refs/"])
def test_people_browse_the_forge(gateway: Gateway, forge: int, target: str) -> None:
    through = gateway.ask(target, headers=READER)
    direct = ask(forge, target, headers=READER)

    assert through.status == 200
    assert b"records" in through.body
    assert through.headers["content-type"] == direct.headers["content-type"]
