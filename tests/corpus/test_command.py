"""What `cerebro search` and `cerebro corpus` give a user who has built nothing, and one who has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cerebro_core.api import as_spec, link_spec, propose, relink
from cerebro_core.cli import main
from cerebro_core.corpus.build import build
from cerebro_core.corpus.cite import SAYS, example_citations
from cerebro_core.corpus.sources import Source
from cerebro_core.method import CorpusSource, Method

KEYS = {"id", "title", "qualname", "apis", "package", "version", "file", "licence", "line", "last", "kind", "code"}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEREBRO_CACHE", str(tmp_path))


def called(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    return int(ended.value.code or 0)


def test_cards_answer_and_the_build_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("search", "which channels bring sales", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["built"] is False
    assert all(set(item) >= KEYS for item in told["results"])
    assert called("search", "which channels bring sales") == 0
    assert "cerebro corpus build" in capsys.readouterr().out


def test_cards_answer_to_words_that_they_do_not_say(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is built, and no card of a marketing mix model says newspaper."""
    pytest.importorskip("cerebro_mmm")
    assert called("search", "did the newspaper make anybody buy", "--json") == 0
    told = json.loads(capsys.readouterr().out)["results"]
    assert told[0]["qualname"].startswith("mmm.")
    assert not any("newspaper" in item["prose"].lower() for item in told)


@pytest.mark.parametrize(
    "arguments",
    [("",), ("a", "--kind", "nonsense"), ("a", "--limit", "0"), ("a", "--limit", "x"), ("a", "--domain", "nowhere")],
)
def test_bad_questions_are_the_users_fault(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert called("search", *arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_status_before_a_build(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("corpus", "status", "--json") == 0
    assert json.loads(capsys.readouterr().out)["built"] is None


def test_examples_are_cited_with_their_place_and_licence(tmp_path: Path) -> None:
    given = [("mmm", [CorpusSource("hypothesis", "package", "hypothesis", "MPL-2.0")])]
    given += [
        ("mmm.x", [CorpusSource("attrs", "package", "attrs", "MIT"), CorpusSource("p", "package", "pandas", "BSD")])
    ]
    method = Method(
        domain="mmm", name="rolling mean", title="rolling mean of a DataFrame", summary="", spec="", block=""
    )
    assert example_citations(given, method) == []
    build([Source("pandas", "", "BSD-3-Clause", (), ("mmm",))], given, folder=tmp_path / "corpus")
    found = example_citations(given, method)
    assert len(found) == 3
    assert all(item["text"] and "pandas" in item["text"] and "(BSD-3-Clause)" in item["text"] for item in found)
    assert all("lines" in str(item["text"]) for item in found)


def test_relinking_keeps_the_examples(tmp_path: Path) -> None:
    """Nothing is built when it is relinked: the examples are those of the script itself."""
    pytest.importorskip("cerebro_mmm")
    data = tmp_path / "weekly.csv"
    data.write_bytes((Path(__file__).parents[2] / "examples" / "mmm" / "weekly.csv").read_bytes())
    assert called("mmm", str(data), "-o", str(tmp_path / "a.py"), "--quiet") == 0
    before = (tmp_path / "a.py").read_text(encoding="utf-8")
    proposal = propose(str(data), domain="mmm")
    example = {"text": f"{SAYS}a page. p 1, a.py, lines 1-2 (MIT).", "url": None}
    cited = link_spec(as_spec(proposal), proposal.all_decisions, [], examples=[example])
    path = cited.write(tmp_path / "b.py")
    assert relink(path).text == cited.text
    assert cited.text.count(SAYS) == 1
    assert "'when_not'" in before or '"when_not"' in before
