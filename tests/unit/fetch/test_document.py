"""fetch.document: what is refused before anything is asked."""

import pytest

from gateway.fetch.document import Documents
from gateway.fetch.pinned import Refused

PUBLIC = "93.184.216.34"


class Named:
    """A resolver that knows every name, and remembers which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(f"{host}:{port}")
        raise OSError("no network here")


async def fetched(url: str, resolve: Named) -> None:
    documents = Documents(resolve=resolve)
    try:
        await documents(url)
    finally:
        await documents.close()


@pytest.mark.parametrize(
    "url",
    [
        "https://\uff11\uff12\uff17.0.0.1/keys",
        "https://\u246027.0.0.1/keys",
        "https://169.254.169.\uff12\uff15\uff14/keys",
        "https://b\u00fccher.example/keys",
        "https://127.0.0.1/keys",
        "https://[::127.0.0.1]/keys",
        "https://localhost/keys",
    ],
    ids=ascii,
)
async def test_what_a_library_may_read_as_another_host_is_refused(url: str) -> None:
    resolve = Named()
    with pytest.raises(Refused) as refused:
        await fetched(url, resolve)
    assert refused.value.reason == "address-refused"
    assert resolve.asked == []


@pytest.mark.parametrize(
    "url", ["https://xn--bcher-kva.example/keys", f"https://keys.{PUBLIC}.example/k"]
)
async def test_a_plain_name_is_asked_for(url: str) -> None:
    resolve = Named()
    with pytest.raises(Refused) as refused:
        await fetched(url, resolve)
    assert refused.value.reason == "directory-unreachable"
    assert len(resolve.asked) == 1
