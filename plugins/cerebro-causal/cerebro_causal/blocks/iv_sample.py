"""The rows of a study with instruments, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cerebro_causal.blocks.causal_sample import (
    CausalSample,
    arm_numbers,
    complete_rows,
    dose_numbers,
    group_numbers,
    outcome_loss,
    sampling_weights,
)
from cerebro_causal.blocks.covariates import covariate_matrix, independent_columns
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

FEWEST_ROWS_OF_STUDY = 20
FEWEST_CLUSTERS_OF_STUDY = 5


@dataclass(frozen=True)
class InstrumentSample:
    """The rows that enter, and their instruments.

    Attributes:
        study: outcome, treatment (`study.cause`), confounders, weights and clusters.
        instruments: (n, m) as numbers.
        instrument_names: m names for people.
        instrument_keys: m names for programs: the column's own where it gives one column of numbers.
    """

    study: CausalSample
    instruments: np.ndarray
    instrument_names: tuple[str, ...]
    instrument_keys: tuple[str, ...]

    @property
    def base(self) -> np.ndarray:
        """(n, p + 1) intercept and confounders."""
        return np.column_stack([np.ones(len(self.study.outcome)), self.study.covariates])


def instrument_sample(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    instruments: Sequence[str],
    confounders: Sequence[str],
    control: str | None,
    weights: str | None,
    cluster: str | None,
    missing: str,
) -> InstrumentSample:
    """Read and check the rows.

    Words among instruments become dummies. Empty cells of instruments are never filled: such rows are left out, or
    refused.

    Args:
        source: the table.
        treatment, outcome, instruments, confounders, weights, cluster: columns.
        control: the untreated value of a treatment in words.
        missing: "refuse", "drop", or "indicator" (for confounders alone).

    Raises:
        Refused: a role is not named; cells are empty and `missing` says so; a column never varies; an instrument is
            the treatment itself or a sum of confounders; rows or clusters are too few.
    """
    if treatment is None or not instruments:
        role = "treatment" if treatment is None else "instruments"
        raise Refused(f"no {role} named: say which with --{role}")
    exact = [treatment, outcome, *instruments, *([weights] if weights else []), *([cluster] if cluster else [])]
    whole = source.frame(list(dict.fromkeys([*exact, *confounders])))
    frame = complete_rows(whole, exact, list(confounders), missing)
    if weights is not None:
        frame = frame.loc[frame[weights] != 0].reset_index(drop=True)  # they stand for nobody
    if len(frame) < FEWEST_ROWS_OF_STUDY:
        raise Refused(f"{len(frame)} rows are left, and {FEWEST_ROWS_OF_STUDY} are needed: collect more")
    cause, arms = treatment_numbers(frame[treatment], treatment, control)
    covariates = covariate_matrix(frame, confounders)
    study = CausalSample(
        outcome=finite_column(frame[outcome], outcome),
        arm=(cause > 0).astype(int),
        arms=arms,
        covariates=covariates.values,
        covariate_names=covariates.names,
        weights=sampling_weights(frame, weights),
        weighted=weights is not None,
        clusters=group_numbers(frame, [cluster]) if cluster else np.arange(len(frame)),
        clustered=cluster is not None,
        strata=np.zeros(len(frame), int),
        rows_in_file=len(whole),
        lost=len(whole) - len(frame),
        lost_by_arm=outcome_loss(whole, treatment, outcome, control),
        dose=cause,
    )
    sample = checked_instruments(frame, study, instruments, treatment)
    check_counts(sample)
    return sample


def finite_column(series: pd.Series, column: str) -> np.ndarray:
    """A column of numbers that are finite and vary."""
    values = series.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise Refused(f"column '{display(column)}' has infinite values: correct or empty these cells")
    if np.ptp(values) == 0:
        raise Refused(f"column '{display(column)}' has the same value in all rows: there is nothing to compare")
    return values


def treatment_numbers(series: pd.Series, treatment: str, control: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """The treatment as numbers: 0 and 1 for two values, with both names; a dose as it is, without names."""
    dose = dose_numbers(series, treatment, 2)
    if dose is not None:
        return dose, ()
    if series.nunique() > 2:
        raise Refused(
            f"column '{display(treatment)}' holds {series.nunique()} words: instruments answer for two of them, or for "
            "a number; keep the rows of two"
        )
    codes, arms = arm_numbers(series, treatment, control, 2)
    return codes.astype(float), arms


def checked_instruments(
    frame: pd.DataFrame, study: CausalSample, instruments: Sequence[str], treatment: str
) -> InstrumentSample:
    """Instruments as numbers, without those that say nothing of their own."""
    for name in instruments:
        if frame[name].nunique() < 2:
            raise Refused(
                f"--instruments: column '{display(name)}' has one value only, and moves nothing: leave it out"
            )
    parts = [covariate_matrix(frame, [name]) for name in instruments]
    names = [shown for part in parts for shown in part.names]
    keys = [
        name if len(part.names) == 1 else shown
        for name, part in zip(instruments, parts, strict=True)
        for shown in part.names
    ]
    values = np.column_stack([part.values for part in parts])
    first = study.covariates.shape[1]
    whole = np.column_stack([study.covariates, values])
    kept = [place - first for place in independent_columns(whole) if place >= first]
    if not kept:
        shown = ", ".join(display(name, 40) for name in instruments)
        raise Refused(
            f"--instruments: {shown} can be computed from the confounders, so that nothing of its own is left: name "
            "other instruments, or fewer confounders"
        )
    chosen = tuple(tuple(listed[place] for place in kept) for listed in (names, keys))
    sample = InstrumentSample(study, values[:, kept], *chosen)
    check_no_copy(sample, treatment)
    return sample


def check_no_copy(sample: InstrumentSample, treatment: str) -> None:
    """Refuse an instrument that is the treatment."""
    root = np.sqrt(sample.study.weights)
    base = sample.base * root[:, None]
    both = np.column_stack([sample.study.cause, sample.instruments]) * root[:, None]
    left = both - base @ np.linalg.lstsq(base, both, rcond=None)[0]
    sizes = (left**2).sum(axis=0)
    if sizes[0] <= 1e-12 * (both[:, 0] ** 2).sum():
        raise Refused(f"column '{display(treatment)}' can be computed from the confounders: name fewer of them")
    for place, name in enumerate(sample.instrument_names, start=1):
        share = (left[:, 0] @ left[:, place]) ** 2 / (sizes[0] * sizes[place])
        if share > 1 - 1e-9:
            raise Refused(
                f"--instruments: '{name}' is the treatment '{display(treatment)}' itself, so that it cannot tell what "
                "people chose from what they were moved to: name what moved them, or use --method rct or backdoor"
            )


def check_counts(sample: InstrumentSample) -> None:
    """Refuse rows or clusters that are too few for the columns."""
    rows, width = sample.base.shape
    many = sample.instruments.shape[1]
    if rows <= width + many + 5:
        raise Refused(f"{rows} rows cannot tell {width - 1} confounders and {many} instruments apart: name fewer")
    if not sample.study.clustered:
        return
    count = len(np.unique(sample.study.clusters))
    needed = max(FEWEST_CLUSTERS_OF_STUDY, many + 2)
    if count < needed:
        raise Refused(
            f"there are {count} clusters, and {many} instruments need at least {needed} to tell an effect from chance "
            "between clusters: use a finer --cluster, or fewer instruments"
        )
