"""What a killed run left half-written: files under temporary names."""

from pathlib import Path

from cleaners import manifest, shards, storage
from cleaners.parts import Part


def remove(folder: Path, part: Part | None) -> None:
    """The folder's lock is held, for this part or for all. Raises OSError."""
    with manifest.alone(folder):
        for file in (folder / "_run").glob(f"{storage.TEMPORARY}*"):
            storage.remove(file)
    for file in [file for kind in shards.KINDS for file in (folder / kind).glob(f"{storage.TEMPORARY}*")]:
        shard = file.name.removeprefix(storage.TEMPORARY).removeprefix("part-").partition(".")[0]
        if part is None or (shards.is_name(shard) and part.has(shard)):  # others may be in the making
            storage.remove(file)
