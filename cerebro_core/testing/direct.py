"""Calling a method's block as Python calls it, without a script: the other half of every comparison."""

from __future__ import annotations

import math
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

from cerebro_core.api import as_spec
from cerebro_core.blocks.progress import Progress
from cerebro_core.blocks.result import Diagnostic, Estimate, Refused, Result
from cerebro_core.blocks.source import SourceError, open_source
from cerebro_core.linker import block_parameters
from cerebro_core.load import import_name
from cerebro_core.plugins import plugins
from cerebro_core.spec import AnalysisSpec

PATIENCE = 20.0  # seconds; simulations that would take longer go to worker processes


@dataclass(frozen=True)
class Answer:
    """What a direct call gave, without its figures and tables: small enough to send between processes.

    Attributes:
        estimates, diagnostics: of the result; empty where refused.
        refusal: why the rows refuse the method; else empty.
    """

    estimates: tuple[Estimate, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    refusal: str = ""


def call_block(spec: AnalysisSpec) -> Result:
    """Call the block of the spec's method with the arguments that a script's `main` gives it."""
    method = plugins().method(spec.domain, spec.method_name)
    literal = spec.as_literal()
    chosen = {field: import_name(blocks[str(literal[field])]) for field, blocks in method.choices.items()}
    known = {**literal, **spec.options, "progress": Progress(quiet=True), **chosen}
    source = None if spec.data_optional and not spec.data else open_source(spec.data, spec.table)
    try:
        arguments = {name: known[name] for name in block_parameters(method) if name in known}
        result: Result = import_name(method.block)(source, **arguments)
        return result
    finally:
        if source is not None:
            source.close()


def answer(literal: dict[str, Any]) -> Answer:
    """The answer to a spec given as plain values."""
    try:
        result = call_block(as_spec(literal))
    except (Refused, SourceError) as refusal:
        return Answer(refusal=str(refusal))
    return Answer(result.estimates, result.diagnostics)


def answers(literals: Sequence[dict[str, Any]]) -> list[Answer]:
    """The answers to many specs; in worker processes where one after the other would take long."""
    begun = time.perf_counter()
    first = answer(literals[0])
    expected = (time.perf_counter() - begun) * (len(literals) - 1)
    workers = min(4, os.cpu_count() or 1)
    if expected < PATIENCE or workers == 1:
        return [first, *map(answer, literals[1:])]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [first, *pool.map(answer, literals[1:])]


def most_by_chance(trials: int, rate: float, doubt: float = 0.001) -> int:
    """Smallest k with P(Binomial(trials, rate) > k) < doubt."""
    total = 0.0
    for k in range(trials + 1):
        total += math.comb(trials, k) * rate**k * (1 - rate) ** (trials - k)
        if 1 - total < doubt:
            return k
    return trials
