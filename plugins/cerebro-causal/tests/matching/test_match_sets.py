"""Sets of matches against what one finds by looking at all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from cerebro_causal.blocks.match_sets import nearest_sets


def by_all_pairs(places: np.ndarray, target: int, donors: np.ndarray, least: int, farthest: float = np.inf) -> set[int]:
    away = np.sqrt(((places[donors] - places[target]) ** 2).sum(axis=1))
    bound = min(np.sort(away)[least - 1] + 1e-8, farthest + 1e-8)
    return set(donors[away <= bound].tolist())


WORLDS = {
    "one number": lambda rng: rng.normal(size=(300, 1)),
    "three numbers": lambda rng: rng.normal(size=(300, 3)),
    "many ties": lambda rng: rng.integers(0, 4, size=(300, 2)).astype(float),
    "one place": lambda rng: np.zeros((300, 2)),
    "twenty numbers": lambda rng: rng.normal(size=(300, 20)),
}


@pytest.mark.parametrize("least", [1, 3])
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("farthest", [np.inf, 0.3])
def test_they_are_the_nearest_with_all_ties(world: str, least: int, farthest: float) -> None:
    rng = np.random.default_rng(4)
    places = WORLDS[world](rng)
    arm = rng.random(300) < 0.4
    targets, donors = np.flatnonzero(arm), np.flatnonzero(~arm)
    values, weights = rng.normal(size=300), rng.uniform(0.5, 2, size=300)
    found = nearest_sets(places, targets, donors, weights, least, farthest)
    used = np.zeros(300)
    for place, target in enumerate(targets):
        wanted = sorted(by_all_pairs(places, target, donors, least, farthest))
        assert found.size[place] == len(wanted)
        if not wanted:
            assert not found.found[place]
            continue
        share = weights[wanted] / weights[wanted].sum()
        assert found.means(values[donors])[place] == pytest.approx(share @ values[wanted])
        used[wanted] += share
        if len(wanted) > 1:
            plain = nearest_sets(places, targets[[place]], donors, np.ones(300), least, farthest)
            assert plain.variances(values[donors])[0] == pytest.approx(np.var(values[wanted], ddof=1))
    assert found.used(np.ones(len(targets))) == pytest.approx(used[donors])
