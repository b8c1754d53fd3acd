"""The report: one HTML file that needs nothing else, the answer first."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_css import REPORT_CSS
from cerebro_core.blocks.report_intervals import estimate_sections, interval_table, interval_words, row_name, unit_words
from cerebro_core.blocks.report_markup import check_question, ended, first_sentence, safe_html, spoken_name
from cerebro_core.blocks.report_numbers import estimate_text, interval_text, share_unit
from cerebro_core.blocks.report_sections import (
    assumptions_section,
    checks_section,
    citations_section,
    decisions_section,
    findings_section,
    reproduce_section,
)
from cerebro_core.blocks.report_tables import result_table

EMBEDDED_BYTES = 12_000_000  # of all figures together; what is beyond stays a file of its own
SHOWN_CARDS = 4
# Nothing may be loaded or run, whatever a column is called.
PAGE_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render_report(document: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Render a run as one HTML page.

    Args:
        document: the content of `result.json`.
        files: path in the run folder -> content; the figures are taken from it.

    Returns:
        The page: no script, nothing loaded from anywhere, light and dark, printable, for phones and desktops.
    """
    body = (
        _estimates_section(document["estimates"])
        + checks_section(document["diagnostics"] if document["status"] == "ok" else [])
        + _figures_section(document, files)
        + _tables_section(document)
        + decisions_section(document["decisions"])
        + findings_section(document["findings"])
        + assumptions_section(document["about"])
        + citations_section(document["citations"])
        + reproduce_section(document)
    )
    title = safe_html(document["title"])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{PAGE_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{REPORT_CSS}</style>\n</head>\n<body>\n"
        f"{_page_head(document, body)}\n<main>\n{body}\n</main>\n"
        "<footer><p>Made by Cerebro. The same figures for programs: <code>result.json</code>, "
        "<code>tables/</code> and <code>figures/</code> beside this file.</p></footer>\n</body>\n</html>\n"
    )


def _page_head(document: Mapping[str, Any], body: str) -> str:
    failed = [item for item in document["diagnostics"] if item["status"] == "fail"]
    data = document["data"]
    rows = data["rows_used"] if data["rows_used"] is not None else data["rows"]
    counted = f", {rows:,} rows" if rows is not None else ""
    file = safe_html(os.path.basename(data["source"] or "no data file"))
    title = f"{safe_html(document['title'])} <small>· {file}{counted}</small>"
    if document["status"] == "refused":
        reason = "".join(f"<p>{safe_html(item['message'], 2000)}</p>" for item in failed)
        return (
            f'<header><h1 class="what">{title}</h1><div class="alarm" role="alert">'
            f"<strong>No answer from these data</strong>{reason}</div></header>"
        )
    alarm, unsure = "", ""
    if failed:
        reasons = "".join(f"<li>{safe_html(item['message'], 1200)}</li>" for item in failed)
        alarm = (
            '<div class="alarm" role="alert"><strong>Do not act on this yet: '
            f"{_some(len(failed), 'check')} failed</strong><ul>{reasons}</ul></div>"
        )
        unsure = " unsure"
    headline, rest = first_sentence(display(document["answer"], 2000))
    more = f'\n<p class="rest{unsure}">{safe_html(rest, 2000)}</p>' if rest else ""
    return (
        f'<header><p class="what">{title}</p>{alarm}<h1 class="answer{unsure}">{safe_html(headline, 2000)}</h1>{more}'
        f"{_mind(document['diagnostics'])}{_key_figures(document['estimates'])}{_contents(body)}</header>"
    )


