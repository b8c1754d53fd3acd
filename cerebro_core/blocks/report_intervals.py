"""Estimates with their intervals, drawn and written in one table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cerebro_core.blocks.report_markup import safe_html, short_number, spoken_name
from cerebro_core.blocks.report_numbers import estimate_text, interval_pieces, interval_text, share_unit

SHOWN_ROWS = 60
SLIVER = 30.0  # an estimate that is smaller than the axis by this factor gets an axis of its own


def interval_words(kind: str | None, level: float | None) -> str:
    """What an interval of this kind means, for someone who is no statistician."""
    share = f"{level * 100:.4g}%" if level is not None else ""
    if kind == "credible":
        return (
            f"{share} credible interval: given these data and the model, the true value lies between the two ends "
            f"with a probability of {share}."
            if share
            else "Credible interval: where the true value probably lies, given these data and the model."
        )
    if kind == "sequence":
        return (
            f"{share} confidence sequence: it holds at every look at the running test, not only at the end. That is "
            "why it is wider than an ordinary interval."
        ).strip()
    if kind == "set":
        return (
            f"{share} confidence set: all values that the data do not contradict. It can have gaps, or no end on "
            "one side, where the data cannot say more."
        ).strip()
    usual = f"{share} confidence interval: " if share else "Confidence interval: "
    odds = f"in {share} of studies like this one" if share else "in most studies like this one"
    return usual + f"the method that made it catches the true value {odds}. Values outside fit these data badly."


def unit_words(unit: str) -> str:
    """The unit as it stands beside numbers: "share of sales" becomes "% of sales"."""
    if not share_unit(unit):
        return unit
    rest = unit.strip().split(" ", 1)
    return f"% {rest[1]}" if len(rest) > 1 else "%"


def estimate_sections(estimates: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Estimates in groups that share an axis, each with its heading, in the order in which they come.

    Estimates whose name occurs once share one group for each unit; its heading is empty.
    """
    names = [estimate["name"] for estimate in estimates]
    sections: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for estimate in estimates:
        alone = names.count(estimate["name"]) == 1
        key = ("", estimate["unit"]) if alone else (estimate["name"], estimate["unit"])
        sections.setdefault(key, []).append(estimate)
    return [(_section_heading(name, members), members) for (name, _), members in sections.items()]


def _section_heading(name: str, members: Sequence[Mapping[str, Any]]) -> str:
    if not name:
        return ""
    stems = {_without_group(member) for member in members}
    return stems.pop() if len(stems) == 1 and all(stems) else spoken_name(name)


def _without_group(estimate: Mapping[str, Any]) -> str:
    stem, group = estimate["label"], estimate["group"]
    if group and stem.endswith(group):
        stem = stem[: -len(group)].rstrip().rstrip(",:;–—-·(").rstrip()
    return str(stem)


def row_name(estimate: Mapping[str, Any], several: bool = False) -> str:
    """What tells an estimate from the others of its section; `several` where they differ in their outcome."""
    parts = [str(estimate[key]) for key in ("group", "period") if estimate[key]]
    if estimate["outcome"] and (several or not parts):
        parts.insert(1, str(estimate["outcome"]))
    return ", ".join(parts) or estimate["label"] or spoken_name(estimate["name"])


def interval_table(heading: str, estimates: Sequence[Mapping[str, Any]]) -> str:
    """One section: heading, and a table whose second column draws each interval on a common axis.

    Estimates too small to be seen on that axis follow in a table with an axis of their own.

    Args:
        heading: what all the estimates have in common; empty where each has a name of its own.
        estimates: entries of `result.json` with one unit.
    """
    shown = estimates[:SHOWN_ROWS]
    several = len({estimate["outcome"] for estimate in estimates}) > 1
    names = [row_name(item, several) if heading else item["label"] or spoken_name(item["name"]) for item in shown]
    title = heading or "Overall"
    tables = []
    for block in blocks_by_size(shown):
        tables.append(_drawn_table(title, [names[place] for place in block], [shown[place] for place in block]))
        title = f"{heading or 'Overall'}: smaller figures, on an axis of their own"
    more = len(estimates) - len(shown)
    note = f'<p class="note">{more} more are in result.json.</p>' if more > 0 else ""
    return "".join(tables) + note


