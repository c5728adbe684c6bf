"""Files of one page."""

import pytest

from cleaners import schema
from cleaners.load import Columns, find_inputs, read


def row_of(path) -> dict:
    (found,) = find_inputs([str(path)], Columns())
    (row,) = read(found, Columns())
    return row


@pytest.mark.parametrize("content", [b"", b"<p>caf\xe9</p>", b"\xff\xd8\xff"])
def test_an_html_file_is_one_page_of_its_bytes(tmp_path, content):
    (tmp_path / "a.html").write_bytes(content)
    assert row_of(tmp_path / "a.html") == {"file_path": "a.html", "offset": 0, "html": content}


TEXT = "Der Fluss steigt.\nDie Brücke über den Fluss bleibt geschlossen, sagt die Behörde."


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le+mark", "utf-16-be+mark", "cp1252"]
)
def test_a_text_file_is_decoded_by_its_mark_as_utf8_or_by_a_guess(tmp_path, charset):
    name, _, mark = charset.partition("+")
    content = (("\ufeff" if mark else "") + TEXT).encode(name)
    (tmp_path / "a.txt").write_bytes(content)
    assert row_of(tmp_path / "a.txt") == {"file_path": "a.txt", "offset": 0, "text": TEXT}


def test_line_ends_become_line_feeds(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"one\r\ntwo\rthree\n\r\n")
    assert row_of(tmp_path / "a.txt")["text"] == "one\ntwo\nthree\n\n"


def test_an_empty_text_file_is_a_page_without_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"")
    assert row_of(tmp_path / "a.txt")["text"] == ""


def test_bytes_in_no_known_encoding_are_undecodable(tmp_path):
    (tmp_path / "a.txt").write_bytes(bytes(range(256)) * 20)
    row = row_of(tmp_path / "a.txt")
    assert row["problem"] == "charset_undecodable"
    assert row["problem_detail"] == "file: not UTF-8, and no other encoding fits its bytes"


@pytest.mark.parametrize("name", ["a.html", "a.txt"])
def test_a_file_above_the_cap_is_too_large_and_is_not_opened(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as file:
        file.truncate(schema.MAX_PAGE_BYTES + 1)
    row = row_of(path)
    assert (row["problem"], row["problem_detail"]) == (
        "too_large",
        "file: 25,165,825 bytes, and the cap is 25,165,824",
    )


def test_a_file_that_has_grown_above_the_cap_since_it_was_found_is_too_large(tmp_path):
    (tmp_path / "a.html").write_bytes(b"x")
    (found,) = find_inputs([str(tmp_path)], Columns())
    with (tmp_path / "a.html").open("r+b") as file:
        file.truncate(schema.MAX_PAGE_BYTES + 1)
    (row,) = read(found, Columns())
    assert (row["problem"], row["problem_detail"]) == ("too_large", "file: more than 25,165,824 bytes")
