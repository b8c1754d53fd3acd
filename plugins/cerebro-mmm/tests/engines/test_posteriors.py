"""The engines draw from the same posterior."""

from __future__ import annotations

import numpy as np
import pytest

from cerebro_core.blocks.progress import Progress
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.inference import Wanted
from cerebro_mmm.blocks.nuts import sample_nuts
from cerebro_mmm.blocks.pymc_nuts import sample_pymc
from cerebro_mmm.blocks.saturation import hill
from cerebro_mmm.blocks.stan_nuts import sample_stanli


def wanted(min_ess):
    return Wanted(min_ess, 1.01, 600.0, lambda samples: {})


def drawn_by(sampler, problem, min_ess):
    draws = sampler(problem, chains=4, seed=11, progress=Progress(quiet=True))(problem.arrays, wanted(min_ess))
    assert draws.least_ess >= min_ess
    assert draws.worst_rhat <= 1.01
    return draws.samples


@pytest.mark.slow
def test_posterior_means_agree_within_a_tenth_of_a_standard_deviation(problem_of):
    """At 4,000 effective draws the error of a difference is .022 standard deviations: .1 is 4.5 of these errors."""
    pytest.importorskip("pymc")
    pytest.importorskip("stanli")
    problem = problem_of(geometric_adstock, hill, "adstock_first", "beliefs", 80, 3)
    numpyro, pymc, stan = (drawn_by(sampler, problem, 4000) for sampler in (sample_nuts, sample_pymc, sample_stanli))
    for name, values in numpyro.items():
        sd = values.std(axis=(0, 1))
        for other in (pymc, stan):
            assert np.abs((other[name].mean(axis=(0, 1)) - values.mean(axis=(0, 1))) / sd).max() < 0.1
            assert other[name].std(axis=(0, 1)) == pytest.approx(sd, rel=0.12)
