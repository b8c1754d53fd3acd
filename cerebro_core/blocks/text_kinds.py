"""What a column of text means: numbers, dates or truth values in one of their common written forms.

A reading is one such form. All patterns are our own constants and work both in Python's `re` and in DuckDB's RE2;
the user's text is only ever matched, never part of a pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

# A cell that says "no value", in every column.
MISSING_MARKERS = ("", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null")
# Words that say so only among numbers, dates or truth values: in a column of text they are levels.
MISSING_AMONG_VALUES = (
    "na", "n/a", "Na", "n.a.", "NAN", "Null", "None", "none", "NONE", "nil", "missing", "-", "--", "–", "—",
    ".", "..", "?", "#N/A N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "(null)", "<NA>", "\\N", "NaT",
)  # fmt: skip
MOSTLY = 0.9  # the share of cells that must fit before a column is called "mostly numbers" and the like

SPACES = "[ \u00a0\u202f\u2009]"
APOSTROPHES = "['\u2019]"
SIGN = "[+\u2212-]?"
CURRENCIES = ("$", "€", "£", "¥", "₹")

CLOCK = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,6})?)?( ?[AaPp][Mm])?"  # 3:04 PM, 15:04, 15:04:05.678
CLOCK_FORMATS = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M%p", "%I:%M:%S %p")
DAY = r"(0?[1-9]|[12]\d|3[01])"
MONTH = r"(0?[1-9]|1[0-2])"
YEAR = r"[12]\d{3}"
SHORT_YEAR = r"\d{2}"
MONTH_NAME = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
LONG_MONTH = r"(?i:january|february|march|april|may|june|july|august|september|october|november|december)"

# name, pattern, strptime format, example for the note. The order is the order of preference.
DATE_FORMS = (
    ("year/month/day", rf"{YEAR}/{MONTH}/{DAY}", "%Y/%m/%d", "2024/12/31"),
    ("year.month.day", rf"{YEAR}\.{MONTH}\.{DAY}", "%Y.%m.%d", "2024.12.31"),
    ("day.month.year", rf"{DAY}\.{MONTH}\.{YEAR}", "%d.%m.%Y", "31.12.2024"),
    ("day.month.yy", rf"{DAY}\.{MONTH}\.{SHORT_YEAR}", "%d.%m.%y", "31.12.24"),
    ("day/month/year", rf"{DAY}/{MONTH}/{YEAR}", "%d/%m/%Y", "31/12/2024"),
    ("month/day/year", rf"{MONTH}/{DAY}/{YEAR}", "%m/%d/%Y", "12/31/2024"),
    ("day/month/yy", rf"{DAY}/{MONTH}/{SHORT_YEAR}", "%d/%m/%y", "31/12/24"),
    ("month/day/yy", rf"{MONTH}/{DAY}/{SHORT_YEAR}", "%m/%d/%y", "12/31/24"),
    ("day-month-year", rf"{DAY}-{MONTH}-{YEAR}", "%d-%m-%Y", "31-12-2024"),
    ("month-day-year", rf"{MONTH}-{DAY}-{YEAR}", "%m-%d-%Y", "12-31-2024"),
    ("month day, year", rf"{MONTH_NAME}\.? {DAY},? {YEAR}", "%b %d %Y", "Dec 31, 2024"),
    ("month day, year in full", rf"{LONG_MONTH} {DAY},? {YEAR}", "%B %d %Y", "December 31, 2024"),
    ("day month year", rf"{DAY}[ -]{MONTH_NAME}[ -]{YEAR}", "%d %b %Y", "31 Dec 2024"),
    ("day month year in full", rf"{DAY} {LONG_MONTH} {YEAR}", "%d %B %Y", "31 December 2024"),
    ("day month yy", rf"{DAY}[ -]{MONTH_NAME}[ -]{SHORT_YEAR}", "%d %b %y", "31-Dec-24"),
    ("yearmonthday", r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", "%Y%m%d", "20241231"),
)
PERIOD_FORMS = (
    ("year-month", rf"{YEAR}-(0[1-9]|1[0-2])", "%Y-%m", "2024-12"),
    ("month year", rf"{MONTH_NAME}[ -]{YEAR}", "%b %Y", "Dec 2024"),
    ("month year in full", rf"{LONG_MONTH} {YEAR}", "%B %Y", "December 2024"),
    ("month yy", rf"{MONTH_NAME}-{SHORT_YEAR}", "%b %y", "Dec-24"),
    ("year-week", rf"{YEAR}-?W(0[1-9]|[1-4]\d|5[0-3])", "week", "2024-W05, as its Monday"),
    ("year-quarter", rf"{YEAR}[ -]?Q[1-4]", "quarter", "2024-Q3, as its first day"),
)
ISO_DATE = rf"\d{{4}}-{MONTH}-{DAY}"
ISO_ZONE = r" ?(Z|UTC|[+-]\d{2}(:?\d{2})?)"
# the same figures, with day and month the other way round
SWAPPED = MappingProxyType(
    {
        "day/month/year": "month/day/year",
        "day/month/yy": "month/day/yy",
        "day-month-year": "month-day-year",
    }
)


@dataclass(frozen=True)
class Reading:
    """One written form of values.

    Attributes:
        name: of the form, such as "decimal comma".
        kind: "boolean", "integer", "number" or "date".
        pattern: a whole cell, trimmed, must match it.
        value: SQL for the value of a trimmed cell, with {} for the cell; null where it has none.
        note: (code, what was done), or None where the form is the plain one.
    """

    name: str
    kind: str
    pattern: str
    value: str
    note: tuple[str, str] | None = None


def readings(cells: Sequence[str]) -> list[Reading]:
    """The forms worth trying on some cells, in order of preference.

    Args:
        cells: distinct cells, trimmed, without markers of missing values.
    """
    text = "".join(cells)
    found = [
        Reading("truth value", "boolean", r"(?i:true|false)", "lower({}) = 'true'"),
        *date_readings(text),
        Reading("integer", "integer", rf"{SIGN}(0|[1-9]\d{{0,18}})", "try_cast(" + minus("{}") + " as bigint)"),
        *number_readings("", ""),
    ]
    for sign in CURRENCIES:
        if sign in text:
            found += number_readings(sign, f"'{sign}' left out")
    if "%" in text:
        found += number_readings("%", "percent signs left out: 5% is read as 5")
    return found


def minus(cell: str) -> str:
    """SQL that turns a typographic minus into a plain one."""
    return f"replace({cell}, '\u2212', '-')"


def number_readings(affix: str, done: str) -> list[Reading]:
    """The ways to write a number, with a currency or percent sign around it or none."""
    plain = r"(0|[1-9]\d{0,17})"
    grouped = r"[1-9]\d{{0,2}}({0}\d{{3}})+"
    point, comma = r"(\.\d*)?", r"(,\d*)?"
    exponent = r"([eE][+-]?\d+)?"
    forms = [
        ("number", rf"(({plain}{point}|\.\d+){exponent}|(?i:inf|infinity))", "", "."),
        ("thousands comma", rf"({grouped.format(',')}|{plain}){point}", ",", "."),
        ("decimal comma", rf"({plain}{comma}|,\d+){exponent}", "", ","),
        ("thousands point", rf"({grouped.format('[.]')}|{plain}){comma}", ".", ","),
        ("thousands space", rf"({grouped.format(SPACES)}|{plain}){point}", " ", "."),
        ("thousands space, decimal comma", rf"({grouped.format(SPACES)}|{plain}){comma}", " ", ","),
        ("thousands apostrophe", rf"({grouped.format(APOSTROPHES)}|{plain}){point}", "'", "."),
        ("thousands apostrophe, decimal comma", rf"({grouped.format(APOSTROPHES)}|{plain}){comma}", "'", ","),
    ]
    return [number_reading(name, body, group, mark, affix, done) for name, body, group, mark in forms]


def number_reading(name: str, body: str, group: str, mark: str, affix: str, done: str) -> Reading:
    """One way to write a number: which sign groups thousands, and which marks decimals."""
    drop = {"": "", " ": SPACES, "'": APOSTROPHES, ",": ",", ".": "[.]"}[group]
    cell = minus("{}")
    if affix:
        cell = f"trim(replace({cell}, '{affix}', ''))"
    if drop:
        escaped = drop.replace("'", "''")
        cell = f"regexp_replace({cell}, '{escaped}', '', 'g')"
    if mark == ",":
        cell = f"replace({cell}, ',', '.')"
    pattern = rf"{SIGN}{body}"
    if affix:
        sign = re.escape(affix)
        pattern = rf"({SIGN}{sign} ?{body}|{sign} ?{SIGN}{body}|{SIGN}{body} ?{sign}|{SIGN}{body})"
        pattern = pattern if affix != "%" else rf"({SIGN}{body} ?%|{SIGN}{body})"
    notes = [done] if affix else []
    if name != "number":
        example = {"": "1234", ",": "1,234", ".": "1.234", " ": "1 234", "'": "1'234"}[group] + mark + "5"
        notes.append(f"numbers read with {name}: {example} is 1234.5")
    code = "percent" if affix == "%" else "currency" if affix else name.split(",")[0].replace(" ", "-")
    return Reading(
        f"{name} {affix}".strip(),
        "number",
        pattern,
        f"try_cast({cell} as double)",
        (code, "; ".join(notes)) if notes else None,
    )


def date_readings(text: str) -> list[Reading]:
    """The ways to write a date that some text may hold."""
    found: list[Reading] = []
    if ":" in text:
        found.append(Reading("iso time", "date", rf"{ISO_DATE}({CLOCK})?", "try_cast({} as timestamp)"))
        found.append(
            Reading(
                "iso time with zone",
                "date",
                rf"{ISO_DATE}[ T]\d{{1,2}}:\d{{2}}(:\d{{2}}(\.\d{{1,9}})?)?{ISO_ZONE}",
                "timezone('UTC', try_cast(replace({}, ' UTC', 'Z') as timestamptz))",
                ("time-zone", "times with a zone are read as UTC"),
            )
        )
    found.append(Reading("iso date", "date", ISO_DATE, "try_cast({} as timestamp)"))
    for name, pattern, form, example in DATE_FORMS:
        found.append(date_reading(name, pattern, (form,), example))
        if ":" in text:
            forms = (form, *(f"{form} {clock}" for clock in CLOCK_FORMATS))
            found.append(date_reading(name + " and time", rf"{pattern}({CLOCK})?", forms, example + " 15:04"))
    for name, pattern, form, example in PERIOD_FORMS:
        found.append(date_reading(name, pattern, (form,), example))
    return found


def date_reading(name: str, pattern: str, forms: Sequence[str], example: str) -> Reading:
    """One way to write a date, parsed by `strptime` formats."""
    note = ("date-form", f"dates read as {name}, such as {example}")
    if forms == ("week",):
        value = "try_strptime(replace(replace({}, '-', ''), 'W', '-W') || '-1', '%G-W%V-%u')"
    elif forms == ("quarter",):
        value = "make_date(left({0}, 4)::int, right({0}, 1)::int * 3 - 2, 1)::timestamp"
    else:
        cell = "{}"
        if "%b" in forms[0] or "%B" in forms[0]:
            cell = "replace(replace(replace({}, ',', ''), '.', ''), '-', ' ')"
        elif len(forms) > 1:
            cell = f"replace({cell}, 'T', ' ')"
        listed = ", ".join(f"'{form}'" for form in forms)
        value = f"try_strptime({cell}, [{listed}])"
    return Reading(name, "date", pattern, value, note)


def present(cells: Iterable[str | None]) -> list[str]:
    """The distinct cells that hold a value, trimmed, in order."""
    return list(
        dict.fromkeys(
            cell
            for cell in (cell.strip() for cell in cells if cell is not None)
            if cell not in MISSING_MARKERS and cell not in MISSING_AMONG_VALUES
        )
    )


def fitting(cells: Sequence[str], share: float = 1.0) -> list[Reading]:
    """The readings that fit at least a share of some cells, in order of preference.

    Args:
        cells: from `present`.
        share: how many of the cells must fit, from 0 to 1.
    """
    allowed = int(len(cells) * (1 - share) + 1e-9)
    found = []
    for reading in readings(cells):
        pattern = re.compile(reading.pattern)
        misses = 0
        for cell in cells:
            if not pattern.fullmatch(cell):
                misses += 1
                if misses > allowed:
                    break
        if misses <= allowed:
            found.append(reading)
    return found


def shows_decimal_comma(cells: Sequence[str]) -> bool:
    """Whether some cells can only be numbers with a decimal comma, such as "1,5" or "1.234,56"."""
    if not cells or not any("," in cell for cell in cells):
        return False
    fits = {reading.name.split(" $")[0] for reading in fitting(cells) if reading.kind == "number"}
    with_point = {"number", "thousands comma", "thousands space", "thousands apostrophe"}
    return bool(fits) and not any(name.partition(",")[0] in with_point and "," not in name for name in fits)


def in_preference(
    found: Sequence[Reading], cells: Sequence[str], comma_file: bool, comma_likely: bool
) -> list[Reading]:
    """Put the readings of one column in order, by what the other columns of the file show.

    "1,234" and "1.234" mean a thousand or a little more than one, and only the rest of the file tells which.

    Args:
        found: from `fitting`.
        cells: the cells they fit.
        comma_file: another column has decimal commas beyond doubt.
        comma_likely: that, or semicolons separate the columns.
    """
    wanted = ""
    if comma_likely and any("," in cell for cell in cells):
        wanted = "decimal comma"
    elif comma_file and any("." in cell for cell in cells):
        wanted = "thousands point"
    return sorted(found, key=lambda reading: not (wanted and reading.name.startswith(wanted)))


def number_is_ambiguous(found: Sequence[Reading], cells: Sequence[str]) -> bool:
    """Whether grouped thousands and decimals are both possible, such as in "1,234"."""
    names = {reading.name for reading in found}
    return any("," in cell for cell in cells) and {"thousands comma", "decimal comma"} <= names
