"""The content of `result.json`, schema version 1."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cerebro_core.blocks.output_values import strict_value
from cerebro_core.blocks.result import Diagnostic, Estimate, Result, ResultTable, RunDecision

ALWAYS_USED = ("duckdb", "matplotlib", "numpy", "pandas")


def result_document(
    outcome: Result | str,
    *,
    spec: Mapping[str, Any],
    method: Mapping[str, Any],
    decisions: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    citations: Sequence[Mapping[str, Any]],
    data: Mapping[str, Any],
    figures: Mapping[str, tuple[str, str]],
    table_files: Mapping[str, str],
    command: str,
    seconds: float,
) -> dict[str, Any]:
    """Put a run together as plain values.

    Args:
        outcome: what the analysis gave back, or why the rows refuse the method.
        spec: the spec as run: with the data file and the seed that were used.
        method, decisions, findings, citations: the literals of the script; findings also of this run.
        data: `source`, `rows` (None where unknown) and `sha256` (None where not taken).
        figures: file in the run folder -> (title, caption).
        table_files: table name -> file in the run folder.
        command: the command line that repeats this run.
        seconds: wall-clock time of the run.

    Returns:
        The document; every value is one of strict JSON.
    """
    refused = isinstance(outcome, str)
    result = _refused_result(outcome) if isinstance(outcome, str) else outcome
    document = {
        "schema_version": 1,
        "status": "refused" if refused else "ok",
        "domain": method["domain"],
        "method": method["name"],
        "title": method["title"],
        "answer": result.answer,
        "estimates": [_estimate_entry(estimate) for estimate in result.estimates],
        "diagnostics": [_diagnostic_entry(diagnostic) for diagnostic in result.diagnostics],
        "decisions": [
            {**_decision_entry(item), "made": "spec" if item.get("taken", True) else "left out"} for item in decisions
        ]
        + [{**_decision_entry(_run_decision(item)), "made": "run"} for item in result.decisions],
        "findings": [_finding_entry(item) for item in findings],
        "tables": {name: {**_table_entry(table), "file": table_files[name]} for name, table in result.tables.items()},
        "figures": list(figures),
        "figure_notes": {file: {"title": title, "caption": caption} for file, (title, caption) in figures.items()},
        "citations": [{"text": item["text"], "url": item.get("url")} for item in citations],
        "about": _about(method),
        "data": {**data, "rows_used": None if refused else result.rows_used},
        "extras": sorted(result.extras or ()),
        "spec": spec,
        "software": used_software(method),
        "command": command,
        "seed": spec.get("seed"),
        "seconds": round(seconds, 3),
    }
    plain: dict[str, Any] = strict_value(document)
    return plain


def _about(method: Mapping[str, Any]) -> dict[str, Any]:
    """What the method is for; the card's part is empty in scripts written before it, or where there is no card."""
    keys = ("needs", "assumes", "answers", "when", "when_not", "holds")
    return {"summary": method.get("summary", ""), **{key: method.get(key) or () for key in keys}}


def _refused_result(reason: str) -> Result:
    return Result(
        answer=f"No answer: {reason}",
        estimates=(),
        diagnostics=(Diagnostic(name="refused", status="fail", message=reason),),
        tables={},
        charts=(),
        rows_used=0,
    )


def _estimate_entry(estimate: Estimate) -> dict[str, Any]:
    order = ("name", "label", "outcome", "group", "period", "value", "std_error", "ci_low", "ci_high", "ci_set")
    entry = asdict(estimate)
    return {key: entry[key] for key in (*order, "ci_level", "interval", "p_value", "unit")}


def _diagnostic_entry(diagnostic: Diagnostic) -> dict[str, Any]:
    if diagnostic.status not in ("pass", "warn", "fail"):
        raise ValueError(f"diagnostic {diagnostic.name!a}: status {diagnostic.status!a} is not pass, warn or fail")
    entry = asdict(diagnostic)
    return {key: entry[key] for key in ("name", "status", "value", "threshold", "message")}


def _run_decision(decision: RunDecision) -> dict[str, Any]:
    return asdict(decision)


def _decision_entry(decision: Mapping[str, Any]) -> dict[str, Any]:
    entry = {key: decision.get(key) for key in ("field", "value", "reason", "agent")}
    return {**entry, "evidence": decision.get("evidence") or ""}


def _finding_entry(finding: Mapping[str, Any]) -> dict[str, Any]:
    entry = {key: finding[key] for key in ("severity", "code", "message")}
    return {**entry, "remedy": finding.get("remedy") or "", "field": finding.get("field")}


def _table_entry(table: ResultTable) -> dict[str, Any]:
    return asdict(table)


def used_software(method: Mapping[str, Any]) -> dict[str, Any]:
    """Python's version and those of the packages and plugins that made the result; None where not known."""
    required = [str(requirement) for requirement in dict(method.get("requires") or {}).values()]
    named = [match[0] for text in required if (match := re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text))]
    versions = {name: _installed_version(name) for name in sorted({*named, *ALWAYS_USED}, key=str.lower)}
    packages = {name: found for name, found in versions.items() if found is not None or name in named}
    return {
        "python": platform.python_version(),
        "packages": packages,
        "plugins": dict(method.get("plugins") or {}),
    }


def _installed_version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
