"""Since when each row's unit was treated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cerebro_causal.blocks.causal_sample import arm_numbers
from cerebro_causal.blocks.did_periods import Periods
from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused

NEVER_WORDS = frozenset({"", "0", "never", "none", "no", "nan", "inf", "control", "untreated", "nie"})


def adoption_from_column(series: pd.Series, periods: Periods, column: str, units: np.ndarray | None) -> np.ndarray:
    """The first treated period from a column that names it; 0, blank, infinity and "never" are never.

    Args:
        series: (n,) the column.
        periods: the periods of the rows.
        column: its name.
        units: (n,) numbers of the units of a panel; None without.

    Returns:
        (n,) number of the first observed period that is treated; 0 for never, also where it starts after the last one.

    Raises:
        Refused: it cannot be compared with the periods, or a unit has several values.
    """
    never, starts = start_values(series, periods, column)
    ordered = np.array([period_number(value) for value in periods.values])
    first = np.searchsorted(ordered, starts, side="left") + 1
    first = np.where(never | (first > len(ordered)), 0, first)
    if units is not None:
        low = pd.Series(first).groupby(units).transform("min").to_numpy()
        mixed = int(np.unique(units[low != first]).size)
        if mixed:
            raise Refused(
                f"column '{display(column)}' changes within {mixed} units: it has to hold the same first treated "
                "period in all rows of a unit"
            )
    return first.astype(int)


def start_values(series: pd.Series, periods: Periods, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Who is never treated, and the others' start as a number that can be compared with those of the periods."""
    never = series.isna().to_numpy()
    sample = periods.values[0]
    if isinstance(sample, str):
        words = series.astype(object).where(~never, "").map(lambda value: str(value).strip())
        never = never | words.str.casefold().isin(NEVER_WORDS).to_numpy()
        unknown = sorted(set(words[~never]) - set(periods.values))
        if unknown:
            raise Refused(f"column '{display(column)}' has '{display(unknown[0], 40)}', which is no period of --time")
        codes = {value: place for place, value in enumerate(periods.values)}
        return never, np.array([codes.get(word, 0) for word in words], dtype=float)
    dated = isinstance(sample, pd.Timestamp)
    if pd.api.types.is_datetime64_any_dtype(series):
        if not dated:
            raise Refused(f"column '{display(column)}' holds dates, and --time does not: write both alike")
        return never, series.fillna(pd.Timestamp(0)).map(period_number).to_numpy(dtype=float)
    texts = series.astype(object).where(~never, "").map(lambda value: str(value).strip().casefold())
    never = never | texts.isin(NEVER_WORDS).to_numpy()
    read = (
        pd.to_datetime(texts.where(~never), errors="coerce") if dated else pd.to_numeric(texts.where(~never), "coerce")
    )
    bad = read.isna().to_numpy() & ~never
    if bad.any():
        shown = display(series[bad].iloc[0], 40)
        raise Refused(f"column '{display(column)}' has '{shown}', which cannot be compared with the periods of --time")
    starts = np.array([0.0 if skip else period_number(value) for value, skip in zip(read, never, strict=True)])
    endless = ~np.isfinite(starts)
    zero = (starts == 0) & (not dated)
    return never | endless | zero, np.where(endless, 0.0, starts)


def period_number(value: object) -> float:
    """A period as a number that keeps its order."""
    if isinstance(value, pd.Timestamp):
        return float(value.timestamp())
    return float(value) if isinstance(value, int | float | np.number) else 0.0


def adoption_from_treatment(
    series: pd.Series, treatment: str, control: str | None, periods: Periods, holders: np.ndarray | None
) -> np.ndarray:
    """The first treated period from a 0/1 column that switches on, or from a group and two periods.

    Args:
        series: (n,) the treatment.
        treatment: its name.
        control: the value that is untreated.
        periods: the periods of the rows.
        holders: (n,) number of what is treated: the unit of a panel, or the cluster; None without either.

    Returns:
        (n,) number of the first treated period; 0 for never.

    Raises:
        Refused: it switches off again, or does not say when treatment began.
    """
    on = arm_numbers(series, treatment, control, 2)[0] == 1
    time = periods.number
    last = len(periods.names)
    if holders is None:
        holders = np.where(on, 1, 0)
        if not (on & (time == 1)).any() and last == 2:
            raise Refused(
                f"column '{display(treatment)}' is 1 in the later period only, and nothing says who these rows were "
                "before: name --unit (or --cluster, such as the region), or a --treatment that marks the treated group "
                "in both periods"
            )
    table = pd.DataFrame({"holder": holders, "time": time, "on": on})
    share = table.groupby(["holder", "time"], sort=True)["on"].agg(["min", "max"])
    if (share["min"] != share["max"]).any():
        raise Refused(
            f"column '{display(treatment)}' is both on and off within one cluster and period: name the --unit that is "
            "treated, or a --cluster that is treated as a whole"
        )
    state = share["max"].reset_index()
    by_holder = state.groupby("holder")["max"]
    constant = bool((by_holder.transform("min") == by_holder.transform("max")).all())
    if constant:
        return group_adoption(on, treatment, last)
    state["before"] = state.groupby("holder")["max"].shift(fill_value=False).astype(bool)
    ended = state.loc[state["before"] & ~state["max"], "holder"].nunique()
    if ended:
        raise Refused(
            f"column '{display(treatment)}' switches off again for {ended} of {by_holder.ngroups} units: this method "
            "is for treatments that stay. Leave out what comes after the end, or mark the first treated period with "
            "--first-treated if the effect stays"
        )
    starts = state[state["max"]].groupby("holder")["time"].min()
    return pd.Series(holders).map(starts).fillna(0).to_numpy(dtype=int)


def group_adoption(on: np.ndarray, treatment: str, last: int) -> np.ndarray:
    """Treatment as a group that never changes: with two periods it began in the second."""
    if last == 2:
        return np.where(on, 2, 0)
    raise Refused(
        f"column '{display(treatment)}' never changes over time, and there are {last} periods: say when treatment "
        "began, with --first-treated or a --treatment that is 0 before and 1 from then on"
    )
