"""What the script sees of this machine, and what the terminal sees of the script."""

from __future__ import annotations

import json
import os
import sys

import pytest

from cerebro_core.errors import RunError
from cerebro_core.runner import run_script
from cerebro_core.runner.log import safe_stream


def seen_environment(run) -> dict[str, str]:
    return json.loads((run.folder / "environment.json").read_text())


BODY = "write('environment.json', json.dumps(dict(os.environ))); finish(extras=['environment.json'])"


def test_environment_is_clean(make_script, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("WANTED", "yes")
    monkeypatch.setenv("MPLBACKEND", "QtAgg")
    seen = seen_environment(run_script(make_script(BODY), out=tmp_path / "run", env=["WANTED"]))
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert "PYTHONPATH" not in seen
    assert "PYTHONSTARTUP" not in seen
    assert seen["PATH"] == os.environ["PATH"]
    assert seen["OMP_NUM_THREADS"] == "1"
    assert seen["WANTED"] == "yes"
    assert seen["MPLBACKEND"] == "Agg"
    assert seen["HAYSTACK_TELEMETRY_ENABLED"] == "False"
    assert seen["PYTHONHASHSEED"] == "0"
    assert seen["PYTHONUTF8"] == "1"


def test_modules_beside_the_script_are_not_imported(make_script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("pydantic.py", "json.py", "statistics.py"):
        (tmp_path / name).write_text("raise SystemExit('hijacked')")
    (tmp_path / "script").mkdir()
    (tmp_path / "script" / "statistics.py").write_text("raise SystemExit('hijacked')")
    script = make_script(
        """
        import subprocess
        import pydantic, statistics
        subprocess.run([sys.executable, "-c", "import statistics"], check=True)
        finish()
        """,
        name="script/pipeline.py",
    )
    assert run_script(script, out=tmp_path / "run").exit_code == 0


def test_the_child_has_no_stdin_and_the_callers_folder(make_script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = run_script(make_script("finish(answer=sys.stdin.read() + os.getcwd())"), out=tmp_path / "run")
    assert run.result.answer == str(tmp_path)


HEADER = '# /// script\n# requires-python = "{python}"\n# dependencies = [{wanted}]\n# ///\n'


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ('"surely-not-installed-xyz>=2"', r"surely-not-installed-xyz>=2 \(not installed\)\n  pip install 'surely-not"),
        ('"pydantic>=99"', r"pydantic>=99 \(2\..* is installed\)\n  pip install 'pydantic>=99'"),
    ],
)
def test_missing_requirements_are_named_before_anything_runs(make_script, tmp_path, wanted, told):
    script = make_script("finish()", header=HEADER.format(python=">=3.8", wanted=wanted))
    with pytest.raises(RunError, match=told):
        run_script(script, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_requirements_that_are_met_or_not_for_this_machine(make_script, tmp_path):
    wanted = '"pydantic>=2", "not-here-xyz; sys_platform == \'never\'", "PyYAML"'
    script = make_script("finish()", header=HEADER.format(python=">=3.8", wanted=wanted))
    assert run_script(script, out=tmp_path / "run").exit_code == 0


def test_other_python(make_script, tmp_path):
    script = make_script("finish()", header=HEADER.format(python=">=4", wanted=""))
    with pytest.raises(RunError, match="needs Python >=4"):
        run_script(script, out=tmp_path / "run")


@pytest.mark.parametrize("wanted", ["[", '"!!"', "1"])
def test_broken_header(make_script, tmp_path, wanted):
    script = make_script("finish()", header=HEADER.format(python=">=3.8", wanted=wanted))
    with pytest.raises(RunError, match="header is broken"):
        run_script(script, out=tmp_path / "run")


def test_a_module_that_is_missing_is_named(make_script, tmp_path):
    with pytest.raises(RunError, match=r"module 'not_here_xyz' is not installed"):
        run_script(make_script("import not_here_xyz"), out=tmp_path / "run")


BARS = r"""
for n in range(3):
    print(f"\rsampling {n}/3", end="", file=sys.stderr, flush=True)
    time.sleep(0.05)
print("\n\x1b]0;title\x07\x1b[31mred \u202e text\x1b[0m", file=sys.stderr)
print("stdout stays out of it")
finish(answer=str(sys.stderr.isatty()))
"""


def test_progress_passes_live_and_safe(make_script, tmp_path, capfd):
    run = run_script(make_script(BARS), out=tmp_path / "run", progress=True)
    shown = capfd.readouterr()
    assert "\rsampling 0/3" in shown.err
    assert "\rsampling 2/3" in shown.err
    assert "red \N{REPLACEMENT CHARACTER} text" in shown.err
    assert "\x1b" not in shown.err
    assert "title" not in shown.err
    assert shown.out == ""
    log = run.log.read_text()
    assert "sampling 2/3\n" in log
    assert "sampling 0/3" not in log
    assert "stdout stays out of it" in log
    assert run.summary.startswith("stdout stays out of it\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_libraries_see_a_terminal_where_bars_are_wanted(make_script, tmp_path):
    assert run_script(make_script(BARS), out=tmp_path / "run", progress=True).result.answer == "True"
    assert run_script(make_script(BARS), out=tmp_path / "run", progress=False).result.answer == "False"


@pytest.mark.parametrize("arguments", [{"quiet": True, "progress": True}, {"progress": False}, {}])
def test_quiet(make_script, tmp_path, capfd, arguments):
    run = run_script(make_script(BARS), out=tmp_path / "run", **arguments)
    shown = capfd.readouterr()
    assert (shown.out, shown.err) == ("", "")
    assert "sampling 2/3" in run.log.read_text()


def test_a_torrent_of_output_neither_blocks_nor_fills_the_disk(make_script, tmp_path, monkeypatch):
    monkeypatch.setattr("cerebro_core.runner.log.LARGEST_LOG", 100_000)
    body = "sys.stdout.write('x' * 3_000_000 + '\\n'); sys.stderr.write('é\\n' * 500_000); finish()"
    run = run_script(make_script(body), out=tmp_path / "run")
    assert run.log.stat().st_size < 150_000
    assert "the log is cut here" in run.log.read_text()


def test_output_that_is_not_utf8(make_script, tmp_path):
    run = run_script(make_script("os.write(2, b'caf\\xe9 \\xff\\x00\\n'); finish()"), out=tmp_path / "run")
    assert "caf\N{REPLACEMENT CHARACTER}" in run.log.read_text(encoding="utf-8")
    assert "\0" not in run.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x1b[2Jb", "ab"),
        ("\x1b[A\x1b[K50%", "\x1b[A\x1b[K50%"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("bell\x07", "bell\N{REPLACEMENT CHARACTER}"),
        ("tab\tok\r\n", "tab\tok\r\n"),
        ("\x9b31m", "\N{REPLACEMENT CHARACTER}31m"),
        ("█▏ 50%|é", "█▏ 50%|é"),
    ],
)
def test_safe_stream(raw, shown):
    assert safe_stream(raw) == shown
