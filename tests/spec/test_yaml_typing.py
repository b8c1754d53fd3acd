"""Text from YAML becomes what its field says, through the spec itself."""

from __future__ import annotations

import pytest

pytest.importorskip("cerebro_mmm")

from cerebro_core.errors import SpecError
from cerebro_core.spec import build_spec, check_given
from cerebro_core.spec_yaml import dump_yaml, field_comments, load_yaml
from cerebro_mmm.specs import MMMSpec

BASE = "kind: mmm\ndate: week\noutcome: sales\nchannels: [tv, NO]\n"


def spec_of(text: str) -> MMMSpec:
    return build_spec(MMMSpec, load_yaml(BASE + text)[1], where="spec.yaml")


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("seed: 3", "seed", 3),
        ("seed: '3'", "seed", 3),
        ("ci_level: 0.5", "ci_level", 0.5),
        ("max_seconds: 1e3", "max_seconds", 1000.0),
        ("max_seconds: 90", "max_seconds", 90.0),
        ("budget: 120000", "budget", 120000.0),
        ("budget: null", "budget", None),
        ("budget:", "budget", None),
        ("table: ~", "table", None),
        ("table: 'null'", "table", "null"),
        ("controls: [price, 2024-01-01, 0123, true]", "controls", ("price", "2024-01-01", "0123", "true")),
        ("controls: []", "controls", ()),
        ("priors: {beta: 0.5, sigma: 2}", "priors", {"beta": 0.5, "sigma": 2.0}),
        ("budget_min:\n  NO: 10", "budget_min", {"NO": 10.0}),
        ("inference: svi", "inference", "svi"),
        ("currency: NOK", "currency", "NOK"),
        ("options: {draws: 3, deep: {on: NO}}", "options", {"draws": "3", "deep": {"on": "NO"}}),
    ],
)
def test_typed(line, field, value):
    found = getattr(spec_of(line), field)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("seed: 1e3", "spec.yaml: seed: .*integer"),
        ("seed: 1.5", "seed"),
        ("seed: -1", "seed"),
        ("seed:", "seed"),
        ("ci_level: .nan", "ci_level"),
        ("max_seconds: .inf", "max_seconds"),
        ("max_seconds: inf", "max_seconds"),
        ("inference: Nuts", "inference"),
        ("controls: price", "controls"),
        ("controls: [~]", "controls"),
        ("controls: {a: b}", "controls"),
        ("priors: {beta: x}", "priors"),
        ("priors: [1]", "priors"),
        ("chanels: [tv]", "no setting 'chanels' in mmm; did you mean 'channels'"),
        ("budget_max: {radio: 1}", "radio"),
        ("__class__: x", "no setting"),
        ("model_config: {extra: allow}", "no setting"),
    ],
)
def test_refused(line, told):
    with pytest.raises(SpecError, match=told):
        spec_of(line)


def test_the_same_through_flags():
    given = {"seed": "3", "budget": "100", "channels": ["tv"], "ci_level": "0.8"}
    typed = {"seed": 3, "budget": 100.0, "channels": ("tv",), "ci_level": 0.8}
    assert check_given(MMMSpec, given) == typed


def test_a_spec_comes_back_the_same():
    spec = spec_of("budget: 100\nbudget_min: {tv: 1}\ntable: 'NO'\ndata: \"a b/ü.csv\"")
    written = dump_yaml(spec.as_literal(), field_comments(MMMSpec))
    kind, values = load_yaml(written)
    assert kind == "mmm"
    assert build_spec(MMMSpec, values) == spec
    assert "# Column with the date of each row; one row a day or a week.\ndate: week\n" in written
    assert dump_yaml(spec.as_literal()) == dump_yaml(build_spec(MMMSpec, values).as_literal())
