"""What a script looks like, and writing and reading it."""

from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from cerebro_core.decisions import Decision
from cerebro_core.errors import LinkError, SpecError
from cerebro_core.findings import Finding
from cerebro_core.linker import link
from cerebro_core.linker.literals import literal, plain
from cerebro_core.linker.requirements import combined
from cerebro_core.linker.vocabulary import CORE_REQUIRES
from cerebro_core.script import SIZE_LIMIT, read_script

from .conftest import TinySpec

PLAIN = "def analyse(source, *, outcome, x):\n    return [outcome, x]\n"

HOSTILE = {
    "quotes": "a'b\"c",
    "triple quotes": '"""\nimport os\n"""',
    "newline and code": "y\nraise SystemExit(7)\n#",
    "carriage return": "y\r\nimport os",
    "comment": "# /// script\n# ///",
    "braces": "{__import__('os')} {{}} %s %(x)s",
    "backslashes": "\\\\n\\x41\\N{BULLET}\\",
    "trailing backslash and quote": "\\\"\\'",
    "bidirectional": "\u202eevil\u202c\u2066x\u2069",
    "zero width and joiners": "a\u200b\u200db\ufeff",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "controls": "".join(map(chr, range(32))) + "\x7f\x9b",
    "surrogates": "\udc80\ud800x",
    "astral": "\U0001f600\U000e0041",
    "long": "x" * 300,
    "empty": "",
    "guard": 'if __name__ == "__main__":',
    "name": "SPEC",
    "not ASCII": "Verkäufe (€)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_stays_inside_the_literals(name: str, package) -> None:
    text = HOSTILE[name]
    package.write({"m": PLAIN})
    key = "key" if name == "surrogates" else text  # pydantic takes no surrogates in keys
    options = {key: [text]}
    spec = TinySpec.model_construct(outcome=text, way="plain", x=3, shape=text, extra=None, options=options)
    given = {
        "decisions": [Decision("outcome", text, text, "agent", text)],
        "findings": [Finding("warning", "code", text)],
        "citations": [{"text": text, "url": None}],
    }
    script = _linked(package, spec, **given)
    plain_script = _linked(package, TinySpec(outcome="y"))
    assert script.text.isascii()
    assert all(one.isprintable() for one in script.text.split("\n"))
    assert _without_literals(script.text) == _without_literals(plain_script.text)
    read = read_script(_written(script, package))
    assert read.spec["outcome"] == text
    assert read.spec["options"] == options
    assert read.decisions[0]["value"] == read.findings[0]["message"] == read.citations[0]["text"] == text
    assert package.run_script(script) == [text, 3]


def _linked(package, spec, **given):
    method = package.method
    return link(spec, method, entry="tinyentry.blocks.entry:main", plugins={"acme": "1.0"}, **given)


def _written(script, package) -> Path:
    return script.write(package.folder / "written.py", force=True)


def _without_literals(text: str) -> str:
    text = re.sub(r"(?ms)^METHOD = .*?^\n\n# From", "# From", text)
    return text.rpartition("# SHA-256")[0]


def test_same_input_same_bytes(package) -> None:
    package.write({"m": PLAIN})
    code = (
        "import sys; sys.path[:0] = ['.', sys.argv[1]]\n"
        "from tests.linker.conftest import *\n"
        "p = Package(Path('.'), {}, {})\n"
        "sys.stdout.write(p.link(x=5, options={'b': 1, 'a': [1.5, None, True]}).text)"
    )
    root = Path(__file__).parents[2]
    texts = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(root)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            cwd=package.folder,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        texts.add(done.stdout)
    assert texts == {package.link(x=5, options={"b": 1, "a": [1.5, None, True]}).text}


def test_header_says_what_uv_needs(package) -> None:
    package.requires = {"ruff": "ruff>=0.1", "pytest": "pytest>=8", "yaml": "pyyaml>=6"}
    package.write(
        {"m": "import ruff\ndef analyse(source):\n    from yaml import safe_load\n    return [ruff, safe_load]\n"}
    )
    script = package.link()
    block = re.fullmatch(r"# /// script\n(.*?)# ///\n.*", script.text, re.DOTALL)
    assert block is not None
    header = tomllib.loads("".join(line[2:] + "\n" for line in block[1].split("\n")))
    assert header == {"requires-python": ">=3.12", "dependencies": ["pyyaml>=6", "ruff>=0.1"]}
    assert script.requires == ("pyyaml>=6", "ruff>=0.1")
    assert script.literals["METHOD"]["requires"] == {"ruff": "ruff>=0.1", "yaml": "pyyaml>=6"}


def test_main_comes_first_then_analyse_then_the_rest(package) -> None:
    package.write(
        {
            "base": "LIMIT = 3\n",
            "steps": "def step(x):\n    return last(x)\ndef last(x):\n    return x\n",
            "m": """
                from acme.blocks.base import LIMIT
                from acme.blocks.steps import step
                def analyse(source, *, x, limit=LIMIT):
                    return step(x) + limit
            """,
        }
    )
    text = package.link().text
    origins = re.findall(r"(?m)^# From ([\w.]+)", text)
    assert origins == ["tinyentry.blocks.entry", "acme.blocks.base", "acme.blocks.m", "acme.blocks.steps"]
    assert text.index("def main") < text.index("LIMIT = 3") < text.index("def analyse") < text.index("def step")


def test_blocks_are_copied_verbatim_with_their_comments(package) -> None:
    block = """
        # How wide a step is,
        # in metres.
        STEP = 2  # a comment

        # not about anything

        # Doubles.
        def double(value):  # noqa: keeps
            # inside
            text = '''
        left as it is   \\t
        '''
            return [value * STEP, text]
            # after the last line
    """
    package.write({"m": block + "\n\n        def analyse(source, *, x):\n            return double(x)\n"})
    text = package.link().text
    lines = (package.folder / "acme/blocks/m.py").read_text().split("\n")
    assert "\n".join(lines[:3]) in text
    assert "\n".join(lines[6:15]) in text
    assert "not about anything" not in text


def test_docstring_holds_constants_of_the_plugin_alone(package) -> None:
    package.write({"m": PLAIN})
    doc = ast.get_docstring(ast.parse(package.link(outcome="secret_column").text))
    assert doc is not None
    assert doc.startswith("Tiny method.\n\nDoes little.")
    assert "uv run" in doc
    assert "acme 1.0" in doc
    assert "secret_column" not in doc


def test_constants_of_a_plugin_cannot_leave_the_docstring(package) -> None:
    package.write({"m": PLAIN})
    method = replace(package.method, title='x"""\nimport os\n"""', summary="\\", assumes=("a\u202eb\n# /// x",))
    script = link(TinySpec(outcome="y"), method, entry="tinyentry.blocks.entry:main")
    tree = ast.parse(script.text)
    assert "os" not in [one.name for node in tree.body if isinstance(node, ast.Import) for one in node.names]
    assert "\u202e" not in script.text
    assert package.run_script(script) == ["y", 3]


def test_importing_the_linker_is_light() -> None:
    code = "import sys, cerebro_core.linker; print(*(set(sys.modules) & {'pydantic', 'pandas', 'packaging', 'duckdb'}))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == ""


def test_requirements_of_core_and_method_are_combined() -> None:
    assert combined(["numpy>=2", "numpy>=2.1,<3"]) == "numpy<3,>=2,>=2.1"
    assert combined({"a[x]>=1"}) == "a[x]>=1"
    with pytest.raises(LinkError, match="cannot be one"):
        combined(["numpy>=2", "nunpy>=2"])


def test_the_core_requires_what_its_distribution_requires() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    stated = {*project["dependencies"], *project["optional-dependencies"]["report"]}
    assert {CORE_REQUIRES[name] for name in ("duckdb", "matplotlib", "pandas")} <= stated


def test_guard_is_the_only_generated_code(package) -> None:
    package.choices = {"shape": {"round": "acme.blocks.m:rounded"}}
    package.write({"m": "def analyse(source, *, shape):\n    return shape()\ndef rounded():\n    return 1\n"})
    last = ast.parse(package.link().text).body[-1]
    assert ast.unparse(last) == (
        "if __name__ == '__main__':\n    raise SystemExit(main(SPEC, analyse, method=METHOD, decisions=DECISIONS, "
        "findings=FINDINGS, citations=CITATIONS, choices={'shape': rounded}))"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1}, b"x", {1: 2}, object(), 1 << 5000])
