"""The archive by itself: when a segment is sealed, and what its headers say."""

from pathlib import Path

import pytest

from cleaners.errors import LockedError
from crawler.archive import Archive
from crawler.items import Page
from crawler.warc import warcinfo_record

INFO = warcinfo_record("town", "webwinnow/0 (+https://crawl.example/)", "obeyed")


def page(number: int) -> Page:
    return Page(f"http://town.example/{number}", 200, "HTTP/1.1", [("Content-Type", "text/html")], b"<p>A page.")


def segments(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.warc.gz"))


def test_a_segment_is_sealed_at_a_thousand_pages_and_numbering_goes_on(tmp_path: Path) -> None:
    """A thousand pages make a segment; the next crawl into the folder counts on."""
    archive = Archive(tmp_path, INFO)
    for number in range(1001):
        archive.store(page(number))
    assert segments(tmp_path) == ["_open.warc.gz", "seg-00000001-00001000.warc.gz"]
    archive.close()
    archive = Archive(tmp_path, INFO)
    archive.store(page(0))
    archive.close()
    assert segments(tmp_path) == [
        "seg-00000001-00001000.warc.gz",
        "seg-00001001-00001001.warc.gz",
        "seg-00001002-00001002.warc.gz",
    ]


def test_every_cut_of_an_open_segment_is_salvaged(tmp_path: Path) -> None:
    """Wherever a kill cuts the file, exactly the whole records are sealed."""
    archive = Archive(tmp_path / "whole", INFO)
    for number in range(2):
        archive.store(page(number))
    whole = (tmp_path / "whole" / "_open.warc.gz").read_bytes()
    archive.close()
    for size in range(0, len(whole) + 1, 7):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "_open.warc.gz").write_bytes(whole[:size])
        Archive(folder, INFO).close()
        sealed = segments(folder)
        assert len(sealed) <= 1
        for name in sealed:
            kept = (folder / name).read_bytes()
            assert whole.startswith(kept)
            assert name == f"seg-00000001-{'00000002' if kept == whole else '00000001'}.warc.gz"


def test_a_folder_has_one_writer(tmp_path: Path) -> None:
    """Also within one process; and the folder is free again after `close`."""
    archive = Archive(tmp_path, INFO)
    with pytest.raises(LockedError, match="another crawl writes to"):
        Archive(tmp_path, INFO)
    archive.close()
    Archive(tmp_path, INFO).close()
