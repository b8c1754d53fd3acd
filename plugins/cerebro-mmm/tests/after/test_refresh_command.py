"""`cerebro refresh`: no shift on the same rows, shifts on others, and the old run untouched."""

from __future__ import annotations

import json

from cerebro_mmm.worlds import draw_world


def shifts(document):
    return {(row[0], row[1]): row[7] for row in document["tables"]["shifts"]["rows"]}


def test_the_same_rows_move_nothing_and_the_old_run_stays(cerebro, run_folder, tmp_path):
    before = {path: path.read_bytes() for path in run_folder.rglob("*") if path.is_file()}
    done = cerebro("refresh", run_folder, run_folder.with_name("w.csv"), "--out", tmp_path / "r", "--json")
    assert done.returncode in (0, 4), done.stderr
    found = shifts(json.loads(done.stdout))
    assert len(found) == 7
    assert all(value == 0 for value in found.values())
    assert (tmp_path / "r_run/result.json").is_file()
    assert {path: path.read_bytes() for path in run_folder.rglob("*") if path.is_file()} == before


def test_another_market_moves_the_answers(cerebro, run_folder, rows_of, tmp_path):
    other = draw_world(9, weeks=143, channels=3, names=("tv", "search", "radio"), media_share=0.45)
    newer = rows_of(tmp_path / "newer.csv", other.columns)
    done = cerebro("refresh", run_folder, newer, "--out", tmp_path / "r", "--json")
    assert done.returncode in (0, 4), done.stderr
    document = json.loads(done.stdout)
    flagged = {(row[0], row[1]) for row in document["tables"]["shifts"]["rows"] if row[8]}
    assert flagged == {key for key, value in shifts(document).items() if abs(value) > 2}
    assert flagged
    assert any(item["name"] == "shift" and item["status"] == "warn" for item in document["diagnostics"])


def test_a_missing_script_or_table_is_named(cerebro, run_folder, tmp_path):
    done = cerebro("refresh", run_folder, tmp_path / "none.csv", "--out", tmp_path / "r")
    assert (done.returncode, "none.csv" in done.stderr) == (2, True)
    foreign = tmp_path / "x.py"
    foreign.write_text("print(1)\n")
    done = cerebro("refresh", run_folder, run_folder.with_name("w.csv"), "--script", foreign, "--out", tmp_path / "r")
    assert done.returncode == 2
    assert "no script of Cerebro's" in done.stderr
