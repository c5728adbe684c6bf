"""Who is behind a crawl: whoever is asked has to be able to find out."""

import re

from scrapy.settings import BaseSettings

from cleaners.errors import ConditionsError, WinnowError

_CONTACT = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|https?://[^\s/]+")


def problem(settings: BaseSettings) -> WinnowError | None:
    """Why nobody but one's own hosts may be asked with this CONTACT."""
    contact = str(settings.get("CONTACT") or "").strip()
    if contact and contact.isascii() and contact.isprintable() and _CONTACT.search(contact):
        return None
    what = f"CONTACT={contact[:100]!r} is no way to reach you" if contact else "CONTACT is not set"
    return ConditionsError(what, "-s CONTACT=https://example.org/our-crawler or a mail address")


class ContactAddon:
    """Adds CONTACT to the user agent of every spider."""

    def update_settings(self, settings: BaseSettings) -> None:
        if settings["CONTACT"] and problem(settings) is None:
            agent = f"{settings['USER_AGENT']} (+{str(settings['CONTACT']).strip()})"
            settings.set("USER_AGENT", agent, settings.getpriority("USER_AGENT") or 0)
