"""The model of `result.json`: strict in what it knows, tolerant of what a later version adds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cerebro_core.errors import RunError, SpecError
from cerebro_core.result import parse_result, read_result, result_schema

DOCUMENT: dict[str, Any] = {
    "schema_version": 1,
    "status": "ok",
    "domain": "mmm",
    "method": "numpyro",
    "title": "Marketing mix model",
    "answer": "TV earned <b>2</b>.",
    "estimates": [
        {"name": "total_media", "value": 0.25, "ci_low": 0.2, "ci_high": 0.3, "ci_level": 0.9, "interval": "credible"},
        {"name": "roas", "group": "tv", "value": 2.0, "std_error": 0.1, "p_value": None, "unit": "per 1 of spend"},
        {"name": "roas", "group": "search", "value": None, "ci_set": [[None, -0.2], [0.1, None]], "interval": "set"},
        {"name": "roas", "group": "tv", "period": "2024", "value": 3},
    ],
    "diagnostics": [
        {"name": "rhat", "status": "pass", "value": 1.0, "threshold": 1.01, "message": "Fine."},
        {"name": "baseline", "status": "fail", "value": -1.0, "threshold": 0.0, "message": "Below zero <i>."},
    ],
    "decisions": [{"field": "controls", "value": ["price"], "reason": "It moves.", "agent": "exploration"}],
    "findings": [{"severity": "warning", "code": "gap", "message": "A gap.", "remedy": "", "field": None}],
    "citations": [{"text": "Jin et al. 2017", "url": None}],
    "tables": {"weekly": {"columns": ["week", "n"], "rows": [["2024-01-01", 1], ["x", None], [True, 0.5]]}},
    "figures": ["figures/fit.png"],
    "data": {"source": "data.csv", "rows": 3, "rows_used": 3, "sha256": None},
    "spec": {"kind": "mmm", "options": {"deep": [1, "x", None]}},
    "software": {"python": "3.13.0", "packages": {"numpyro": "0.19", "gone": None}},
    "seed": 0,
    "seconds": 1.5,
}


def result_of(**changes: Any):
    return parse_result(json.dumps(DOCUMENT | changes))


def test_what_is_read_is_what_was_written():
    result = result_of()
    again = json.loads(result.model_dump_json(exclude_unset=True))
    assert again == DOCUMENT
    assert result.unknown_keys() == ()
    assert result.exit_code == 4
    assert [item.name for item in result.failed] == ["baseline"]


def test_estimates_by_name():
    result = result_of()
    assert result.estimate("total_media").value == 0.25
    assert result.estimate("roas", "search").value is None
    assert result.estimate("roas", "tv").value == 2.0
    assert result.estimate("roas", period="2024").value == 3
    with pytest.raises(SpecError, match="no estimate 'roas_' in this result; did you mean 'roas'"):
        result.estimate("roas_")
    with pytest.raises(SpecError, match=r"3 estimates fit that; name one of: 'roas' \(group 'tv'\)"):
        result.estimate("roas")
    with pytest.raises(SpecError, match="no estimates fit"):
        result.estimate("roas", "radio")


def test_the_schema_agrees_with_the_model():
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(DOCUMENT, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(DOCUMENT | {"status": "fine"}, schema)
    assert schema["properties"]["estimates"]["description"]


def test_keys_of_a_later_version_are_kept_and_listed():
    result = result_of(
        mood="good", data=DOCUMENT["data"] | {"weight": 3}, diagnostics=[{"name": "a", "status": "pass", "x": 1}]
    )
    assert result.unknown_keys() == ("mood", "diagnostics.0.x", "data.weight")
    assert json.loads(result.model_dump_json())["mood"] == "good"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": "0"}, "seed: input should be a valid integer"),
        ({"seed": True}, "seed"),
        ({"seconds": -1}, "seconds"),
        ({"diagnostics": [{"name": "a", "status": "ok"}]}, r"diagnostics\.0\.status"),
        ({"estimates": [{"name": "a"}]}, r"estimates\.0\.value: field required"),
        ({"estimates": [{"name": "a", "value": 1, "p_value": 1.2}]}, "p_value"),
        ({"estimates": [{"name": "a", "value": 1, "interval": "hdi"}]}, "interval"),
        ({"data": {"source": "x", "rows": 1, "rows_used": 1, "sha256": "ABC"}}, "sha256"),
        ({"figures": ["/etc/passwd"]}, "not a path inside"),
        ({"figures": ["..\\x"]}, "not a path inside"),
        ({"extras": ["../x"]}, "not a path inside"),
        ({"tables": {"t": {"columns": ["a"], "rows": [[[1]]]}}}, r"tables\.t\.rows"),
        ({"schema_version": 0}, "schema_version"),
    ],
)
def test_refused(changes, told):
    with pytest.raises(RunError, match=told):
        result_of(**changes)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "3", "{", '{"a": Infinity}', "9" * 10_000, '"\\ud800"', "[" * 9_999]
)
def test_no_result_at_all(text):
    with pytest.raises(RunError):
        parse_result(text)


def test_lone_surrogates_are_shown_as_replaced():
    assert result_of(data=DOCUMENT["data"] | {"source": "caf\udce9 😀.csv"}).data.source == "caf\ufffd 😀.csv"


def test_notebook_shows_the_report_closed_in_a_frame(tmp_path: Path):
    (tmp_path / "result.json").write_text(json.dumps(DOCUMENT), encoding="utf-8")
    (tmp_path / "report.html").write_text('<p class="x">"\'&</p></iframe><script>1</script>', encoding="utf-8")
    result = read_result(tmp_path)
    shown = result._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;p class=&quot;x&quot;&gt;&quot;&#x27;&amp;&lt;/p&gt;')
    assert shown.count("<") == 2
    assert "allow-scripts" not in shown
    assert "allow-same-origin" not in shown
    assert result.figure_paths == (tmp_path / "figures" / "fit.png",)


def test_notebook_without_a_report_shows_the_estimates_escaped():
    shown = result_of()._repr_html_()
    assert "TV earned &lt;b&gt;2&lt;/b&gt;." in shown
    assert "Below zero &lt;i&gt;." in shown
    assert "<td>0.25</td>" in shown


def test_reading_names_the_place(tmp_path: Path):
    with pytest.raises(RunError, match=r"no result\.json in .*name the folder"):
        read_result(tmp_path)
    (tmp_path / "result.json").write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match="cannot be read"):
        read_result(tmp_path)


def test_importing_it_is_light():
    heavy = "{'pandas', 'numpy', 'matplotlib', 'duckdb', 'psutil', 'yaml'}"
    code = f"import sys, cerebro_core.result; print(sorted(set(sys.modules) & {heavy}))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_documents_that_scripts_write_have_no_key_beyond_the_schema():
    pytest.importorskip("matplotlib")
    from cerebro_core.blocks.output_document import result_document
    from cerebro_core.blocks.output_values import strict_json
    from cerebro_core.blocks.result import Diagnostic, Estimate, Result, ResultTable, RunDecision

    outcome = Result(
        answer="It is 1.",
        estimates=(Estimate("mean", 1.0, ci_low=0.0, ci_high=2.0, ci_level=0.9, interval="confidence"),),
        diagnostics=(Diagnostic("rows", "pass", "Enough.", value=float("nan")),),
        tables={"t": ResultTable(("a",), ((1,), ("x",)))},
        charts=(),
        rows_used=3,
        decisions=(RunDecision("chains", 4, "Enough.", "diagnostics"),),
        extras={"draws.npz": b""},
    )
    for one in (outcome, "There is no overlap."):
        document = result_document(
            one,
            spec={"kind": "demo", "data": "data.csv", "seed": 1},
            method={"domain": "demo", "name": "mean", "title": "A mean", "plugins": {"cerebro-core": "0.1.0"}},
            decisions=[{"field": "outcome", "value": "y", "reason": "The only number.", "agent": "exploration"}],
            findings=[{"severity": "info", "code": "x", "message": "m"}],
            citations=[{"text": "A book"}],
            data={"source": "data.csv", "rows": 3, "sha256": None},
            figures={"figures/a.png": ("A", "B")},
            table_files={"t": "tables/t.csv"},
            command="python x.py",
            seconds=0.1,
        )
        result = parse_result(strict_json(document).decode())
        assert result.unknown_keys() == ()
        assert result.status == ("refused" if isinstance(one, str) else "ok")
