"""How a line is worded: hashed character n-grams, each with a learned weight."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 16
_SIZES = (2, 3, 4, 5)
_HEAD, _TAIL = 100, 30  # characters of a line that are looked at
_BEGIN, _GAP, _END = "\x02", "\x04", "\x03"
_PLAIN = np.arange(0x2100, dtype=np.uint32)
_PLAIN[list(map(ord, "123456789’“”–—\u00a0"))] = list(map(ord, '000000000\'""-- '))

Buckets = npt.NDArray[np.uint32]
Hashed = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


def hashed(texts: Sequence[str]) -> Hashed:
    """Bucket of each n-gram, the line it stands in, and the number of n-grams of each line."""
    padded = [_padded(text) for text in texts]
    line = np.repeat(np.arange(len(texts)), [len(text) for text in padded])
    found = [(bucket[inside], line[: len(bucket)][inside]) for bucket, inside in _by_size(padded)]
    bucket, owner = (np.concatenate(parts).astype(np.int64) for parts in zip(*found, strict=True))
    return bucket, owner, np.bincount(owner, minlength=len(texts))


def score(texts: Sequence[str], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """Sum of the weights of each line's n-grams, over the root of their number."""
    padded = [_padded(text) for text in texts]
    sizes = np.array([len(text) for text in padded])
    total = np.zeros(int(sizes.sum()), dtype=np.int32)  # of the n-grams that begin at a character
    for bucket, inside in _by_size(padded):
        total[: len(bucket)] += weights.take(bucket) * inside
    count = sum(np.maximum(sizes - size + 1, 0) for size in _SIZES)
    proof = np.add.reduceat(total, np.cumsum(sizes) - sizes)
    found: npt.NDArray[np.int32] = np.rint(proof / np.sqrt(np.maximum(1, count))).astype(np.int32)
    return found


def _by_size(padded: Sequence[str]) -> Iterator[tuple[Buckets, npt.NDArray[np.bool_]]]:
    """For each size, the bucket of the n-gram that begins at each character, and whether it ends in the same line."""
    codes = _plain(np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32))
    sizes = np.array([len(text) for text in padded], dtype=np.int32)
    left = np.repeat(np.cumsum(sizes, dtype=np.int32), sizes) - np.arange(len(codes), dtype=np.int32)
    rolling = np.zeros_like(codes)
    for size in range(1, min(max(_SIZES), len(codes)) + 1):
        end = len(codes) - size + 1
        rolling = rolling[:end] * np.uint32(0x01000193) + codes[size - 1 :]
        if size in _SIZES:
            mixed = (rolling ^ np.uint32(size * 0x9E3779B1 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
            yield (mixed ^ (mixed >> np.uint32(15))) * np.uint32(0xC2B2AE35) >> np.uint32(16), left[:end] >= size


def _plain(codes: Buckets) -> Buckets:
    """Digits made 0, quotes, dashes and spaces plain: here, as it takes longer to translate text."""
    return np.where(codes < len(_PLAIN), _PLAIN.take(codes, mode="clip"), codes)


def _padded(text: str) -> str:
    text = text.strip()
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + _GAP + text[-_TAIL:]
    return f"{_BEGIN}{text.lower()}{_END}"
