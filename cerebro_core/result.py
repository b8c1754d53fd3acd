"""`result.json`, schema version 1: what every run leaves behind, for every method.

Reading is tolerant of keys that a later minor version may add (they are kept, and `unknown_keys` lists them);
everything that this version knows is checked strictly. Importing this module imports pydantic and nothing heavier.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, PrivateAttr, ValidationError, field_validator, model_validator

from cerebro_core.blocks.display import display
from cerebro_core.errors import RunError, SpecError
from cerebro_core.result_parts import (
    About,
    Citation,
    DataEntry,
    DecisionEntry,
    DiagnosticEntry,
    EstimateEntry,
    FigureNote,
    FindingEntry,
    Part,
    Software,
    TableEntry,
)
from cerebro_core.suggest import listing, nearest

RESULT_FILE = "result.json"
REPORT_FILE = "report.html"
LARGEST_INLINE_REPORT = 32 * 2**20


class Result(Part):
    """The answer of a run, as it stands in `result.json`."""

    schema_version: Literal[1]
    status: Literal["ok", "refused"]
    """"refused": the rows do not allow the method, and `answer` says why."""
    domain: str
    method: str
    title: str = ""
    answer: str = ""
    """The answer in a sentence or two; where refused, why and what to do."""
    estimates: tuple[EstimateEntry, ...] = ()
    """The first one is the answer."""
    diagnostics: tuple[DiagnosticEntry, ...] = ()
    decisions: tuple[DecisionEntry, ...] = ()
    findings: tuple[FindingEntry, ...] = ()
    citations: tuple[Citation, ...] = ()
    tables: dict[str, TableEntry] = Field(default_factory=dict)
    figures: tuple[str, ...] = ()
    """Paths of figures, relative to the run's folder."""
    figure_notes: dict[str, FigureNote] = Field(default_factory=dict)
    """Figure -> its title and caption."""
    extras: tuple[str, ...] = ()
    """Further files that the method wrote to the run's folder."""
    about: About = About()
    command: str = ""
    """The command line that repeats the run."""
    data: DataEntry
    spec: dict[str, Any]
    software: Software
    seed: int
    seconds: Annotated[float, Field(ge=0)]

    _folder: Path | None = PrivateAttr(default=None)

    @field_validator("figures", "extras")
    @classmethod
    def _files_stay_in_the_folder(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or not path.parts:
                raise ValueError(f"'{display(name)}' is not a path inside the run's folder")
        return value

    @model_validator(mode="after")
    def _estimates_answer(self) -> Self:
        if self.status == "ok" and not self.estimates:
            raise ValueError("status is ok and there is no estimate")
        seen: set[tuple[str | None, ...]] = set()
        for item in self.estimates:
            key = (item.name, item.outcome, item.group, item.period)
            if key in seen:
                raise ValueError(f"two estimates are named {_named(item)}")
            seen.add(key)
        return self

    @property
    def folder(self) -> Path | None:
        """The run's folder, where the result was read from one."""
        return self._folder

    @property
    def report(self) -> Path | None:
        """The report's file, where there is one."""
        path = self._folder / REPORT_FILE if self._folder else None
        return path if path and path.is_file() else None

    @property
    def figure_paths(self) -> tuple[Path, ...]:
        """The figures' files, where the result was read from a folder."""
        return tuple(self._folder / name for name in self.figures) if self._folder else ()

    @property
    def failed(self) -> tuple[DiagnosticEntry, ...]:
        """The diagnostics that failed."""
        return tuple(item for item in self.diagnostics if item.status == "fail")

    @property
    def exit_code(self) -> int:
        """0 done, 2 refused, 4 done and a diagnostic failed."""
        if self.status == "refused":
            return 2
        return 4 if self.failed else 0

    def estimate(
        self, name: str, group: str | None = None, *, outcome: str | None = None, period: str | None = None
    ) -> EstimateEntry:
        """The one estimate of that name; the parts that are not given may be anything, if that leaves one.

        Raises:
            SpecError: where there is none, or where several fit and none of them lacks the parts not given.
        """
        named = [item for item in self.estimates if item.name == name]
        if not named:
            known = dict.fromkeys(item.name for item in self.estimates)
            raise SpecError(
                f"no estimate '{display(name)}' in this result{nearest(name, known)} (there are {listing(known)})"
            )
        wanted = {"group": group, "outcome": outcome, "period": period}
        fits = [
            item
            for item in named
            if all(value is None or getattr(item, part) == value for part, value in wanted.items())
        ]
        exact = [item for item in fits if all(getattr(item, part) == value for part, value in wanted.items())]
        found = fits if len(fits) == 1 else exact
        if len(found) != 1:
            kinds = "; ".join(_named(item) for item in named[:12]) + ("; …" if len(named) > 12 else "")
            raise SpecError(f"{len(fits) or 'no'} estimates fit that; name one of: {kinds}")
        return found[0]

    def unknown_keys(self) -> tuple[str, ...]:
        """Keys that schema version 1 does not have, as dotted paths; empty for what this version writes."""
        return tuple(_extra_keys(self, ""))

    def _repr_html_(self) -> str:
        """The report in a closed frame, for notebooks; the estimates as a table where there is no report."""
        report = self.report
        if report and report.stat().st_size <= LARGEST_INLINE_REPORT:
            page = html.escape(report.read_text(encoding="utf-8", errors="replace"), quote=True)
            return (
                f'<iframe srcdoc="{page}" sandbox="allow-popups" title="Cerebro report" '
                'style="width:100%;height:720px;border:1px solid #8884;border-radius:6px"></iframe>'
            )
        return _summary(self)


def read_result(folder: Path) -> Result:
    """Read and check `result.json` of a run's folder.

    Raises:
        RunError: where there is none, or it does not keep to the schema; the message says what is wrong.
    """
    path = folder / RESULT_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RunError(f"no {RESULT_FILE} in {display(folder)}; name the folder of a finished run") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{display(path, 400)} cannot be read: {display(error)}") from None
    result = parse_result(text, where=display(path, 400))
    result._folder = folder
    return result


def parse_result(text: str, where: str = RESULT_FILE) -> Result:
    """Check the text of a `result.json`.

    Raises:
        RunError: naming every key that is missing or wrong.
    """
    try:
        document = json.loads(text, parse_constant=_no_constant)
        # json.loads takes lone surrogates, as an odd file name can hold them; pydantic does not
        plain = json.dumps(_without_surrogates(document) if "\\u" in text else document)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{where}: not JSON: {display(error)}") from None
    version = document.get("schema_version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > 1:
        raise RunError(f"{where}: schema version {version} is of a newer Cerebro; update cerebro-core")
    try:
        return Result.model_validate_json(plain, strict=True)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        shown = "; ".join(_complaint(item["loc"], item["msg"]) for item in problems[:8])
        more = f"; and {len(problems) - 8} more" if len(problems) > 8 else ""
        raise RunError(f"{where}: not a result of schema version 1: {shown}{more}") from None


def result_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of `result.json`."""
    schema = Result.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Cerebro result, schema version 1"
    return schema


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    path = ".".join(display(part, 40) for part in location)
    return f"{path}: {message[:1].lower()}{message[1:]}" if path else message


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number; write null")


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _extra_keys(part: BaseModel, path: str) -> Iterator[str]:
    yield from (path + key for key in part.model_extra or {})
    for name in type(part).model_fields:
        value = getattr(part, name)
        children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
        if isinstance(value, BaseModel):
            yield from _extra_keys(value, f"{path}{name}.")
        for key, child in children:
            if isinstance(child, BaseModel):
                yield from _extra_keys(child, f"{path}{name}.{key}.")


def _named(item: EstimateEntry) -> str:
    parts = ((part, getattr(item, part)) for part in ("group", "outcome", "period"))
    told = ", ".join(f"{part} '{display(value, 40)}'" for part, value in parts if value is not None)
    return f"'{display(item.name, 40)}'" + (f" ({told})" if told else "")


def _summary(result: Result) -> str:
    def cell(value: object) -> str:
        shown = f"{value:.4g}" if isinstance(value, float) else "–" if value is None else display(value)
        return f"<td>{html.escape(shown)}</td>"

    rows = "".join(
        "<tr>" + "".join(map(cell, (item.label or _named(item), item.value, item.ci_low, item.ci_high))) + "</tr>"
        for item in result.estimates[:50]
    )
    failed = "".join(
        f"<li><b>{html.escape(display(item.name))}</b>: {html.escape(display(item.message, 400))}</li>"
        for item in result.failed
    )
    return (
        f"<h4>{html.escape(display(result.title or result.method))}</h4>"
        f"<p>{html.escape(display(result.answer, 1000))}</p>"
        f"<table><tr><th>estimate</th><th>value</th><th>low</th><th>high</th></tr>{rows}</table>"
        + (f"<p>Failed checks:</p><ul>{failed}</ul>" if failed else "")
    )
