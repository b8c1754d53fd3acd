"""Whole processes: plugins that come and go, a build that is killed, a download from an index on loopback, sockets."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cerebro_core.corpus import archives
from cerebro_core.corpus.build import build
from cerebro_core.corpus.sources import Artefact, Source
from cerebro_core.errors import CorpusError

CEREBRO = "from cerebro_core.cli import main; main()"
FUNCTION = (
    'def widgets(x=1):\n    """Counts the widgets of a warehouse, one by one, and gives back how many there are."""\n'
)


def cerebro(folder: Path, *arguments: str, disable: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CEREBRO_CACHE": str(folder), "CEREBRO_DISABLE_PLUGINS": disable}
    command = [sys.executable, "-c", CEREBRO, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def found(folder: Path, query: str, disable: str = "") -> set[str]:
    done = cerebro(folder, "search", query, "--json", "--limit", "50", disable=disable)
    assert done.returncode == 0, done.stderr
    return {item["package"] for item in json.loads(done.stdout)["results"]}


def wheel(folder: Path, name: str = "widgetlib") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", FUNCTION)
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_cards_come_and_go_with_their_plugin(tmp_path: Path) -> None:
    """With nothing built, and with an index that was built while the plugin was there."""
    pytest.importorskip("cerebro_abtest")
    query = "probability that variant B is better"
    assert "cerebro-abtest" in found(tmp_path, query)
    assert "cerebro-abtest" not in found(tmp_path, query, disable="abtest")
    from cerebro_core.plugins import plugins

    plugins().load_all()
    build([Source("pluggy", "", "MIT", (), ("abtest",))], plugins().call("cerebro_corpus"), folder=tmp_path / "corpus")
    assert "cerebro-abtest" in found(tmp_path, query)
    assert "pluggy" in found(tmp_path, "pluggy hook call")
    assert "cerebro-abtest" not in found(tmp_path, query, disable="abtest")
    assert "pluggy" not in found(tmp_path, "pluggy hook call", disable="abtest")
    assert "cerebro-abtest" in found(tmp_path, query)


KILLED = """
import sys, time
from pathlib import Path
from cerebro_core.corpus import store
from cerebro_core.corpus.build import build
from cerebro_core.corpus.sources import Source
whole = store.fill
def slow(*arguments):
    whole(*arguments)
    print("filled", flush=True)
    time.sleep(60)
store.fill = slow
build([Source("pluggy", "", "MIT")], [], folder=Path(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_build_that_is_killed_leaves_the_old_index(tmp_path: Path) -> None:
    build([Source("attrs", "", "MIT")], [], folder=tmp_path)
    before = (tmp_path / "index.sqlite").read_bytes()
    with subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "filled\n"
        process.send_signal(signal.SIGKILL)
    assert (tmp_path / "index.sqlite").read_bytes() == before
    assert build([Source("pluggy", "", "MIT")], [], folder=tmp_path).records > 0
    assert (tmp_path / "index.sqlite").read_bytes() != before


def test_one_file_that_grows_beyond_measure_is_passed_over(tmp_path: Path) -> None:
    """20 MiB of one letter in 20 kB of archive, well below the limits of the whole."""
    path = tmp_path / "p-1.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("p/fine.py", "x = 1")
        archive.writestr("p/bomb.py", b"#" * (20 * 2**20))
    assert path.stat().st_size < 100_000
    assert [name for name, _ in archives.read_archive(path)] == ["p/fine.py"]


def test_a_file_that_grows_out_of_proportion_is_passed_over(tmp_path: Path) -> None:
    """2 MiB of one letter in 2 kB: below every limit of size, but no text packs like this."""
    path = tmp_path / "p-1.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("p/fine.py", "x = 1")
        archive.writestr("p/small.py", b"#" * 60_000)
        archive.writestr("p/bomb.py", b"#" * 2**21)
    assert [name for name, _ in archives.read_archive(path)] == ["p/fine.py", "p/small.py"]


def test_a_tar_that_grows_out_of_proportion_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("p-1/data.bin")
        entry.size = 2**24
        archive.addfile(entry, io.BytesIO(bytes(2**24)))
    with pytest.raises(CorpusError, match="more than 200 times its size"):
        list(archives.read_archive(path))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def loopback(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A package index of folders, served on loopback."""
    root = tmp_path / "served"
    file = wheel(root / "simple" / "widgetlib")
    (root / "simple" / "widgetlib" / "index.html").write_text(
        f'<!DOCTYPE html><html><body><a href="{file.name}#sha256={digest(file)}">{file.name}</a></body></html>'
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple/", file
        server.shutdown()


def test_fetch_from_an_index(loopback: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloaded, checked, read and found; a second build is offline; a wrong hash is skipped and told."""
    pytest.importorskip("unearth")
    address, file = loopback
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, address)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    right = Source("widgetlib", "1.0", "MIT", (Artefact(file.name, digest(file)),), ("mmm",))
    done = build([right], [], download=True, folder=tmp_path / "corpus")
    assert (done.records, done.skipped) == (1, ())
    assert "widgetlib" not in sys.modules
    file.unlink()
    assert build([right], [], download=True, folder=tmp_path / "corpus").records == 1
    wheel(file.parent)
    wrong = Source("widgetlib", "1.0", "MIT", (Artefact(file.name, "0" * 64),), ("mmm",))
    other = build([wrong], [], download=True, folder=tmp_path / "other")
    assert other.records == 0
    assert "widgetlib" in " ".join(other.skipped)


HAYSTACK = """
import sys
seen = []
def watch(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        seen.append([event, str(arguments[1:])])
sys.addaudithook(watch)
from cerebro_core.corpus.haystack import pipeline
found = pipeline().run({"retriever": {"query": "budget"}})["retriever"]["documents"]
assert found, "nothing was found"
import json
print(json.dumps(seen))
"""
PROBE = ["socket.bind", "(('::1', 0),)"]
"""urllib3, which haystack imports, asks the system once whether it knows IPv6, on loopback; nothing is sent."""


@pytest.mark.slow
def test_haystack_connects_to_nothing(tmp_path: Path) -> None:
    """By Python's own account of what is connected, bound, resolved or sent."""
    pytest.importorskip("haystack")
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "CEREBRO_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", HAYSTACK]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert [event for event in json.loads(done.stdout) if event != PROBE] == []
    assert list(home.iterdir()) == []
