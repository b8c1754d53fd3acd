"""The rows of a study: outcome, treatment, confounders, sampling weights and clusters, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cerebro_causal.blocks.covariates import covariate_matrix
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Diagnostic, Refused
from cerebro_core.blocks.source import Source

FEWEST_ROWS_OF_ARM = 10
MOST_ROWS_LOST = 0.05
FEWEST_CLUSTERS_OF_ROWS = 5


@dataclass(frozen=True)
class CausalSample:
    """The rows that enter an estimate.

    Attributes:
        outcome: (n,) numbers.
        arm: (n,) number of each row's arm; 0 is the control.
        arms: name of each arm, for people.
        covariates: (n, p) confounders as numbers, without an intercept.
        covariate_names: p names for people.
        weights: (n,) sampling weights with mean 1; ones without `--weights`.
        weighted: whether sampling weights were given.
        clusters: (n,) number of each row's cluster; the row's own number where there are none.
        clustered: whether a column of clusters was given.
        strata: (n,) number of each row's stratum; all 0 without.
        rows_in_file: rows of the table.
        lost: rows left out because a cell was empty.
        lost_by_arm: share of rows with an empty outcome, by arm.
        dose: (n,) the treatment as a number, where it has more values than arms can be compared; else None.
        mediators: (n, m) what the treatment works through, as numbers, where such columns were named; else None.
    """

    outcome: np.ndarray
    arm: np.ndarray
    arms: tuple[str, ...]
    covariates: np.ndarray
    covariate_names: tuple[str, ...]
    weights: np.ndarray
    weighted: bool
    clusters: np.ndarray
    clustered: bool
    strata: np.ndarray
    rows_in_file: int
    lost: int
    lost_by_arm: tuple[float, ...]
    dose: np.ndarray | None = None
    mediators: np.ndarray | None = None

    @property
    def cause(self) -> np.ndarray:
        """(n,) the treatment as a number: 0 and 1, or the dose."""
        return self.treated if self.dose is None else self.dose

    @property
    def treated(self) -> np.ndarray:
        """(n,) 1.0 for rows outside the control arm."""
        return (self.arm > 0).astype(float)

    @property
    def is_binary(self) -> bool:
        """Whether the outcome is 0 or 1 in every row."""
        return bool(np.isin(self.outcome, (0.0, 1.0)).all())

    @property
    def is_count(self) -> bool:
        """Whether the outcome is a whole number from 0 in every row, with more than two values."""
        whole = bool((self.outcome >= 0).all() and (self.outcome == np.round(self.outcome)).all())
        return whole and not self.is_binary


def causal_sample(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    confounders: Sequence[str],
    control: str | None,
    weights: str | None,
    cluster: str | None,
    missing: str,
    strata: Sequence[str] = (),
    most_arms: int = 2,
    doses: bool = False,
    mediators: Sequence[str] = (),
) -> CausalSample:
    """Read and check the rows of a study.

    Args:
        source: the table.
        treatment, outcome, confounders, weights, cluster, strata: columns.
        control: name of the arm that the others are compared with; None for the lowest value of a number, or False.
        missing: "refuse", "drop", or "indicator" (rows are dropped for other roles than confounders).
        most_arms: the most values of the treatment that the method can compare.
        doses: whether the method reads a numeric treatment of more values as a dose.
        mediators: columns that the treatment works through; rows where one is empty are never kept.

    Raises:
        Refused: cells are empty and `missing` says so; the treatment has one value or too many; an arm is too small;
            the outcome never varies; a weight is not positive.
    """
    if treatment is None:
        raise Refused("no treatment is named: say which column is the cause with --treatment")
    exact = [treatment, outcome, *strata, *mediators, *([weights] if weights else []), *([cluster] if cluster else [])]
    whole = source.frame([*exact, *confounders])
    lost_by_arm = outcome_loss(whole, treatment, outcome, control)
    frame = complete_rows(whole, exact, list(confounders), missing)
    dose = dose_numbers(frame[treatment], treatment, most_arms) if doses else None
    if dose is None:
        values, arms = arm_numbers(frame[treatment], treatment, control, most_arms)
        check_arm_sizes(values, arms, treatment)
    else:
        values, arms = np.zeros(len(frame), int), ("all",)
    numbers = frame[outcome].to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise Refused(f"column '{display(outcome)}' has infinite values: correct or empty these cells")
    if np.ptp(numbers) == 0:
        raise Refused(f"column '{display(outcome)}' has the same value in all rows: there is nothing to compare")
    covariates = covariate_matrix(frame, confounders)
    return CausalSample(
        outcome=numbers,
        arm=values,
        arms=arms,
        covariates=covariates.values,
        covariate_names=covariates.names,
        weights=sampling_weights(frame, weights),
        weighted=weights is not None,
        clusters=group_numbers(frame, [cluster] if cluster else []) if cluster else np.arange(len(frame)),
        clustered=cluster is not None,
        strata=group_numbers(frame, strata),
        rows_in_file=len(whole),
        lost=len(whole) - len(frame),
        lost_by_arm=lost_by_arm,
        dose=dose,
        mediators=covariate_matrix(frame, mediators).values if mediators else None,
    )


def complete_rows(frame: pd.DataFrame, exact: list[str], confounders: list[str], missing: str) -> pd.DataFrame:
    """Rows without empty cells where none may be empty."""
    needed = exact if missing == "indicator" else [*exact, *confounders]
    empty = frame[needed].isna()
    if missing == "refuse" and empty.to_numpy().any():
        counts = empty.sum()
        named = ", ".join(f"'{display(name, 40)}' ({count})" for name, count in counts[counts > 0].items())
        raise Refused(
            f"there are empty cells in {named}: fill them, or say --missing drop (leave such rows out) or --missing "
            "indicator (a level of its own for confounders)"
        )
    lost = empty.any(axis=1)
    kept = frame.loc[~lost].reset_index(drop=True) if lost.any() else frame
    if kept.empty:
        raise Refused("no row is left without an empty cell: name fewer columns, or fill them")
    return kept


def arm_text(value: Any) -> str:
    """A value of the treatment as text: 1.0 as 1, True as true."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def arm_numbers(
    series: pd.Series, treatment: str, control: str | None, most: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Number and name of each row's arm; the control is 0."""
    shown = display(treatment)
    levels = sorted(series.unique().tolist(), key=lambda value: (isinstance(value, str), value))
    if len(levels) < 2:
        raise Refused(f"column '{shown}' has one value only: without untreated rows there is nothing to compare with")
    if len(levels) > most:
        raise Refused(
            f"column '{shown}' has {len(levels)} values, and this method compares {most}: keep the rows of two, or "
            "say --estimator dml (or regression) with --method backdoor for the effect of one more unit of a number"
        )
    texts = [arm_text(value) for value in levels]
    if control is not None:
        if control not in texts:
            raise Refused(f"--control: '{display(control)}' is no value of column '{shown}' ({', '.join(texts)})")
        first = texts.index(control)
        levels = [levels[first], *levels[:first], *levels[first + 1 :]]
    elif isinstance(levels[0], str):
        raise Refused(f"column '{shown}' holds words: say with --control which of {', '.join(texts)} is untreated")
    codes = pd.Categorical(series, categories=levels).codes.astype(int)
    return codes, tuple(display(arm_text(value), 40) for value in levels)


