"""What a user gets of the samplers: enough draws, the same ones for a seed, of the rows that were asked for."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Refused
from cerebro_core.linker.resolve import resolve
from cerebro_mmm.blocks.adstock import geometric_adstock
from cerebro_mmm.blocks.inference import Wanted
from cerebro_mmm.blocks.modeling import model_arrays
from cerebro_mmm.blocks.pymc_nuts import sample_pymc
from cerebro_mmm.blocks.saturation import hill, logistic
from cerebro_mmm.blocks.stan_engine import fit_fast_stan
from cerebro_mmm.blocks.stan_nuts import sample_cmdstan, sample_stanli

QUIET = Progress(quiet=True)
WANTED = Wanted(100, 1.05, 300.0, lambda samples: {"total": samples["effect"].sum(axis=-1, keepdims=True)})


@pytest.fixture(scope="module")
def small(problem_of):
    return problem_of(geometric_adstock, logistic, "adstock_first", "plain", 80, 2)


@pytest.fixture(scope="module")
def panel(problem_of):
    return problem_of(geometric_adstock, hill, "adstock_first", "panel", 80, 3)


def check_sampler(problem, sampler, told):
    """Enough draws, the same ones for a seed, others for another seed, and others for other rows."""
    fit = sampler(problem, chains=2, seed=5, progress=QUIET)
    first = fit(problem.arrays, WANTED)
    assert first.least_ess >= 100
    assert first.worst_rhat <= 1.05
    assert "total" in first.ess
    assert any(told in note for note in first.notes)
    for name, members in problem.members.items():
        assert first.samples[name].shape[::2] == (2, len(members))
    again = fit(problem.arrays, WANTED)
    assert all(np.array_equal(again.samples[name], values) for name, values in first.samples.items())
    seen = np.arange(len(problem.prepared.dates)) < 60
    held = fit(model_arrays(problem, seen), WANTED)
    assert not np.array_equal(held.samples["effect"][:, :50], first.samples["effect"][:, :50])
    fresh = sampler(problem, chains=2, seed=5, progress=QUIET)(model_arrays(problem, seen), WANTED)
    assert np.array_equal(held.samples["effect"], fresh.samples["effect"])
    other = sampler(problem, chains=2, seed=6, progress=QUIET)(problem.arrays, WANTED)
    assert not np.array_equal(other.samples["effect"][:, :50], first.samples["effect"][:, :50])


def test_stanli_draws_until_it_suffices(small):
    pytest.importorskip("stanli")
    check_sampler(small, sample_stanli, "stanli")


@pytest.mark.slow
def test_nutpie_draws_until_it_suffices_in_a_panel(panel):
    pytest.importorskip("nutpie")
    check_sampler(panel, sample_pymc, "nutpie")


@pytest.mark.slow
def test_pymc_draws_without_nutpie_and_says_so(small, monkeypatch):
    pytest.importorskip("pymc")
    monkeypatch.setitem(sys.modules, "nutpie", None)
    check_sampler(small, sample_pymc, "pip install nutpie")


def test_a_panel_is_sampled_by_stanli(panel):
    pytest.importorskip("stanli")
    draws = sample_stanli(panel, chains=2, seed=1, progress=QUIET)(panel.arrays, WANTED)
    assert draws.samples["region"].shape[2] == 9
    assert draws.least_ess >= 100
    assert draws.divergences == 0


def test_fast_inference_hands_a_large_model_over_to_stan(panel, monkeypatch):
    pytest.importorskip("stanli")
    monkeypatch.setattr("cerebro_mmm.blocks.fast.MOST_PARAMETERS", 5)
    fit = fit_fast_stan(panel, chains=2, seed=1, progress=QUIET, runtime=sample_stanli)
    draws = fit(panel.arrays, WANTED)
    assert draws.method == "nuts"
    assert "stanli" in draws.notes[0]
    assert "handed over" in draws.notes[1]


def test_sampling_ends_when_the_time_is_over(small):
    pytest.importorskip("stanli")
    hurried = Wanted(1e9, 1.0, 0.5, lambda samples: {})
    draws = sample_stanli(small, chains=2, seed=1, progress=QUIET)(small.arrays, hurried)
    assert draws.least_ess < 1e9
    assert draws.seconds < 60


@pytest.mark.parametrize(
    ("sampler", "library", "line"),
    [
        (sample_pymc, "pymc", "pip install 'cerebro-mmm[pymc]'"),
        (sample_stanli, "stanli", "pip install 'cerebro-mmm[stan]'"),
        (sample_cmdstan, "cmdstanpy", "pip install cmdstanpy"),
    ],
)
def test_a_missing_library_is_refused_with_its_pip_line(small, monkeypatch, sampler, library, line):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(Refused) as refused:
        sampler(small, chains=2, seed=1, progress=QUIET)
    assert line in str(refused.value)


def cmdstanpy_of(stanli, calls, path="/opt/cmdstan"):
    """A stand-in for CmdStanPy with the calls that are used, as its documentation has them; stanli does the work."""

    def cmdstan_path():
        if path is None:
            raise ValueError("No CmdStan installation found, run command 'install_cmdstan'.")
        return path

    class CmdStanModel:
        def __init__(self, *, stan_file):
            with open(stan_file, encoding="utf-8") as file:
                self.program = file.read()

        def sample(
            self, *, data, chains, parallel_chains, seed, inits, iter_warmup, iter_sampling, adapt_delta, metric,
            sig_figs, output_dir, show_progress, show_console,
        ):  # fmt: skip
            calls.append((iter_warmup, iter_sampling, adapt_delta))
            model = stanli.Model(stan_code=self.program, data=dict(data))
            starts = np.stack([model.unconstrain(start) for start in inits])
            settings = {"metric": metric, "refresh": 0, "warmup": iter_warmup, "delta": adapt_delta}
            fit = model.sample(chains=chains, seed=seed, samples=iter_sampling, inits=starts, **settings)
            return types.SimpleNamespace(
                divergences=fit.divergences,
                stan_variable=lambda name: fit.draws(name).reshape((chains * iter_sampling, -1)),
            )

    return types.SimpleNamespace(cmdstan_path=cmdstan_path, CmdStanModel=CmdStanModel, __version__="1.0")


def test_cmdstan_is_called_as_documented(small, monkeypatch):
    """CmdStan itself is not here: this holds the calls, not what CmdStan does with them."""
    stanli = pytest.importorskip("stanli")
    calls: list[tuple[int, int, float]] = []
    monkeypatch.setitem(sys.modules, "cmdstanpy", cmdstanpy_of(stanli, calls))
    check_sampler(small, sample_cmdstan, "CmdStanPy 1.0")
    assert calls[0][1] == 250


def test_cmdstan_without_cmdstan_is_refused(small, monkeypatch):
    monkeypatch.setitem(sys.modules, "cmdstanpy", cmdstanpy_of(None, [], path=None))
    with pytest.raises(Refused, match="install_cmdstan"):
        sample_cmdstan(small, chains=2, seed=1, progress=QUIET)


@pytest.mark.parametrize(
    ("block", "needs"),
    [
        ("pymc_nuts:sample_pymc", {"pymc", "pytensor", "nutpie"}),
        ("stan_nuts:sample_stanli", {"stanli"}),
        ("stan_nuts:sample_cmdstan", {"cmdstanpy"}),
        ("fast_pymc:fit_fast_pymc", {"pymc", "pytensor", "nutpie"}),
    ],
)
def test_an_engine_links_and_needs_its_own_libraries_only(block, needs):
    common = {"numpy", "scipy"}
    linked = resolve([(f"cerebro_mmm.blocks.{block}", "engine")], {name: name for name in common | needs})
    assert set(linked.requires.values()) == common | needs
