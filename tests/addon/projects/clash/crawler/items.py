from dataclasses import dataclass, field
from typing import Any


@dataclass
class Article:
    url: str
    html: str
    text: str | None = None
    title: str | None = None
    language: str | None = None
    removed: list[dict[str, Any]] = field(default_factory=list)
    reject: str | None = None


@dataclass
class Bare:
    url: str
    html: str


@dataclass(frozen=True)
class Frozen:
    url: str
    html: str
    text: str | None = None
