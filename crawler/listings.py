"""The addresses that robots.txt, sitemaps and feeds list. What cannot be read as one of them lists nothing."""

import zlib

from lxml import etree

from crawler.addresses import join

SITEMAP_BYTES = 50 * 1024 * 1024  # the protocol's own cap, unpacked


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

    >>> sitemap(b"<urlset><url><loc> https://example.org/a </loc></url></urlset>")
    ([], ['https://example.org/a'])
    >>> sitemap(b"<sitemapindex><sitemap><loc>https://example.org/1.xml</loc></sitemap></sitemapindex>")
    (['https://example.org/1.xml'], [])
    >>> sitemap(b"<!doctype html><title>Not found</title>")
    ([], [])
    """
    root = _parse(_unpacked(body))
    if root is None:
        return [], []
    return _texts(root, "sitemap", "loc"), _texts(root, "url", "loc")


def feed(body: bytes, base: str) -> list[str]:
    """The pages of the entries of an RSS (also RSS 1.0) or Atom feed, in its order.

    >>> feed(b"<rss><channel><link>/</link><item><link>/a</link></item></channel></rss>", "https://example.org/rss")
    ['https://example.org/a']
    >>> feed(b"<feed><entry><link rel='self' href='b.atom'/><link href='b'/></entry></feed>", "https://example.org/f/")
    ['https://example.org/f/b']
    """
    root = _parse(body)
    if root is None:
        return []
    entries = root.xpath("//*[local-name()='item' or local-name()='entry']")
    return [join(base, link) for entry in entries if (link := _entry_link(entry))]


def _entry_link(entry: etree._Element) -> str | None:
    """An entry's own page: the text of RSS's `link`, the `href` of Atom's, or a `guid` that is an address."""
    for path in (
        "*[local-name()='link' and not(@href)]/text()",
        "*[local-name()='link' and (not(@rel) or @rel='alternate')]/@href",
        "*[local-name()='guid' and not(@isPermaLink='false')]/text()",
    ):
        for link in entry.xpath(path):
            if link.strip():
                return str(link.strip())
    return None


def _texts(root: etree._Element, parent: str, child: str) -> list[str]:
    found = root.xpath(f"/*/*[local-name()='{parent}']/*[local-name()='{child}']/text()")
    return [str(text.strip()) for text in found if text.strip()]


def _parse(body: bytes) -> etree._Element | None:
    # Strangers wrote this: no entities, no network, and libxml2's own limits on depth and size.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return None


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, SITEMAP_BYTES)
    except zlib.error:
        return b""