def _some(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _mind(diagnostics: Sequence[Mapping[str, Any]]) -> str:
    warned = [check_question(item["name"]) for item in diagnostics if item["status"] == "warn"]
    if not warned:
        return ""
    named = safe_html(" ".join(ended(text) for text in warned), 1200)
    return (
        f'<p class="mind">{_some(len(warned), "check")} gave a warning: {named} '
        '<a href="#checks">What that means</a></p>'
    )


def _key_figures(estimates: Sequence[Mapping[str, Any]]) -> str:
    """The figures that stand for the whole, as cards; the first estimate is always among them."""
    whole = [item for item in estimates if not any(item[key] for key in ("group", "period"))]
    chosen = [*estimates[:1], *(item for item in whole if item is not estimates[0])][:SHOWN_CARDS]
    cards = "".join(_card(item) for item in chosen)
    return f'<ul class="cards">{cards}</ul>' if cards else ""


def _card(estimate: Mapping[str, Any]) -> str:
    name = estimate["label"] or f"{spoken_name(estimate['name'])}, {row_name(estimate)}"
    unit = estimate["unit"]
    beside = unit_words(unit).removeprefix("%").strip() if share_unit(unit) else unit
    interval = interval_text(estimate)
    level = f"{estimate['ci_level'] * 100:.4g}% interval: " if estimate["ci_level"] is not None else ""
    return (
        f'<li><div class="k">{safe_html(name)}</div><div class="v">{safe_html(estimate_text(estimate))} '
        f"<small>{safe_html(beside)}</small></div>"
        + (f'<div class="r">{level}{safe_html(interval)}</div>' if interval else "")
        + "</li>"
    )


def _contents(body: str) -> str:
    places = (
        ("results", "Estimates"),
        ("checks", "Checks"),
        ("figures", "Figures"),
        ("tables", "Tables"),
        ("decisions", "Decisions"),
        ("findings", "Data"),
        ("assumptions", "The method"),
        ("literature", "Literature"),
        ("repeat", "How to repeat it"),
    )
    links = "".join(f'<a href="#{anchor}">{text}</a>' for anchor, text in places if f'<section id="{anchor}"' in body)
    return f'<nav aria-label="Contents">{links}</nav>'


def _estimates_section(estimates: Sequence[Mapping[str, Any]]) -> str:
    if not estimates:
        return ""
    kinds = dict.fromkeys((item["interval"], item["ci_level"]) for item in estimates if interval_text(item))
    words = "".join(f'<p class="lead">{safe_html(interval_words(kind, level))}</p>' for kind, level in kinds)
    tables = "".join(interval_table(heading, members) for heading, members in estimate_sections(estimates))
    legend = '<p class="lead">The line marks the estimate, the bar its interval.</p>' if kinds else ""
    return f'<section id="results"><h2>Estimates</h2>{legend}{words}{tables}</section>'


def _figures_section(document: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    shown = "".join(_figure_blocks(document, files))
    hint = '<p class="note swipe">Swipe a figure sideways to see all of it.</p>'
    return f'<section id="figures"><h2>Figures</h2>{hint}{shown}</section>' if shown else ""


def _figure_blocks(document: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[str]:
    room = EMBEDDED_BYTES
    for file in document["figures"]:
        note = document["figure_notes"][file]
        title, caption = ended(safe_html(note["title"])), safe_html(note["caption"], 1200)
        content = files[file]
        room -= len(content)
        if room < 0:
            yield f"<p><b>{title}</b> {caption} See <code>{safe_html(file)}</code>.</p>"
            continue
        picture = base64.b64encode(content).decode("ascii")
        yield (
            f'<figure><div class="shot"><img alt="{title} {caption}" src="data:image/png;base64,{picture}"></div>'
            f"<figcaption><b>{title}</b> {caption}</figcaption></figure>"
        )


def _tables_section(document: Mapping[str, Any]) -> str:
    own_names = frozenset(_texts_within(document["spec"]))
    tables = "".join(result_table(name, table, own_names) for name, table in document["tables"].items())
    return f'<section id="tables"><h2>Tables</h2>{tables}</section>' if tables else ""


def _texts_within(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts_within([key, item])
    elif isinstance(value, list):
        for item in value:
            yield from _texts_within(item)
