"""What the corpus does with bad input: it says so, skips it, or takes it as words; it never breaks."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from cerebro_core.corpus import archives, store
from cerebro_core.corpus import index as index_file
from cerebro_core.corpus.build import build
from cerebro_core.corpus.extract import extract
from cerebro_core.corpus.fetch import download
from cerebro_core.corpus.index import open_index
from cerebro_core.corpus.record import Passage
from cerebro_core.corpus.scope import find
from cerebro_core.corpus.search import search
from cerebro_core.corpus.sources import Artefact, Source, is_copyleft, read_list
from cerebro_core.corpus.store import write_index
from cerebro_core.errors import CorpusError

PAGE = Passage("docs", "Adstock", code="import a\na.b()", apis=("a.b",), file="x.md", package="p", version="1")


@pytest.fixture
def index(tmp_path: Path) -> sqlite3.Connection:
    path = tmp_path / "index.sqlite"
    write_index(path, {"p": {"domains": ["mmm"]}}, [PAGE], {})
    found = open_index(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "query", ["adstock OR NOT", 'adstock "', "adstock NEAR(", "title:adstock*", "adstock " * 1300, "adstock'; --"]
)
def test_operators_and_long_queries_are_words(index: sqlite3.Connection, query: str) -> None:
    assert search(index, query)[0].told["title"] == "Adstock"


@pytest.mark.parametrize("query", ["", "   ", "…—", "\0"])
def test_queries_without_words_find_nothing(index: sqlite3.Connection, query: str) -> None:
    assert search(index, query) == []


def test_a_source_is_found_only_while_its_plugin_is_there(index: sqlite3.Connection) -> None:
    assert search(index, "adstock", packages={"p"})
    assert search(index, "adstock", packages={"other"}) == []


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 4096])
def test_a_corrupt_index_is_no_index_and_is_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "index.sqlite"
    path.write_bytes(content)
    assert open_index(path) is None
    write_index(path, {"p": {"domains": []}}, [PAGE], {})
    assert open_index(path) is not None


def test_an_older_index_is_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.sqlite"
    write_index(path, {"p": {"domains": []}}, [PAGE], {})
    monkeypatch.setattr(index_file, "SCHEMA", index_file.SCHEMA + 1)
    assert open_index(path) is None


def test_a_build_that_fails_keeps_the_old_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.sqlite"
    write_index(path, {"p": {"domains": []}}, [PAGE], {})
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "fill", full)
    with pytest.raises(CorpusError, match="disk is full; what was there before is kept"):
        write_index(path, {"p": {"domains": []}}, [PAGE], {})
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["index.sqlite"]


def test_nothing_installed_builds_an_empty_index(tmp_path: Path) -> None:
    done = build([Source("no-such-package", "1", "MIT")], [], folder=tmp_path)
    assert (done.records, done.sources) == (0, ())


def test_an_unknown_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no installed plugin lists 'nope'"):
        build([Source("pluggy", "", "MIT")], [], only="nope", folder=tmp_path)


def test_a_broken_shard_is_read_anew(tmp_path: Path) -> None:
    first = build([Source("pluggy", "", "MIT")], [], folder=tmp_path)
    assert first.records > 10
    for shard in (tmp_path / "shards").iterdir():
        shard.write_bytes(b"broken")
    assert build([Source("pluggy", "", "MIT")], [], folder=tmp_path).records == first.records


def test_what_does_not_parse_is_skipped_and_listed() -> None:
    good = b'def f(x):\n    """Adds.\n\n    >>> import math\n    >>> math.fsum([1.0, 2.0])\n    """\n'
    found = extract([("p/a.py", b"def ("), ("p/b.py", good), ("n.ipynb", b"{")], copyleft=False)
    assert [item.kind for item in found.passages] == ["api", "docstring"]
    assert [line.split(":")[0] for line in found.skipped] == ["p/a.py", "n.ipynb"] or len(found.skipped) == 2


def test_where_little_is_documented_names_and_signatures_are_told() -> None:
    """A package that documents much is told by what it documents alone."""
    bare = b"class Tests:\n    def __init__(self, alpha=0.05):\n        pass\n\ndef _own(x):\n    pass\n"
    (only,) = extract([("p/a.py", bare)], copyleft=False).passages
    assert (only.kind, only.title, only.signature) == ("api", "p.a.Tests", "(alpha=0.05)")
    much = "".join(f'def f{n}(x):\n    """Gives back number {n}."""\n' for n in range(30)).encode()
    found = extract([("p/a.py", bare), ("p/b.py", much)], copyleft=False).passages
    assert "p.a.Tests" not in {item.qualname for item in found}


def test_of_overloads_the_last_is_told() -> None:
    """`pymc.sample` is typed by two overloads without a docstring, and defined after them."""
    text = b'@overload\ndef f(x: int) -> int: ...\n\ndef f(x, y=1):\n    """Adds x and y, whatever they are."""\n'
    (only,) = extract([("p/a.py", text)], copyleft=False).passages
    assert (only.qualname, only.signature) == ("p.a.f", "(x, y=1)")


def test_of_copyleft_sources_facts_alone_are_kept() -> None:
    content = b'def f(x=1):\n    """Secret prose.\n\n    >>> import math\n    >>> math.fsum([1.0, 2.0, 3.0])\n    """\n'
    (only,) = extract(
        [("p/b.py", content), ("docs/a.md", b"```python\nimport math\nmath.fsum([1.0, 2.0])\n```")], True
    ).passages
    assert (only.kind, only.qualname, only.signature, only.code, only.prose) == ("api", "p.b.f", "(x=1)", "", "")
    assert only.copyleft


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "LGPL-2.1", "AGPL-3.0", "", "NOASSERTION"])
def test_unknown_licences_count_as_copyleft(licence: str) -> None:
    assert is_copyleft(licence)


@pytest.mark.parametrize(
    "name", ["/etc/a.py", "../a.py", "a/../../b.py", "a\\b.py", ".github/a.md", "AGENTS.md", "p/CLAUDE.md"]
)
def test_path_tricks_dot_folders_and_agent_files_are_passed_over(name: str, tmp_path: Path) -> None:
    path = tmp_path / "p.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p/fine.py", "x = 1")
        archive.writestr(name, "x = 2")
    assert [found for found, _ in archives.read_archive(path)] == ["p/fine.py"]


def test_links_in_archives_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "p.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("p-1/link.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        entry = tarfile.TarInfo("p-1/a.py")
        entry.size = 5
        archive.addfile(entry, io.BytesIO(b"x = 1"))
    assert [found for found, _ in archives.read_archive(path)] == ["a.py"]


def test_bombs_and_broken_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p/a.py", "#" * 100_000)
    monkeypatch.setattr(archives, "LARGEST_TOTAL", 10_000)
    with pytest.raises(CorpusError, match="it was not read"):
        list(archives.read_archive(path))
    broken = tmp_path / "b.tar.gz"
    broken.write_bytes(b"nothing")
    with pytest.raises(CorpusError, match="cannot be read"):
        list(archives.read_archive(broken))


def test_lists_name_plain_archives_with_hashes() -> None:
    entry = '[[source]]\nname="p"\nversion="1"\nlicence="MIT"\nfiles=[{{name="{}",sha256="{}"}}]\n'
    assert read_list(entry.format("p-1.tar.gz", "0" * 64), "mmm", "x")[0].domains == ("mmm",)
    for name, digest in (("../p-1.tar.gz", "0" * 64), ("p.exe", "0" * 64), ("p-1.whl", "0")):
        with pytest.raises(CorpusError, match="not as it should be"):
            read_list(entry.format(name, digest), "mmm", "x")


def test_a_wrong_hash_is_thrown_away(tmp_path: Path) -> None:
    file = tmp_path / "p-1.tar.gz"
    file.write_bytes(b"evil")

    class Link:
        filename, is_file, file_path = file.name, True, file

    class Found:
        link = Link

    class Index:
        def find_all_packages(self, name: str, allow_yanked: bool) -> list[type[Found]]:
            return [Found]

    item = Artefact("p-1.tar.gz", "0" * 64)
    with pytest.raises(CorpusError, match="not 0000"):
        download(Index(), Source("p", "1", "MIT", (item,)), item, tmp_path / "kept")
    assert not [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]


def test_cards_answer_before_anything_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEREBRO_CACHE", str(tmp_path))
    hits, built = find([], "budget")
    assert (hits, built) == ([], False)
    assert json.dumps([hit.told for hit in hits]) == "[]"


@pytest.mark.slow
def test_haystack_opens_no_socket_and_writes_nothing_at_home(tmp_path: Path) -> None:
    pytest.importorskip("haystack")
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = refuse\nsocket.getaddrinfo = refuse\n"
        "from cerebro_core.corpus.haystack import pipeline\n"
        "print(len(pipeline().run({'retriever': {'query': 'budget'}})['retriever']['documents']))\n"
    )
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "CEREBRO_CACHE": str(tmp_path / "cache")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == []
