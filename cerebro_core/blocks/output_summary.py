"""What a run prints: the answer, the first estimates, what did not pass, and where the report is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from cerebro_core.blocks.display import display
from cerebro_core.blocks.report_numbers import estimate_text, interval_text, share_unit

SHOWN_ESTIMATES = 12


def say(text: str, stream: TextIO) -> None:
    """Print text of several lines; characters that the stream cannot encode are replaced.

    A reader that went away (`| head`) is no error: the run is written by then.
    """
    encoding = getattr(stream, "encoding", None) or "utf-8"
    clean = "\n".join(display(line, 4000) for line in text.split("\n"))
    try:
        print(clean.encode(encoding, "replace").decode(encoding), file=stream, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_summary(document: Mapping[str, Any], report: str) -> None:
    """Print a run for people.

    Args:
        document: the content of `result.json`.
        report: path of the report.
    """
    lines = [display(document["answer"], 2000)] if document["status"] == "ok" else []
    estimates = document["estimates"][:SHOWN_ESTIMATES]
    if estimates:
        lines += ["", *_estimate_lines(estimates)]
        more = len(document["estimates"]) - len(estimates)
        lines += [f"… and {more} more in the report"] if more else []
    open_checks = [item for item in document["diagnostics"] if item["status"] != "pass"]
    if open_checks and document["status"] == "ok":
        failed = any(item["status"] == "fail" for item in open_checks)
        lines += ["", "Do not act on this yet:" if failed else "Mind:"]
        lines += [f"  {item['status'].upper()}  {display(item['message'], 600)}" for item in open_checks]
    lines += ["", f"Report: {display(report, 1000)}"] if lines else [f"Report: {display(report, 1000)}"]
    say("\n".join(lines), sys.stdout)


def _estimate_lines(estimates: Sequence[Mapping[str, Any]]) -> list[str]:
    rows = [_estimate_cells(estimate) for estimate in estimates]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return [
        f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {interval:<{widths[2]}}  {unit}".rstrip()
        for name, value, interval, unit in rows
    ]


def _estimate_cells(estimate: Mapping[str, Any]) -> tuple[str, str, str, str]:
    name = display(estimate["label"] or estimate["name"], 48)
    parts = [estimate[key] for key in ("group", "outcome", "period") if estimate[key]]
    if not estimate["label"] and parts:
        name = display(f"{name}, {', '.join(parts)}", 64)
    interval = interval_text(estimate)
    unit = "" if share_unit(estimate["unit"]) else display(estimate["unit"], 24)
    return name, estimate_text(estimate), f"[{interval}]" if interval else "", unit
