"""Keeps tracebacks off standard error where a host is at fault: its reject says what happened."""

import logging

from twisted.logger import globalLogBeginner


def without_tracebacks() -> None:
    logging.getLogger("scrapy.downloadermiddlewares.robotstxt").addFilter(_drop_traceback)
    logging.getLogger("twisted").addFilter(_is_no_certificate)
    # Until somebody begins logging, Twisted prints its worst messages by itself, past Python's logging.
    observers = [lambda _: None]
    globalLogBeginner.beginLoggingTo(observers, discardBuffer=True, redirectStandardIO=False)  # type: ignore[arg-type]


def _drop_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return True


def _is_no_certificate(record: logging.LogRecord) -> bool:
    return "while verifying certificate" not in record.getMessage()
