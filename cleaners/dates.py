"""Dates as pages write them, without a calendar's help: what a date leaves open stays open."""

import re
from datetime import date

_FIRST_YEAR, _LAST_YEAR = 1995, 2099  # of publication on the web
_LONGEST = 100  # characters of a date with its words
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = "(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\\.?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?<!\d)(?P<y>\d{4})\s?[-/.年]\s?(?P<m>\d{1,2})\s?[-/.月]\s?(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?=T|Z|\d{4}(?:\d\d)?(?!\d)|\D|$)",
        r"(?<!\d)(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s./-]+(?:of\s+)?{_MONTH}[\s,./-]+(?P<y>\d{{4}})(?!\d)",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(?P<y>\d{{4}})(?!\d)",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})\s[\d:]{{5,8}}\s(?:[A-Z]{{2,5}}\s)?(?P<y>\d{{4}})(?!\d)",
    )
)
_SLASHES = re.compile(r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)", re.ASCII)
_IN_ADDRESS = re.compile(
    r"/(?P<y>(?:19|20)\d\d)(?P<sep>[-/_]?)(?P<m>[01]?\d)(?P=sep)(?P<d>[0-3]?\d)(?=[-/_.]|$)", re.ASCII
)


def day(text: str) -> str | None:
    """The first whole date of a text, as YYYY-MM-DD in the time zone it is written in. None where the order of day
    and month is anyone's guess.

    >>> day("2025-03-04T23:30:00-08:00"), day("Mar 4th, 2025 9:10 pm"), day("4.3.2025")
    ('2025-03-04', '2025-03-04', '2025-03-04')
    >>> day("March 2025"), day("03/04/2025"), day("03/14/2025"), day("2025-02-30")
    (None, None, '2025-03-14', None)
    """
    text = text.strip()[:_LONGEST]
    for pattern in _PATTERNS:
        if match := pattern.search(text):
            return _checked(match)
    if match := _SLASHES.search(text):
        first, second, year = int(match[1]), int(match[2]), int(match[3])
        if first > 12 or first == second:
            return _day(year, second, first)
        return _day(year, first, second) if second > 12 else None
    return None


def day_in_address(url: str) -> str | None:
    """The date that a page's address holds as folders.

    >>> day_in_address("https://a.example/2025/03/04/bridge"), day_in_address("https://a.example/2025/03/bridge")
    ('2025-03-04', None)
    """
    match = _IN_ADDRESS.search(url[:2_000])
    if match is None or (not match["sep"] and len(match[0]) != len("/20250304")):
        return None
    return _checked(match)


def _checked(match: re.Match[str]) -> str | None:
    named = match.groupdict()
    month = _MONTHS.index(named["name"][:3].lower()) + 1 if named.get("name") else int(named["m"])
    return _day(int(named["y"]), month, int(named["d"]))


def _day(year: int, month: int, number: int) -> str | None:
    try:
        return date(year, month, number).isoformat() if _FIRST_YEAR <= year <= _LAST_YEAR else None
    except ValueError:
        return None
