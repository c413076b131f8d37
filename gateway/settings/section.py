"""One section of gateway.yaml, read key by key; faults are collected, not raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from typing import TypeVar
from urllib.parse import urlsplit

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import minor_digits
from gateway.policy_files.faults import Fault, did_you_mean
from gateway.policy_files.reader import Listing, Node, Text
from gateway.policy_files.reader import Mapping as Written
from gateway.settings.values import Address, Network

T = TypeVar("T")

PORT_MAX = 65_535
# domain.md, Fund: the operator's fee is capped in code.
OPERATOR_FEE_BP_MAX = 1_000


class Section:
    """Takes keys out of a mapping; `close` complains about those nobody took."""

    def __init__(self, written: Written, name: str, faults: list[Fault]) -> None:
        self._written = written
        self._name = name
        self._taken: set[str] = set()
        self.faults = faults

    def names(self) -> list[str]:
        """Every key that is written here."""
        return [str(key) for key in self._written]

    def text(
        self, key: str, typed: Callable[[str], T], *, default: T | None = None
    ) -> T:
        """A scalar, typed; required when there is no default."""
        node = self._take(key)
        if node is None and default is not None:
            return default
        if node is None:
            self.fault_at_start(f'the key "{self._name}{key}" is missing')
        elif not isinstance(node, Text):
            self._fault(node, f'"{self._name}{key}" is one value')
        else:
            try:
                return typed(str(node))
            except (InvalidValue, ValueError) as error:
                self._fault(node, f'"{self._name}{key}": {error}')
        # A fault was noted, so what is given back here is never used.
        return default if default is not None else typed(_PLACEHOLDER[typed])

    def number(self, key: str, default: int, *, at_most: int, at_least: int = 0) -> int:
        """A whole number from *at_least* to *at_most*."""

        def whole(text: str) -> int:
            number = int(text) if re.fullmatch(r"[0-9]{1,15}", text) else -1
            if not at_least <= number <= at_most:
                detail = f"a whole number from {at_least} to {at_most}, not {text!r}"
                raise InvalidValue(detail)
            return number

        return self.text(key, whole, default=default)

    def choice(self, key: str, known: Mapping[str, T], default: str) -> T:
        """One of a few words."""

        def chosen(text: str) -> T:
            if text not in known:
                hint = did_you_mean(text, known)
                detail = f"{text!r} is none of {', '.join(known)}; {hint}"
                raise InvalidValue(detail)
            return known[text]

        return self.text(key, chosen, default=known[default])

    def address(
        self, key: str, default: str, environment: Mapping[str, str]
    ) -> Address:
        """host:port; the environment wins."""
        override = environment.get(f"COPYFAIR_{key.upper()}")
        written = self.text(key, listen_address, default=listen_address(default))
        return listen_address(override) if override else written

    def networks(self, key: str) -> tuple[Network, ...]:
        """A list of addresses or networks."""
        node = self._take(key)
        if node is None:
            return ()
        if not isinstance(node, Listing):
            self._fault(node, f'"{self._name}{key}" is a list of addresses or networks')
            return ()
        found: list[Network] = []
        for item in node:
            try:
                found.append(trusted_network(str(item)))
            except (InvalidValue, ValueError) as error:
                self._fault(item, f'"{self._name}{key}": {error}')
        return tuple(found)

    def references(self, key: str) -> tuple[str, ...]:
        """A list of ids or names of parties."""
        node = self._take(key)
        if node is None:
            return ()
        if not isinstance(node, Listing):
            self._fault(node, f'"{self._name}{key}" is a list of ids or names')
            return ()
        for item in node:
            if not isinstance(item, Text) or not str(item).strip():
                self._fault(item, f'"{self._name}{key}": one id or name each')
        return tuple(str(item) for item in node)

    def listing(
        self, key: str, typed: Callable[[str], T], *, default: tuple[T, ...] = ()
    ) -> tuple[T, ...]:
        """A list of scalars, each typed; may be written empty."""
        node = self._take(key)
        if node is None:
            return default
        if not isinstance(node, Listing):
            self._fault(node, f'"{self._name}{key}" is a list')
            return default
        found: list[T] = []
        for item in node:
            try:
                found.append(typed(str(item) if isinstance(item, Text) else ""))
            except (InvalidValue, ValueError) as error:
                self._fault(item, f'"{self._name}{key}": {error}')
        return tuple(found)

    def section(self, key: str, *, required: bool = False) -> Section:
        """A section of its own; empty when it is not written."""
        node = self._take(key)
        if node is None and required:
            self.fault_at_start(f'the section "{key}" is missing')
        if node is not None and not isinstance(node, Written):
            self._fault(node, f'"{key}" is a section of `key: value`')
        inner = node if isinstance(node, Written) else Written(self._written.mark)
        if required and isinstance(node, Written) and not node:
            self._fault(node, f'"{key}" names at least one')
        return Section(inner, f"{self._name}{key}.", self.faults)

    def close(self) -> None:
        """Complain about every key that nobody took."""
        for key in self._written:
            if str(key) not in self._taken:
                hint = did_you_mean(str(key), self._taken)
                message = f'unknown key "{self._name}{key}"'
                self.faults.append(Fault(key.mark, message, hint))

    def fault_at_start(self, message: str) -> None:
        """A fault of the section as a whole."""
        self.faults.append(Fault(self._written.mark, message))

    def _take(self, key: str) -> Node | None:
        self._taken.add(key)
        return next((self._written[k] for k in self._written if str(k) == key), None)

    def _fault(self, node: Node, message: str) -> None:
        self.faults.append(Fault(node.mark, message))


def listen_address(text: str) -> Address:
    """`host:port`, IPv6 in brackets."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 0 <= int(port) <= PORT_MAX:
        detail = f"an address such as 127.0.0.1:8700, not {text!r}"
        raise InvalidValue(detail)
    return Address(host.strip("[]") or "0.0.0.0", int(port))  # noqa: S104  as asked


