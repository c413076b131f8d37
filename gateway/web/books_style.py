"""How the public books look: one style for their pages, one for their charts.

Both stand in what they belong to and are allowed by their digests. Light, dark and
print differ in a handful of colours only; every colour of a letter has a contrast of
4.5 to 1 or more on what it stands on, every bar 3 to 1.
"""

from __future__ import annotations

from gateway.web.answer import HeaderPairs
from gateway.web.security_headers import SAFE, policy_allowing, with_policy

_LIGHT = (
    "--ink:#1d2a24;--soft:#55605a;--paper:#fbfaf6;--card:#fff;--line:#dedacd;"
    "--link:#0b5d44;--tint:#eef3ec;"
    "--c1:#1f7a58;--c2:#9a6a00;--c3:#b4452f;--c4:#2f6f9f;--c5:#75568f;--c6:#5f6b64"
)
_DARK = (
    "--ink:#e9ebe4;--soft:#adb6af;--paper:#141a17;--card:#1c2420;--line:#3b4842;"
    "--link:#7fd3b0;--tint:#22302a;"
    "--c1:#54b98f;--c2:#d6a645;--c3:#ef8a72;--c4:#7db8e0;--c5:#bda3dc;--c6:#a3ada5"
)
_COLOURS = f":root{{color-scheme:light dark;{_LIGHT}}}"
_AT_NIGHT = f"@media (prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
_SHADES = (
    (".c1", "--c1"),
    (".c2", "--c2"),
    (".c3", "--c3"),
    (".c4", "--c4"),
    (".c5", "--c5"),
    (".c6", "--c6"),
)

