"""The Anderson-Rubin set: its ends are where the test rejects, in every shape that it can have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cerebro_causal.blocks.anderson_rubin import AndersonRubin
from cerebro_causal.blocks.partialled import partialled_regression
from cerebro_causal.blocks.weak_instruments import instrument_strength


def drawn(
    seed: int, strength: float, many: int, *, rows: int = 300, leak: float = 0.0
) -> tuple[AndersonRubin, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(rows, many))
    hidden = rng.normal(size=rows)
    cause = strength * z.sum(axis=1) + hidden + rng.normal(size=rows)
    outcome = cause + hidden + leak * z[:, -1] + rng.normal(size=rows)
    base = np.ones((rows, 1))
    both = np.column_stack([outcome, cause])
    return AndersonRubin(partialled_regression(both, z, base, np.ones(rows), None, "robust")), z


@pytest.mark.parametrize("many", [1, 2, 5, 12])
@pytest.mark.parametrize("strength", [0.0, 0.05, 0.5])
def test_the_set_is_what_the_test_does_not_reject(many: int, strength: float) -> None:
    for seed in range(5):
        test, _ = drawn(seed, strength, many)
        pieces = test.interval(0.95)
        grid = np.concatenate([np.linspace(-20, 20, 2001), np.geomspace(20, 1e6, 50), -np.geomspace(20, 1e6, 50)])
        for effect in grid:
            inside = any((low is None or effect >= low) and (high is None or effect <= high) for low, high in pieces)
            assert inside == (test.p_value(float(effect)) >= 0.05)
        for end in (end for piece in pieces for end in piece if end is not None):
            assert test.p_value(end) == pytest.approx(0.05, abs=1e-6)


def test_a_strong_instrument_gives_one_interval_and_a_useless_one_none_that_ends() -> None:
    assert all(None not in drawn(seed, 0.5, 1)[0].interval(0.95)[0] for seed in range(20))
    useless = [drawn(seed, 0.0, 1)[0].interval(0.95) for seed in range(40)]
    open_ended = sum(any(None in piece for piece in pieces) for pieces in useless)
    assert open_ended >= 34, "an interval with both ends must be rare (5 %) where nothing is known"


def test_instruments_that_contradict_each_other_leave_nothing() -> None:
    assert drawn(1, 0.5, 2, leak=2.0)[0].interval(0.95) == ()


def test_one_instrument_and_its_f() -> None:
    # with one instrument the effective F is the squared robust t, and 23.11 its critical value (Montiel Olea & Pflueger
    # 2013, table 1, tau = 10 %)
    test, _ = drawn(1, 0.3, 1)
    found = instrument_strength(test.fit, 1)
    assert found.effective == pytest.approx((test.fit.effect(1, 0).value / test.fit.effect(1, 0).error) ** 2)
    assert found.critical == pytest.approx(23.11, abs=5e-3)
    for bias, critical in ((0.05, 37.42), (0.2, 15.06), (0.3, 12.05)):
        assert instrument_strength(test.fit, 1, bias).critical == pytest.approx(critical, abs=5e-3)


def test_with_equal_spread_the_effective_f_is_the_plain_one() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(size=(400, 3))
    cause = z @ (0.3, 0.2, 0.1) + rng.normal(size=400)
    fit = partialled_regression(cause[:, None], z, np.ones((400, 1)), np.ones(400), None, "classical")
    found = instrument_strength(fit, 0)
    assert found.effective == pytest.approx(found.plain, rel=1e-9)
    assert found.plain > stats.f.ppf(0.95, 3, 396)
