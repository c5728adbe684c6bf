"""Requests as JSON, so that a frontier can be read anywhere and runs no code. Never pickle."""

import base64
import json
from collections.abc import Callable
from typing import Any

from scrapy import Request, Spider
from scrapy.utils.misc import load_object

from cleaners.errors import ConditionsError, UsageError
from crawler.handed import Handed

CONDITIONS = ("If-None-Match", "If-Modified-Since")
CONDITIONAL = "winnow_conditional"  # in meta: these headers were ours
_METHODS = ("callback", "errback")
_PLAIN = {"method": "GET", "encoding": "utf-8", "priority": 0, "dont_filter": False}


def to_json(request: Request, spider: Spider) -> str:
    """The request without what is as in any other. Raises UsageError for what JSON cannot hold.

    Callbacks are kept by name, so they have to be methods of the spider. Tuples come back as lists.

    >>> to_json(Request("https://example.org/", priority=2, meta={"depth": 1}), Spider("any"))
    '{"url":"https://example.org/","priority":2,"meta":{"depth":1}}'
    """
    kept: dict[str, Any] = {"url": request.url}
    for name, usual in _PLAIN.items():
        if (value := getattr(request, name)) != usual:
            kept[name] = value
    for name in _METHODS:
        method = getattr(request, name)
        if method is not None and not isinstance(getattr(method, "__self__", None), Handed):
            kept[name] = _name(method, name, request, spider)
    headers = {
        name.decode("latin-1"): [value.decode("latin-1") for value in values]
        for name, values in request.headers.items()
    }
    if request.meta.get(CONDITIONAL):
        headers = {name: values for name, values in headers.items() if name not in CONDITIONS}
    if headers:
        kept["headers"] = headers
    for name in ("body", "cookies", "flags", "cb_kwargs"):
        if value := getattr(request, name):
            kept[name] = value
    if meta := {name: value for name, value in request.meta.items() if name != CONDITIONAL}:
        kept["meta"] = meta
    if type(request) is not Request:
        kept["class"] = f"{type(request).__module__}.{type(request).__qualname__}"
        kept |= {name: getattr(request, name) for name in set(request.attributes) - set(Request.attributes)}
    try:
        return json.dumps(kept, separators=(",", ":"), default=_bytes)
    except (TypeError, ValueError) as error:
        raise _unstorable(request, str(error)) from None


def from_json(text: str, spider: Spider) -> Request:
    """The request that `to_json` wrote down. Raises ConditionsError where the spider has lost its callback.

    >>> from_json(to_json(Request("https://example.org/", body=b"a"), Spider("any")), Spider("any")).body
    b'a'
    """
    kept = json.loads(text, object_hook=_with_bytes)
    kind = load_object(kept.pop("class")) if "class" in kept else Request
    for name in _METHODS:
        if name in kept:
            method = getattr(spider, kept[name], None)
            if not callable(method):
                raise ConditionsError(
                    f"a request for {kept['url'][:200]} waits for {kept[name]}(), which spider {spider.name!r} lacks",
                    "crawl with the code that began this round, or into another folder: -a crawl=NAME",
                )
            kept[name] = method
    for name, values in kept.get("headers", {}).items():
        kept["headers"][name] = [value.encode("latin-1") for value in values]
    request = kind(**kept)
    assert isinstance(request, Request)
    return request


def _name(method: Callable[..., Any], role: str, request: Request, spider: Spider) -> str:
    name: str = getattr(method, "__name__", "")
    if getattr(method, "__self__", None) is spider and getattr(spider, name, None) == method:
        return name
    raise _unstorable(request, f"its {role}, {name or method!r}, is not a method of the spider")


def _unstorable(request: Request, why: str) -> UsageError:
    return UsageError(
        f"the request for {request.url[:200]} cannot be stored: {why}",
        "use methods of the spider as callbacks, and plain values (text, numbers, lists) in meta and cb_kwargs;"
        " then run the same command again: the page that asked for it is fetched anew",
    )


def _bytes(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$base64": base64.b64encode(value).decode("ascii")}
    raise TypeError(f"{type(value).__name__} {repr(value)[:80]} is not JSON")


def _with_bytes(value: dict[str, Any]) -> Any:
    if len(value) == 1 and isinstance(value.get("$base64"), str):
        return base64.b64decode(value["$base64"])
    return value
