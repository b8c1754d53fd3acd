"""The report's sections on what was checked, decided and found, and on how to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cerebro_core.blocks.report_markup import (
    check_question,
    figure_words,
    safe_html,
    spoken_name,
    value_words,
    web_address,
)

BADGES = (("fail", "✕ Failed"), ("warn", "! Warning"), ("pass", "✓ Passed"))
SEVERITIES = (("error", "✕ Error"), ("warning", "! Warning"), ("info", "i Note"))


def checks_section(diagnostics: Sequence[Mapping[str, Any]]) -> str:
    """Every diagnostic with what it means; what did not pass comes first."""
    if not diagnostics:
        return ""
    counts = {status: sum(item["status"] == status for item in diagnostics) for status, _ in BADGES}
    words = {"pass": "passed", "warn": "with a warning", "fail": "failed"}
    tally = ", ".join(f"{counts[status]} {words[status]}" for status in ("pass", "warn", "fail") if counts[status])
    items = "".join(
        f'<li><div><span class="badge {status}">{text}</span></div><div>{_check_title(item["name"])}'
        f"<p>{safe_html(item['message'], 1200)}</p>{_check_figures(item)}</div></li>"
        for status, text in BADGES
        for item in diagnostics
        if item["status"] == status
    )
    return (
        f'<section id="checks"><h2>How sure, and what was checked</h2><p class="lead">{len(diagnostics)} checks: '
        f'{tally}.</p><ul class="checks">{items}</ul></section>'
    )


def _check_title(name: str) -> str:
    return f'<p><b>{safe_html(check_question(name))}</b> <code class="id">{safe_html(name)}</code></p>'


def _check_figures(item: Mapping[str, Any]) -> str:
    if item["value"] is None:
        return ""
    limit = f", limit {figure_words(item['threshold'])}" if item["threshold"] is not None else ""
    return f'<p class="figures">measured {figure_words(item["value"])}{limit}</p>'


def decisions_section(decisions: Sequence[Mapping[str, Any]]) -> str:
    """What was decided before and during the run, each with its reason."""
    if not decisions:
        return ""
    parts = []
    for made, heading in (("spec", "Before the run"), ("left out", "Looked at and left out"), ("run", "While it ran")):
        rows = "".join(_decision_row(item) for item in decisions if item["made"] == made)
        if rows:
            parts.append(
                f'<h3>{heading}</h3><table class="stack"><thead><tr><th scope="col">Setting</th>'
                '<th scope="col">Value</th><th scope="col">Why</th><th scope="col">Decided by</th></tr></thead>'
                f"<tbody>{rows}</tbody></table>"
            )
    return (
        '<section id="decisions"><h2>What was decided for you</h2><p class="lead">Each of these can be set by hand: '
        "change it in the spec or on the command line, and run again.</p>" + "".join(parts) + "</section>"
    )


def _decision_row(item: Mapping[str, Any]) -> str:
    evidence = f' <span class="note">({safe_html(item["evidence"])})</span>' if item["evidence"] else ""
    return (
        f'<tr><th scope="row">{safe_html(spoken_name(str(item["field"])))}</th>'
        f"<td>{safe_html(value_words(item['value'], str(item['field'])))}</td>"
        f"<td>{safe_html(item['reason'], 1000)}{evidence}</td>"
        f'<td class="who">{safe_html(spoken_name(str(item["agent"])))}</td></tr>'
    )


def findings_section(findings: Sequence[Mapping[str, Any]]) -> str:
    """What was noticed about the data."""
    if not findings:
        return ""
    items = "".join(
        f'<li><div><span class="badge {severity}">{text}</span></div><div><p>{safe_html(item["message"], 1200)}</p>'
        + (f'<p class="note">What you can do: {safe_html(item["remedy"], 1000)}</p>' if item["remedy"] else "")
        + "</div></li>"
        for severity, text in SEVERITIES
        for item in findings
        if item["severity"] == severity
    )
    return f'<section id="findings"><h2>What was noticed about the data</h2><ul class="found">{items}</ul></section>'


def assumptions_section(about: Mapping[str, Any]) -> str:
    """What the method answers, when to use it and when not, and what must hold: in the words of its card."""
    holds = about.get("holds") or about["assumes"]
    parts = (
        ("It answers questions such as:", about.get("answers")),
        ("Use it when:", about.get("when")),
        ("Do not use it when:", about.get("when_not")),
        ("The figures are right only if:", holds),
    )
    lists = "".join(_worded_list(heading, texts) for heading, texts in parts if texts)
    if not lists:
        return ""
    summary = f'<p class="lead">{safe_html(about["summary"], 1000)}</p>' if about["summary"] else ""
    heading = "The method, and what must hold" if about.get("when") else "What must hold"
    return f'<section id="assumptions"><h2>{heading}</h2>{summary}{lists}</section>'


def _worded_list(heading: str, texts: Sequence[str]) -> str:
    items = "".join(f"<li>{safe_html(text, 1000)}</li>" for text in texts)
    return f'<p>{heading}</p><ul class="hold">{items}</ul>'


def citations_section(citations: Sequence[Mapping[str, Any]]) -> str:
    """Where the method comes from."""
    if not citations:
        return ""
    items = "".join(f"<li>{_citation(item)}</li>" for item in citations)
    return f'<section id="literature"><h2>Literature</h2><ol class="hold">{items}</ol></section>'


def _citation(item: Mapping[str, Any]) -> str:
    text, url = safe_html(item["text"], 1000), web_address(item["url"])
    return f'<a href="{safe_html(url, 600)}" rel="noopener noreferrer">{text}</a>' if url else text


def reproduce_section(document: Mapping[str, Any]) -> str:
    """The command, data, seed and software that give this result again."""
    data, software = document["data"], document["software"]
    packages = {"python": software["python"], **software["plugins"], **software["packages"]}
    rows = figure_words(data["rows"]) if data["rows"] is not None else "not known"
    used = f", {figure_words(data['rows_used'])} used" if data["rows_used"] is not None else ""
    read = {
        "Data file": data["source"],
        "Rows": rows + used,
        "SHA-256 of the data": data["sha256"] or "not taken",
    }
    facts = {
        **(read if data["source"] else {"Data file": "none"}),
        "Seed": document["seed"],
        "Took": f"{document['seconds']:,.1f} seconds",
        "Method": f"{document['domain']}/{document['method']}",
        "Software": ", ".join(f"{name} {version or '(version not known)'}" for name, version in packages.items()),
    }
    listed = "".join(f"<dt>{name}</dt><dd>{safe_html(value, 2000)}</dd>" for name, value in facts.items())
    again = ", on these or on newer data" if data["source"] else ""
    spec_lines = json.dumps(document["spec"], indent=2).split("\n")
    spec = "\n".join(safe_html(line, 2000).replace(" ", "\N{NO-BREAK SPACE}", _indent(line)) for line in spec_lines)
    return (
        '<section id="repeat"><h2>How to repeat it</h2><p>Run the script again' + again + ":</p>"
        f"<pre><code>{safe_html(document['command'], 3000)}</code></pre>"
        f"<details><summary>Data, seed and software</summary><dl>{listed}</dl></details>"
        f"<details><summary>The whole specification</summary><pre><code>{spec}</code></pre></details></section>"
    )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
