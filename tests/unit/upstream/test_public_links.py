"""gateway.upstream.public_links: where the archive really stands stays inside."""

from __future__ import annotations

import pytest

from gateway.upstream.public_links import links_of

PUBLIC = "https://archive.example"


@pytest.mark.parametrize(
    ("base", "location", "expected"),
    [
        ("http://10.0.0.2:8080", "http://10.0.0.2:8080/a", f"{PUBLIC}/a"),
        ("http://10.0.0.2:8080", "https://10.0.0.2:8080/a", f"{PUBLIC}/a"),
        ("http://10.0.0.2:8080", "//10.0.0.2:8080/a", f"{PUBLIC}/a"),
        ("http://10.0.0.2:8080", "http://10.0.0.2:8080?a", f"{PUBLIC}/?a"),
        ("http://10.0.0.2:8080", "http://10.0.0.2:80801/a", None),
        ("http://10.0.0.2:8080", "http://10.0.0.2/a", None),
        ("http://10.0.0.2", "http://10.0.0.2/a", f"{PUBLIC}/a"),
        ("http://10.0.0.2", "http://10.0.0.2:80/a", f"{PUBLIC}/a"),
        ("http://10.0.0.2", "http://10.0.0.2:8080/a", None),
        ("http://10.0.0.2", "http://10.0.0.20/a", None),
        ("http://mediawiki", "http://MediaWiki/a", f"{PUBLIC}/a"),
        ("http://mediawiki", "http://mediawiki.evil.example/a", None),
        ("http://mediawiki", "http://user@mediawiki/a", None),
        ("http://[::1]:8080", "http://[::1]:8080/a", f"{PUBLIC}/a"),
        ("http://app/base/", "http://app/base/a", f"{PUBLIC}/a"),
        ("http://app/base", "http://app/based", None),
        ("http://app", "/a", None),
        ("http://app", "https://elsewhere.example/?u=http://app/", None),
    ],
)
def test_a_redirect_names_the_public_place(
    base: str, location: str, expected: str | None
) -> None:
    fields = links_of(base).rewritten((("Location", location),), public=PUBLIC)

    assert fields == (("Location", expected or location),)


def test_links_and_refreshes_are_rewritten_inside_their_value() -> None:
    links = links_of("http://app:81")
    headers = (
        ("Link", '<http://app:81/1>; rel="next", <http://app:81/2>; rel="prev"'),
        ("Refresh", "0;URL='http://app:81/3'"),
        ("X-Other", "http://app:81/4"),
    )

    assert links.rewritten(headers, public=PUBLIC) == (
        ("Link", f'<{PUBLIC}/1>; rel="next", <{PUBLIC}/2>; rel="prev"'),
        ("Refresh", f"0;URL='{PUBLIC}/3'"),
        ("X-Other", "http://app:81/4"),
    )
