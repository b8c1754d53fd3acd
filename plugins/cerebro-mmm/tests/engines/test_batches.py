"""When sampling goes on, stops, and begins again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.batches import Batch, gather_batches, sample_carefully, stream_seed
from cerebro_mmm.blocks.inference import Draws, Wanted

QUIET = Progress(quiet=True)


def batches_of(memory=0.0, shift=0.0, most=10**9):
    """An AR(1) for two chains, and how many draws it was asked for; the second chain lies `shift` away."""
    rng = np.random.default_rng(4)
    asked, state = [], [rng.normal(size=2)]

    def advance(count):
        count = min(count, most - sum(asked))
        asked.append(count)
        values = np.empty((2, count, 1))
        for index in range(count):
            state[0] = memory * state[0] + np.sqrt(1 - memory**2) * rng.normal(size=2)
            values[:, index, 0] = state[0] + np.array([0.0, shift])
        return Batch({"effect": values}, divergences=0)

    return advance, asked


def wanted(min_ess, max_rhat=1.05, max_seconds=60.0):
    return Wanted(min_ess, max_rhat, max_seconds, lambda samples: {})


def test_independent_draws_suffice_at_once():
    advance, asked = batches_of()
    draws = gather_batches(advance, chains=2, longest=100, wanted=wanted(100), progress=QUIET)
    assert sum(asked) == draws.samples["effect"].shape[1] == 250
    assert max(asked) <= 100


def test_correlated_draws_go_on_until_they_suffice():
    advance, asked = batches_of(memory=0.9)
    draws = gather_batches(advance, chains=2, longest=250, wanted=wanted(400), progress=QUIET)
    assert draws.least_ess >= 400
    assert sum(asked) > 800


def test_chains_apart_are_given_up():
    advance, asked = batches_of(shift=5.0)
    draws = gather_batches(advance, chains=2, longest=250, wanted=wanted(100), progress=QUIET)
    assert draws.worst_rhat > 1.2
    assert sum(asked) < 4000


def test_a_sampler_that_has_no_more_draws_ends_it():
    advance, _asked = batches_of(memory=0.99, most=600)
    draws = gather_batches(advance, chains=2, longest=250, wanted=wanted(10_000), progress=QUIET)
    assert draws.samples["effect"].shape == (2, 600, 1)


def test_the_time_ends_it():
    advance, _asked = batches_of()
    draws = gather_batches(advance, chains=2, longest=10, wanted=wanted(1e6, max_seconds=0.0), progress=QUIET)
    assert draws.samples["effect"].shape == (2, 10, 1)


@pytest.mark.parametrize(
    ("divergences", "accepts"),
    [([0], [0.9]), ([3, 0], [0.9, 0.99]), ([3, 2, 5], [0.9, 0.99, 0.99])],
)
def test_divergences_bring_smaller_steps_and_the_best_run_is_kept(divergences, accepts):
    tried = []
    blank = Draws({}, {}, "nuts", {"effect": np.ones(1)}, {"effect": np.ones(1)})

    def run(accept, seed):
        tried.append((accept, seed))
        return replace(blank, divergences=divergences[len(tried) - 1])

    draws = sample_carefully(run, seed=7, wanted=wanted(1), progress=QUIET, note="by hand")
    assert [accept for accept, _ in tried] == accepts
    assert [seed for _, seed in tried] == [7, 8, 9][: len(accepts)]
    assert draws.divergences == min(divergences)
    assert draws.notes == ("by hand",)


def test_streams_have_seeds_of_their_own():
    seeds = [stream_seed(seed, stream) for seed in range(20) for stream in range(20)]
    assert len(set(seeds)) == 400
    assert all(0 <= seed < 2**31 for seed in seeds)
