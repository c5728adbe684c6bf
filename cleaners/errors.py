"""What stops a run. Each error says what, which and why, then what to do next, and carries its exit code."""


class WinnowError(Exception):
    """A run that cannot go on.

    >>> print(UsageError("no such input: a.warc", "check the path"))
    no such input: a.warc
      next: check the path
    """

    exit_code = 70

    def __init__(self, what: str, next_step: str) -> None:
        super().__init__(what)
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.args[0]}\n  next: {self.next_step}"


class UsageError(WinnowError):
    """The command line, a rule file or an input's columns cannot be used as given."""

    exit_code = 2


NEEDS_LEARNED = (
    "the fast profile finds the text by what is learned; without that nothing is left of it",
    "leave out --no-learned, or --profile fast",
)


class InputError(WinnowError):
    """No page could be read from the inputs."""

    exit_code = 65


class OutputError(WinnowError):
    """The output cannot be created."""

    exit_code = 73


class StorageError(WinnowError):
    """Reading or writing failed half-way: a full disk, a broken device."""

    exit_code = 74


class LockedError(WinnowError):
    """Another run holds the output folder."""

    exit_code = 75


class ConditionsError(WinnowError):
    """The output folder was made from other inputs or under another configuration."""

    exit_code = 78
