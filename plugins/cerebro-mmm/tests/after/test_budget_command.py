"""`cerebro budget`: the run's own plan again, other ones, and clear refusals."""

from __future__ import annotations

import io
import itertools
import json
import shutil
import zipfile

import numpy as np
import pytest

from cerebro_core.errors import SpecError
from cerebro_mmm.blocks.optimization import BudgetBounds, best_split
from cerebro_mmm.restored import read_posterior


def asked(cerebro, run_folder, tmp_path, *flags):
    done = cerebro("budget", run_folder, "--out", tmp_path / "b", "--json", *flags)
    assert done.returncode in (0, 4), done.stderr
    return json.loads(done.stdout)


def spends(document, name):
    return {item["group"]: item["value"] for item in document["estimates"] if item["name"] == name}


def test_the_settings_of_the_run_give_the_plan_of_the_run(cerebro, run_folder, tmp_path):
    found = asked(cerebro, run_folder, tmp_path)
    before = json.loads((run_folder / "result.json").read_text())
    own = {row[0]: row[2] for row in before["tables"]["budget"]["rows"] if row[0] != "total"}
    assert spends(found, "recommended_spend") == pytest.approx(own, rel=1e-6)
    gain = [next(item for item in one["estimates"] if item["name"] == "budget_gain") for one in (found, before)]
    assert gain[0]["value"] == pytest.approx(gain[1]["value"], rel=1e-6)
    assert (tmp_path / "b/report.html").is_file()
    assert (tmp_path / "b/figures/budget.png").is_file()
    assert (tmp_path / "b/tables/budget.csv").is_file()


def test_total_bounds_and_fixed_are_kept(cerebro, run_folder, tmp_path):
    usual = spends(asked(cerebro, run_folder, tmp_path), "current_spend")
    total = 1.1 * sum(usual.values())
    flags = ("--total", total, "--bounds", "tv=0.9:1.05", "--fixed", "radio", "--change", 2, "--risk-aversion", 0.5)
    found = spends(asked(cerebro, run_folder, tmp_path, *flags), "recommended_spend")
    assert sum(found.values()) == pytest.approx(total)
    assert 0.9 * usual["tv"] - 1 <= found["tv"] <= 1.05 * usual["tv"] + 1
    assert found["radio"] == pytest.approx(usual["radio"])


def test_groups_are_kept_and_the_horizon_scales_the_budget(cerebro, run_folder, tmp_path):
    usual = spends(asked(cerebro, run_folder, tmp_path), "current_spend")
    most = 0.95 * (usual["tv"] + usual["search"])
    found = spends(asked(cerebro, run_folder, tmp_path, "--groups", f"tv+search=0:{most}"), "recommended_spend")
    assert found["tv"] + found["search"] <= most * (1 + 1e-6)
    longer = asked(cerebro, run_folder, tmp_path, "--horizon", 26)
    assert longer["spec"]["budget_horizon"] == 26
    assert sum(spends(longer, "current_spend").values()) > 1.4 * sum(usual.values())


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--total", "0"), "--total"),
        (("--bounds", "serch=0.5:1"), "did you mean 'search'"),
        (("--bounds", "tv=2:1"), "LEAST:MOST"),
        (("--groups", "tv+sarch=0:5"), "did you mean 'search'"),
        (("--fixed", "cinema"), "there are 'tv'"),
        (("--risk-aversion", "2"), "from 0 to 1"),
        (("--horizon", "0"), "--horizon"),
        (("--bounds", "tv=0:0", "--bounds", "search=0:0", "--bounds", "radio=0:0"), "most amounts"),
    ],
)
def test_what_no_budget_can_have_is_refused(cerebro, run_folder, tmp_path, flags, words):
    done = cerebro("budget", run_folder, "--out", tmp_path / "b", *flags)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b").exists()


def test_the_run_itself_is_never_overwritten(cerebro, run_folder):
    before = (run_folder / "result.json").read_bytes()
    for place in (run_folder, run_folder / "inside"):
        done = cerebro("budget", run_folder, "--out", place)
        assert done.returncode == 2
        assert "stays as it is" in done.stderr
    assert (run_folder / "result.json").read_bytes() == before


def saved(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_damaged_foreign_and_pickled_posteriors_are_refused(cerebro, run_folder, tmp_path):
    folder = tmp_path / "copy_run"
    shutil.copytree(run_folder, folder)
    path = folder / "posterior.npz"
    whole = path.read_bytes()
    pickled = saved(facts=np.array([{"format": 2}], dtype=object))
    old = saved(facts=np.array(json.dumps({"format": 1})))
    lame = saved(facts=np.array(json.dumps({"format": 2, "channels": 3})))
    cases = {
        b"": "damaged",
        whole[: len(whole) // 2]: "damaged",
        whole[:3000] + bytes(200) + whole[3200:]: "damaged",
        pickled: "Object arrays",
        old: "format 1",
        lame: "damaged",
        saved(other=np.ones(3)): "no posterior",
    }
    for content, words in cases.items():
        path.write_bytes(content)
        with pytest.raises(SpecError, match=words):
            read_posterior(path)
    done = cerebro("budget", folder, "--out", tmp_path / "b")
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "no posterior" in done.stderr
    path.unlink()
    assert "no posterior.npz" in cerebro("budget", folder).stderr
    assert "result.json" in cerebro("budget", tmp_path / "none").stderr


def test_what_is_read_back_is_what_was_saved(run_folder):
    restored = read_posterior(run_folder / "posterior.npz")
    with np.load(run_folder / "posterior.npz") as archive:
        kept = archive["contributions"]
    assert restored.posterior.contributions.sum(axis=2) == pytest.approx(kept, rel=1e-5)
    assert zipfile.is_zipfile(run_folder / "posterior.npz")


@pytest.mark.parametrize("shape", ["concave", "s-shaped"])
def test_no_split_of_a_grid_is_one_per_cent_better(shape):
    rng = np.random.default_rng(17)
    for _ in range(25):
        slope = rng.uniform(0.5, 1.0, (20, 3)) if shape == "concave" else rng.uniform(1.5, 5.0, (20, 3))
        half, height = rng.uniform(10, 80, (20, 3)), rng.uniform(20, 200, 3) * rng.lognormal(0, 0.2, (20, 3))

        def response(spend, slope=slope, half=half, height=height):
            raised = (spend + 1e-30) ** slope
            return height * raised / (raised + half**slope)

        current = rng.dirichlet(np.ones(3)) * 100
        limits = BudgetBounds(100.0, 13, current, np.zeros(3), np.full(3, 100.0))
        split = best_split(response, limits, rng)
        grid = np.linspace(0, 100, 101)
        best = max(
            response(np.array([a, b, 100 - a - b])).sum(axis=1).mean()
            for a, b in itertools.product(grid, grid)
            if a + b <= 100
        )
        assert response(split).sum(axis=1).mean() >= best * 0.999
