"""The design gate: faults planted in tables, each with a twin without the fault, and what becomes of both."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cerebro_core.api import profile, propose, validate
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import SourceError
from cerebro_core.errors import SpecError
from cerebro_core.spec import AnalysisSpec
from cerebro_core.testing.direct import call_block

STOPPED = ("declined", "refused", "failed check", "redirected")


@dataclass(frozen=True)
class Fault:
    """A fault, and its twin.

    Attributes:
        name: of the fault.
        bad, clean: seed -> table with the fault, and without it.
        given: what the user says of both; `bad_given` and `clean_given` are said of one.
        question: where the agent is to choose.
        mended: whether a spec that the agent proposed avoids the fault (it was redirected).
    """

    name: str
    bad: Callable[[int], pd.DataFrame]
    clean: Callable[[int], pd.DataFrame]
    given: Mapping[str, Any] = field(default_factory=dict)
    bad_given: Mapping[str, Any] = field(default_factory=dict)
    clean_given: Mapping[str, Any] = field(default_factory=dict)
    question: str = ""
    mended: Callable[[AnalysisSpec], bool] | None = None


def judge(
    frame: pd.DataFrame,
    path: Path,
    given: Mapping[str, Any],
    question: str = "",
    mended: Callable[[AnalysisSpec], bool] | None = None,
) -> tuple[str, str]:
    """What a user gets: "declined", "refused", "failed check", "redirected" or "answered"; and the words of it."""
    spec, why = judge_spec(frame, path, given, question)
    if spec is None:
        return "declined", why
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = call_block(spec)
    except (Refused, SourceError, SpecError) as error:
        return "refused", str(error)
    failed = [f"{item.name}: {item.message}" for item in result.diagnostics if item.status == "fail"]
    if failed:
        return "failed check", "; ".join(failed)
    if mended is not None and mended(spec):
        return "redirected", spec.method_name
    return "answered", ""


def judge_spec(
    frame: pd.DataFrame, path: Path, given: Mapping[str, Any], question: str = ""
) -> tuple[AnalysisSpec | None, str]:
    """The spec that a user gets; None, and why, where agent or validators decline."""
    frame.to_parquet(path, index=False)
    table = profile(path)
    try:
        found = propose(table, "causal", question=question, **dict(given))
        errors = [item.sentence for item in validate(found, table) if item.severity == "error"]
    except SpecError as error:
        return None, str(error)
    finally:
        table.close()
    return (None, "; ".join(errors)) if errors else (found.spec, "")


def judge_both(fault: Fault, seed: int, folder: Path) -> tuple[tuple[str, str], tuple[str, str]]:
    """What becomes of the fault and of its twin."""
    path = folder / "gate.parquet"
    bad = judge(fault.bad(seed), path, {**fault.given, **fault.bad_given}, fault.question, fault.mended)
    clean = judge(fault.clean(seed), path, {**fault.given, **fault.clean_given}, fault.question)
    return bad, clean


def rng_of(seed: int) -> np.random.Generator:
    """Draws of their own for a planted fault."""
    return np.random.default_rng(90_000 + seed)
