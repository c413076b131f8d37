"""Header fields that every page and document of our own carries.

Our pages need no script, no image and no frame, and one short style that stands in
each of them; their policy allows exactly that style, by its digest, and nothing
else; that also holds for whatever somebody might inject.
"""

from __future__ import annotations

import base64
import hashlib

from gateway.web.answer import HeaderPairs

# Pages read the same without it: a measure for the eye, and room around the text.
PAGE_STYLE = (
    "body{font:1.05rem/1.55 system-ui,sans-serif;color:#1d2a24;background:#fbfaf6;"
    "max-width:40rem;margin:2.5rem auto;padding:0 1.25rem}"
    "h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.1rem;margin-top:2rem}"
    "a{color:#0b5d44}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;min-width:min(100%,24rem)}"
    "caption{text-align:left;padding-bottom:.4rem}"
    "th,td{text-align:left;padding:.3rem 1.5rem .3rem 0;border-top:1px solid #d9d5c8}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;padding:.8rem;background:#f0ede3}"
    "input,select,textarea,button{font:inherit;box-sizing:border-box;width:100%;padding:.5rem}"
    "button{width:auto;padding:.5rem 1.5rem}"
)
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(PAGE_STYLE.encode()).digest()).decode()
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_DIGEST}'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)

NO_STORE: HeaderPairs = (("Cache-Control", "no-store"),)

SAFE: HeaderPairs = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", PAGE_POLICY),
)
