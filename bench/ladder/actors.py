"""Who comes: readers, and crawlers of each rung."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random

from bench.ladder.house import AGAIN, HOST, LED_ON, Heard, House
from bench.ladder.world import World
from gateway.kernel.request import Headers

_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
_CHROME = f"{_WINDOWS}Gecko) Chrome/131.0.0.0 Safari/537.36"
_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 (KHTML, like "
AGENTS = (
    _CHROME,
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    f"{_MAC}Gecko) Version/18.1 Safari/605.1.15",
    f"{_CHROME} Edg/131.0.0.0",
)
NAMED = "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)"
WORDS = ("search", "browse", "compare")
LATE_S = 2.0
AT_REST_S = {"cheap": 0.1, "dear": 1.5}
"""What a page takes at most times while nobody crawls."""
PATIENT_TRIES = 4
DEAR_SHARE = 0.2
HERE, ELSEWHERE = f"https://{HOST}/", "https://search.example/"
HELD: dict[tuple[str, str], Headers] = {}


def headers_of(agent: str, referer: str) -> Headers:
    """The fields of a browser, or of whatever says it is one."""
    known = HELD.get((agent, referer))
    if known is None:
        pairs = [("Host", HOST), ("User-Agent", agent), ("Accept", "text/html,*/*")]
        if referer:
            pairs.append(("Referer", referer))
        known = HELD[agent, referer] = Headers(pairs)
    return known


def address_of(network: int, host: int) -> str:
    """An address of the network of that number; regions hold 250 networks each."""
    region, within = divmod(network, 250)
    return f"{20 + region // 200}.{region % 200}.{within}.{host}"


@dataclass(slots=True)
class Experience:
    """What readers met.

    Attributes:
        views: Pages they asked for.
        late: Of these, how many came more than two seconds later than without relief:
            by waiting in a line of ours, or of the archive's.
        clicks: How many took one more click.
        refused: How many they never got.
        waits_s: How long expensive ones took.
    """

    views: int = 0
    late: int = 0
    clicks: int = 0
    refused: int = 0
    waits_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody at an address.

    Attributes:
        who: `reader` or `crawler`.
        address: From where.
        agent: What it says it is.
    """

    who: str
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class Pressing:
    """Somebody before the button.

    Attributes:
        client: Who.
        heard: What it was told: which page the button is for.
        got: What it does with the page.
        refused: What it does without.
        tries: How often it presses yet.
    """

    client: Client
    heard: Heard
    got: Callable[[Heard], None]
    refused: Callable[[], None]
    tries: int = PATIENT_TRIES


@dataclass(frozen=True, slots=True)
class View:
    """A page that a reader looks at.

    Attributes:
        client: The reader.
        left: Pages of this visit, with this one.
        kind: `cheap` or `dear`.
        referer: Which page's link led here, or nothing.
        is_counted: It falls in the time that is looked at.
        waited_s: How long it took so far, before the way led to another page.
    """

    client: Client
    left: int
    kind: str
    referer: str
    is_counted: bool
    waited_s: float = 0.0


