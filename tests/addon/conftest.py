"""Other people's projects, crawled by a process of its own each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from foreign import Project, Site

collect_ignore = ["projects"]  # they are nobody's tests, and one has a package of the name of ours


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    town = Site()
    yield town
    town.server.shutdown()
    town.server.server_close()


@pytest.fixture
def plain(tmp_path: Path) -> Project:
    return Project("plain", tmp_path)


@pytest.fixture
def clash(tmp_path: Path) -> Project:
    return Project("clash", tmp_path)
