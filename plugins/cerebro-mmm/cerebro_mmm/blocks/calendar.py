"""Public holidays of a country, from the package `holidays`."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from cerebro_core.blocks.display import display
from cerebro_core.blocks.result import Refused


def holiday_marks(country: str, dates: np.ndarray, step: int) -> dict[str, np.ndarray]:
    """Days of each public holiday in each row.

    Args:
        country: ISO 3166 code, such as "DE"; with a subdivision as "US-CA".
        dates: first day of each row.
        step: days that a row covers.

    Returns:
        Name -> number of its days in each row, shape (rows,).

    Raises:
        Refused: where the package knows no such country.
    """
    import holidays

    days = [date.fromisoformat(str(day)) for day in dates.astype("datetime64[D]")]
    years = range(days[0].year, days[-1].year + 2)
    code, _, part = country.partition("-")
    try:
        known = holidays.country_holidays(code, subdiv=part or None, years=years, observed=False)
    except NotImplementedError:
        raise Refused(
            f"holidays: no country or region '{display(country, 20)}' is known; write an ISO code such as DE, US or "
            "US-CA."
        ) from None
    marks: dict[str, np.ndarray] = {}
    for row, day in enumerate(days):
        for offset in range(step):
            for name in filter(None, (known.get(day + timedelta(offset)) or "").split("; ")):
                marks.setdefault(name, np.zeros(len(days)))[row] += 1.0
    return marks
