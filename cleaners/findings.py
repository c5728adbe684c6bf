"""What `winnow verify` has to say: one finding a line, and what to do about its kind."""

from dataclasses import dataclass

from cleaners.load.rows import quoted

NOTE = "note"

#: What a finding says of a file or row, and the next step.
KINDS = {
    "damaged": "delete the files named as damaged, and run the same `winnow clean` again: it makes them anew",
    "missing": "run the same `winnow clean` again: it makes what is missing",
    "foreign": "move what is named as foreign out of the folder",
    "duplicated": "delete the copies that are named; for rows: run the same `winnow clean` with --refresh",
    "miscounted": "run the same `winnow clean` with --refresh; if that does not help, please report it",
    "mixed": "run the same `winnow clean` with --refresh: it makes shards of another configuration anew",
    NOTE: "run the same command again: it goes on where it was stopped (`winnow status` tells more)",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written; or a note on what an unfinished run has yet to do."""

    what: str  # one of KINDS
    file: str  # relative to the folder
    why: str
    row: int | None = None  # of the file, from 1

    @property
    def is_note(self) -> bool:
        return self.what == NOTE

    def __str__(self) -> str:
        place = self.file if self.file.isprintable() else quoted(self.file)
        row = f" row {self.row}" if self.row is not None else ""
        return f"{self.what}: {place}{row}: {self.why}"

    def as_dict(self) -> dict[str, str | int | None]:
        return {"file": self.file, "row": self.row, "what": self.what, "why": self.why}