def test_values_that_are_no_literals_are_refused(value: object) -> None:
    with pytest.raises(SpecError, match=r"SPEC\['a'\]\[0\]: .* cannot stand in a script"):
        plain({"a": [value]}, "SPEC")
    with pytest.raises(LinkError, match=r"DECISIONS\[0\]: .* cannot stand in a script"):
        plain([value], "DECISIONS")


def test_literals_nested_too_deeply_are_refused() -> None:
    value: list[object] = []
    for _ in range(100):
        value = [value]
    with pytest.raises(SpecError, match="nested more than 40 deep"):
        plain(value, "SPEC")


def test_literals_keep_types_and_values() -> None:
    value = {"a": [1, 1.0, True, None, -0.0, 1e300, 5e-324], "b": {}, "c": [], "d": {"e": [["x"]] * 40}}
    assert repr(ast.literal_eval(literal(value))) == repr(value)


# Writing


@pytest.fixture
def script(package):
    package.write({"m": PLAIN})
    return package.link(data="data.csv")


def test_write_gives_a_file_that_anyone_may_read(script, tmp_path) -> None:
    path = script.write(tmp_path / "s.py")
    assert path.read_text() == script.text
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    assert list(tmp_path.glob(".*")) == []


def test_an_untouched_script_is_overwritten_and_keeps_its_mode(script, package, tmp_path) -> None:
    path = script.write(tmp_path / "s.py")
    path.chmod(0o750)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    newer = package.link(x=9)
    newer.write(path)
    assert path.read_text() == newer.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


