"""Which column plays which role in a marketing mix model, by names and values together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cerebro_mmm.agents import words as w
from cerebro_mmm.agents.senses import Sense, sense

if TYPE_CHECKING:
    from cerebro_core.table import ColumnProfile, Table

MOST_BLANK = 0.1
MOST_EVENT_NAMES = 20


@dataclass(frozen=True)
class Left:
    """A column that was looked at for a role (a spec field) and left, with the reason."""

    column: str
    role: str
    reason: str


@dataclass
class Roles:
    """Candidates for each role, in the order of the table; the outcomes best first."""

    outcomes: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    by_exposure: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def leave(self, column: str, role: str, reason: str) -> None:
        self.left.append(Left(column, role, reason))


def sort_columns(table: Table, taken: Iterable[str], bought: Sequence[str] = ()) -> Roles:
    """Sort every column that has no role yet into candidates and columns left out.

    Args:
        table: the profiled table.
        taken: columns that have a role already: the date, and what the user named.
        bought: those among them that the user named as channels.
    """
    given = frozenset(taken)
    free = {name: column for name, column in table.columns.items() if name not in given}
    senses: dict[str, Sense] = {name: sense(name) for name in free}
    roles = Roles()
    for name, column in free.items():
        _sort(roles, name, column, senses[name])
    _media(roles, free, senses, list(bought))
    _outcomes(roles, free, senses)
    return roles


def is_flag(column: ColumnProfile) -> bool:
    """Whether a column says yes or no."""
    if column.kind == "boolean":
        return True
    return is_number(column) and column.distinct == 2 and column.minimum == 0 and column.maximum == 1


def is_number(column: ColumnProfile) -> bool:
    return column.kind in ("number", "integer")


def _sort(roles: Roles, name: str, column: ColumnProfile, meant: Sense) -> None:
    if column.kind == "date":
        roles.leave(name, "date", "another column with dates; one is enough")
    elif meant in ("key", "calendar", "derived"):
        roles.leave(name, "controls", _WHY_LEFT[meant])
    elif column.kind == "text":
        _sort_text(roles, name, column, meant)
    elif is_flag(column):
        _sort_flag(roles, name, meant)
    elif meant in ("spend", "medium", "exposure", "total", "outcome", "claimed"):
        return
    elif meant in _WHY_LEFT:
        roles.leave(name, "channels" if meant == "other_cost" else "controls", _WHY_LEFT[meant])
    elif meant == "unknown":
        roles.leave(name, "controls", "its name does not say what it is; name it with --controls if it matters")
    else:
        _sort_control(roles, name, column)


_SAME = "it is the same in every row"
_SUM = "it is the sum of channels and would count their spend twice"
_WHY_LEFT: dict[Sense, str] = {
    "key": "it numbers the rows",
    "calendar": "it counts time; trend and season come from the date",
    "derived": "it is made from another column; the model makes lags and curves itself",
    "other_cost": "it is a cost of the business, not of advertising",
    "after": "it is a consequence of sales or advertising; holding it constant would hide their effect",
}


def _sort_text(roles: Roles, name: str, column: ColumnProfile, meant: Sense) -> None:
    if meant == "spend":
        roles.channels.append(name)
        return
    if column.distinct <= 1 and not column.missing:
        roles.leave(name, "events", _SAME)
        return
    quiet = sum(count for level, count in column.levels if str(level).strip().casefold() in w.NO_EVENT)
    rare = quiet + column.missing > column.rows / 2
    if column.distinct <= MOST_EVENT_NAMES and (rare or meant == "event"):
        roles.events.append(name)
    else:
        roles.leave(name, "events", "it is text, and does not mark a few special days")


def _sort_flag(roles: Roles, name: str, meant: Sense) -> None:
    if meant in ("spend", "medium", "exposure", "total"):
        roles.leave(name, "channels", "it says only whether there was advertising, not how much")
    elif meant in ("outcome", "claimed", "after"):
        roles.leave(name, "outcome", "it is yes or no, and a marketing mix needs an amount for each row")
    else:
        roles.events.append(name)


def _sort_control(roles: Roles, name: str, column: ColumnProfile) -> None:
    if column.distinct <= 1:
        roles.leave(name, "controls", _SAME)
    elif column.missing > MOST_BLANK * column.rows:
        roles.leave(name, "controls", f"{column.missing} of {column.rows} rows are blank")
    else:
        roles.controls.append(name)


def _media(roles: Roles, free: dict[str, ColumnProfile], senses: dict[str, Sense], given: list[str]) -> None:
    """Spend makes channels; a bare medium or exposure where a channel has no spend; a sum where nothing else is."""
    numbers = [name for name, column in free.items() if is_number(column) and not is_flag(column)]
    spend = [name for name in numbers if senses[name] == "spend"]
    bought = spend + given
    for name in [name for name in numbers if senses[name] == "medium"]:
        owner = _same_channel(name, bought)
        if owner:
            roles.leave(name, "channels", f"the spend of the same channel is in '{owner}'")
        elif free[name].distinct <= 1:
            roles.leave(name, "channels", _SAME)
        else:
            spend.append(name)
    spend = _without_sums(roles, free, spend)
    _exposures(roles, free, [name for name in numbers if senses[name] == "exposure"], spend + given)
    totals = [name for name in numbers if senses[name] == "total"]
    if not (spend or roles.by_exposure or given):
        spend, totals = totals[:1], totals[1:]
    for name in totals:
        roles.leave(name, "channels", _SUM)
    order = list(free)
    roles.channels = sorted({*roles.channels, *spend, *roles.by_exposure}, key=order.index)


def _exposures(roles: Roles, free: dict[str, ColumnProfile], exposures: list[str], bought: list[str]) -> None:
    for name in sorted(exposures, key=lambda name: w.rank(name, w.EXPOSURE)):
        owner = _same_channel(name, bought)
        other = _same_channel(name, roles.by_exposure)
        if not w.channel_key(name) and bought and not owner:
            roles.leave(name, "channels", "its name does not say of which channel it is the exposure")
        elif owner:
            roles.leave(name, "channels", f"it is exposure of a channel whose spend is in '{owner}'")
        elif other:
            roles.leave(name, "channels", f"the same channel is already measured by '{other}'")
        elif free[name].distinct <= 1:
            roles.leave(name, "channels", _SAME)
        else:
            roles.by_exposure.append(name)


def _same_channel(name: str, others: list[str]) -> str | None:
    """The column among others that is about the same channel: by its words, else by the family of the medium."""
    key = w.channel_key(name)
    exact = [other for other in others if w.channel_key(other) == key]
    nested = [other for other in others if key and w.channel_key(other) and _nested(key, w.channel_key(other))]
    related = [other for other in others if w.families(name) & w.families(other)]
    best = exact or nested or related
    return best[0] if best else None


def _nested(one: frozenset[str], other: frozenset[str]) -> bool:
    return one <= other or other <= one


def _without_sums(roles: Roles, free: dict[str, ColumnProfile], spend: list[str]) -> list[str]:
    """Leave out a column that is the sum of all the others."""
    means = {name: free[name].mean or 0.0 for name in spend}
    everything = sum(means.values())
    for name in spend:
        rest = everything - means[name]
        if len(spend) > 2 and rest > 0 and abs(means[name] - rest) <= 1e-6 * rest:
            roles.leave(name, "channels", _SUM)
            return [other for other in spend if other != name]
    return spend


def _outcomes(roles: Roles, free: dict[str, ColumnProfile], senses: dict[str, Sense]) -> None:
    """Columns that could be the outcome, best first; what a channel claims for itself only where nothing else is."""
    named = [name for name in free if senses[name] == "outcome" and not is_flag(free[name])]
    claimed = [name for name in free if senses[name] == "claimed" and is_number(free[name]) and not is_flag(free[name])]
    roles.outcomes = sorted(named or claimed, key=lambda name: _outcome_order(name, free[name]))
    for name in claimed if named else ():
        roles.leave(name, "outcome", "it is what one channel claims for itself, not what was sold in all")


def _outcome_order(name: str, column: ColumnProfile) -> tuple[bool, bool, int]:
    hollow = not is_number(column) or column.distinct <= 1 or (column.zeros or 0) > column.rows / 2
    return hollow, "target" in w.words(name), w.rank(name, w.OUTCOME)
