"""The commands start light, and what they need is small."""

from __future__ import annotations

import pytest

from cerebro_core.testing.processes import heavy_imports
from cerebro_mmm.worlds import draw_world

MEGABYTE = 2**20


@pytest.mark.parametrize("name", ["budget", "forecast", "refresh"])
def test_nothing_heavy_is_imported_before_arguments_are_read(name):
    assert heavy_imports(f"cerebro_mmm.commands.{name}") == []


@pytest.mark.slow
def test_four_years_of_eight_channels_take_five_megabytes_at_most(finish, tmp_path):
    run = finish(tmp_path, draw_world(8, weeks=221, channels=8))
    assert (run / "posterior.npz").stat().st_size <= 5 * MEGABYTE
