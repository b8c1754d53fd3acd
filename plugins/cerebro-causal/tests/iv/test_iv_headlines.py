"""What a study with instruments says of its own figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iv_worlds import draw_offer

from cerebro_core.api import as_spec
from cerebro_core.testing.direct import call_block

ASK: dict[str, Any] = {"method": "iv", "treatment": "took_part", "outcome": "score", "instruments": ["offer"]}


def test_the_untreated_value_is_named_where_it_is_not_plain(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    draw_offer(3, 3.0).to_csv(path, index=False)
    plain = call_block(as_spec({"kind": "causal", "data": str(path), **ASK})).answer
    assert plain.startswith("'took_part' raised 'score' ")
    turned = call_block(as_spec({"kind": "causal", "data": str(path), **ASK, "control": "1"})).answer
    assert turned.startswith("'took_part' = 0 rather than 1 lowered 'score' ")
    assert "−" not in turned
