"""Hostile and odd YAML: nothing runs, nothing is silently something else, and each error says where."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cerebro_core.errors import SpecError
from cerebro_core.spec_yaml import DEEPEST, LARGEST_FILE, load_yaml

BOMB = "kind: mmm\na: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "line 2: anchor '&a'; remove it"),
        ("kind: mmm\na: *b\n", r"line 2: alias '\*b'; write the value out again"),
        ("kind: mmm\na: !!python/object/apply:os.system ['touch hacked']\n", "line 2: tag .*python/object/apply"),
        ("kind: mmm\na: !!python/name:os.system\n", "line 2: tag"),
        ("kind: mmm\na: !!binary aGVsbG8=\n", "line 2: tag"),
        ("kind: mmm\na: !!str x\n", "line 2: tag"),
        ("kind: mmm\na: !local x\n", "line 2: tag '!local'"),
        ("!!map\nkind: mmm\n", "line 1: tag"),
        ("kind: mmm\n!!str a: x\n", "line 2: tag"),
        ("kind: mmm\na: ! x\n", "tag '!'"),
        ("%TAG ! tag:evil,2000:\n---\nkind: mmm\n", "line 1: a %TAG line"),
        ("kind: mmm\n<<: {a: 1}\n", "line 2: merge key"),
        ("kind: mmm\n<<: *base\n", "line 2: merge key|alias"),
        ("kind: mmm\na: 1\nb: 2\na: 3\n", r"line 4: 'a' stands twice \(first on line 2\)"),
        ("kind: mmm\nkind: causal\n", "'kind' stands twice"),
        ("kind: mmm\noptions: {a: 1, 'a': 2}\n", "'a' stands twice"),
        ("kind: mmm\na: " + "[" * 100 + "]" * 100, f"line 2: nested deeper than {DEEPEST}"),
        ("kind: mmm\na: " + "[" * 200_000, f"line 2: nested deeper than {DEEPEST}"),
        ("kind: mmm\na: " + "{a: " * 100, f"nested deeper than {DEEPEST}"),
        ("kind: mmm\n" + "- " * 50_000 + "x", "line 2: not YAML"),
        ("kind: mmm\na:\n" + "".join("  " * n + f"k{n}:\n" for n in range(1, 60)), "nested deeper"),
        ("kind: mmm\n---\nkind: causal\n", "line 3: a second document; keep one spec in a file"),
        ("kind: mmm\n...\nkind: causal\n", "not YAML|second document"),
        ("kind: mmm\na:\tb: c\n", "line 2: not YAML"),
        ("kind: mmm\n\ta: 1\n", "line 2: not YAML"),
        ("kind: mmm\na: \0\n", r"line 2: character U\+0000 is not allowed"),
        ("kind: mmm\na: \x1b[31m\n", r"line 2: character U\+001B"),
        ("kind: mmm\na: \ud800\n", r"line 2: character U\+D800"),
        ("kind: mmm\na: 'open\n", "not YAML"),
        ('kind: mmm\na: "\\q"\n', "line 2: not YAML"),
        ('kind: mmm\na: "\\UFFFFFFFF"\n', "not YAML"),
        ("kind: mmm\na: @x\n", "line 2: not YAML"),
        ("kind: mmm\na: `x`\n", "line 2: not YAML"),
        ("kind: mmm\n? [a, b]\n: c\n", "line 2: a setting's name is not text"),
        ("kind: mmm\n? {a: b}\n: c\n", "line 2: a setting's name is not text"),
        ("kind: mmm\n~: c\n", "line 2: a setting's name is not text"),
        ("kind: mmm\n: c\n", "line 2: (a setting's name is not text|not YAML)"),
        ("", "empty; begin with"),
        ("# only a comment\n", "empty; begin with"),
        ("---\n", "not a map of settings"),
        ("just text", "line 1: not a map of settings"),
        ("- kind: mmm\n", "line 1: not a map of settings"),
        ("a: 1\n", "no `kind`"),
        ("kind:\n", "no `kind`"),
        ("kind: [mmm]\n", "no `kind`"),
        ("kind: mmm\n# " + "x" * LARGEST_FILE, "larger than 1,000,000 bytes"),
        ("kind: mmm\na: " + "é" * (LARGEST_FILE // 2), "larger than 1,000,000 bytes"),
    ],
)
def test_refused(text, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    started = time.monotonic()
    with pytest.raises(SpecError, match=told) as caught:
        load_yaml(text)
    assert time.monotonic() - started < 4
    assert caught.value.exit_code == 2
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "scalar",
    [
        "NO", "no", "yes", "on", "Off", "true", "y", "N", "0123", "0o17", "0x1F", "1e3", "1_000", "12:30:45", "3",
        "0.5", "1.10", "2024-01-01", ".inf", "-.inf", ".nan", "=", "a b", "a#b", "'null'", '"~"', "''",
    ],
)  # fmt: skip
def test_scalars_stay_text(scalar):
    assert load_yaml(f"kind: mmm\na: {scalar}\n")[1] == {"a": scalar.strip("'\"")}


@pytest.mark.parametrize("scalar", ["", "~", "null", "Null", "NULL", "  # nothing"])
def test_nothing_is_none(scalar):
    assert load_yaml(f"kind: mmm\na: {scalar}\nb: [x, {scalar or '~'}\n]\n")[1]["a"] is None


def test_structures():
    text = "\ufeff%YAML 1.2\n---\nkind: mmm\na: [x, 'y, z', \"\\u00e9\"]\nb: {NO: 1, 07: 2}\nc:\n- d: |\n    e\n    f\n"
    kind, values = load_yaml(text)
    assert kind == "mmm"
    assert values == {"a": ["x", "y, z", "é"], "b": {"NO": "1", "07": "2"}, "c": [{"d": "e\nf\n"}]}


def test_a_quoted_merge_key_is_a_name():
    assert load_yaml('kind: mmm\n"<<": x\n')[1] == {"<<": "x"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"kind: mmm\na: caf\xe9\n", "line 2: not UTF-8"),
        ("kind: mmm\n".encode("utf-16"), "line 1: not UTF-8"),
        (b"x" * (LARGEST_FILE + 1), "larger than"),
        (b"\x7fELF\x02\x01\x01\x00", "U\\+|not UTF-8|not YAML"),
    ],
)
def test_files_that_are_refused(tmp_path, content, told):
    path = tmp_path / "my spec.yaml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=rf"my spec\.yaml.*({told})"):
        load_yaml(path)


def test_places_that_are_no_files(tmp_path):
    with pytest.raises(SpecError, match="no such file"):
        load_yaml(tmp_path / "none.yaml")
    with pytest.raises(SpecError, match="not a file"):
        load_yaml(tmp_path)
    with pytest.raises(SpecError, match="not a file"):
        load_yaml(Path("/dev/zero"))
    with pytest.raises(SpecError, match=r"none\.yaml"):
        load_yaml(Path("a\0none.yaml"))


def test_a_file_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_bytes("kind: mmm\r\na: é\r\n".encode("utf-8-sig"))
    assert load_yaml(path) == ("mmm", {"a": "é"})


def test_a_large_honest_spec_is_quick():
    text = "kind: mmm\nchannels:\n" + "".join(f"- channel {n}\n" for n in range(5_000))
    started = time.monotonic()
    assert len(load_yaml(text)[1]["channels"]) == 5_000
    assert time.monotonic() - started < 4
