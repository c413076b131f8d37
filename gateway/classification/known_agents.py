"""The catalogue of known clients, and the one lookup through it.

`policies/agents/` says it in YAML, one client per file; here it is values. An
agent is recognised by a token in the user agent: case does not matter, the token
must stand alone (`bot` is not in `cubot`), and nothing a stranger sends is ever
read as a pattern. The lookup walks the words of the user agent once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import ascii_lowercase, ascii_uppercase
from types import MappingProxyType

from gateway.classification.appearance import USER_AGENT_CHARS_MAX, Appearance
from gateway.classification.facts import Fact, Facts
from gateway.classification.given import Given
from gateway.classification.testimony import Testimony
from gateway.identity.principal import Principal
from gateway.kernel.errors import InvalidValue
from gateway.kernel.lately import Lately
from gateway.kernel.use import Commercial, Use

REMEMBERED_MAX = 4_096
TOKEN_CHARS_MAX = 80
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)

# Letters and digits of any script: `_`, `-`, `/` and `.` separate words.
WORD = re.compile(r"[^\W_]+")
# A word that is more than a number: versions change, and say nothing of who it is.
LETTERED = re.compile(r"(?<![^\W_])\d*+[^\W\d_][^\W_]*+")

# A library says how something was fetched, not who fetched it: any other agent
# named in the same user agent says more.
LEAST_SPECIFIC = "http-library"


@dataclass(frozen=True, slots=True)
class Agent:
    """One known client.

    Attributes:
        id: Kebab-case, as the file is called.
        kind: A word of `facts.KINDS`.
        tokens: What its user agent contains; each begins with a letter or digit.
        operator: Who runs it, kebab-case; empty where anybody may (a library).
        uses: What the operator says the copies are for; empty when it says nothing.
        commercial: Whether that seeks economic advantage, as far as is known.
        acts_for_person: Fetches one page because one person asked for it.
        obeys_robots: `yes`, `no` or `unknown`, as published.
        source: Where all this is written, a URL.
        signature_agents: Hosts at which the operator publishes the keys it signs with.
        reverse_names: Domains that the names of its addresses end in, as published.
    """

    id: str
    kind: str
    tokens: tuple[str, ...]
    operator: str = ""
    uses: frozenset[Use] = field(default_factory=frozenset)
    commercial: Commercial = Commercial.UNKNOWN
    acts_for_person: bool = False
    obeys_robots: str = "unknown"
    source: str = ""
    signature_agents: tuple[str, ...] = ()
    reverse_names: tuple[str, ...] = ()


_Tokens = tuple[tuple[str, Agent], ...]


def shortened(user_agent: str) -> str:
    """The part of a user agent that is looked at: 512 characters."""
    return user_agent[:USER_AGENT_CHARS_MAX]


def lowered(text: str) -> str:
    """*text* with A to Z in lower case; other letters keep their place and number.

    `str.lower` turns some letters into two, the second of which is none.
    """
    return text.lower() if text.isascii() else text.translate(LOWER)


@lru_cache(maxsize=REMEMBERED_MAX)
def lettered_of(user_agent: str) -> frozenset[str]:
    """The words of a user agent that are no numbers, in lower case."""
    return frozenset(LETTERED.findall(lowered(shortened(user_agent))))


Shown = tuple[object, ...]
"""All that is read of what a client shows, see `classify`."""
Signed = tuple[
    int,
    Appearance,
    bool,
    frozenset[Use],
    Commercial | None,
    int | None,
    Given,
    str,
]
"""A principal by identity, its appearance, what its agreement says, what the books say
of its party, and which agreement that is."""
Content = tuple[tuple[str, type, Fact | Testimony], ...]


class Faces:
    """Facts that were found lately, so that alike requests share one object.

    Attributes:
        strangers: Of somebody without a credential, by all that was read.
        parties: Of a principal; it is kept with them, so that no other takes its id.
        shown: Of a stranger, by what it showed: evidence, agent, contradiction, and
            whether it names an assistive technology.
        holders: Of a principal, by what it showed; kept as parties are.
        alike: By what they say, so that many user agents lead to few objects.
        witnessed: As strangers, by what was looked up too.
    """

    __slots__ = ("alike", "holders", "parties", "shown", "strangers", "witnessed")

    def __init__(self) -> None:
        self.strangers: Lately[Appearance, Facts] = Lately(REMEMBERED_MAX)
        self.parties: Lately[Signed, tuple[Principal, Facts]] = Lately(REMEMBERED_MAX)
        self.shown: Lately[Shown, Facts] = Lately(REMEMBERED_MAX)
        self.holders: Lately[tuple[object, ...], tuple[Principal, Facts]]
        self.holders = Lately(REMEMBERED_MAX)
        self.alike: Lately[Content, Facts] = Lately(REMEMBERED_MAX)
        self.witnessed: Lately[tuple[Appearance, Testimony], Facts] = Lately(
            REMEMBERED_MAX
        )


class KnownAgents:
    """A compiled catalogue; a value, equal to any other of the same agents.

    Attributes:
        agents: In the order of their files.
        faces: What it was asked lately, forgotten together with it.
    """

    __slots__ = (
        "_by_first_word",
        "_by_host",
        "_by_id",
        "_first_words",
        "_hash",
        "_remembered",
        "agents",
        "faces",
    )

    def __init__(self, agents: Iterable[Agent] = ()) -> None:
        """Compile *agents*.

        Raises:
            InvalidValue: two agents share an id or a token, or a token cannot be
                looked up.
        """
        self.agents: tuple[Agent, ...] = tuple(agents)
        self._by_first_word = _compiled(self.agents)
        words = frozenset(self._by_first_word)
        self._first_words = words if all(map(LETTERED.match, words)) else None
        self._by_id = {agent.id: agent for agent in self.agents}
        self._by_host: dict[str, Agent] = {}
        for agent in self.agents:
            for host in agent.signature_agents:
                self._by_host.setdefault(host, agent)
        self._hash = hash(self.agents)
        self.faces = Faces()
        self._remembered = lru_cache(maxsize=REMEMBERED_MAX)(self._found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownAgents) and self.agents == other.agents

    def __hash__(self) -> int:
        return self._hash

    def __len__(self) -> int:
        return len(self.agents)

    def match(self, user_agent: str) -> Agent | None:
        """The agent that a user agent names, or None.

        The token that stands first wins, for products are listed in decreasing
        order of significance (RFC 9110 §10.1.5) and `(like Googlebot)` comes
        last; of two tokens that begin at the same place the longer one; a
        library only where nothing else is named. The last 4,096 answers are
        remembered.
        """
        return self._remembered(shortened(user_agent))

    def signing(self, host: str) -> Agent | None:
        """The first agent whose operator publishes its keys at *host*, or None."""
        return self._by_host.get(host)

    def named(self, agent_id: str) -> Agent | None:
        """The agent of that id, or None."""
        return self._by_id.get(agent_id)

    def _found(self, user_agent: str) -> Agent | None:
        words = self._first_words
        if words is not None and words.isdisjoint(lettered_of(user_agent)):
            return None
        text = lowered(user_agent)
        library: Agent | None = None
        by_first_word = self._by_first_word
        for word in WORD.finditer(text):
            if (first := word[0]) not in by_first_word:
                continue
            for token, agent in by_first_word[first]:
                if not _stands_alone(token, text, word.start()):
                    continue
                if agent.kind != LEAST_SPECIFIC:
                    return agent
                library = library or agent
                break
        return library


def _compiled(agents: tuple[Agent, ...]) -> Mapping[str, _Tokens]:
    """Tokens in lower case by their first word, longest first."""
    owners: dict[str, Agent] = {}
    ids: set[str] = set()
    for agent in agents:
        if agent.id in ids:
            raise InvalidValue(f"two agents are called {agent.id}; rename one")
        ids.add(agent.id)
        for token in agent.tokens:
            fault = token_fault(token)
            if fault:
                raise InvalidValue(f"agent {agent.id}: {fault}")
            owner = owners.setdefault(lowered(token), agent)
            if owner is not agent:
                detail = f"agents {owner.id} and {agent.id} share the token {token!r}"
                raise InvalidValue(detail)
    grouped: dict[str, list[tuple[str, Agent]]] = {}
    for token, agent in sorted(owners.items(), key=lambda item: -len(item[0])):
        first = WORD.match(token)
        if first is not None:  # token_fault saw to that
            grouped.setdefault(first.group(), []).append((token, agent))
    return MappingProxyType({word: tuple(found) for word, found in grouped.items()})


def token_fault(token: str) -> str:
    """What is wrong with a token, in one sentence; empty when nothing is."""
    if not WORD.match(token):
        return f"token {token!r} does not begin with a letter or digit; shorten it"
    if len(token) < 3 or len(token) > TOKEN_CHARS_MAX:
        return f"token {token!r} is not between 3 and {TOKEN_CHARS_MAX} characters"
    return ""


def _stands_alone(token: str, text: str, start: int) -> bool:
    """Does *token* stand at *start*, with no letter or digit right behind it?

    A word begins at *start*, so nothing runs into it from the left.
    """
    if not text.startswith(token, start):
        return False
    end = start + len(token)
    return end == len(text) or not (text[end].isalnum() and token[-1].isalnum())
