"""Which addresses are private, however they are written, and which of them ALLOW_PRIVATE names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from cleaners.errors import UsageError
from crawler import addresses

Address = IPv4Address | IPv6Address

_UNICAST = ip_network("2000::/3")  # all that IANA has opened to the public Internet
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits
# Not private to Python 3.11, and no place where pages are: protocol assignments, 6to4 relays, documentation.
_NO_HOSTS = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")))
# Names that mean this machine or this network: RFC 6761, RFC 6762, RFC 8375 and ICANN's `internal`.
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".home.arpa")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_LONGEST_NAME = 253
_NUMERIC = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?")  # by its last label, as browsers do
_NO_ADDRESS = ("url_invalid", "not an IP address")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What ALLOW_PRIVATE names."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    names: frozenset[str] = frozenset()

    def holds(self, address: Address) -> bool:
        address = _unmapped(address)
        return any(address in network for network in self.networks)

    def host(self, name: str) -> bool:
        return name.lower().removesuffix(".") in self.names


def read(entries: Iterable[object]) -> Allowed:
    """The setting ALLOW_PRIVATE. Raises UsageError for an entry that is no address, no network and no host name.

    >>> allowed = read(["10.0.0.0/8", "::1", "wiki.internal"])
    >>> allowed.holds(ip_address("10.1.2.3")), allowed.holds(ip_address("127.0.0.1")), allowed.host("Wiki.internal.")
    (True, False, True)
    """
    networks, names = [], set()
    for entry in entries:
        text = str(entry).strip().lower()
        name = text.removesuffix(".")
        try:
            networks.append(ip_network(text))
        except ValueError:
            if "/" in text or _NUMERIC.fullmatch(text) or not is_name(name):
                raise UsageError(
                    f"ALLOW_PRIVATE={str(entry)[:100]!r}: no address, no network and no host name",
                    "separate them by commas, without ports: -s ALLOW_PRIVATE=127.0.0.1,10.0.0.0/8,wiki.internal",
                ) from None
            names.add(name)
    return Allowed(tuple(networks), frozenset(names))


def is_name(text: str) -> bool:
    """Whether it can be a host's name in the DNS, where names are short and in ASCII."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_public(address: Address) -> bool:
    """Whether anyone on the Internet could reach it, also by the IPv4 address inside an IPv6 one.

    >>> [is_public(ip_address(text)) for text in ("8.8.8.8", "10.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1")]
    [True, False, False, False]
    """
    address = _unmapped(address)
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address.sixtofour:
            return is_public(address.sixtofour)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NO_HOSTS)


def problem(url: str, allowed: Allowed) -> tuple[str, str] | None:
    """The reason, and its detail, why an address must not be asked, as far as it shows without looking up its name.

    >>> problem("http://0x7f.1/", Allowed())
    ('blocked_address', 'private address 127.0.0.1')
    >>> problem("http://localhost/", Allowed())
    ('blocked_address', 'private name localhost')
    >>> problem("http://localhost/", read(["localhost"])), problem("https://example.org/", Allowed())
    (None, None)
    """
    if found := addresses.problem(url):
        return found
    host = urlsplit(url).hostname or ""
    if allowed.host(host):
        return None
    if ":" in host or _NUMERIC.fullmatch(host):
        return _address_problem(host, allowed)
    name = host.removesuffix(".")
    if not is_name(name):
        return "url_invalid", "not a host name"
    if f".{name}".endswith(_LOCAL_NAMES):
        return "blocked_address", f"private name {name}"
    return None


def literal(host: str) -> Address | None:
    """The address that a host is written as, in whatever spelling; None for a name and for what is neither.

    >>> literal("127.1"), literal("0177.0.0.1"), literal("2130706433."), literal("example.org"), literal("1.2.3.4.5")
    (IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), IPv4Address('127.0.0.1'), None, None)
    """
    try:
        return ip_address(host) if ":" in host else _ipv4(host.removesuffix("."))
    except ValueError:
        return None


def _address_problem(host: str, allowed: Allowed) -> tuple[str, str] | None:
    address = literal(host)
    if address is None:
        return _NO_ADDRESS
    if "%" in host or not (is_public(address) or allowed.holds(address)):  # a zone is one of this machine's networks
        return "blocked_address", f"private address {address}"
    if isinstance(address, IPv4Address) and host != str(address):
        return "url_invalid", f"an odd spelling of {address}"  # 010.0.0.1: programs differ in what they make of it
    return None


def _unmapped(address: Address) -> Address:
    """`::ffff:127.0.0.1` is a way to say 127.0.0.1."""
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _ipv4(text: str) -> IPv4Address:
    """As inet_aton(3) and the URL standard read it: decimal, octal or hex; the last part fills what is left."""
    *first, last = (_number(part) for part in text.split("."))
    if len(first) > 3 or any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        raise ValueError(text)
    return IPv4Address(sum(part << 8 * (3 - place) for place, part in enumerate(first)) + last)


def _number(text: str) -> int:
    if len(text) > _LONGEST_NAME:
        raise ValueError(text)
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)
