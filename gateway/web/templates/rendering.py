"""Rendering: a template's name and a view become UTF-8 bytes.

Everything is escaped, and a name that a view does not have is an error rather than
an empty text.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from gateway.web.books_style import BOOKS_STYLE
from gateway.web.security_headers import PAGE_STYLE


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.web", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # Ours, and allowed by their digests: they must reach a page as they are.
    environment.globals["page_style"] = Markup(PAGE_STYLE)  # noqa: S704
    environment.globals["books_style"] = Markup(BOOKS_STYLE)  # noqa: S704
    return environment


def render(template: str, view: Any) -> bytes:
    """Render a template.

    Args:
        template: File name in this folder, `problem.html`.
        view: What the template sees as `view`; a frozen dataclass.
    """
    return _environment().get_template(template).render(view=view).encode()
