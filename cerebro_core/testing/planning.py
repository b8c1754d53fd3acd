"""The contract of a method that plans: what it promises is kept by experiments that are drawn as planned."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import pytest

from cerebro_core.testing.direct import Answer, answer, most_by_chance
from cerebro_core.testing.method import MethodContract


class PlanContract(MethodContract):
    """Checks of a method that plans an experiment, such as a power analysis.

    A plan is solved for and has no interval, so its pair of simulations is another one: experiments are drawn as
    planned, with the effect and without, and the author's own analysis says whether it finds one.

    Attributes:
        promise: the power that the plan was asked for.
        alpha: the rate of false alarms that it was asked for.
    """

    promise: ClassVar[float] = 0.8
    alpha: ClassVar[float] = 0.05

    EXPERIMENTS: ClassVar[int] = 400
    ROOM: ClassVar[float] = 0.02

    def finds(self, plan: Answer, seed: int, effect: float) -> bool:
        """Draw one experiment of the planned size with this effect, analyse it, and say whether an effect is found."""
        raise NotImplementedError(
            f"{type(self).__name__}: give `finds(plan, seed, effect)`, which draws an experiment as the plan says and "
            "analyses it"
        )

    def found(self, folder: Path, effect: float) -> int:
        """In how many drawn experiments an effect is found."""
        plan = answer(self.spec(folder / "data.csv", self.draw(0, self.effect), **self.quick).as_literal())
        assert not plan.refusal, f"the method refuses a table that meets its assumptions: {plan.refusal}"
        return sum(self.finds(plan, seed, effect) for seed in range(self.EXPERIMENTS))

    @pytest.mark.slow
    def test_a_planted_effect_is_found(self, tmp_path: Path) -> None:
        """Experiments of the planned size find the planned effect as often as promised, within .02 and chance."""
        share = self.found(tmp_path, self.effect) / self.EXPERIMENTS
        error = math.sqrt(self.promise * (1 - self.promise) / self.EXPERIMENTS)
        room = self.ROOM + 3 * error
        assert abs(share - self.promise) <= room, (
            f"{share:.1%} of {self.EXPERIMENTS} experiments find the effect; {self.promise:.0%} was promised, and "
            f"chance explains {room:.1%} of difference"
        )

    @pytest.mark.slow
    def test_null_data_raise_few_alarms(self, tmp_path: Path) -> None:
        """Experiments of the planned size without an effect raise alarms as rarely as planned."""
        alarms = self.found(tmp_path, 0.0)
        most = most_by_chance(self.EXPERIMENTS, self.alpha)
        assert alarms <= most, f"{alarms} false alarms in {self.EXPERIMENTS} experiments; chance explains {most}"
