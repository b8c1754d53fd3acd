"""Lift tests as the user gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_mmm.blocks.beliefs import LiftTest, number_of
from cerebro_mmm.blocks.preprocessing import Prepared


def read_lift_tests(given: Sequence[Mapping[str, Any]], prepared: Prepared) -> tuple[LiftTest, ...]:
    """Lift tests with their rows.

    Args:
        given: channel, start, end, spend_change, lift, std_error and, in a panel, region, of each.
        prepared: the rows.

    Raises:
        Refused: an unknown channel or region, a channel with reach and frequency, or a period outside the table.
    """
    found = []
    for test in given:
        channel = number_of(str(test["channel"]), prepared.channels, "lift_tests")
        name = display(prepared.channels[channel])
        if prepared.by_reach[channel, 0]:
            raise Refused(f"lift_tests: {name} is measured by reach and frequency; lift tests need spend or exposure.")
        start, end = np.datetime64(str(test["start"]), "D"), np.datetime64(str(test["end"]), "D")
        periods = (prepared.dates >= start) & (prepared.dates <= end)
        if not periods.any():
            raise Refused(
                f"lift_tests: no row of the table lies between {start} and {end} ({name}); the table runs from "
                f"{prepared.dates[0]} to {prepared.dates[-1]}."
            )
        region = test.get("region")
        if region is not None and str(region) not in prepared.regions:
            raise Refused(f"lift_tests: there is no region '{display(region)}' in the table.")
        inside = [region is None or name == str(region) for name in prepared.regions]
        rows = (np.array(inside)[:, None] & periods).ravel()
        found.append(
            LiftTest(channel, rows, float(test["spend_change"]), float(test["lift"]), float(test["std_error"]))
        )
    return tuple(found)
