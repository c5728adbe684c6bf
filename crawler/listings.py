"""The addresses that robots.txt, sitemaps and feeds list. What cannot be read as one of them lists nothing."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from lxml import etree

from crawler.addresses import join
from crawler.failures import Refused

SITEMAP_BYTES = 50 * 1024 * 1024  # the protocol's own cap, unpacked
MOST_ELEMENTS = 1_000_000  # 50,000 pages, the protocol's cap, with 20 each; a second or two of reading
_LINKS_OF_AN_ENTRY = 100
_CHUNK = 1 << 16

_Link = tuple[str, Mapping[str, str], str]  # name, attributes, text


def robots(body: bytes, base: str) -> list[str]:
    """The sitemaps that a robots.txt names.

    >>> robots(b"User-agent: *\\nsitemap: /a.xml # all\\nSitemap:", "https://example.org/robots.txt")
    ['https://example.org/a.xml']
    """
    lines = (line.partition(":") for line in body.decode("utf-8", "replace").splitlines())
    named = (value.partition("#")[0].strip() for name, _, value in lines if name.strip().lower() == "sitemap")
    return [join(base, link) for link in named if link]


def sitemap(body: bytes) -> tuple[list[str], list[str]]:
    """The further sitemaps and the pages that a sitemap lists, packed with gzip or not.

    Raises Refused, reason `too_large`, for more than SITEMAP_BYTES unpacked, or MOST_ELEMENTS.

    >>> sitemap(b"<urlset><url><loc> https://example.org/a </loc></url></urlset>")
    ([], ['https://example.org/a'])
    >>> sitemap(b"<sitemapindex><sitemap><loc>https://example.org/1.xml</loc></sitemap></sitemapindex>")
    (['https://example.org/1.xml'], [])
    >>> sitemap(b"<!doctype html><title>Not found</title>")
    ([], [])
    """
    found: dict[str, list[str]] = {"sitemap": [], "url": []}

    def ended(entry: str, depth: int, links: list[_Link]) -> None:
        if depth == 2:
            found[entry] += [text for _, _, text in links if text]

    _read(_unpacked(body), _Entries(tuple(found), ("loc",), ended))
    return found["sitemap"], found["url"]


def feed(body: bytes, base: str) -> list[str]:
    """The pages of the entries of an RSS (also RSS 1.0) or Atom feed, in its order.

    Raises Refused, reason `too_large`, for more than MOST_ELEMENTS.

    >>> feed(b"<rss><channel><link>/</link><item><link>/a</link></item></channel></rss>", "https://example.org/rss")
    ['https://example.org/a']
    >>> feed(b"<feed><entry><link rel='self' href='b.atom'/><link href='b'/></entry></feed>", "https://example.org/f/")
    ['https://example.org/f/b']
    """
    found: list[str] = []

    def ended(_entry: str, _depth: int, links: list[_Link]) -> None:
        if link := _entry_link(links):
            found.append(join(base, link))

    _read(_slices(body), _Entries(("item", "entry"), ("link", "guid"), ended))
    return found


def _entry_link(links: list[_Link]) -> str | None:
    """An entry's own page: the text of RSS's `link`, the `href` of Atom's, or a `guid` that is an address."""
    texts = [text for name, given, text in links if name == "link" and "href" not in given]
    hrefs = [given["href"].strip() for name, given, _ in links if name == "link" and _is_page(given)]
    guids = [text for name, given, text in links if name == "guid" and given.get("isPermaLink") != "false"]
    return next((link for link in (*texts, *hrefs, *guids) if link), None)


def _is_page(given: Mapping[str, str]) -> bool:
    return "href" in given and given.get("rel", "alternate") == "alternate"


class _Entries:
    """What the parser calls. It builds no tree, since 16 MB can hold millions of elements of 200 bytes each.

    `ended` gets the entry's name, its depth (the root's is 1) and its children that are links.
    """

    def __init__(
        self, entries: tuple[str, ...], links: tuple[str, ...], ended: Callable[[str, int, list[_Link]], None]
    ) -> None:
        self.entries, self.links, self.ended = entries, links, ended
        self.elements = 0
        self.path: list[str] = []
        self.opened: list[list[_Link]] = []  # an entry in an entry is seldom meant, and harmless
        self.given: Mapping[str, str] = {}
        self.text: list[str] | None = None  # where a link is being read

    def start(self, tag: str, given: Mapping[str, str]) -> None:
        self.elements += 1
        name = tag.rpartition("}")[2].rpartition(":")[2]
        if name in self.links and self.path and self.path[-1] in self.entries:
            self.given, self.text = dict(given), []
        elif name in self.entries:
            self.opened.append([])
        self.path.append(name)

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def end(self, _tag: str) -> None:
        name = self.path.pop()
        if self.text is not None and name in self.links:
            links = self.opened[-1]
            if len(links) < _LINKS_OF_AN_ENTRY:
                links.append((name, self.given, "".join(self.text).strip()))
            self.text = None
        elif name in self.entries:
            self.ended(name, len(self.path) + 1, self.opened.pop())

    def close(self) -> None:
        pass


def _read(chunks: Iterable[bytes], entries: _Entries) -> None:
    """Strangers wrote this: no entities, no network, and libxml2's own limits on depth and size."""
    parser = etree.XMLParser(target=entries, recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        for chunk in chunks:
            parser.feed(chunk)
            if entries.elements > MOST_ELEMENTS:
                raise Refused("too_large", f"more than {MOST_ELEMENTS:,} elements")
        parser.close()
    except etree.XMLSyntaxError:
        pass  # what was listed before stays


def _slices(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _CHUNK] for start in range(0, len(body), _CHUNK))


def _unpacked(body: bytes) -> Iterator[bytes]:
    if not body.startswith(b"\x1f\x8b"):
        yield from _slices(body)
        return
    unpacker, length = zlib.decompressobj(wbits=31), 0
    while body and not unpacker.eof:
        try:
            chunk = unpacker.decompress(body, _CHUNK)
        except zlib.error:
            return  # damaged: what came before stays
        length += len(chunk)
        if length > SITEMAP_BYTES:
            raise Refused("too_large", f"a sitemap of more than {SITEMAP_BYTES:,} bytes, unpacked")
        yield chunk
        body = unpacker.unconsumed_tail