def dose_numbers(series: pd.Series, treatment: str, most: int) -> np.ndarray | None:
    """The treatment as a number where it has more values than arms; else None."""
    if not pd.api.types.is_numeric_dtype(series) or series.nunique() <= most:
        return None
    values = series.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise Refused(f"column '{display(treatment)}' has infinite values: correct or empty these cells")
    return values


def check_arm_sizes(arm: np.ndarray, arms: tuple[str, ...], treatment: str) -> None:
    """Refuse an arm that is too small for any comparison."""
    sizes = np.bincount(arm, minlength=len(arms))
    if sizes.min() < FEWEST_ROWS_OF_ARM:
        small = int(sizes.argmin())
        raise Refused(
            f"column '{display(treatment)}': only {sizes[small]} rows have '{arms[small]}', fewer than the "
            f"{FEWEST_ROWS_OF_ARM} that a comparison needs: collect more, or put arms together"
        )


def check_cluster_count(sample: CausalSample) -> None:
    """Refuse fewer clusters than can show how much clusters differ by chance."""
    count = len(np.unique(sample.clusters))
    if sample.clustered and count < FEWEST_CLUSTERS_OF_ROWS:
        raise Refused(
            f"there are {count} clusters, and {FEWEST_CLUSTERS_OF_ROWS} are needed to tell an effect from chance "
            "between clusters: use a finer --cluster, or leave it out and name that column among --confounders"
        )


def outcome_loss(frame: pd.DataFrame, treatment: str, outcome: str, control: str | None) -> tuple[float, ...]:
    """Share of rows with an empty outcome, by value of the treatment, the control first."""
    known = frame.loc[frame[treatment].notna(), [treatment, outcome]]
    if known[treatment].nunique() > 20:
        return ()
    texts = known[treatment].map(arm_text)
    shares = known[outcome].isna().groupby(texts, sort=True).mean()
    if control in shares.index:
        shares = pd.concat([shares.loc[[control]], shares.drop(control)])
    return tuple(float(value) for value in shares)


def sampling_weights(frame: pd.DataFrame, weights: str | None) -> np.ndarray:
    """Sampling weights with mean 1."""
    if weights is None:
        return np.ones(len(frame))
    values = frame[weights].to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise Refused(
            f"column '{display(weights)}' holds weights that are negative, infinite or all zero: correct them"
        )
    return values / values.mean()


def group_numbers(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """A number for each combination of values."""
    if not columns:
        return np.zeros(len(frame), int)
    return frame.groupby(list(columns), sort=True, dropna=False).ngroup().to_numpy()


def missing_diagnostics(sample: CausalSample) -> list[Diagnostic]:
    """How many rows were left out, and whether more of one arm than of another lost their outcome."""
    if not sample.lost:
        return []
    share = sample.lost / sample.rows_in_file
    apart = max(sample.lost_by_arm) - min(sample.lost_by_arm) if sample.lost_by_arm else 0.0
    few = share <= MOST_ROWS_LOST and apart <= MOST_ROWS_LOST
    message = f"{sample.lost:,} of {sample.rows_in_file:,} rows ({share:.0%}) were left out for empty cells"
    if apart > MOST_ROWS_LOST:
        message += f"; the outcome is missing {apart:.0%} more often in one arm, which alone can make a difference"
    tail = "." if few else ": the answer holds for the rest only, unless cells are empty by chance."
    return [Diagnostic("rows_left_out", "pass" if few else "warn", message + tail, share, MOST_ROWS_LOST)]
