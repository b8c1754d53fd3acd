"""What a discontinuity says of its own figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rdd_worlds import draw_score

from cerebro_core.api import as_spec
from cerebro_core.testing.direct import call_block

ASK: dict[str, Any] = {"kind": "causal", "method": "rdd", "outcome": "earnings", "running": "points", "cutoff": 50}


def test_the_untreated_value_is_named_where_it_is_not_plain(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    draw_score(3, -4.0).to_csv(path, index=False)
    plain = call_block(as_spec({**ASK, "data": str(path), "treatment": "grant"})).answer
    assert plain.startswith("'grant' lowered 'earnings' at points = 50: by ")
    assert "−" not in plain
    turned = call_block(as_spec({**ASK, "data": str(path), "treatment": "grant", "control": "1"})).answer
    assert turned.startswith("'grant' = 0 rather than 1 raised 'earnings' at points = 50: by ")
