"""How a line is worded: hashed character n-grams, each with a learned weight."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BUCKETS = 1 << 16
_SIZES = (2, 3, 4, 5)
_HEAD, _TAIL = 100, 30  # characters of a line that are looked at
_BEGIN, _GAP, _END = "\x02", "\x04", "\x03"
_PLAIN = str.maketrans("123456789’“”–—\u00a0", '000000000\'""-- ')

Hashed = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


def hashed(texts: Sequence[str]) -> Hashed:
    """Bucket of each n-gram, the line it stands in, and the number of n-grams of each line."""
    padded = [_padded(text) for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    line = np.repeat(np.arange(len(texts)), [len(text) for text in padded])
    buckets: list[Any] = []
    lines: list[Any] = []
    rolling = np.zeros_like(codes)
    for size in range(1, max(_SIZES) + 1):
        end = len(codes) - size + 1
        if end <= 0:
            break
        rolling = rolling[:end] * np.uint32(0x01000193) + codes[size - 1 :]
        if size in _SIZES:
            inside = line[:end] == line[size - 1 :]
            mixed = (rolling[inside] ^ np.uint32(size * 0x9E3779B1 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
            buckets.append((mixed ^ (mixed >> np.uint32(15))) * np.uint32(0xC2B2AE35) >> np.uint32(16))
            lines.append(line[:end][inside])
    bucket, owner = np.concatenate(buckets).astype(np.int64), np.concatenate(lines)
    return bucket, owner, np.bincount(owner, minlength=len(texts))


def score(texts: Sequence[str], weights: npt.NDArray[np.int8]) -> npt.NDArray[np.int32]:
    """Sum of the weights of each line's n-grams, over the root of their number."""
    bucket, owner, count = hashed(texts)
    total = np.bincount(
        owner, weights=weights[bucket], minlength=len(texts)
    )  # whole numbers, so the order is no matter
    return np.rint(total / np.sqrt(np.maximum(1, count))).astype(np.int32)


def _padded(text: str) -> str:
    text = text.strip()
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + _GAP + text[-_TAIL:]
    return f"{_BEGIN}{text.translate(_PLAIN).lower()}{_END}"
