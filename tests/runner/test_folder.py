"""Run folders: replaced only where they are ours, whatever they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from cerebro_core.errors import RunError, SpecError
from cerebro_core.runner import run_script


def test_an_earlier_run_is_replaced_and_foreign_files_in_it_stay(make_script, tmp_path):
    out = tmp_path / "run"
    run_script(make_script("write('figures/old.png', 'x'); write('old.npz', 'x'); finish(extras=['old.npz'])"), out=out)
    (out / "notes.txt").write_text("mine")
    run_script(make_script("finish(answer='It is new.')"), out=out)
    names = sorted(item.name for item in out.iterdir())
    assert names == ["log.txt", "notes.txt", "report.html", "result.json", "spec.yaml"]
    assert (out / "notes.txt").read_text() == "mine"
    assert sorted(item.name for item in tmp_path.iterdir()) == ["pipeline.py", "run"]


def test_a_folder_with_foreign_files_is_refused_untouched(make_script, tmp_path):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "thesis.docx").write_text("years of work")
    (out / "log.txt").write_text("of something else")
    with pytest.raises(SpecError, match="not of an earlier run"):
        run_script(make_script("finish()"), out=out)
    assert sorted(item.name for item in out.iterdir()) == ["log.txt", "thesis.docx"]
    assert sorted(item.name for item in tmp_path.iterdir()) == ["pipeline.py", "thesis"]


def test_an_empty_folder_is_taken(make_script, tmp_path):
    (tmp_path / "run").mkdir()
    assert run_script(make_script("finish()"), out=tmp_path / "run").exit_code == 0


def test_a_file_is_refused(make_script, tmp_path):
    (tmp_path / "run").write_text("a file")
    with pytest.raises(SpecError, match="is a file"):
        run_script(make_script("finish()"), out=tmp_path / "run")
    assert (tmp_path / "run").read_text() == "a file"


def test_the_current_folder_is_refused(make_script, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for out in (".", "..", "../here"):
        with pytest.raises(SpecError, match="folder you are in"):
            run_script(make_script("finish()"), out=Path(out))


def test_missing_folders_above_are_made_and_go_again_on_failure(make_script, tmp_path):
    assert run_script(make_script("finish()"), out=tmp_path / "a" / "b" / "run").folder.is_dir()
    with pytest.raises(SpecError):
        run_script(make_script("finish()"), out=tmp_path / "pipeline.py" / "run")


def test_a_link_is_followed(make_script, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    run = run_script(make_script("finish()"), out=tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert run.folder == tmp_path / "elsewhere"
    assert (tmp_path / "elsewhere" / "result.json").is_file()


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "\ud800"], ids=ascii)
def test_names_that_no_folder_can_have(make_script, tmp_path, name):
    with pytest.raises(SpecError, match=r"--out: .* cannot be used"):
        run_script(make_script("finish()"), out=tmp_path / name)
    assert [item.name for item in tmp_path.iterdir()] == ["pipeline.py"]


@pytest.mark.parametrize(
    "name", ["a b", "st*r", "[ab]", "-rf", "--seed", "$(touch x)", "quo'te\"", "ünïcode-\u202e", "semi;colon", "%s{0}"]
)
def test_odd_names(make_script, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path(f"{name}.csv").write_text("a\n1\n")
    body = "assert os.path.isfile(flags.data), flags.data\nfinish()"
    run = run_script(make_script(body, name=f"{name}.py"), data=f"{name}.csv", out=Path(name))
    assert run.result.data.source == f"{name}.csv"
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([name, f"{name}.csv", f"{name}.py"])
    with pytest.raises(RunError):
        run_script(make_script("raise SystemExit(1)", name=f"{name}.py"), out=Path(name))