@pytest.mark.parametrize("edit", ["first line", "literal", "last line", "foreign", "empty", "binary"])
def test_an_edited_or_foreign_file_is_kept_without_force(script, tmp_path, edit) -> None:
    path = script.write(tmp_path / "s.py")
    edited = {
        "first line": b"# mine\n" + path.read_bytes(),
        "literal": path.read_bytes().replace(b'"x": 3', b'"x": 4'),
        "last line": path.read_bytes() + b"print(1)\n",
        "foreign": b"print('hello')\n",
        "empty": b"",
        "binary": b"\xff\xfe\x00",
    }[edit]
    path.write_bytes(edited)
    with pytest.raises(SpecError, match="--force"):
        script.write(path)
    assert path.read_bytes() == edited
    script.write(path, force=True)
    assert path.read_text() == script.text


@pytest.mark.parametrize("way", ["same path", "symbolic link", "hard link", "data is a link"])
def test_never_onto_its_own_data(package, tmp_path, monkeypatch, way) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(package.folder))
    package.write({"m": PLAIN})
    data = tmp_path / "data.csv"
    data.write_text("y\n1\n")
    target = tmp_path / "data.csv" if way == "same path" else tmp_path / "other.py"
    if way == "symbolic link":
        target.symlink_to(data)
    elif way == "hard link":
        target.hardlink_to(data)
    elif way == "data is a link":
        (tmp_path / "link.csv").symlink_to(data)
        target = data
    script = package.link(data="link.csv" if way == "data is a link" else "data.csv")
    with pytest.raises(SpecError, match="is the data that the script reads"):
        script.write(target, force=True)
    assert data.read_text() == "y\n1\n"


def test_places_where_no_script_can_be(script, tmp_path) -> None:
    with pytest.raises(SpecError, match="there is no folder"):
        script.write(tmp_path / "away" / "s.py")
    with pytest.raises(SpecError, match="is a folder"):
        script.write(tmp_path, force=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SpecError, match="no regular file"):
        script.write(tmp_path / "pipe", force=True)
    with pytest.raises(SpecError, match="no regular file"):
        script.write("/dev/null", force=True)
    with pytest.raises(SpecError, match="is no name that a file can have"):
        script.write(str(tmp_path / "a\0b"))
    with pytest.raises(SpecError, match=r"cannot be written|too long"):
        script.write(tmp_path / ("x" * 300), force=True)


def test_a_symbolic_link_keeps_pointing(script, tmp_path) -> None:
    real = tmp_path / "real.py"
    (tmp_path / "link.py").symlink_to(real)
    script.write(tmp_path / "link.py")
    assert (tmp_path / "link.py").is_symlink()
    assert real.read_text() == script.text


def test_a_failed_write_leaves_the_old_file_and_no_draft(script, tmp_path, monkeypatch) -> None:
    path = script.write(tmp_path / "s.py")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SpecError, match="No space left on device"):
        script.write(path)
    assert path.read_text() == script.text
    assert [one.name for one in tmp_path.iterdir() if one.suffix in (".py", ".tmp")] == ["s.py"]


# Reading


def test_read_script_gives_back_the_literals(script, tmp_path) -> None:
    read = read_script(script.write(tmp_path / "s.py"))
    assert read.spec == script.literals["SPEC"]
    assert read.method == script.literals["METHOD"]
    assert (read.decisions, read.findings, read.citations) == ([], [], [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"print(1)\n", "no script of Cerebro's"),
        (b"SPEC = {}\n", "no script of Cerebro's"),
        (b"SPEC = {}\nMETHOD = []\n", "no script of Cerebro's"),
        (b"SPEC = {1: 2}\nMETHOD = {}\n", "no script of Cerebro's"),
        (b"SPEC = {}\nMETHOD = {}\nFINDINGS = [1]\n", "no script of Cerebro's"),
        (b"SPEC = {}\nMETHOD = {}\nFINDINGS = 1\n", "no script of Cerebro's"),
        (b"SPEC = made()\nMETHOD = {}\n", "no plain literal"),
        (b"SPEC = {}\nSPEC = {}\nMETHOD = {}\n", "set twice"),
        (b"SPEC = {\n", "no Python that can be read"),
        (b"SPEC = {}\0", "no Python that can be read"),
        (b"\xff\xfe", "no UTF-8"),
        (b"SPEC = " + b"[" * 100000, "no Python that can be read"),
        (b"SPEC = " + b"-" * 100000 + b"1", "no Python that can be read"),
        (b"#" * (SIZE_LIMIT + 1), "larger than"),
    ],
)
def test_what_is_no_script_is_refused_unrun(tmp_path, content, words) -> None:
    path = tmp_path / "s.py"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=words):
        read_script(path)


def test_reading_what_is_not_there(tmp_path) -> None:
    with pytest.raises(SpecError, match=r"cannot be read: No such file"):
        read_script(tmp_path / "away.py")
    with pytest.raises(SpecError, match=r"cannot be read"):
        read_script(tmp_path)
