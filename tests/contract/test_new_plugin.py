"""`cerebro new-plugin`: what it writes works, is clean, and passes the contract as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cerebro_core.errors import SpecError
from cerebro_core.new_plugin import LONGEST, check_name, write_skeleton
from cerebro_core.testing.processes import python

RUN_CEREBRO = "from cerebro_core.cli import main; main()"


def installed(folder: Path) -> dict[str, str]:
    """Environment in which a plugin's folder counts as installed: a `.dist-info` beside it, as pip would leave it."""
    project = tomllib.loads(folder.joinpath("pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    info.joinpath("entry_points.txt").write_text(
        "\n".join(
            f"[{group}]\n" + "\n".join(f"{name} = {value}" for name, value in entries.items())
            for group, entries in project["entry-points"].items()
        ),
        encoding="utf-8",
    )
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.slow
def test_the_skeleton_passes_the_contract(tmp_path: Path) -> None:
    folder = write_skeleton("acme-pricing2", tmp_path)
    done = run(folder, "pytest", "-q", "-p", "no:cacheprovider", **installed(folder))
    assert done.returncode == 0, done.stdout[-5000:]
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
    assert "xfailed" not in done.stdout


def test_its_command_answers_a_table(tmp_path: Path) -> None:
    folder = write_skeleton("acme-means", tmp_path)
    data = tmp_path / "data.csv"
    data.write_text("g,y\n" + "".join(f"{'ab'[i % 2]},{i % 7 + 3 * (i % 2)}\n" for i in range(60)), encoding="utf-8")
    script = tmp_path / "means.py"
    done = python(RUN_CEREBRO, "acme-means", str(data), "--output", str(script), "--run", **installed(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "'b' is" in done.stdout
    assert (tmp_path / "means_run" / "result.json").is_file()


@pytest.mark.parametrize("name", ["x", "zebra", "acme-pricing", "a" * LONGEST, "a1-b2-c3"])
def test_it_is_clean_whatever_its_name(tmp_path: Path, name: str) -> None:
    """By ruff, with the settings that it brings."""
    folder = write_skeleton(name, tmp_path)
    done = run(folder, "ruff", "check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout
    assert not [path for path in folder.rglob("*") if path.is_file() and "{{" in path.read_text(encoding="utf-8")]


@pytest.mark.slow
def test_its_types_hold(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    folder = write_skeleton("acme-pricing", tmp_path)
    done = run(folder, "mypy", "--cache-dir", str(tmp_path / "cache"), MYPYPATH=str(Path(__file__).parents[2]))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Acme", "no name for a plugin"),
        ("acme_pricing", "no name for a plugin"),
        ("-acme", "no name for a plugin"),
        ("acme-", "no name for a plugin"),
        ("acme--pricing", "no name for a plugin"),
        ("1acme", "no name for a plugin"),
        ("", "no name for a plugin"),
        ("..", "no name for a plugin"),
        ("../acme", "no name for a plugin"),
        ("/etc/acme", "no name for a plugin"),
        ("acme\n", "no name for a plugin"),
        ("acme pricing", "no name for a plugin"),
        ("\x1b[31macme", "no name for a plugin"),
        ("größe", "no name for a plugin"),
        ("a" * (LONGEST + 1), "no name for a plugin"),
        ("class", "would hide Python's own"),
        ("json", "would hide Python's own"),
        ("mmm", "a name of cerebro-mmm"),
        ("cerebro-geo", "a name of cerebro-geo"),
        ("power-analysis", "a name of cerebro-abtest"),
        ("cerebro-core", "a name of cerebro-core"),
        ("core", "a name of cerebro-core"),
        ("auto", "is a command already"),
        ("new-plugin", "is a command already"),
    ],
)
def test_names_that_cannot_be_used_are_refused(name: str, why: str) -> None:
    with pytest.raises(SpecError, match=why) as caught:
        check_name(name)
    assert str(caught.value).isprintable()


def test_what_exists_is_never_touched(tmp_path: Path) -> None:
    mine = tmp_path / "acme-pricing"
    mine.mkdir()
    (mine / "precious.txt").write_text("keep", encoding="utf-8")
    done = python(RUN_CEREBRO, "new-plugin", "acme-pricing", "--into", str(tmp_path))
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["acme-pricing", "precious.txt"]
    (tmp_path / "acme-link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(SpecError, match="exists already"):
        write_skeleton("acme-link", tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    done = python(RUN_CEREBRO, "new-plugin", "acme-pricing", "--into", str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert "--into: there is no folder" in done.stderr
