"""The exploration agent: finds the date, the outcome, the channels, the controls and the events."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display
from cerebro_mmm.agents import words as w
from cerebro_mmm.agents.roles import Roles, is_number, sort_columns
from cerebro_mmm.agents.stage import Stage
from cerebro_mmm.spacing import Spacing, panel_spacing, region_column, spacing_of

if TYPE_CHECKING:
    from cerebro_core.table import Table

COPY_OF_OUTCOME = 0.98


@dataclass(frozen=True)
class Explored:
    """What the exploration agent found.

    Attributes:
        stage: its choices.
        spacing: of the date column, or None where it holds no dates.
        evident: whether the table shows a marketing mix, rather than merely allowing one.
        lacking: the required fields that could not be filled in.
    """

    stage: Stage
    spacing: Spacing | None
    evident: bool
    lacking: tuple[str, ...]


def explore(given: Mapping[str, Any], table: Table, hint: str = "") -> Explored:
    """Give each column its role.

    Args:
        given: what the user said; never overridden.
        table: the profiled table.
        hint: the user's question and description; a column named there is preferred as outcome.
    """
    stage = Stage("exploration", given)
    date, spacing = _date(stage, table)
    bought = given.get("channels", ())
    geo, spacing = _geo(stage, table, date, spacing)
    named = {date, geo, given.get("outcome"), *bought, *given.get("controls", ()), *given.get("events", ())}
    for field in ("exposure", "reach", "average_frequency"):
        named |= set(given.get(field, {}).values())
    named.add(given.get("revenue_per_unit"))
    roles = sort_columns(table, [name for name in named if name], bought)
    outcome = _outcome(stage, table, roles, hint)
    channels = _channels(stage, table, roles)
    _controls(stage, table, roles, outcome)
    _events(stage, table, roles)
    _currency(stage, [*channels, *([outcome] if outcome else [])])
    for item in roles.left:
        stage.reject(item.role, item.column, item.reason)
    found = {"date": date, "outcome": outcome, "channels": channels}
    lacking = tuple(name for name, value in found.items() if not value)
    several = bool(bought) or len(channels) - len(roles.by_exposure) >= 2
    regular = spacing is not None and spacing.frequency is not None and not spacing.duplicates
    return Explored(stage, spacing, not lacking and regular and several, lacking)


def _date(stage: Stage, table: Table) -> tuple[str | None, Spacing | None]:
    if "date" in stage.given:
        return stage.given["date"], spacing_of(table, stage.given["date"])
    dated = {name: spacing_of(table, name) for name, column in table.columns.items() if column.kind == "date"}
    ranked = sorted(dated, key=lambda name: _date_order(name, dated[name]))
    if ranked:
        best, spacing = ranked[0], dated[ranked[0]]
        evidence = f"{spacing.first} to {spacing.last}, {spacing.said}" if spacing else ""
        stage.choose("date", best, "This column says when each row happened.", evidence)
        for other in ranked[1:]:
            stage.reject("date", other, f"another column with dates; '{display(best)}' fits better")
        return best, spacing
    taken = set(stage.given.get("channels", ())) | {stage.given.get("outcome")}
    named = [name for name in table.columns if name not in taken and _named_date(name)]
    if named:
        stage.choose("date", named[0], "Its name says that it holds the dates, but its cells do not read as dates.")
        return named[0], None
    return None, None


def _geo(stage: Stage, table: Table, date: str | None, spacing: Spacing | None) -> tuple[str | None, Spacing | None]:
    """The column of regions where dates repeat, and the spacing of the dates within a region."""
    if "geo" in stage.given or date is None:
        geo = stage.given.get("geo")
        return geo, (panel_spacing(table, date, geo) if geo and date else spacing)
    taken = {stage.given.get("outcome"), *stage.given.get("channels", ()), *stage.given.get("controls", ())}
    geo = region_column(table, date, taken) if spacing is not None and spacing.duplicates else None
    if geo is None:
        stage.choose("geo", None, "Every date stands in one row, so the table is about one market.")
        return None, spacing
    regions = table.columns[geo].distinct
    stage.choose("geo", geo, f"Each date stands in {regions} rows, one for each value of this column: regions.")
    return geo, panel_spacing(table, date, geo)


def _named_date(name: str) -> bool:
    said = [word for word in w.words(name) if not word.isdigit()]
    return bool(said) and all(word in w.DATE for word in said)


def _date_order(name: str, spacing: Spacing | None) -> tuple[bool, bool, bool]:
    said = frozenset(w.words(name))
    usable = spacing is not None and spacing.rows > 1
    even = usable and spacing is not None and spacing.frequency is not None and not spacing.duplicates
    return not even, not usable, not said & w.DATE


def _outcome(stage: Stage, table: Table, roles: Roles, hint: str) -> str | None:
    if "outcome" in stage.given:
        given: str = stage.given["outcome"]
        for name in roles.outcomes:
            roles.leave(name, "controls", f"it is another result of marketing beside '{display(given)}'")
        return given
    if not roles.outcomes:
        return None
    asked = [name for name in roles.outcomes if re.search(rf"\b{re.escape(name.casefold())}\b", hint.casefold())]
    best = (asked or roles.outcomes)[0]
    column = table.columns[best]
    reason = (
        "You name it in your question."
        if asked
        else "Its name says what was sold or earned, and it varies from row to row."
    )
    evidence = (
        f"{_short(column.minimum)} to {_short(column.maximum)}, mean {_short(column.mean)}" if is_number(column) else ""
    )
    stage.choose("outcome", best, reason, evidence)
    for name in roles.outcomes:
        if name != best:
            stage.reject(
                "outcome", name, f"'{display(best)}' is closer to money; a second result must not be a control either"
            )
    return best


def _channels(stage: Stage, table: Table, roles: Roles) -> tuple[str, ...]:
    if "channels" in stage.given:
        for name in roles.channels:
            roles.leave(name, "channels", "it could be a channel, but you named the channels")
        return tuple(stage.given["channels"])
    if not roles.channels:
        return ()
    reason = "Their names say media spend"
    if roles.by_exposure:
        shown = ", ".join(f"'{display(name)}'" for name in roles.by_exposure)
        reason += (
            f"; {shown} is exposure, taken because that channel has no spend column, so its return is per exposure"
        )
    evidence = "; ".join(_media_evidence(table, name) for name in roles.channels)
    return tuple(stage.choose("channels", tuple(roles.channels), f"{reason}.", evidence))


def _media_evidence(table: Table, name: str) -> str:
    column = table.columns[name]
    if not is_number(column):
        return f"{display(name)}: not numeric"
    return f"{display(name)}: mean {_short(column.mean)}, zero in {column.zeros or 0} of {column.rows} rows"


def _controls(stage: Stage, table: Table, roles: Roles, outcome: str | None) -> None:
    if "controls" in stage.given:
        for name in roles.controls:
            roles.leave(name, "controls", "it could be a control, but you named the controls")
        return
    alike = _copies(table, roles.controls, outcome)
    for name, correlation in alike.items():
        roles.leave(name, "controls", f"it is almost the outcome itself (correlation {correlation:.3f})")
    kept = tuple(name for name in roles.controls if name not in alike)
    reason = (
        "They move the outcome too and are not advertising"
        if kept
        else "No column looks like price, promotion, competition or weather"
    )
    evidence = "; ".join(
        f"{display(name)}: {_short(table.columns[name].minimum)} to {_short(table.columns[name].maximum)}"
        for name in kept
    )
    stage.choose("controls", kept, f"{reason}.", evidence)


def _copies(table: Table, names: list[str], outcome: str | None) -> dict[str, float]:
    numeric = [name for name in names if is_number(table.columns[name])]
    if not numeric or outcome is None or outcome not in table.columns or not is_number(table.columns[outcome]):
        return {}
    row = table.aggregate({str(i): ("corr", name, outcome) for i, name in enumerate(numeric)})[0]
    found = {name: row[str(i)] for i, name in enumerate(numeric)}
    return {name: value for name, value in found.items() if value is not None and abs(value) >= COPY_OF_OUTCOME}


def _events(stage: Stage, table: Table, roles: Roles) -> None:
    if "events" in stage.given:
        for name in roles.events:
            roles.leave(name, "events", "it could mark events, but you named the events")
        return
    reason = "They mark special days that lift or lower the outcome" if roles.events else "No column marks special days"
    evidence = "; ".join(_event_evidence(table, name) for name in roles.events)
    stage.choose("events", tuple(roles.events), f"{reason}.", evidence)


def _event_evidence(table: Table, name: str) -> str:
    column = table.columns[name]
    if column.kind == "text":
        levels = [str(level) for level, _ in column.levels if str(level).strip().casefold() not in w.NO_EVENT]
        return f"{display(name)}: {', '.join(display(level) for level in sorted(levels)[:5])}"
    return f"{display(name)}: yes or no"


def _currency(stage: Stage, names: list[str]) -> None:
    said = {w.CURRENCY_NAME[word] for name in names for word in w.words(name) if word in w.CURRENCY_NAME}
    if len(said) == 1:
        stage.choose("currency", said.pop(), "The columns' names say so; it is used in labels only.")


def _short(value: Any) -> str:
    if not isinstance(value, int | float):
        return display(str(value))
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
