"""The site that the crawls of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Site


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    town = Site()
    yield town
    town.server.shutdown()
    town.server.server_close()


@pytest.fixture
def slow_list(site: Site, tmp_path: Path) -> Path:
    """A list whose crawl takes long enough to be interrupted."""
    addresses = tmp_path / "slow.txt"
    addresses.write_text("".join(f"{site.url}/slow/{n}\n" for n in range(2000)))
    return addresses