class Cast:
    """Makes everybody come when their time has come."""

    def __init__(self, world: World, house: House, chance: Random) -> None:
        self.world, self.house, self.chance = world, house, chance
        self.readers = Experience()
        self.counts = False
        self.cold = self.referred = 0.0
        self.linked = 0
        self.pressed = self.tickets = 0
        self._page = 0
        self._is_under_way: dict[str, bool] = {}

    def target(self, kind: str) -> str:
        """Another page of a kind."""
        self._page += 1
        if kind == "dear":
            word = WORDS[self._page % len(WORDS)]
            return f"/{word}?q={self._page}&sort=date"
        if kind == "part":
            return f"/static/{self._page % 9}.css"
        return f"/wiki/Page_{self._page}"

    def ask(
        self,
        client: Client,
        kind: str,
        hear: Callable[[Heard], None],
        *,
        referer: str = "",
        target: str = "",
    ) -> None:
        """Let somebody ask for a page of a kind: *target*, or another one."""
        self.house.ask(
            client.who,
            target or self.target(kind),
            kind,
            client_ip=client.address,
            headers=headers_of(client.agent, referer),
            hear=hear,
        )

    # Readers.

    def reader(self, address: str) -> None:
        """One visit: some pages, most of them cheap, each read for a while."""
        client = Client("reader", address, self.chance.choice(AGENTS))
        pages = 1 + int(self.chance.expovariate(1 / 5))
        first = "dear" if self.chance.random() < self.cold else "cheap"
        target = self._linked() if first == "dear" else ""
        self._view(client, pages, first, target=target)

    def _linked(self) -> str:
        """A page that others link to, the first of them most; empty for any page."""
        if not self.linked:
            return ""
        number = int(self.linked ** self.chance.random())
        return f"/search?q=linked-{number}&sort=date"

    def _view(self, client: Client, left: int, kind: str, *, target: str = "") -> None:
        referer = HERE if kind == "cheap" else ""
        if self._is_under_way.pop(client.address, False):
            referer = HERE
        elif kind == "dear" and self.referred and self.chance.random() < self.referred:
            referer = ELSEWHERE
        view = View(client, left, kind, referer, self.counts)
        self.readers.views += view.is_counted
        hear = partial(self._heard, view)
        self.ask(client, kind, hear, referer=referer, target=target)

    def _heard(self, view: View, heard: Heard) -> None:
        if heard.status == LED_ON:
            # A browser goes there by itself.
            on = replace(view, waited_s=view.waited_s + heard.waited_s)
            hear = partial(self._heard, on)
            self.ask(
                view.client,
                view.kind,
                hear,
                referer=view.referer,
                target=heard.leads_to,
            )
            return
        if heard.status != AGAIN:
            self._got(view, heard)
            return
        self.readers.clicks += view.is_counted
        pressing = Pressing(
            view.client, heard, partial(self._got, view), partial(self._refused, view)
        )
        self.world.after(self.chance.uniform(2, 6), partial(self._press, pressing))

    def _refused(self, view: View) -> None:
        self.readers.refused += view.is_counted

    def _got(self, view: View, heard: Heard) -> None:
        if view.is_counted:
            self._noted(view.kind, view.waited_s + heard.waited_s)
        for _ in range(3):
            self.ask(view.client, "part", _ignored, referer=HERE)
        if view.left > 1:
            following = "dear" if self.chance.random() < DEAR_SHARE else "cheap"
            think_s = 2 + self.chance.expovariate(1 / 18)
            self._is_under_way[view.client.address] = True
            later = partial(self._view, view.client, view.left - 1, following)
            self.world.after(think_s, later)

    def _noted(self, kind: str, waited_s: float) -> None:
        if kind == "dear":
            self.readers.waits_s.append(waited_s)
        if waited_s > LATE_S + AT_REST_S[kind]:
            self.readers.late += 1

    def _press(self, pressing: Pressing) -> None:
        """Press the button; again when told to, a few times."""
        client, heard = pressing.client, pressing.heard
        ticket = self.house.press(heard, client_ip=client.address)
        self.pressed += 1
        again = partial(self._pressed, pressing)
        if ticket is None:
            again(heard)
            return
        self.tickets += 1
        self.house.ask(
            client.who,
            heard.button,
            "dear",
            client_ip=client.address,
            headers=headers_of(client.agent, HERE),
            hear=again,
            ticket=ticket,
        )

    def _pressed(self, pressing: Pressing, heard: Heard) -> None:
        if heard.status != AGAIN:
            pressing.got(heard)
        elif pressing.tries <= 1:
            pressing.refused()
        else:
            later = replace(pressing, heard=heard, tries=pressing.tries - 1)
            wait_s = max(2, heard.retry_after_s)
            self.world.after(wait_s, partial(self._press, later))

    # Crawlers.

    def crawler(
        self, client: Client, *, referer: str = "", presses: bool = False
    ) -> None:
        """One expensive page; perhaps the button, if there is one."""
        told = partial(self._told, client, presses)
        self.ask(client, "dear", told, referer=referer)

    def _told(self, client: Client, presses: bool, heard: Heard) -> None:  # noqa: FBT001 bound by position
        if heard.status == LED_ON:
            told = partial(self._told, client, presses)
            self.ask(client, "dear", told, referer=HERE, target=heard.leads_to)
        elif heard.status == AGAIN and presses:
            self._press(Pressing(client, heard, _ignored, _nothing, tries=2))

    def visitor(self, client: Client, *, cheap: int, dear: int, pause_s: float) -> None:
        """A crawler that behaves like a reader: pages with their parts, then others."""
        at_s = 0.0
        for number in range(cheap + dear):
            step = self._with_parts if number < cheap else self._from_here
            self.world.after(at_s, partial(step, client))
            at_s += self.chance.uniform(0.5, 1.5) * pause_s

    def _from_here(self, client: Client) -> None:
        self.crawler(client, referer=HERE)

    def _with_parts(self, client: Client) -> None:
        then = partial(self._parts, client)
        self.ask(client, "cheap", then)

    def _parts(self, client: Client, heard: Heard) -> None:
        if heard.status != AGAIN:
            for _ in range(2):
                self.ask(client, "part", _ignored, referer=HERE)


def _ignored(heard: Heard) -> None:
    """Nobody listens."""


def _nothing() -> None:
    """Nobody minds."""
