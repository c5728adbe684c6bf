"""Which addresses may be asked for, and the names that are made from them."""

import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

SCHEMES = {"http": 80, "https": 443}
LONGEST_NAME = 200  # file systems stop at 255 bytes


@lru_cache(1 << 14)  # the same links stand on page after page
def problem(url: str) -> tuple[str, str] | None:
    """The reason, and its detail, why an address will not be asked for.

    >>> problem("https://example.org/a")
    >>> problem("file:///etc/passwd")
    ('scheme_not_allowed', 'not an http or https address')
    >>> problem("http://")
    ('url_invalid', 'no host')
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return "url_invalid", str(error)
    if parts.scheme not in SCHEMES:
        return "scheme_not_allowed", "not an http or https address"
    if not parts.hostname or port == 0:
        return "url_invalid", "no host" if not parts.hostname else "port 0"
    if parts.username is not None:
        return "url_invalid", "a user name or password in the address"
    return None


@lru_cache(1 << 14)
def site(url: str) -> str | None:
    """The host, with its port where it is not the scheme's own; None for what is no web address.

    >>> site("https://Example.org:443/a"), site("http://127.0.0.1:8000/"), site("mailto:a@example.org")
    ('example.org', '127.0.0.1:8000', None)
    """
    if problem(url):
        return None
    parts = urlsplit(url)
    if parts.port in (None, SCHEMES[parts.scheme]):
        return parts.hostname
    return f"{parts.hostname}:{parts.port}"


def join(base: str, link: str) -> str:
    """A link as a whole address. One that cannot be read comes back as it is, and `problem` will say so.

    >>> join("https://example.org/a/", "b"), join("https://example.org/a/", "http://[")
    ('https://example.org/a/b', 'http://[')
    """
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def folder_name(text: str) -> str:
    """A text as the name of a folder that stays where it is put and that the loaders will read.

    A leading dot or underscore is taken off, since the loaders pass over such names; so `..` cannot arise.

    >>> folder_name("127.0.0.1:8000"), folder_name("../../etc"), folder_name("_Mein Blog"), folder_name("..")
    ('127.0.0.1_8000', 'etc', 'Mein-Blog', '')
    """
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", text.replace(":", "_"))
    return safe.lstrip("._-")[:LONGEST_NAME]
