"""Rounds: to whom a frontier belongs, and the manifest of each round, `_rounds/000001.json`."""

import json
from pathlib import Path
from typing import Any

from scrapy import Spider

from cleaners import storage
from cleaners.errors import ConditionsError
from crawler.frontier import Frontier
from crawler.items import now

ROUNDS = "_rounds"
ERRORS = ("fetch_failed", "tls_invalid", "robots_unreachable", "spider_error")  # and 5xx, 429


def check_owner(frontier: Frontier, spider: Spider) -> None:
    """A frontier belongs to one spider, and to one site or feed. Raises ConditionsError for another's."""
    name = owner(spider)
    known = frontier.get("owner", name)
    if known != name:
        raise ConditionsError(
            f"this folder holds the crawl of {known}, and this one is of {name}",
            "give this one a name of its own: -a crawl=NAME",
        )
    frontier.set("owner", name)


def owner(spider: Spider) -> str:
    arguments = getattr(spider, "arguments", None)
    source = arguments.source if arguments and getattr(spider, "source", None) == "url" else ""
    return f"{spider.name} {source}".strip()


def write(frontier: Frontier, folder: Path, reason: str) -> dict[str, Any]:
    """The round's manifest. All of it is read from the frontier, so it holds what earlier runs of the round did."""
    found = manifest(frontier, reason)
    storage.make_folder(folder / ROUNDS)
    content = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    storage.replace(folder / ROUNDS / f"{frontier.round:06}.json", content.encode("utf-8", "replace"))
    return found


def manifest(frontier: Frontier, reason: str) -> dict[str, Any]:
    """What a round has done until now; `waiting` is what a run that was stopped has left."""
    number = frontier.round
    rows = frontier.db.execute(
        "SELECT outcome, COUNT(*) FROM request WHERE round = ? AND state = 2 GROUP BY outcome ORDER BY outcome",
        (number,),
    )
    outcomes = dict(rows.fetchall())
    waiting = frontier.db.execute("SELECT COUNT(*) FROM request WHERE state <> 2").fetchone()[0]
    marks = ",".join("?" * len(ERRORS))
    errors = frontier.db.execute(
        f"SELECT COUNT(*) FROM request WHERE round = ? AND state = 2 AND (outcome IN ({marks})"
        " OR outcome = 'http_error' AND (status >= 500 OR status = 429))",
        (number, *ERRORS),
    ).fetchone()[0]
    columns = ("name", "pages", "bytes", "sha256")
    segments = frontier.db.execute(f"SELECT {', '.join(columns)} FROM segment WHERE round = ?", (number,)).fetchall()
    kept = {
        name: outcomes.pop(name, 0) for name in ("page", "unchanged", "read", "redirect", "dropped", "failed", "gone")
    }
    return {
        "round": number,
        "crawl": frontier.get("owner"),
        "started": frontier.get("started"),
        "written": f"{now():%Y-%m-%dT%H:%M:%SZ}",
        "finished": frontier.finished,
        "stopped_by": reason,
        "waiting": waiting,
        "pages": sum(segment[1] for segment in segments),
        "unchanged": kept["unchanged"],
        "listings": kept["read"],
        "redirects": kept["redirect"],
        "dropped": kept["dropped"],
        "failed": kept["failed"],
        "gone": kept["gone"],
        "rejects": outcomes,
        "errors": errors,
        "segments": [dict(zip(columns, segment, strict=True)) for segment in segments],
    }
