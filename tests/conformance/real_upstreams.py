"""Four servers that people run, each with a public and a secret collection.

    python -m tests.conformance.real_upstreams PORT [ignoring]    (the Python one)

Each reads a path in its own way. What a server gives away is told by the body:
nothing else holds the words `PUBLIC-CONTENT` and `SECRET-CONTENT`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, abort
from werkzeug.serving import WSGIRequestHandler

from tests.integration.front_servers import nginx_command

PUBLIC, SECRET = "PUBLIC-CONTENT", "SECRET-CONTENT"
# Resource to content; the same in every server.
CONTENTS: Mapping[str, str] = MappingProxyType(
    {
        "public/page": PUBLIC,
        "public/deep/page": PUBLIC,
        "public/letter": PUBLIC,
        "secret/letter": SECRET,
        "secret/deep/letter": SECRET,
        "secret/page": SECRET,
    }
)
NGINX = "server {{ listen 127.0.0.1:{port}; root {tree}; }}"
# Encoded slashes are decoded: the most that Apache can be told to understand.
APACHE = """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.error.log
User {user}
Group {group}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule dir_module {modules}/mod_dir.so
KeepAlive On
MaxKeepAliveRequests 0
AllowEncodedSlashes On
DocumentRoot {tree}
<Directory {tree}>
  Require all granted
</Directory>
"""
NODE = """
const express = require("express");
const contents = JSON.parse(process.argv[3]);
const app = express();
app.get("/:collection/:rest(.*)", (asked, answer, next) => {
  const found = contents[`${asked.params.collection}/${asked.params.rest}`];
  found ? answer.type("text").send(found) : next();
});
app.use(express.static(process.argv[4]));
app.use((fault, asked, answer, next) => answer.status(400).send("no"));
const server = app.listen(Number(process.argv[2]), "127.0.0.1");
server.keepAliveTimeout = 60000;
"""
APACHE_MODULES = Path("/usr/lib/apache2/modules")
IGNORING = "ignoring"
EXPRESS = Path("/usr/share/nodejs/express")


def tree_in(folder: Path) -> Path:
    """The contents as files."""
    tree = folder / "tree"
    for name, content in CONTENTS.items():
        file = tree / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return tree


def _nginx(program: Path, folder: Path, *, port: int) -> list[str]:
    http = NGINX.format(port=port, tree=tree_in(folder))
    return nginx_command(program, folder, name="nginx", http=http)


def _apache(program: Path, folder: Path, *, port: int) -> list[str]:
    is_root = os.geteuid() == 0
    conf = folder / "apache.conf"
    tree = tree_in(folder)
    # As root its workers become somebody else, who must be able to look in.
    for part in (folder, tree, *tree.rglob("*")):
        part.chmod(0o755 if part.is_dir() else 0o644)
    text = APACHE.format(
        folder=folder,
        tree=tree,
        port=port,
        modules=APACHE_MODULES,
        user="www-data" if is_root else f"#{os.getuid()}",
        group="www-data" if is_root else f"#{os.getgid()}",
    )
    conf.write_text(text, encoding="utf-8")
    return [str(program), "-D", "FOREGROUND", "-f", str(conf)]


def _python(_program: Path, _folder: Path, *, port: int) -> list[str]:
    return [sys.executable, "-m", "tests.conformance.real_upstreams", str(port)]


def _ignoring(program: Path, folder: Path, *, port: int) -> list[str]:
    return [*_python(program, folder, port=port), IGNORING]


def _node(program: Path, folder: Path, *, port: int) -> list[str]:
    script = folder / "application.js"
    script.write_text(NODE, encoding="utf-8")
    contents = json.dumps(dict(CONTENTS))
    # Only Debian's own node looks for libraries there by itself.
    path = f"NODE_PATH={EXPRESS.parent}"
    tree = str(tree_in(folder))
    return ["env", path, str(program), str(script), str(port), contents, tree]


Starting = Callable[..., list[str]]
# Name to the program it needs, and the command that runs it.
UPSTREAMS: Mapping[str, tuple[str, Starting]] = MappingProxyType(
    {
        "nginx": ("nginx", _nginx),
        "apache": ("apache2", _apache),
        "python": ("python3", _python),
        "node": ("node", _node),
    }
)


IGNORING_CASE: Mapping[str, tuple[str, Starting]] = MappingProxyType(
    {IGNORING: ("python3", _ignoring)}
)
"""A fifth, which takes `/SECRET` for `/secret`; likewise."""


def application() -> Flask:
    """A Flask application with one route, as most have."""
    app = Flask(__name__, static_folder=None)

    @app.get("/<collection>/<path:rest>")
    def shown(collection: str, rest: str) -> str:
        return CONTENTS.get(f"{collection}/{rest}") or abort(404)

    return app


class _Kept(WSGIRequestHandler):
    """Keeps connections, and keeps quiet."""

    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        """Nothing: a hundred thousand lines help nobody."""


def ignoring_case(app: WSGIApplication) -> WSGIApplication:
    """The same application, before which all letters are small."""

    def lowered(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        environ["PATH_INFO"] = path.lower().encode("utf-8").decode("latin-1")
        return app(environ, start)

    return lowered


if __name__ == "__main__":
    served = application()
    if IGNORING in sys.argv:
        served.wsgi_app = ignoring_case(served.wsgi_app)  # type: ignore[assignment, method-assign]
    served.run("127.0.0.1", int(sys.argv[1]), threaded=True, request_handler=_Kept)
