"""Sealing by itself: what stands in files, what stays in the frontier, and what a kill in between changes."""

import json
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from cleaners import storage
from cleaners.crawls import FRONTIER
from cleaners.errors import ConditionsError, LockedError
from crawler import folder, outputs
from crawler.archive import Archive
from crawler.frontier import Ending, Frontier
from crawler.items import Page, Reject
from crawler.warc import response_record

AGENT = "webwinnow/0 (+https://crawl.example/)"


def opened(where: Path) -> tuple[Frontier, Archive]:
    frontier = Frontier(where / FRONTIER)
    if frontier.finished:
        frontier.begin_round("2026-11-22T08:00:00Z", revisit=False)
    return frontier, Archive(where, frontier, AGENT, "obeyed")


def add_page(frontier: Frontier, number: int, *, ended: bool = True) -> None:
    key = number.to_bytes(4, "big")
    url = f"http://town.example/{number}"
    frontier.add(key, url, "{}", "town.example", 0)
    taken = frontier.take("town.example")
    assert taken is not None
    page = Page(url, 200, "HTTP/1.1", [("Content-Type", "text/html")], b"<p>Page %d." % number)
    outputs.add_page(frontier.db, taken.id, response_record(page))
    outputs.add_reject(frontier.db, taken.id, Reject(url, "not_html", "a test").line())
    if ended:
        frontier.end(taken.id, Ending("page"))


def segments(where: Path) -> list[str]:
    return sorted(path.name for path in where.glob("*.warc.gz"))


def addresses(where: Path) -> list[str]:
    found = []
    for name in segments(where):
        with (where / name).open("rb") as stream:
            found += [record.rec_headers["WARC-Target-URI"] for record in ArchiveIterator(stream)][1:]
    return found


def test_pages_are_numbered_in_the_order_in_which_they_ended_and_numbers_go_on(tmp_path: Path) -> None:
    """A file is named after its first and last page; the next file, and the next crawl, count on."""
    frontier, archive = opened(tmp_path)
    for number in range(3):
        add_page(frontier, number)
    archive.seal()
    add_page(frontier, 3)
    frontier.commit()
    frontier.close()
    frontier, archive = opened(tmp_path)
    archive.seal()
    frontier.close()
    assert segments(tmp_path) == ["seg-00000001-00000003.warc.gz", "seg-00000004-00000004.warc.gz"]
    assert addresses(tmp_path) == [f"http://town.example/{number}" for number in range(4)]
    assert len((tmp_path / "rejects.jsonl").read_text().splitlines()) == 4


def test_a_file_is_due_at_a_thousand_pages_or_64_mib(tmp_path: Path) -> None:
    """Whichever comes first."""
    frontier, archive = opened(tmp_path)
    for number in range(999):
        add_page(frontier, number)
    assert not archive.due()
    frontier.page_bytes = 64 << 20
    assert archive.due()
    frontier.page_bytes = 0
    add_page(frontier, 999)
    assert archive.due()
    frontier.close()


def test_what_is_under_way_is_not_sealed(tmp_path: Path) -> None:
    """A page of a request that has not ended would be stored again behind a kill."""
    frontier, archive = opened(tmp_path)
    add_page(frontier, 0)
    add_page(frontier, 1, ended=False)
    archive.seal()
    assert addresses(tmp_path) == ["http://town.example/0"]
    assert len((tmp_path / "rejects.jsonl").read_text().splitlines()) == 1
    frontier.close()


def test_sealing_that_is_stopped_before_any_step_on_disk_is_finished_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files, byte for byte, and every reject once, wherever it stopped."""

    class Killed(BaseException):
        pass

    def crawl(where: Path, last_step: int) -> int:
        """Seals, as long as it may; gives the steps it took."""
        frontier, archive = opened(where)
        taken = 0

        def counted(step):  # type: ignore[no-untyped-def]
            def run(*arguments):  # type: ignore[no-untyped-def]
                nonlocal taken
                if taken == last_step:
                    raise Killed
                taken += 1
                return step(*arguments)

            return run

        with monkeypatch.context() as patch:
            for name in storage.STEPS:
                patch.setattr(storage, name, counted(getattr(storage, name)))
            try:
                archive.seal()
            except Killed:
                frontier.db.close()  # what was not committed is gone
            else:
                frontier.close()
        return taken

    def filled(where: Path) -> Path:
        where.mkdir(parents=True)
        frontier, _ = opened(where)
        frontier.set("crawl_id", "5ce3a1f2-0000-4000-8000-000000000000")
        for number in range(3):
            frontier.db.execute("INSERT INTO page (number, record) VALUES (?, ?)", (number + 1, RECORDS[number]))
            outputs.add_reject(frontier.db, None, f'{{"url": "{number}"}}')
        frontier.set("pages", 3)
        frontier.commit()
        frontier.close()
        return where

    whole = filled(tmp_path / "whole" / "town")
    steps = crawl(whole, 99)
    assert steps >= 6
    for stopped in range(steps):
        where = filled(tmp_path / str(stopped) / "town")
        assert crawl(where, stopped) == stopped
        crawl(where, 99)
        for name in ("seg-00000001-00000003.warc.gz", "rejects.jsonl"):
            assert (where / name).read_bytes() == (whole / name).read_bytes(), stopped
        assert segments(where) == segments(whole)
        assert not list(where.glob("_tmp*"))


RECORDS = [
    response_record(Page(f"http://town.example/{number}", 200, "HTTP/1.1", [], b"<p>A page.")) for number in range(3)
]


def test_half_a_line_of_a_killed_crawl_is_written_again(tmp_path: Path) -> None:
    """Rejects are appended behind what the frontier knows to be whole."""
    frontier, archive = opened(tmp_path)
    add_page(frontier, 0)
    archive.seal()
    with (tmp_path / "rejects.jsonl").open("a") as lines:
        lines.write('{"url": "http://half')
    add_page(frontier, 1)
    archive.seal()
    frontier.close()
    rows = [json.loads(line) for line in (tmp_path / "rejects.jsonl").read_text().splitlines()]
    assert [row["url"] for row in rows] == ["http://town.example/0", "http://town.example/1"]


def test_a_new_frontier_counts_on_behind_files_of_an_earlier_one(tmp_path: Path) -> None:
    """No file is ever written over; and an old frontier is not taken for a newer file's."""
    (tmp_path / "seg-00000001-00000007.warc.gz").write_bytes(b"")
    frontier, archive = opened(tmp_path)
    add_page(frontier, 0)
    archive.seal()
    assert segments(tmp_path) == ["seg-00000001-00000007.warc.gz", "seg-00000008-00000008.warc.gz"]
    frontier.close()
    (tmp_path / "seg-00000009-00000012.warc.gz").write_bytes(b"")
    with pytest.raises(ConditionsError, match="does not know"):
        opened(tmp_path)


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    """Also within one process; and it is free again when the lock is closed."""
    lock = folder.hold(tmp_path)
    with pytest.raises(LockedError, match="another crawl writes to"):
        folder.hold(tmp_path)
    lock.close()
    folder.hold(tmp_path).close()