def blocks_by_size(estimates: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Places of the estimates that can be seen on one axis, the largest first; the order stays within a block."""
    blocks, rest = [], list(range(len(estimates)))
    while rest:
        ticks = axis_ticks([estimates[place] for place in rest])
        seen = max((abs(tick) for tick in ticks), default=0.0) / SLIVER
        small = [place for place in rest if 0 < _furthest(estimates[place]) < seen]
        blocks.append([place for place in rest if place not in small])
        rest = small
    return blocks


def _furthest(estimate: Mapping[str, Any]) -> float:
    return max((abs(end) for end in _finite_reach(estimate)), default=0.0)


def _drawn_table(heading: str, names: Sequence[str], estimates: Sequence[Mapping[str, Any]]) -> str:
    unit = estimates[0]["unit"]
    ticks = axis_ticks(estimates)
    with_p = any(estimate["p_value"] is not None for estimate in estimates)
    rows = "".join(
        _interval_row(name, estimate, ticks, with_p) for name, estimate in zip(names, estimates, strict=True)
    )
    level = _common_level(estimates)
    heads = (("Name", "hide-head"), ("Interval, drawn", "tc"), ("Estimate", "n"), (level, "n ci"))
    p_head = '<th role="columnheader" scope="col" class="n p">p-value</th>' if with_p else ""
    head = "".join(
        f'<th role="columnheader" scope="col" class="{css}">'
        + (f'<span class="hide">{safe_html(text)}</span>' if css in ("hide-head", "tc") else safe_html(text))
        + "</th>"
        for text, css in heads
    )
    unit_part = f' <span class="unit">({safe_html(unit_words(unit))})</span>' if unit else ""
    return (
        f"<h3>{safe_html(heading)}{unit_part}</h3>"
        f'<table class="iv" role="table" aria-label="{safe_html(heading)}"><thead role="rowgroup">'
        f'<tr role="row">{head}{p_head}</tr></thead><tbody role="rowgroup">{rows}</tbody>'
        f"{_axis_foot(ticks, unit, 3 if with_p else 2)}"
        "</table>"
    )


def _common_level(estimates: Sequence[Mapping[str, Any]]) -> str:
    levels = {estimate["ci_level"] for estimate in estimates}
    level = levels.pop() if len(levels) == 1 else None
    return f"{level * 100:.4g}% interval" if level is not None else "Interval"


def _interval_row(name: str, estimate: Mapping[str, Any], ticks: Sequence[float], with_p: bool) -> str:
    p_value = estimate["p_value"]
    p_text = "" if p_value is None else "below 0.001" if p_value < 0.001 else f"{p_value:.3f}"
    p_cell = f'<td role="cell" class="n p">{p_text}</td>' if with_p else ""
    return (
        f'<tr role="row"><th role="rowheader" scope="row">{safe_html(name)}</th>'
        f'<td role="cell" class="tc"><div class="tk" aria-hidden="true">{_track(estimate, ticks)}</div></td>'
        f'<td role="cell" class="n">{safe_html(estimate_text(estimate))}</td>'
        f'<td role="cell" class="n ci">{safe_html(interval_text(estimate)) or "not known"}</td>'
        f"{p_cell}</tr>"
    )


def axis_ticks(estimates: Sequence[Mapping[str, Any]]) -> list[float]:
    """Round numbers that span the estimates and their intervals, and zero where it is not far off.

    A single interval that reaches out three times as far as any other is cut, so that the rest stay readable.
    """
    reach = [_finite_reach(estimate) for estimate in estimates]
    reach = [ends for ends in reach if ends]
    if not reach:
        return []
    high = _uncut([max(ends) for ends in reach])
    low = -_uncut([-min(ends) for ends in reach])
    size = max(abs(low), abs(high))
    if not math.isfinite(high - low):
        return []
    if high - low > 0.1 * size or size == 0:
        low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    raw = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, last + 1)]


def _finite_reach(estimate: Mapping[str, Any]) -> list[float]:
    ends = [end for piece in interval_pieces(estimate) for end in piece]
    return [float(value) for value in (estimate["value"], *ends) if value is not None]


def _uncut(tops: Sequence[float]) -> float:
    ordered = sorted(tops)
    if len(ordered) >= 4 and ordered[-2] > 0 and ordered[-1] > 3 * ordered[-2]:
        return 1.5 * ordered[-2]
    return ordered[-1]


def _track(estimate: Mapping[str, Any], ticks: Sequence[float]) -> str:
    if len(ticks) < 2:
        return ""
    low, high = ticks[0], ticks[-1]

    def place(value: float) -> float:
        return round(100 * (min(max(value, low), high) - low) / (high - low), 2)

    marks = [f'<i class="g{" zero" if tick == 0 else ""}" style="left:{place(tick)}%"></i>' for tick in ticks]
    for start, end in interval_pieces(estimate):
        left = place(low if start is None else start)
        right = place(high if end is None else end)
        css = "bar" + (" open-l" if start is None or start < low else "")
        css += " open-r" if end is None or end > high else ""
        marks.append(f'<i class="{css}" style="left:{left}%;width:{round(right - left, 2)}%"></i>')
    if estimate["value"] is not None and low <= estimate["value"] <= high:
        marks.append(f'<i class="mark" style="left:{place(estimate["value"])}%"></i>')
    return "".join(marks)


def _axis_foot(ticks: Sequence[float], unit: str, rest: int) -> str:
    if len(ticks) < 2:
        return ""
    span = ticks[-1] - ticks[0]
    percent = share_unit(unit)
    texts = "".join(
        f'<i style="left:{round(100 * (tick - ticks[0]) / span, 2)}%">'
        f"{short_number(tick * 100) + '%' if percent else short_number(tick)}</i>"
        for tick in ticks
    )
    return (
        '<tfoot role="presentation"><tr role="presentation"><td role="presentation"></td>'
        f'<td role="presentation" class="tc"><div class="ax" aria-hidden="true">{texts}</div></td>'
        f'<td role="presentation" colspan="{rest}"></td></tr></tfoot>'
    )
