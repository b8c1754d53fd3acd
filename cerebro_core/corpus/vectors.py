"""Static word vectors, made from the corpus itself at build time: positive pointwise mutual information of words in
the same passage (Levy & Goldberg 2014), cut to few dimensions by a randomised SVD (Halko et al. 2011), as int8."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

from cerebro_core.corpus.words import STOP

DIMENSIONS = 64
MOST_WORDS = 3000
LENGTH = 127
"""Of the vector of a text."""
FEWEST = 200
"""Passages below which vectors would say nothing."""


def word_vectors(texts: list[str]) -> tuple[list[bytes], dict[str, bytes]]:
    """A vector for each text and for each frequent word; nothing where numpy is absent or the corpus small."""
    if len(texts) < FEWEST:
        return [], {}
    try:
        import numpy as np
    except ImportError:
        return [], {}
    bags = [{stem(word) for word in text.split() if word not in STOP and len(word) > 2} for text in texts]
    counts = Counter(word for bag in bags for word in bag)
    vocabulary = [word for word, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if count > 2]
    place = {word: at for at, word in enumerate(vocabulary[:MOST_WORDS])}
    size = len(place)
    together = np.zeros((size, size), np.float32)
    for start in range(0, len(bags), 2000):
        block = np.zeros((len(bags[start : start + 2000]), size), np.float32)
        for row, bag in enumerate(bags[start : start + 2000]):
            block[row, [place[word] for word in bag if word in place]] = 1
        together += block.T @ block
    vectors = _reduced(np, together)
    weights = np.log(len(bags) / np.array([counts[word] for word in place]))
    made = []
    for bag in bags:
        rows = [place[word] for word in bag if word in place]
        made.append(_small(np, (vectors[rows] * weights[rows, None]).sum(0)))
    words = {word: _small(np, vectors[at] * weights[at], weights[at]) for word, at in place.items()}
    return made, words


def _reduced(np: Any, together: Any) -> Any:
    total = together.sum()
    ends = np.maximum(together.sum(1), 1)
    with np.errstate(divide="ignore"):
        gains = np.maximum(np.log(together * total / ends[:, None] / ends[None, :]), 0).astype(np.float32)
    random = np.random.default_rng(0)
    basis = gains @ random.standard_normal((gains.shape[0], DIMENSIONS + 16), dtype=np.float32)
    for _ in range(3):
        basis, _ = np.linalg.qr(gains @ basis)
    left, values, _ = np.linalg.svd(basis.T @ gains, full_matrices=False)
    vectors = (basis @ left[:, :DIMENSIONS]) * np.sqrt(values[:DIMENSIONS])
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _small(np: Any, vector: Any, weight: float = 10.0) -> bytes:
    norm = float(np.linalg.norm(vector)) or 1.0
    scale = min(weight, 10.0) / 10.0 * LENGTH
    return bytes(np.round(vector / norm * scale).astype(np.int8).tobytes())


def stem(word: str) -> str:
    """A word without its plural."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def length(one: Sequence[int]) -> float:
    """Euclidean length."""
    return float(math.sumprod(one, one) ** 0.5)


def closeness(one: Sequence[int], size: float, other: bytes) -> float:
    """Cosine of a vector of this length and the int8 vector of a text, whose length is LENGTH."""
    return math.sumprod(one, array("b", other)) / (size * LENGTH)