def trusted_network(text: str) -> Network:
    """An address or network whose forwarding headers are believed."""
    network = ip_network(text, strict=False)
    if network.prefixlen == 0:
        detail = f"{text} would believe everybody; name the front servers"
        raise InvalidValue(detail)
    return network


def http_url(text: str) -> str:
    """An http(s) URL of a whole host, without a trailing slash."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        detail = f"a URL such as https://archive.example, not {text!r}"
        raise InvalidValue(detail)
    if parts.username or parts.query or parts.fragment or parts.path.strip("/"):
        detail = f"only scheme, host and port: {parts.scheme}://{parts.netloc}"
        raise InvalidValue(detail)
    return f"{parts.scheme}://{parts.netloc}"


def store_url(text: str) -> str:
    """`sqlite:///copyfair.db`; other engines come with a later version."""
    if not text.startswith("sqlite:///") or text == "sqlite:///":
        detail = f"a store such as sqlite:///copyfair.db, not {text!r}"
        raise InvalidValue(detail)
    return text


def days(text: str) -> int:
    """`30d`."""
    if not re.fullmatch(r"[0-9]{1,4}d", text):
        detail = f"a number of days such as 30d, not {text!r}"
        raise InvalidValue(detail)
    return int(text[:-1])


def seconds(text: str) -> int:
    """`30s`, `10m` or `2h`."""
    match = re.fullmatch(r"([0-9]{1,5})([smh])", text)
    if not match:
        detail = f"a time such as 30s, 10m or 2h, not {text!r}"
        raise InvalidValue(detail)
    return int(match[1]) * {"s": 1, "m": 60, "h": 3_600}[match[2]]


def percent(text: str) -> int:
    """`19`, `7.5` or `19 %`, as basis points."""
    match = re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))? ?%?", text)
    if not match:
        detail = f"a percentage such as 7.5 %, not {text!r}"
        raise InvalidValue(detail)
    whole, part = match.groups(default="")
    points = int(whole) * 100 + int(part.ljust(2, "0") or 0)
    if points > 100 * 100:
        detail = f"{text} is more than the whole"
        raise InvalidValue(detail)
    return points


def operator_fee(text: str) -> int:
    """A percentage of at most ten."""
    points = percent(text)
    if points > OPERATOR_FEE_BP_MAX:
        detail = f"the operator's fee is at most 10 %, not {text}"
        raise InvalidValue(detail)
    return points


def country(text: str) -> str:
    """ISO 3166-1 alpha-2."""
    if not re.fullmatch(r"[A-Z]{2}", text):
        detail = f"a country code such as FR, not {text!r}"
        raise InvalidValue(detail)
    return text


def currency(text: str) -> str:
    """ISO 4217, of those that can be invoiced."""
    minor_digits(text)
    return text


# What stands in for a required value that is missing or faulty, until the fault
# that was noted is raised.
_PLACEHOLDER: Mapping[Callable[[str], object], str] = {
    http_url: "http://invalid",
    store_url: "sqlite:///invalid",
}
