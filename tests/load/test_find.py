"""Which inputs the arguments name, and what is refused before any work starts."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleaners.errors import UsageError
from cleaners.load import Columns, Input, find_inputs

WANTED = (
    "wanted: .warc .wet .jsonl .ndjson .json (also with .gz or .zst), .parquet, .html .htm .xhtml, .txt, "
    ".zip, .tar .tar.gz .tgz .tar.bz2 .tar.xz .tar.zst"
)
NAME_COLUMN = (
    "name the column that holds the pages: --html-column NAME (strings or binary) or --text-column NAME (strings)"
)


def find(*arguments, columns=None, **options):
    return find_inputs([str(argument) for argument in arguments], columns or Columns(), **options)


def refusal(*arguments, **options) -> tuple[str, str]:
    with pytest.raises(UsageError) as caught:
        find(*arguments, **options)
    return caught.value.args[0], caught.value.next_step


def write(path: Path, content: str = "<p>The ferry leaves at nine.</p>") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.warc", "warc"),
        ("a.warc.gz", "warc"),
        ("a.warc.zst", "warc"),
        ("a.wet", "wet"),
        ("a.warc.wet.gz", "wet"),
        ("a.zip", "zip"),
        ("a.tar", "tar"),
        ("A.TGZ", "tar"),
        ("a.tar.xz", "tar"),
        ("a.html", "html"),
        ("a.htm", "html"),
        ("a.xhtml", "html"),
        ("A.HTML", "html"),
        ("a.txt", "text"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson", "jsonl"),
        ("a.json", "jsonl"),
        ("a.jsonl.gz", "jsonl"),
        ("a.ndjson.zst", "jsonl"),
        ("a.json.gz", "jsonl"),
        ("a.parquet", "parquet"),
    ],
)
def test_the_suffix_decides_on_the_format(tmp_path, name, form):
    path = write(tmp_path / name, "")
    assert find(path) == [Input(path, name, 0, form)]


def test_a_folder_is_walked_in_code_point_order_and_labels_hold_the_path(tmp_path):
    for name in ("b.html", "Z.html", "a/2.html", "a/10.html", "ä.html"):
        write(tmp_path / "site" / name)
    labels = [found.label for found in find(tmp_path / "site")]
    assert labels == ["site/Z.html", "site/a/10.html", "site/a/2.html", "site/b.html", "site/ä.html"]


@pytest.mark.parametrize("argument", [".", "./", "../site", "../site/"])
def test_however_a_folder_is_named_its_label_is_its_own_name(tmp_path, monkeypatch, argument):
    write(tmp_path / "site" / "a.html")
    monkeypatch.chdir(tmp_path / "site")
    assert [found.label for found in find(argument)] == ["site/a.html"]


def test_in_a_folder_what_is_hidden_linked_or_no_regular_file_is_passed_over(tmp_path):
    write(tmp_path / "site" / "a.html")
    for name in (".b.html", "_c.html", ".git/d.html", "_run/e.html", "notes.md"):
        write(tmp_path / "site" / name)
    (tmp_path / "site" / "link.html").symlink_to(tmp_path / "site" / "a.html")
    (tmp_path / "site" / "folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "site" / "pipe.html")
    assert [found.label for found in find(tmp_path / "site")] == ["site/a.html"]


def test_a_pattern_is_expanded_and_labels_are_those_of_files(tmp_path):
    for name in ("a/1.html", "a/b/2.html", "a/b/notes.md"):
        write(tmp_path / name)
    assert [found.label for found in find(tmp_path / "**" / "*")] == ["1.html", "2.html"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path):
    path = write(tmp_path / "page[1].html")
    assert [found.path for found in find(path)] == [path]


def test_a_linked_file_that_is_named_itself_is_read(tmp_path):
    write(tmp_path / "a.html")
    (tmp_path / "link.html").symlink_to("a.html")
    assert [found.label for found in find(tmp_path / "link.html")] == ["link.html"]


def test_a_file_name_that_is_not_utf8_gets_a_label_that_is(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.html"))
    path.write_bytes(b"x")
    assert find(path)[0].label == "caf\\xe9.html"


def test_standard_input_is_json_lines_under_the_name_it_was_given():
    assert find("-") == [Input(None, "-", 0, "jsonl")]
    assert find("-", input_name="news.jsonl") == [Input(None, "news.jsonl", 0, "jsonl")]


def test_a_missing_input_is_refused():
    assert refusal("no/such.html") == (
        "no such input: no/such.html",
        "check the path; wanted: a file, a folder, a pattern in quotes, or - for standard input",
    )


def test_a_file_of_unknown_type_is_refused(tmp_path):
    path = write(tmp_path / "a.pdf")
    assert refusal(path) == (f"{path}: unknown file type", WANTED)


def test_a_folder_without_an_input_is_refused_and_the_message_says_what_is_there(tmp_path):
    for name in ("a.md", "b.md", "README", "_c.html"):
        write(tmp_path / name)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("a.md")
    found = "2 x .md, 1 x file without a suffix, 1 x name with . or _ in front, 1 x named pipe, 1 x symbolic link"
    assert refusal(tmp_path) == (f"{tmp_path}: no input in this folder; found: {found}", WANTED)


def test_an_empty_folder_is_refused(tmp_path):
    assert refusal(tmp_path) == (f"{tmp_path}: no input in this folder; found: nothing", WANTED)


def test_a_pattern_without_a_match_is_refused(tmp_path):
    pattern = tmp_path / "*.html"
    assert refusal(pattern) == (f"no input matches the pattern {pattern}; found: nothing", WANTED)


def test_a_named_pipe_is_refused_and_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert refusal(tmp_path / "pipe.jsonl") == (
        f"{tmp_path}/pipe.jsonl: not a regular file but a named pipe",
        "give a file or a folder; a stream of JSON lines goes to standard input: -",
    )


def test_two_inputs_of_one_name_are_refused(tmp_path):
    first, second = write(tmp_path / "a" / "x.html"), write(tmp_path / "b" / "x.html")
    assert refusal(first, second) == (
        f"two inputs have the same name x.html: {first} and {second}",
        "give their parent folder instead: names of files in a folder hold their path",
    )


def test_the_same_file_twice_is_refused_also_through_a_link(tmp_path):
    path = write(tmp_path / "a" / "x.html")
    (tmp_path / "y.html").symlink_to(path)
    for again in (path, tmp_path / "a", tmp_path / "y.html"):
        named = path if again == tmp_path / "a" else again
        assert refusal(path, again) == (f"the same input is given twice: {path} and {named}", "give it once")


def test_standard_input_twice_is_refused():
    assert refusal("-", "-") == (
        "the same input is given twice: standard input and standard input",
        "give it once",
    )


@pytest.fixture
def open_folder():
    """A folder that everybody may enter; pytest's own is closed to other users."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("closed", ["a.html", "."])
