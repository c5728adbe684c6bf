"""From what Scrapy raises to one of our reasons."""

from http import HTTPStatus

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError


class Refused(IgnoreRequest):
    """An address that is not asked for, or an answer that is not kept; `reason` is one of `items.REASONS`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


class NotModified(IgnoreRequest):
    """The host says that a page is what it was when it was stored."""


UNTRUSTED = "certificate verify failed"

_KNOWN: dict[type[Exception], tuple[str, str]] = {
    DownloadConnectionRefusedError: ("fetch_failed", "connection refused"),
    CannotResolveHostError: ("fetch_failed", "host name not found"),
    DownloadTimeoutError: ("fetch_failed", "timed out"),
    ResponseDataLossError: ("fetch_failed", "the answer broke off"),
    DownloadCancelledError: ("too_large", "larger than DOWNLOAD_MAXSIZE"),
    NotSupported: ("scheme_not_allowed", "not an http or https address"),
    UnsupportedURLSchemeError: ("scheme_not_allowed", "not an http or https address"),
    DownloadFailedError: ("fetch_failed", "the connection broke off, or what came was not HTTP"),
}

# Scrapy tells these apart by their words alone; the tests hold them to the installed version.
_IGNORED = {
    "Forbidden by robots.txt": ("robots_disallowed", "robots.txt forbids it"),
    "max redirections reached": ("too_many_redirects", "more redirects than REDIRECT_MAX_TIMES"),
    "exceeded DOWNLOAD_MAXSIZE": ("too_large", "larger than DOWNLOAD_MAXSIZE"),
}


def status_line(status: int) -> str:
    """Scrapy keeps the code and drops the phrase: this is the standard one.

    >>> status_line(404), status_line(599)
    ('404 Not Found', '599')
    """
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def reason(error: BaseException) -> tuple[str, str]:
    """The reason, one of `items.REASONS`, and its detail.

    >>> reason(ConnectionResetError("reset by peer"))
    ('fetch_failed', 'ConnectionResetError: reset by peer')
    """
    if isinstance(error, HttpError):
        return "http_error", status_line(error.response.status)
    if isinstance(error, Refused):
        return error.reason, error.detail
    if isinstance(error, IgnoreRequest):
        for words, found in _IGNORED.items():
            if words in str(error):
                return found
    if "SSL routines" in str(error):
        return "tls_invalid", UNTRUSTED if UNTRUSTED in str(error) else "no TLS connection"
    for kind, found in _KNOWN.items():
        if isinstance(error, kind):
            return found
    return "fetch_failed", f"{type(error).__name__}: {error}"
