"""The rows of a difference in differences: who was observed when, and since when each was treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cerebro_causal.blocks.causal_sample import arm_numbers, complete_rows, group_numbers, sampling_weights
from cerebro_causal.blocks.covariates import covariate_matrix
from cerebro_causal.blocks.did_adoption import adoption_from_column, adoption_from_treatment
from cerebro_causal.blocks.did_periods import Periods, observed_periods
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused, RunDecision
from cerebro_core.blocks.source import Source

DID_AGENT = "script"
MOST_PERIODS = 400


@dataclass(frozen=True)
class DidSample:
    """The rows that enter a difference in differences.

    Attributes:
        outcome: (n,) numbers.
        unit: (n,) number of each row's unit; the row's own number in repeated cross-sections.
        time: (n,) number of each row's period, from 1.
        first: (n,) number of the period from which the row's unit was treated; 0 is never.
        periods: name of each period, in order.
        covariates: (n, p) confounders as numbers, without an intercept.
        covariate_names: p names for people.
        weights: (n,) sampling weights with mean 1.
        weighted: whether sampling weights were given.
        clusters: (n,) number of each row's cluster.
        clustered: whether a column of clusters was given.
        panel: whether units are followed over time.
        rows_in_file: rows of the table.
        lost: rows left out because a cell was empty.
        decisions: what was chosen from the rows.
        arms: both values of the treatment, the untreated first; empty where only its first period is named.
    """

    outcome: np.ndarray
    unit: np.ndarray
    time: np.ndarray
    first: np.ndarray
    periods: tuple[str, ...]
    covariates: np.ndarray
    covariate_names: tuple[str, ...]
    weights: np.ndarray
    weighted: bool
    clusters: np.ndarray
    clustered: bool
    panel: bool
    rows_in_file: int
    lost: int
    decisions: tuple[RunDecision, ...] = ()
    arms: tuple[str, ...] = ()

    @property
    def cohorts(self) -> tuple[int, ...]:
        """The periods in which treatment began, in order."""
        return tuple(int(value) for value in np.unique(self.first[self.first > 0]))

    @property
    def is_staggered(self) -> bool:
        """Whether treatment began at several times."""
        return len(self.cohorts) > 1

    @property
    def treated(self) -> np.ndarray:
        """(n,) 1.0 for rows from the first treated period of their unit on."""
        return ((self.first > 0) & (self.time >= self.first)).astype(float)

    @property
    def cluster_count(self) -> int:
        """How many clusters there are."""
        return int(np.unique(self.clusters).size)

    @property
    def smaller_side(self) -> int:
        """Clusters with treated, or with never treated, rows: the fewer of both."""
        sides = (self.first > 0, self.first == 0)
        return min(int(np.unique(self.clusters[side]).size) for side in sides)

    @property
    def is_balanced(self) -> bool:
        """Whether each unit of a panel is there in each period."""
        return self.panel and len(self.outcome) == np.unique(self.unit).size * np.unique(self.time).size

    def rows(self, kept: np.ndarray) -> DidSample:
        """The same with some rows only."""
        return replace(
            self,
            outcome=self.outcome[kept],
            unit=self.unit[kept],
            time=self.time[kept],
            first=self.first[kept],
            covariates=self.covariates[kept],
            weights=self.weights[kept],
            clusters=self.clusters[kept],
        )

    def frame(self) -> pd.DataFrame:
        """The rows under names of our own, fit for libraries that read names as formulas."""
        columns = {
            "y": self.outcome,
            "unit": self.unit,
            "time": self.time,
            "first": self.first,
            "cluster": self.clusters,
            "w": self.weights,
        }
        for place in range(self.covariates.shape[1]):
            columns[f"x{place + 1}"] = self.covariates[:, place]
        return pd.DataFrame(columns)


def did_sample(
    source: Source,
    *,
    treatment: str | None,
    outcome: str,
    unit: str | None,
    time: str | None,
    first_treated: str | None,
    confounders: Sequence[str],
    control: str | None,
    weights: str | None,
    cluster: str | None,
    missing: str,
) -> DidSample:
    """Read and check the rows.

    Args:
        source: the table.
        treatment, outcome, unit, time, first_treated, confounders, weights, cluster: columns.
        control: the value of the treatment that is untreated.
        missing: what to do with empty cells; those of `first_treated` mean never.

    Raises:
        Refused: nobody, or everybody, was treated; nobody was observed before; treatment ends; units have several rows
            in a period; cells are empty and `missing` says so.
    """
    if time is None:
        raise Refused("no period is named: say which column holds the time with --time")
    if treatment is None and first_treated is None:
        raise Refused("nothing says who was treated when: name --treatment, or --first-treated")
    named = [outcome, time, *([treatment] if treatment else [])]
    named += [name for name in (unit, weights, cluster) if name and name not in named]
    read = [*named, *([first_treated] if first_treated else []), *confounders]
    whole = source.frame(list(dict.fromkeys(read)))
    frame = complete_rows(whole, named, list(confounders), missing)
    numbers = outcome_numbers(frame, outcome)
    periods = observed_periods(frame[time], time)
    units = group_numbers(frame, [unit]) if unit else np.arange(len(frame))
    clusters = group_numbers(frame, [cluster]) if cluster else units
    panel = unit is not None and bool((np.bincount(units) > 1).any())
    if panel:
        refuse_repeated_rows(frame, units, periods, str(unit))
    if first_treated:
        first = adoption_from_column(frame[first_treated], periods, first_treated, units if panel else None)
        if treatment:
            refuse_contradiction(frame[treatment], treatment, control, (first > 0) & (periods.number >= first))
    else:
        holder = units if panel else clusters if cluster else None
        first = adoption_from_treatment(frame[str(treatment)], str(treatment), control, periods, holder)
    covariates = covariate_matrix(frame, confounders)
    sample = DidSample(
        outcome=numbers,
        unit=units,
        time=periods.number,
        first=first,
        periods=periods.names,
        covariates=covariates.values,
        covariate_names=covariates.names,
        weights=sampling_weights(frame, weights),
        weighted=weights is not None,
        clusters=clusters,
        clustered=cluster is not None,
        panel=panel,
        rows_in_file=len(whole),
        lost=len(whole) - len(frame),
        arms=arm_numbers(frame[treatment], treatment, control, 2)[1] if treatment else (),
    )
    return comparable_rows(sample)


def refuse_contradiction(series: pd.Series, treatment: str, control: str | None, treated: np.ndarray) -> None:
    """Where both are named, the treatment has to be on from the first treated period on, or mark those ever treated."""
    on = arm_numbers(series, treatment, control, 2)[0] == 1
    apart = int((on != treated).sum())
    if apart and (treated & ~on).any():
        raise Refused(
            f"--treatment '{display(treatment)}' and --first-treated disagree in {apart} rows: name one of them"
        )


def outcome_numbers(frame: pd.DataFrame, outcome: str) -> np.ndarray:
    """The outcome, finite and not constant."""
    numbers = frame[outcome].to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise Refused(f"column '{display(outcome)}' has infinite values: correct or empty these cells")
    if np.ptp(numbers) == 0:
        raise Refused(f"column '{display(outcome)}' has the same value in all rows: there is nothing to compare")
    return numbers


def refuse_repeated_rows(frame: pd.DataFrame, units: np.ndarray, periods: Periods, unit: str) -> None:
    """A unit of a panel has one row a period."""
    pairs = pd.Series(units.astype(np.int64) * (len(periods.names) + 1) + periods.number)
    twice = pairs.duplicated(keep=False).to_numpy()
    if not twice.any():
        return
    place = int(np.flatnonzero(twice)[0])
    raise Refused(
        f"{int(twice.sum())} rows share unit and period, such as '{display(unit)}' = "
        f"{display(frame[unit].iloc[place], 40)} in {periods.names[periods.number[place] - 1]}: keep one row a unit "
        "and period (add them up, or average), or, if other people are asked each time, leave --unit out and name "
        "that column with --cluster"
    )


def comparable_rows(sample: DidSample) -> DidSample:
    """Leave out who can show nothing: treated from the start, or in periods when nobody is untreated any more.

    Raises:
        Refused: nothing is left to compare.
    """
    if len(np.unique(sample.time)) < 2:
        raise Refused("there is one period only: difference in differences needs rows from before and after")
    if not (sample.first > 0).any():
        raise Refused("nobody is treated in any period: there is no effect to estimate")
    decisions: list[RunDecision] = []
    always = sample.first == 1
    if always.any():
        if not (sample.first > 1).any():
            raise Refused(
                "all who are treated are treated from the first period on, so nothing shows how they were before: add "
                "earlier periods, or choose a method that adjusts for confounders"
            )
        count = int(np.unique(sample.unit[always]).size)
        what = "units" if sample.panel else "rows"
        reason = f"{count:,} {what} were treated from the first period on; they have no before, and are left out."
        decisions.append(RunDecision("rows", f"without {count} {what}", reason, DID_AGENT))
        sample = sample.rows(~always)
    if (sample.first > 0).all():
        sample, note = before_the_last(sample)
        decisions.append(note)
    return replace(sample, decisions=tuple(decisions))


def before_the_last(sample: DidSample) -> tuple[DidSample, RunDecision]:
    """Where everybody is treated in the end: the last to start are the comparison, until they start."""
    if not sample.is_staggered:
        raise Refused(
            "everybody is treated at the same time, so nobody shows what would have happened without: add units that "
            "were never, or later, treated"
        )
    last = sample.cohorts[-1]
    kept = sample.rows(sample.time < last)
    kept = replace(kept, first=np.where(kept.first == last, 0, kept.first))
    shown = sample.periods[last - 1]
    reason = (
        f"Everybody is treated in the end, so those who start last, in {shown}, are the comparison, and what comes "
        f"from {shown} on is left out: nobody is untreated then."
    )
    return kept, RunDecision("comparison", f"those who start in {shown}", reason, DID_AGENT)
