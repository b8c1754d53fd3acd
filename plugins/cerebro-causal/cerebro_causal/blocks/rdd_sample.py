"""The rows of a study at a cutoff, checked, and turned so that the treated side is the right one."""

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
    sampling_weights,
)
from cerebro_causal.blocks.covariates import covariate_matrix
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused
from cerebro_core.blocks.source import Source

FEWEST_ROWS_OF_SIDE = 20
FEWEST_VALUES_OF_SIDE = 4


@dataclass(frozen=True)
class CutoffSample:
    """The rows that enter.

    Attributes:
        study: outcome, treatment (`study.dose`, None where none was named), confounders, weights and clusters.
        running: (n,) distance from the cutoff; zero and above is the side that is treated, or treated more.
        cutoff: on the scale of the table.
        turned: whether rows below the cutoff are the treated ones, so that `running` is the cutoff less the column.
        fuzzy: whether the cutoff only moves the chance, or the dose, of the treatment.
        values: both values of the treatment, the untreated first; empty for a dose, or where none is named.
    """

    study: CausalSample
    running: np.ndarray
    cutoff: float
    turned: bool
    fuzzy: bool
    values: tuple[str, ...] = ()

    @property
    def cause(self) -> np.ndarray:
        """(n,) the treatment as numbers; the side where the cutoff decides."""
        return (self.running >= 0).astype(float) if self.study.dose is None else self.study.dose

    def scale_back(self, distance: float) -> float:
        """A distance from the cutoff as a value of the table's column."""
        return self.cutoff - distance if self.turned else self.cutoff + distance

    def keep(self, rows: np.ndarray) -> CutoffSample:
        """The same with some rows only."""
        old = self.study
        study = CausalSample(
            outcome=old.outcome[rows],
            arm=old.arm[rows],
            arms=old.arms,
            covariates=old.covariates[rows],
            covariate_names=old.covariate_names,
            weights=old.weights[rows],
            weighted=old.weighted,
            clusters=old.clusters[rows],
            clustered=old.clustered,
            strata=old.strata[rows],
            rows_in_file=old.rows_in_file,
            lost=old.lost,
            lost_by_arm=old.lost_by_arm,
            dose=None if old.dose is None else old.dose[rows],
        )
        return CutoffSample(study, self.running[rows], self.cutoff, self.turned, self.fuzzy, self.values)


def cutoff_sample(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    running: str | None,
    cutoff: float | None,
    fuzzy: bool,
    kink: bool,
    confounders: Sequence[str],
    control: str | None,
    weights: str | None,
    cluster: str | None,
    missing: str,
    donut: float,
) -> CutoffSample:
    """Read and check the rows.

    Args:
        source: the table.
        treatment, outcome, running, confounders, weights, cluster: columns; a treatment need not be named where the
            cutoff alone decides.
        cutoff: value of the running column; None to read it from the treatment.
        fuzzy: whether the cutoff only moves the chance of treatment.
        kink: whether a slope changes there, and not a level.
        control: the untreated value of a treatment in words.
        missing: "refuse" or "drop" for empty cells of all but the confounders, of which no row is lost: a missing one
            becomes the mean, and whether it is missing is checked as a column of its own.
        donut: rows closer to the cutoff than this are left out.

    Raises:
        Refused: a role is not named; cells are empty and `missing` says so; there are too few rows or values on a side;
            the cutoff lies outside of what was seen, or cannot be read from the treatment; the treatment is not what
            the cutoff says.
    """
    if running is None:
        raise Refused("no running column is named: say with --running what decides about the treatment at a cutoff")
    extra = [name for name in (treatment, weights, cluster) if name]
    exact = list(dict.fromkeys([outcome, running, *extra]))
    whole = source.frame(list(dict.fromkeys([*exact, *confounders])))
    frame = complete_rows(whole, exact, [], missing)  # confounders are only checked: no row is lost for them
    if weights is not None:
        frame = frame.loc[frame[weights] != 0].reset_index(drop=True)  # they stand for nobody
    position = running_numbers(frame[running], running)
    dose, values = (None, ()) if treatment is None else cause_numbers(frame[treatment], treatment, control)
    if cutoff is None:
        cutoff = read_cutoff(position, dose, running)
    distance = position - cutoff
    check_sides(distance, running, cutoff)
    turned, distance = treated_side(distance, dose, fuzzy=fuzzy or kink, treatment=treatment)
    covariates = covariate_matrix(frame, confounders)
    study = CausalSample(
        outcome=outcome_numbers(frame[outcome], outcome),
        arm=(distance >= 0).astype(int),
        arms=("below", "above"),
        covariates=covariates.values,
        covariate_names=covariates.names,
        weights=sampling_weights(frame, weights),
        weighted=weights is not None,
        clusters=group_numbers(frame, [cluster]) if cluster else np.arange(len(frame)),
        clustered=cluster is not None,
        strata=np.zeros(len(frame), int),
        rows_in_file=len(whole),
        lost=len(whole) - len(frame),
        lost_by_arm=side_loss(whole, outcome, running, cutoff),
        dose=dose if fuzzy or kink else None,
    )
    moved = dose is not None and (fuzzy or kink)
    sample = CutoffSample(study, distance, cutoff, turned, moved, values)
    if donut > 0:
        sample = sample.keep(np.abs(distance) >= donut)
        check_sides(sample.running, running, cutoff)
    return sample


