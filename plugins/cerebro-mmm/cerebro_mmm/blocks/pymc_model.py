"""The marketing mix model in PyMC: the same parameters, priors and density as in every other engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cerebro_mmm.blocks.beliefs import belief_density
from cerebro_mmm.blocks.missing import missing_library
from cerebro_mmm.blocks.modeling import Problem, baseline_spread, described
from cerebro_mmm.blocks.priors import Prior

# What changes with the rows that are fitted. It is kept apart, so that other rows need no new compilation.
ROW_ARRAYS = ("seen", "target", "columns", "gram", "rows")


def pymc_model(problem: Problem, arrays: Mapping[str, Any]) -> Any:
    """The model as a `pymc.Model`.

    Args:
        problem: the model.
        arrays: see `model_arrays`; those of `ROW_ARRAYS` become `pymc.Data`, which can be exchanged.

    Raises:
        Refused: PyMC is not installed.
    """
    try:
        import pymc
        import pytensor.tensor as pt
    except ImportError:
        raise missing_library("PyMC", "pymc", "pymc nutpie") from None

    with pymc.Model() as model:
        drawn: dict[str, Any] = {}
        for name, prior in problem.priors.items():
            drawn[name] = pymc_parameter(name, replace(prior, values=arrays["priors"][name]))

        def draw(name: str, prior: Prior) -> Any:
            return drawn[name]

        effects, quantity, lift = described(problem, draw, arrays)
        rows = {name: pymc.Data(f"{name}_data", arrays[name]) for name in ROW_ARRAYS}
        pymc.Potential("outcome", pymc_log_likelihood(effects.sum(axis=0), drawn, {**arrays, **rows}))
        if quantity is not None:
            effect = drawn["effect"][arrays["believed"]]
            said = belief_density(quantity, pt.log(quantity), effect, pt.log(effect), arrays)
            pymc.Potential("beliefs", said)
        if lift is not None:
            off = (lift - arrays["lift"]) / arrays["lift_error"]
            pymc.Potential("lift_tests", -0.5 * (off**2).sum())
    return model


def pymc_parameter(name: str, prior: Prior) -> Any:
    """A parameter with its prior, one entry a member, in the model of the context."""
    import pymc

    if prior.family == "beta":
        return pymc.Beta(name, alpha=prior.values[0], beta=prior.values[1])
    if prior.family == "gamma":
        return pymc.Gamma(name, alpha=prior.values[0], beta=prior.values[1])
    if prior.family == "lognormal":
        return pymc.LogNormal(name, mu=prior.values[0], sigma=prior.values[1])
    if prior.family == "halfnormal":
        return pymc.HalfNormal(name, sigma=prior.values[0])
    return pymc.Normal(name, mu=prior.values[0], sigma=prior.values[1])


def pymc_log_likelihood(media: Any, drawn: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Log density of the outcome with the baseline's coefficients integrated out; see `log_likelihood` in NumPy.

    Args:
        media: sum of the channels' effects, shape (rows,).
        drawn: parameter -> value; `noise` and the scales of the baseline are read.
        arrays: see `model_arrays`; arrays or tensors.

    Returns:
        A scalar tensor.
    """
    import pytensor.tensor as pt

    spread = pt.as_tensor(baseline_spread(drawn, arrays))
    variance = drawn["noise"][0] ** 2
    residual = arrays["seen"] * (arrays["target"] - media)
    count = len(arrays["spread"])
    root = pt.linalg.cholesky(spread[:, None] * arrays["gram"] * spread[None, :] + variance * pt.eye(count))
    along = pt.linalg.solve_triangular(root, spread * (arrays["columns"].T @ residual), lower=True)
    turned = pt.linalg.solve_triangular(root.T, along, lower=False)
    rest = residual - arrays["columns"] @ (spread * turned)
    distance = (rest**2).sum() / variance + (turned**2).sum()
    volume = 2.0 * pt.log(pt.diag(root)).sum() + (arrays["rows"] - count) * pt.log(variance)
    return -0.5 * (distance + volume + arrays["rows"] * math.log(2.0 * math.pi))
