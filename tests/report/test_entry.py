"""What a script's `main` does for its user: exit codes, folders, arguments, what it prints."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Diagnostic, Refused, Result
from cerebro_core.blocks.source import Source
from cerebro_core.result import read_result

Run = Callable[..., Any]


def test_a_good_run_ends_with_zero_and_writes_what_the_schema_knows(run_main: Run, full_result: Result) -> None:
    ended = run_main(full_result)
    result = read_result(ended.folder)
    assert ended.code == 0
    assert result.unknown_keys() == ()
    assert result.answer == full_result.answer
    assert result.data.rows == 2
    assert result.data.rows_used == 208
    assert result.data.sha256 is not None
    assert len(result.figure_paths) == 6
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in result.figure_paths)
    assert {path.name for path in (ended.folder / "tables").iterdir()} == {
        "budget.csv",
        "decomposition.csv",
        "priors.csv",
        "roas_by_year.csv",
    }
    assert (ended.folder / "posterior.npz").read_bytes() == b"PK"
    assert [item.made for item in result.decisions] == ["spec"] * 5 + ["run"]


def test_a_failed_diagnostic_ends_with_four_and_keeps_the_result(
    run_main: Run, small_result: Result, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = replace(small_result, diagnostics=(Diagnostic("rhat", "fail", "The chains disagree.", 1.3, 1.01),))
    ended = run_main(bad)
    assert ended.code == 4
    assert ended.document["status"] == "ok"
    assert "Do not act on this yet" in capsys.readouterr().out


def test_rows_that_refuse_the_method_end_with_two_and_say_why(
    run_main: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(source: Source) -> Result:
        raise Refused("'sales' never changes in weekly sales.csv; name another outcome")

    ended = run_main(refuse)
    assert ended.code == 2
    assert ended.document["status"] == "refused"
    assert ended.document["answer"].startswith("No answer: 'sales' never changes")
    assert ended.document["data"]["rows_used"] is None
    assert "No answer from these data" in ended.report
    assert read_result(ended.folder).exit_code == 2
    assert "error: 'sales' never changes" in capsys.readouterr().err


def test_a_missing_data_file_is_refused(run_main: Run, small_result: Result, tmp_path: Path) -> None:
    ended = run_main(small_result, "--data", str(tmp_path / "nowhere.csv"))
    assert ended.code == 2
    assert ended.document["status"] == "refused"
    assert "nowhere.csv" in ended.document["answer"]
    assert ended.document["data"] == {
        "source": str(tmp_path / "nowhere.csv"),
        "rows": None,
        "sha256": None,
        "rows_used": None,
    }


def test_a_crash_shows_its_traceback_and_writes_nothing(run_main: Run, tmp_path: Path) -> None:
    def crash(source: Source) -> Result:
        raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        run_main(crash)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["weekly sales.csv"]


def test_analyse_gets_what_its_signature_names(run_main: Run, sample: Any, small_result: Result) -> None:
    seen: dict[str, Any] = {}

    def chosen() -> None: ...

    def analyse(
        source: Source,
        *,
        channels: list[str],
        saturation: Callable[..., Any],
        lift: float,
        seed: int,
        progress: Progress,
        absent: int = 3,
    ) -> Result:
        seen.update(locals())
        return small_result

    spec = {**sample.SPEC, "options": {"lift": 0.5}}
    ended = run_main(analyse, "--seed", "11", spec=spec, choices={"saturation": chosen})
    assert seen["channels"] == sample.SPEC["channels"]
    assert seen["saturation"] is chosen
    assert (seen["lift"], seen["seed"], seen["absent"]) == (0.5, 11, 3)
    assert ended.document["seed"] == ended.document["spec"]["seed"] == 11
    assert "--seed 11" in ended.document["command"]


@pytest.mark.parametrize("seed", ["-1", "4294967296", "x"])
def test_an_impossible_seed_is_a_usage_error(run_main: Run, small_result: Result, seed: str) -> None:
    with pytest.raises(SystemExit) as stop:
        run_main(small_result, f"--seed={seed}")
    assert stop.value.code == 2


def test_quiet_prints_nothing_but_errors(
    run_main: Run, small_result: Result, capfd: pytest.CaptureFixture[str]
) -> None:
    run_main(small_result, "--quiet")
    assert capfd.readouterr() == ("", "")


def test_the_terminal_shows_answer_intervals_open_checks_and_the_report(
    run_main: Run, small_result: Result, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = run_main(small_result)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == small_result.answer
    assert any(line.startswith("  Sales from all media  ") and "1,560,000 to 2,270,000" in line for line in lines)
    assert any(line.startswith("  WARN  Video and display") for line in lines)
    assert lines[-1] == f"Report: {ended.folder / 'report.html'}"


def test_a_later_run_replaces_an_earlier_one_and_keeps_what_others_put_there(
    run_main: Run, small_result: Result, tmp_path: Path
) -> None:
    ended = run_main(small_result)
    (ended.folder / "my notes.txt").write_text("keep me", encoding="utf-8")
    (ended.folder / "tables" / "stale.csv").write_text("old", encoding="utf-8")
    run_main(replace(small_result, extras=None), "--seed", "3")
    assert ended.document["seed"] == 3
    assert (ended.folder / "my notes.txt").read_text(encoding="utf-8") == "keep me"
    assert not (ended.folder / "tables" / "stale.csv").exists()
    assert not (ended.folder / "posterior.npz").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "weekly sales.csv"]


@pytest.mark.parametrize("content", [None, "{}", "[1]", "not json"])
def test_a_folder_with_foreign_files_is_not_touched(
    run_main: Run, small_result: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "thesis.docx").write_text("years of work", encoding="utf-8")
    if content is not None:
        (folder / "result.json").write_text(content, encoding="utf-8")
    before = sorted((path.name, path.read_bytes()) for path in folder.iterdir())
    assert run_main(small_result).code == 2
    assert sorted((path.name, path.read_bytes()) for path in folder.iterdir()) == before
    assert "name another one" in capsys.readouterr().err


def test_a_file_or_the_current_folder_is_not_a_run_folder(
    run_main: Run, small_result: Result, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_main(small_result, "--out", str(data_file)).code == 2
    monkeypatch.chdir(tmp_path)
    assert run_main(small_result, "--out", ".").code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["weekly sales.csv"]


def test_an_empty_folder_and_a_missing_parent_will_do(run_main: Run, small_result: Result, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert run_main(small_result).code == 0
    assert run_main(small_result, "--out", str(tmp_path / "a" / "b [*] c")).code == 0


def test_a_full_disk_leaves_the_earlier_run(
    run_main: Run, small_result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = run_main(small_result)
    before = ended.text

    def fail(source: str, target: str) -> None:
        if target == str(ended.folder):
            raise OSError(28, "No space left on device")
        real(source, target)

    real = os.rename
    monkeypatch.setattr(
        os, "rename", lambda source, target: fail(source, target) if ".old" not in source else real(source, target)
    )
    with pytest.raises(OSError, match="No space"):
        run_main(small_result, "--seed", "5")
    monkeypatch.undo()
    assert ended.text == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "weekly sales.csv"]


@pytest.mark.parametrize("name", ["../evil", "a/b", "report.html", ".hidden", "Result.json", "x\n", ""])
def test_extras_cannot_leave_the_folder_or_replace_the_result(
    run_main: Run, small_result: Result, name: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="not a file name that a block may write"):
        run_main(replace(small_result, extras={name: b"x"}))
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_folder(
    tmp_path: Path, data_file: Path, number: signal.Signals, heed_interrupts: Any
) -> None:
    script = tmp_path / "slow.py"
    script.write_text(
        textwrap.dedent(
            """
            import time
            from cerebro_core.blocks.entry import main

            def analyse(source):
                print("started", flush=True)
                time.sleep(60)

            method = {"domain": "d", "name": "m", "title": "T", "summary": "", "requires": {}}
            spec = {"data": "weekly sales.csv", "seed": 0}
            raise SystemExit(main(spec, analyse, method=method, decisions=[], findings=[], citations=[], choices={}))
            """
        ),
        encoding="utf-8",
    )
    child = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interrupts,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"started\n"
    time.sleep(0.1)
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert (out, err) == (b"", b"interrupted; nothing was written\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slow.py", "weekly sales.csv"]
