"""An interrupt ends the child's whole family and leaves no half folder."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

PARENT = """
import sys
from pathlib import Path
from cerebro_core.runner import child, run_script
child.GRACE_SECONDS = 1.5
try:
    run_script(Path(sys.argv[1]), out=Path(sys.argv[2]), quiet=True)
except KeyboardInterrupt:
    raise SystemExit(130)
"""

FAMILY = """
import subprocess
nap = "import sys, time; print('up', flush=True); time.sleep(90)"
in_group = subprocess.Popen([sys.executable, "-c", nap], stdout=subprocess.PIPE)
apart = subprocess.Popen([sys.executable, "-c", nap], stdout=subprocess.PIPE, start_new_session=True)
in_group.stdout.readline(), apart.stdout.readline()
write("half.txt", "half")
with open(flags.data, "w") as file:
    file.write(f"{os.getpid()} {in_group.pid} {apart.pid} ")
time.sleep(90)
"""


def is_alive(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(condition, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return met


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("earlier", [False, True])
def test_interrupt(make_script, tmp_path: Path, number, earlier, heed_interrupts):
    work = tmp_path / "work"
    work.mkdir()
    out = work / "deep" / "run"
    if earlier:
        from cerebro_core.runner import run_script

        run_script(make_script("finish()"), out=out)
    before = sorted(work.rglob("*"))
    pids = tmp_path / "pids"
    body = FAMILY.replace("flags.data", repr(str(pids)))
    script = make_script(body)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, script, out], preexec_fn=heed_interrupts)
    try:
        assert wait_for(lambda: pids.exists() and pids.read_text().endswith(" "))
        family = [int(pid) for pid in pids.read_text().split()]
        assert all(map(is_alive, family))
        time.sleep(0.3)  # one look at the family, so that the one which left the group is known
        parent.send_signal(number)
        assert parent.wait(15) == 130
    finally:
        parent.kill()
        parent.wait()
    assert wait_for(lambda: not any(map(is_alive, family)), 3)
    assert sorted(work.rglob("*")) == before


def test_an_impatient_second_interrupt_does_not_cut_the_cleaning_short(make_script, tmp_path: Path, heed_interrupts):
    ready = tmp_path / "ready"
    script = make_script(f"""
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with open({str(ready)!r}, "w") as file:
            file.write(f"{{os.getpid()}} ")
        time.sleep(90)
    """)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, script, tmp_path / "run"], preexec_fn=heed_interrupts)
    try:
        assert wait_for(lambda: ready.exists() and ready.read_text().endswith(" "))
        for _ in range(3):
            parent.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert parent.wait(15) == 130
    finally:
        parent.kill()
        parent.wait()
    assert not is_alive(int(ready.read_text()))
    assert sorted(item.name for item in tmp_path.iterdir()) == ["pipeline.py", "ready"]