BOOKS_STYLE = (
    f"{_COLOURS}{_AT_NIGHT}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    'font:1rem/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}'
    "header,main,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}"
    "header{padding-top:1.1rem;display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;"
    "align-items:baseline;font-size:.95rem}"
    "header nav{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem}"
    "header .home{font-weight:650}header .tongue{margin-left:auto}"
    "header .topics{flex-basis:100%}"
    "main{padding-bottom:3rem}"
    "h1{font-size:clamp(1.7rem,4.5vw,2.5rem);line-height:1.12;letter-spacing:-.02em;"
    "margin:2rem 0 .6rem}"
    "h2{font-size:1.3rem;line-height:1.25;letter-spacing:-.01em;margin:3rem 0 .5rem;"
    "scroll-margin-top:1rem}"
    "p{max-width:44rem;margin:.5rem 0}.lead{font-size:1.15rem;line-height:1.5}"
    ".soft,footer,caption{color:var(--soft)}"
    "a{color:var(--link);text-underline-offset:.15em}"
    "a[aria-current]{color:inherit;text-decoration:none;font-weight:650}"
    ":focus-visible{outline:3px solid var(--c4);outline-offset:2px}"
    ".skip{position:absolute;left:-99rem}.skip:focus{position:static}"
    ".tiles{display:grid;gap:.8rem;margin:1.5rem 0 0;padding:0;list-style:none;"
    "grid-template-columns:repeat(auto-fit,minmax(11.5rem,1fr))}"
    ".tiles li{background:var(--card);border:1px solid var(--line);"
    "border-radius:.7rem;padding:.95rem 1.05rem}"
    ".tiles strong{display:block;font-size:1.75rem;line-height:1.15;"
    "letter-spacing:-.02em;font-variant-numeric:tabular-nums}"
    ".tiles span{display:block;color:var(--soft);font-size:.93rem;line-height:1.35;"
    "margin-top:.25rem}"
    "figure{margin:1rem 0 0;background:var(--card);border:1px solid var(--line);"
    "border-radius:.7rem;padding:1rem}"
    "figure img{display:block;width:100%;height:auto}"
    ".key{display:flex;flex-wrap:wrap;gap:.25rem 1.2rem;margin:0 0 .7rem;padding:0;"
    "list-style:none;font-size:.92rem;color:var(--soft)}"
    ".key i{display:inline-block;width:.8rem;height:.8rem;border-radius:.15rem;"
    "margin-right:.45rem;vertical-align:-.06rem;background:currentColor}"
    + "".join(f"{name}{{color:var({colour})}}" for name, colour in _SHADES)
    + "details{margin-top:.9rem}summary{cursor:pointer;color:var(--link);"
    "font-size:.95rem;width:fit-content}"
    ".scroll{overflow-x:auto;margin-top:.8rem}"
    "table{border-collapse:collapse;width:100%;font-size:.94rem}"
    "caption{text-align:left;padding-bottom:.4rem;font-size:.92rem}"
    "th{text-align:left;font-weight:600}thead th{color:var(--soft);"
    "vertical-align:bottom}tbody th{font-weight:500}"
    "th,td{padding:.42rem 1.1rem .42rem 0;border-bottom:1px solid var(--line);"
    "vertical-align:top}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "th:last-child,td:last-child{padding-right:0}"
    ".get{font-size:.92rem;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--tint);"
    "border:1px solid var(--line);border-radius:.5rem;padding:.75rem .9rem;"
    "font:.92rem/1.5 ui-monospace,monospace;max-width:44rem;margin:.7rem 0}"
    "code{font:.92em ui-monospace,monospace;overflow-wrap:anywhere}"
    "dl{max-width:44rem}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere}"
    "footer{padding-bottom:3rem;font-size:.92rem;border-top:1px solid var(--line);"
    "padding-top:1rem}"
    "@media screen and (max-width:40rem){header,main,footer{padding-left:1rem;"
    "padding-right:1rem}h1{margin-top:1.3rem}"
    "h2{margin-top:2.3rem}"
    "figure{padding:.75rem}.tiles{grid-template-columns:1fr 1fr;gap:.6rem}"
    ".tiles li{padding:.75rem .8rem}.tiles strong{font-size:1.3rem}"
    ".tiles span{font-size:.87rem}"
    # A row is a card with the columns' names: nothing lies beyond the edge.
    "thead{position:absolute;width:1px;height:1px;overflow:hidden;"
    "clip-path:inset(50%)}table,tbody,tr{display:block}"
    "tbody tr{border-bottom:1px solid var(--line);padding:.5rem 0}"
    "tbody th{display:block;border:0;padding:0 0 .15rem;font-weight:600}"
    "td{display:flex;justify-content:space-between;gap:1rem;border:0;"
    "padding:.12rem 0;text-align:right}.n{white-space:normal}"
    "td::before{content:attr(data-name);color:var(--soft);text-align:left}}"
    f"@media print{{:root{{{_LIGHT}}}@page{{size:A4;margin:16mm 15mm}}"
    "body{background:#fff;font-size:10.5pt}header nav,.get,.tongue,.skip{display:none}"
    "header,main,footer{max-width:none;padding:0}h2{margin-top:1.6rem;"
    "break-after:avoid}figure,.tiles li,tr{break-inside:avoid}"
    ".scroll{overflow:visible}thead{display:table-header-group}summary{display:none}"
    ".tiles{grid-template-columns:repeat(4,1fr)}.tiles strong{font-size:1.3rem}"
    "details::details-content{content-visibility:visible;block-size:auto}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"
)
BOOKS_SAFE: HeaderPairs = with_policy(SAFE, policy_allowing(BOOKS_STYLE, images=True))

CHART_STYLE = (
    f"{_COLOURS}{_AT_NIGHT}@media print{{:root{{{_LIGHT}}}}}"
    "text{fill:var(--ink);font:13px system-ui,-apple-system,sans-serif}"
    ".name{text-anchor:end;fill:var(--soft)}.gap{fill:none}"
    ".limit{stroke:var(--ink);stroke-width:2}"
    ".axis{stroke:var(--soft)}.grid{stroke:var(--line)}"
    + "".join(f"{name}{{fill:var({colour})}}" for name, colour in _SHADES)
)
CHART_SAFE: HeaderPairs = with_policy(SAFE, policy_allowing(CHART_STYLE))
