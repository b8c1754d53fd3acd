"""Whether the chains of a sampler found the same distribution."""

from __future__ import annotations

import numpy as np


def split_rhat(draws: np.ndarray) -> float:
    """How far halves of chains disagree (split R-hat, Gelman et al. 2013); 1 where they agree, and where nothing moves.

    Args:
        draws: (chains, draws).
    """
    half = draws.shape[1] // 2
    parts = np.concatenate([draws[:, :half], draws[:, half : 2 * half]])
    within = float(parts.var(axis=1, ddof=1).mean())
    between = float(parts.mean(axis=1).var(ddof=1))
    return float(np.sqrt((half - 1) / half + between / within)) if within > 0 else 1.0
