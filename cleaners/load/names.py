"""Names of files and of members of archives: what they say of a format, and how they are shown."""

_PAGES = {".html": "html", ".htm": "html", ".xhtml": "html", ".txt": "text"}
_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
_SUFFIXES = (
    _PAGES
    | {f".warc{packed}": "warc" for packed in ("", ".gz", ".zst")}
    | {f".wet{packed}": "wet" for packed in ("", ".gz", ".zst")}
    | {name + packed: "jsonl" for name in (".jsonl", ".ndjson", ".json") for packed in ("", ".gz", ".zst")}
    | {".parquet": "parquet", ".zip": "zip"}
    | dict.fromkeys(_TARS, "tar")
)

WANTED = (
    "wanted: .warc .wet .jsonl .ndjson .json (also with .gz or .zst), .parquet, .html .htm .xhtml, .txt, "
    ".zip, .tar .tar.gz .tgz .tar.bz2 .tar.xz .tar.zst"
)


def format_of(name: str) -> str | None:
    """The format of a file, by its suffix, whatever its case.

    >>> format_of("CC-MAIN.warc.wet.gz"), format_of("rows.ndjson.zst"), format_of("site.TGZ"), format_of("notes.md")
    ('wet', 'jsonl', 'tar', None)
    """
    return next((form for suffix, form in _SUFFIXES.items() if name.lower().endswith(suffix)), None)


def page_format(path: str) -> str | None:
    """The format of an archive's member, if it is a page: not hidden, and with a suffix of HTML or text.

    >>> page_format("site/a.html"), page_format("site/.git/a.html"), page_format("../a.txt"), page_format("a.zip")
    ('html', None, 'text', None)
    """
    parts = _parts(path)
    if not parts or any(hidden(part) for part in parts):
        return None
    return next((form for suffix, form in _PAGES.items() if parts[-1].lower().endswith(suffix)), None)


def member_label(archive: str, path: str) -> str:
    """The `file_path` of an archive's member: no tricks are left in it.

    >>> member_label("a.zip", "/../etc/./page.html")
    'a.zip/etc/page.html'
    """
    return "/".join((archive, *_parts(path)))


def hidden(name: str) -> bool:
    """Whether a file or folder of this name is passed over."""
    return name.startswith((".", "_"))


def shown(name: bytes) -> str:
    """A name, which is bytes, as a column of Parquet takes it: as UTF-8.

    >>> shown(b"caf\\xe9.html")
    'caf\\\\xe9.html'
    """
    return name.decode("utf-8", "backslashreplace")


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".", "..")]
