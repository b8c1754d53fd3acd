"""How a run can end: done, refused, failed check, crash, limit, broken result."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cerebro_core.errors import RunError, SpecError, TableError
from cerebro_core.runner import run_script
from cerebro_core.spec_yaml import load_yaml

REFUSED = "finish(2, status='refused', estimates=[], answer='No overlap.')"
FAILED = "finish(4, diagnostics=[{'name': 'rhat', 'status': 'fail', 'message': 'Not converged.', 'value': 1.2}])"


def left_behind(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir() if item.suffix != ".py")


def test_done(make_script, tmp_path):
    run = run_script(make_script("finish()"), out=tmp_path / "run")
    assert run.exit_code == 0
    assert run.folder == tmp_path / "run"
    assert run.result.estimate("mean").value == 1.0
    assert run.result.folder == run.folder
    assert run.result.report == run.folder / "report.html"
    assert sorted(item.name for item in run.folder.iterdir()) == ["log.txt", "report.html", "result.json", "spec.yaml"]
    assert left_behind(tmp_path) == ["run"]


def test_every_text_tells_the_final_place(make_script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = run_script(make_script("print(flags.out, file=sys.stderr); finish()"), out=Path("my run"))
    assert "the report in my run/report.html" in run.summary
    assert run.result.command == "python x.py --out my run"
    assert (run.folder / "report.html").read_text() == "<p>It is 1.</p> at my run"
    assert ".cerebro-run" not in run.log.read_text()


def test_spec_yaml_is_the_spec_as_run(make_script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("newer.csv").write_text("a\n1\n")
    run = run_script(make_script("finish()"), data="newer.csv", seed=7, out=tmp_path / "run")
    kind, values = load_yaml(run.folder / "spec.yaml")
    assert (kind, values) == ("demo", {"data": "newer.csv", "seed": "7", "outcome": "NO"})
    assert run.result.data.source == "newer.csv"
    assert run.result.seed == 7


def test_refused_has_its_result_and_exit_code_2(make_script, tmp_path):
    run = run_script(make_script(REFUSED), out=tmp_path / "run")
    assert run.exit_code == 2
    assert run.result.status == "refused"
    assert run.result.answer == "No overlap."


def test_failed_diagnostic_is_exit_code_4(make_script, tmp_path):
    run = run_script(make_script(FAILED), out=tmp_path / "run")
    assert run.exit_code == 4
    assert [item.name for item in run.result.failed] == ["rhat"]


def test_failed_diagnostic_counts_even_if_the_script_says_0(make_script, tmp_path):
    assert run_script(make_script(FAILED.replace("finish(4", "finish(0")), out=tmp_path / "run").exit_code == 4


def test_crash_keeps_the_log_and_shows_its_last_lines(make_script, tmp_path):
    script = make_script("""
        for n in range(30):
            print("line", n, file=sys.stderr)
        write("half.txt", "half")
        raise RuntimeError("the matrix is \\x1b[31msingular")
    """)
    with pytest.raises(RunError) as caught:
        run_script(script, out=tmp_path / "run")
    message = str(caught.value)
    assert caught.value.exit_code == 3
    assert "pipeline.py failed (exit code 1)" in message
    assert "RuntimeError: the matrix is singular" in message
    assert "line 20" not in message
    assert str(tmp_path / "run" / "log.txt") in message
    assert [item.name for item in (tmp_path / "run").iterdir()] == ["log.txt"]
    assert "line 0\n" in (tmp_path / "run" / "log.txt").read_text()
    assert left_behind(tmp_path) == ["run"]


def test_crash_leaves_an_earlier_result_alone(make_script, tmp_path):
    out = tmp_path / "run"
    run_script(make_script("finish()"), out=out)
    before = {item: item.read_bytes() for item in out.iterdir()}
    for _ in range(2):
        with pytest.raises(RunError, match=r"run\.failed"):
            run_script(make_script("raise SystemExit(9)"), out=out)
    assert {item: item.read_bytes() for item in out.iterdir()} == before
    assert [item.name for item in (tmp_path / "run.failed").iterdir()] == ["log.txt"]
    run_script(make_script("finish()"), out=out)
    assert left_behind(tmp_path) == ["run"]


def test_run_after_a_crash_takes_the_same_folder(make_script, tmp_path):
    with pytest.raises(RunError):
        run_script(make_script("raise SystemExit(1)"), out=tmp_path / "run")
    assert run_script(make_script("finish()"), out=tmp_path / "run").exit_code == 0


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("sys.exit(2)", "failed without a result"),
        ("sys.exit(0)", "failed without a result"),
        ("finish(2)", "exit code 2, and its result says 'ok'"),
        ("finish(0, status='refused', estimates=[])", "exit code 0, and its result says 'refused'"),
        ("finish(7)", "exit code 7"),
        ("import signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("write('result.json', 'not json'); sys.exit(0)", "not JSON"),
        ("write('result.json', '{\"schema_version\": 1, \"seed\": NaN}')", "NaN is not a JSON number"),
        ("write('result.json', '[' * 100000)", "not JSON"),
        ("finish(schema_version=2)", "newer Cerebro"),
        ("finish(domain=None)", "domain: input should be a valid string"),
        ("finish(estimates=[])", "no estimate"),
        ("finish(estimates=[{'name': 'a', 'value': '1'}])", r"estimates\.0\.value"),
        ("finish(estimates=[{'name': 'a', 'value': 1}] * 2)", "two estimates are named 'a'"),
        ("finish(estimates=[{'name': 'a', 'value': 1, 'ci_low': 2, 'ci_high': 1}])", "lies above"),
        ("finish(figures=['../../etc/passwd'])", "not a path inside"),
        ("finish(figures=['figures/none.png'])", "did not write it"),
        ("finish(tables={'t': {'columns': ['a', 'b'], 'rows': [[1]]}})", "row 1 has 1 cells for 2 columns"),
    ],
)
def test_what_is_no_valid_run_is_exit_code_3(make_script, tmp_path, body, told):
    with pytest.raises(RunError, match=told) as caught:
        run_script(make_script(body), out=tmp_path / "run")
    assert caught.value.exit_code == 3
    assert [item.name for item in (tmp_path / "run").iterdir()] == ["log.txt"]


def test_time_limit(make_script, tmp_path):
    script = make_script("print('began', flush=True); time.sleep(60)")
    started = time.monotonic()
    with pytest.raises(RunError, match=r"longer than 0\.8 s, the time limit") as caught:
        run_script(script, out=tmp_path / "run", timeout=0.8)
    assert time.monotonic() - started < 6
    assert caught.value.exit_code == 3
    log = (tmp_path / "run" / "log.txt").read_text()
    assert "began" in log
    assert "ended: ran longer" in log


def test_time_limit_ends_a_script_that_ignores_the_request(make_script, tmp_path, monkeypatch):
    monkeypatch.setattr("cerebro_core.runner.child.GRACE_SECONDS", 0.3)
    script = make_script("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")
    with pytest.raises(RunError, match="time limit"):
        run_script(script, out=tmp_path / "run", timeout=1)


def test_memory_limit_counts_the_whole_family(make_script, tmp_path):
    script = make_script("""
        import subprocess
        subprocess.run([sys.executable, "-c", "import time; held = bytearray(150 * 2**20); time.sleep(60)"])
    """)
    with pytest.raises(RunError, match=r"more than the limit of 100 MB \(--memory\)") as caught:
        run_script(script, out=tmp_path / "run", memory=100 * 2**20)
    assert caught.value.exit_code == 3


def test_a_helper_that_outlives_the_script_is_ended(make_script, tmp_path):
    script = make_script("""
        import subprocess
        helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        finish(answer=str(helper.pid))
    """)
    started = time.monotonic()
    run = run_script(script, out=tmp_path / "run")
    assert time.monotonic() - started < 8
    status = Path(f"/proc/{run.result.answer}/stat")
    assert not status.exists() or status.read_text().split()[2] == "Z"


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"data": "nowhere.csv"}, TableError, "no file nowhere.csv"),
        ({"seed": -1}, SpecError, "--seed"),
        ({"timeout": 0}, SpecError, "--timeout"),
        ({"timeout": float("nan")}, SpecError, "--timeout"),
        ({"memory": 0}, SpecError, "--memory"),
        ({"env": ["A=b"]}, SpecError, "not a variable's name"),
        ({"env": ["CEREBRO_TEST_UNSET"]}, SpecError, "not set in this shell"),
        ({"data": "a\0b"}, SpecError, "NUL"),
    ],
)
def test_impossible_arguments_run_nothing(make_script, tmp_path, arguments, error, told):
    with pytest.raises(error, match=told):
        run_script(make_script("finish()"), out=tmp_path / "run", **arguments)
    assert left_behind(tmp_path) == []


def test_no_script(tmp_path):
    with pytest.raises(SpecError, match="no script"):
        run_script(tmp_path / "none.py", out=tmp_path / "run")
