"""What the plugin hands to the core."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from cerebro_core.cards import read_card
from cerebro_mmm import plugin
from cerebro_mmm.specs import MMMSpec

HEAVY = ("pydantic", "duckdb", "pandas", "numpy", "scipy", "matplotlib", "jax", "numpyro", "cerebro_mmm.specs")


def test_the_plugin_is_light() -> None:
    code = (
        "import sys; from cerebro_mmm import plugin; list(plugin.cerebro_methods()); list(plugin.cerebro_commands()); "
        f"list(plugin.cerebro_corpus()); print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_method_fits_the_spec() -> None:
    for method in plugin.cerebro_methods():
        for field, values in method.choices.items():
            allowed = set(MMMSpec.model_json_schema()["properties"][field].get("enum", ())) or {
                MMMSpec.model_json_schema()["properties"][field].get("const")
            }
            assert set(values) <= allowed
            assert set(values) == allowed or (field == "inference" and method.name != "numpyro")


def test_every_block_named_exists() -> None:
    for method in plugin.cerebro_methods():
        named = [method.block, *(block for values in method.choices.values() for block in values.values())]
        for place in named:
            module, function = place.split(":")
            source = find_spec(module)
            assert source is not None, f"{module} is missing"
            assert source.origin is not None
            tree = ast.parse(Path(source.origin).read_text(encoding="utf-8"))
            assert function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_requirements_are_those_of_the_distribution() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    if not project.exists():
        pytest.skip("not in a checkout")
    said = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    needed = {*said["dependencies"], *(one for extra in said["optional-dependencies"].values() for one in extra)}
    needed.add("cmdstanpy>=1.2")  # of no use without CmdStan, which pip cannot bring
    for method in plugin.cerebro_methods():
        assert set(method.requires.values()) <= needed


def test_the_card_is_complete() -> None:
    for method in plugin.cerebro_methods():
        card = read_card(method)
        assert card is not None
        assert len(card.answers) >= 8
        assert all(item["url"] for item in card.references)
        assert len(card.references) == len(method.references)
        for item in card.references:
            assert any(str(item["url"]) in line for line in method.references)


def test_cards_are_where_the_corpus_looks() -> None:
    for source in plugin.cerebro_corpus():
        package, folder = source.location.split(":")
        assert [item for item in files(package).joinpath(folder).iterdir() if item.name.endswith(".toml")]


def test_a_foreign_spec_is_not_judged() -> None:
    assert list(plugin.cerebro_validate(spec=object(), table=None)) == []  # type: ignore[arg-type]