def test_a_file_or_folder_without_permission_is_refused(open_folder, closed):
    path = write(open_folder / "site" / "a.html")
    target = path.parent / closed
    target.chmod(0)
    is_root = os.geteuid() == 0  # root may read everything
    try:
        if is_root:
            os.seteuid(65534)
        message = refusal(path.parent)
    finally:
        if is_root:
            os.seteuid(0)
        target.chmod(0o755)
    assert message == (
        f"{target}: no permission to read it",
        "change its permissions, or run as a user who may read it",
    )


ROW = {"id": "7", "body": "<p>Bread is sold out.</p>", "score": 0.5}


def test_json_lines_without_a_content_column_are_refused(tmp_path):
    path = write(tmp_path / "a.jsonl", "\n" + json.dumps(ROW) + "\n")
    assert refusal(path) == (
        f"{path}: no usable column 'html' or 'text'; found: 'id', 'body', 'score'",
        NAME_COLUMN,
    )
    assert refusal(path, columns=Columns(html="page"))[0].startswith(f"{path}: no usable column 'page' or 'text'")
    assert find(path, columns=Columns(html="body"))


@pytest.mark.parametrize("content", ['[{"html": "x"},\n{"html": "y"}]', '{\n  "html": "x"\n}'])
def test_a_json_document_is_no_json_lines(tmp_path, content):
    path = write(tmp_path / "a.json", content)
    assert refusal(path) == (
        f"{path}: one JSON document, not JSON lines",
        "write one object a line, for example with: jq -c '.[]'",
    )


@pytest.mark.parametrize("content", ["", "\n\n", "{broken", "\x00\x01", "7\n"])
def test_damaged_or_empty_json_lines_are_no_reason_to_stop(tmp_path, content):
    assert find(write(tmp_path / "a.jsonl", content))


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst", "a.parquet", "a.warc.gz"])
def test_a_damaged_file_is_no_reason_to_stop(tmp_path, name):
    assert find(write(tmp_path / name, "these bytes are none of it"))


COLUMNS_FOUND = "found: 'id' string, 'body' string, 'score' double"


@pytest.mark.parametrize(
    ("columns", "message", "next_step"),
    [
        (Columns(), f"no usable column 'html' or 'text'; {COLUMNS_FOUND}", NAME_COLUMN),
        (
            Columns(html="page"),
            f"no column 'page'; {COLUMNS_FOUND}",
            "give --html-column a column of type string, large_string, string_view, binary, large_binary",
        ),
        (
            Columns(text="score"),
            f"wrong type of column 'score'; {COLUMNS_FOUND}",
            "give --text-column a column of type string, large_string, string_view",
        ),
    ],
)
def test_parquet_without_a_usable_content_column_is_refused(tmp_path, columns, message, next_step):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_pylist([ROW]), path)
    assert refusal(path, columns=columns) == (f"{path}: {message}", next_step)


def test_a_default_column_of_the_wrong_type_is_not_usable(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [[1]]}), path)
    assert refusal(path)[0] == (f"{path}: no usable column 'html' or 'text'; found: 'text' list<element: int64>")


@pytest.mark.parametrize(
    ("name", "column"),
    [("html", kind) for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.large_binary())]
    + [("text", kind) for kind in (pa.string(), pa.large_string(), pa.string_view())],
)
def test_parquet_content_may_have_any_string_type_and_html_also_a_binary_one(tmp_path, name, column):
    value = b"x" if "binary" in str(column) else "x"
    pq.write_table(pa.table({name: pa.array([value], column)}), tmp_path / "a.parquet")
    assert find(tmp_path / "a.parquet")


def test_binary_text_is_not_usable(tmp_path):
    pq.write_table(pa.table({"text": pa.array([b"x"])}), tmp_path / "a.parquet")
    assert refusal(tmp_path / "a.parquet")[0].endswith("found: 'text' binary")
