"""The contract that every plugin of Cerebro is held to, for its author's own test-suite.

Needs pytest and ruff (`pip install cerebro-core[testing]`). Subclass what your plugin has; pytest then collects the
inherited checks:

    from cerebro_core.testing import DomainContract, MethodContract

    class TestPricing(DomainContract):                # a plugin that owns a domain
        plugin = "pricing"

        def draw(self, seed):                         # a table that its agent should recognise
            return {"units": [...], "price": [...]}

    class TestLogLog(MethodContract):                 # a method
        method = "pricing/loglog"
        settings = {"units": "units", "price": "price"}
        effect = -1.5

        def draw(self, seed, effect):                 # a table in which this effect is planted
            return {"units": [...], "price": [...]}

        def violated(self, seed):                     # a table that breaks an assumption
            return {"units": [...], "price": [...]}

A method that plans an experiment, and so has no interval, uses `PlanContract` in place of `MethodContract`.

A plugin that only extends someone else's domain uses `PluginContract` in place of `DomainContract`.

A check can be dropped in one way only, and says why:

    @pytest.mark.xfail(reason="assignment is random here, so there is no assumption that a table could break")
    def test_a_violated_assumption_is_seen(self, tmp_path):
        super().test_a_violated_assumption_is_seen(tmp_path)

The simulations are marked `slow`; register the marker in your pytest settings.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "cerebro_core.testing.contract",
    "cerebro_core.testing.domain",
    "cerebro_core.testing.method",
    "cerebro_core.testing.planning",
    "cerebro_core.testing.plugin",
)

from cerebro_core.testing.domain import DomainContract  # noqa: E402
from cerebro_core.testing.method import MethodContract  # noqa: E402
from cerebro_core.testing.planning import PlanContract  # noqa: E402
from cerebro_core.testing.plugin import PluginContract  # noqa: E402
from cerebro_core.testing.tables import Drawn  # noqa: E402

__all__ = ["DomainContract", "Drawn", "MethodContract", "PlanContract", "PluginContract"]