def running_numbers(series: pd.Series, running: str) -> np.ndarray:
    """The running column as numbers; days since 1970 where it holds dates."""
    if pd.api.types.is_datetime64_any_dtype(series):
        return (series - pd.Timestamp(0)).dt.total_seconds().to_numpy(dtype=float) / 86_400.0
    values = series.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise Refused(f"column '{display(running)}' has infinite values: correct or empty these cells")
    return values


def outcome_numbers(series: pd.Series, outcome: str) -> np.ndarray:
    """The outcome: finite numbers that vary."""
    values = series.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        raise Refused(f"column '{display(outcome)}' has infinite values: correct or empty these cells")
    if np.ptp(values) == 0:
        raise Refused(f"column '{display(outcome)}' has the same value in all rows: there is nothing to compare")
    return values


def cause_numbers(series: pd.Series, treatment: str, control: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """The treatment as 0 and 1 with the names of both, or as a dose without."""
    dose = dose_numbers(series, treatment, 2)
    if dose is not None:
        return dose, ()
    codes, arms = arm_numbers(series, treatment, control, 2)
    return codes.astype(float), arms


def read_cutoff(position: np.ndarray, dose: np.ndarray | None, running: str) -> float:
    """The cutoff that the treatment shows: where all on one side are treated and none on the other."""
    shown = display(running)
    if dose is None or len(np.unique(dose)) != 2:
        raise Refused(f"no cutoff is known: say with --cutoff at which value of '{shown}' the treatment begins")
    treated = dose == dose.max()
    if position[~treated].max() < position[treated].min():
        return float(position[treated].min())
    if position[treated].max() < position[~treated].min():
        return float(position[treated].max())
    raise Refused(
        f"no value of '{shown}' divides the treated from the untreated: say --cutoff, and --fuzzy if the cutoff only "
        "moves the chance of treatment"
    )


def check_sides(distance: np.ndarray, running: str, cutoff: float) -> None:
    """Refuse a cutoff without rows, or with too few different values, on one of its sides."""
    shown = f"'{display(running)}'"
    for name, part in (("below", distance[distance < 0]), ("from", distance[distance >= 0])):
        if len(part) == 0:
            raise Refused(f"no row has {shown} {name} the cutoff {cutoff:g}: there is nothing to compare with")
        if len(part) < FEWEST_ROWS_OF_SIDE:
            raise Refused(
                f"only {len(part)} rows have {shown} {name} the cutoff {cutoff:g}, fewer than {FEWEST_ROWS_OF_SIDE}: "
                "curves cannot be fitted there"
            )
        values = len(np.unique(part))
        if values < FEWEST_VALUES_OF_SIDE:
            raise Refused(
                f"{shown} has only {values} different values {name} the cutoff {cutoff:g}, fewer than "
                f"{FEWEST_VALUES_OF_SIDE}: there is no curve to follow to the cutoff. Use a finer running column"
            )


def treated_side(
    distance: np.ndarray, dose: np.ndarray | None, *, fuzzy: bool, treatment: str | None
) -> tuple[bool, np.ndarray]:
    """Whether the treated side is below, and the distance with the treated side at zero and above."""
    if dose is None:
        return False, distance
    if fuzzy:
        return likelier_side(distance, dose)
    above = distance >= 0
    if len(np.unique(dose)) != 2:
        raise Refused(
            f"'{display(treatment)}' has more than two values: say --fuzzy if the cutoff moves it, or --kink if its "
            "slope changes there"
        )
    treated = dose == dose.max()
    inner = distance != 0  # the rows at the cutoff may be on either side
    for turned in (False, True):
        if (treated[inner] == (above[inner] != turned)).all() and len(np.unique(treated[~inner])) <= 1:
            side = -distance if turned else distance
            return turned, nudged(side, ~treated)
    off = float(np.mean(treated[inner] != above[inner]))
    off = min(off, 1 - off)
    raise Refused(
        f"{off:.1%} of rows have another '{display(treatment)}' than the cutoff says: say --fuzzy if it only moves the "
        "chance of treatment, or correct --cutoff"
    )


def likelier_side(distance: np.ndarray, dose: np.ndarray) -> tuple[bool, np.ndarray]:
    """The side with more treatment close to the cutoff; rows exactly at it go where their treatment is more alike."""
    near = np.abs(distance) <= np.median(np.abs(distance))
    means = [float(dose[near & part].mean()) if (near & part).any() else 0.0 for part in (distance < 0, distance > 0)]
    turned = means[0] > means[1]
    side = -distance if turned else distance
    at = distance == 0
    if not at.any():
        return turned, side
    own = float(dose[at].mean())
    treated, untreated = max(means), min(means)
    return turned, nudged(side, np.full(len(side), abs(own - untreated) < abs(own - treated)))


def nudged(distance: np.ndarray, untreated: np.ndarray) -> np.ndarray:
    """Rows exactly at the cutoff that are untreated go a hair below it."""
    step = 1e-9 * float(np.abs(distance).max())
    return np.where((distance == 0) & untreated, -step, distance)


def side_loss(frame: pd.DataFrame, outcome: str, running: str, cutoff: float) -> tuple[float, ...]:
    """Share of rows with an empty outcome on each side."""
    known = frame[frame[running].notna()]
    if known.empty:
        return ()
    above = running_numbers(known[running], running) >= cutoff
    empty = known[outcome].isna().to_numpy()
    return tuple(float(empty[part].mean()) if part.any() else 0.0 for part in (~above, above))
