"""The Python API; the command line is thin over it.

Example:
    >>> from cerebro_core import propose, generate, run
    >>> proposal = propose("weekly.csv", domain="mmm")  # doctest: +SKIP
    >>> script = generate(proposal)  # doctest: +SKIP
    >>> result = run(script, out="weekly_run")  # doctest: +SKIP
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cerebro_core.blocks.display import display
from cerebro_core.cards import citations_of
from cerebro_core.decisions import Decision, Proposal, Request
from cerebro_core.errors import CerebroError, PluginError, SpecError
from cerebro_core.finder import CORE
from cerebro_core.findings import Finding
from cerebro_core.load import import_name
from cerebro_core.plugins import plugins
from cerebro_core.proposals import fit_to_method
from cerebro_core.script import Script
from cerebro_core.spec import AnalysisSpec, build_spec, check_given
from cerebro_core.table import Table, no_table, profile_table, save_frame

if TYPE_CHECKING:
    import pandas as pd

    from cerebro_core.result import Result


class RefusedSpec(SpecError):
    """A spec has error findings; `findings` holds all of them."""

    def __init__(self, findings: Sequence[Finding], hint: str = "") -> None:
        self.findings = tuple(findings)
        errors = [item.sentence for item in findings if item.severity == "error"]
        super().__init__("\n".join([*errors, hint] if hint else errors))


class Undecided(SpecError):
    """Several analyses, or none, fit the table; `proposals` holds them, best first."""

    def __init__(self, message: str, proposals: Sequence[Proposal] = ()) -> None:
        self.proposals = tuple(proposals)
        super().__init__(message)


def profile(data: str | Path | pd.DataFrame | Table, table: str | None = None) -> Table:
    """Look at a table: columns, kinds, missing values, levels, ranges, dates and their spacing, likely roles.

    Args:
        data: path of a CSV, Parquet, JSON or DuckDB file, or a DataFrame.
        table: the table to read, where the file is a DuckDB database.

    Returns:
        the profile, which answers aggregates over the data too.

    Raises:
        TableError: where the data cannot be read.
    """
    if isinstance(data, Table):
        return data
    if isinstance(data, str | Path):
        return profile_table(str(data), table)
    return profile_table(str(_keep_frame(data)), None)


def spec_class(kind: str) -> type[AnalysisSpec]:
    """The spec model of a command, such as "mmm".

    Raises:
        PluginError: where no installed plugin has it, with the pip line of the one that does.
    """
    command = plugins().command(kind)
    if command.spec is None:
        raise SpecError(f"'{kind}' is a command without a spec; `cerebro methods` lists the domains")
    found = import_name(command.spec)
    if not (isinstance(found, type) and issubclass(found, AnalysisSpec)):
        raise CerebroError(f"command '{kind}' names {command.spec}, which is no AnalysisSpec")
    return found


def propose_all(
    data: str | Path | pd.DataFrame | Table | None = None,
    domain: str | None = None,
    *,
    table: str | None = None,
    question: str = "",
    description: str = "",
    given: Mapping[str, Any] | None = None,
) -> list[Proposal]:
    """Every analysis that the installed agents see in a table, best first.

    Args:
        data: as for `profile`; None for a command that needs none.
        domain: ask only this domain, or None for all that are installed.
        table: as for `profile`.
        question: the question in the user's words.
        description: a description of the data in the user's words.
        given: spec fields that the user sets; each is checked by its field.

    Returns:
        proposals sorted by score, highest first.

    Raises:
        SpecError: where a given value is refused, or the agents lack something that they name.
    """
    loaded = plugins()
    given = dict(given or {})
    if data is None:
        kind = None if domain is None else spec_class(domain)
        if kind is None or not kind.data_optional:
            raise SpecError("there is no data file; name a CSV, Parquet, JSON or DuckDB file")
    seen = no_table() if data is None else profile(data, table)
    options: dict[str, Any] = {}
    if domain is not None:
        options, given = _split_options(domain, given)
        given = check_given(spec_class(domain), given)
        given |= {"options": options} if options else {}
    request = Request(domain, {**given, "data": seen.path, "table": seen.table}, question, description)
    if domain is None:
        found = _ask_every_domain(request, seen)
    else:
        answers = loaded.call("cerebro_propose", domain=spec_class(domain).domain, request=request, table=seen)
        found = [item for _, items in answers for item in items]
    return sorted((fit_to_method(item, given) for item in found), key=lambda item: -item.score)


def propose(
    data: str | Path | pd.DataFrame | Table | None = None,
    domain: str | None = None,
    *,
    table: str | None = None,
    question: str = "",
    description: str = "",
    **given: Any,
) -> Proposal:
    """The analysis that fits a table best, as a complete spec with a reason for all that was filled in.

    Args:
        data, domain, table, question, description: as for `propose_all`.
        **given: spec fields that you set, such as `outcome="sales"`.

    Raises:
        Undecided: where no analysis fits, or several fit equally well.
        SpecError: where a given value is refused.
    """
    found = propose_all(data, domain, table=table, question=question, description=description, given=given)
    if not found:
        domains = ", ".join(plugins().domains()) or "none"
        raise Undecided(
            "no installed analysis fits this table as it stands (domains here: " + domains + "); name the domain "
            "and its columns, such as `cerebro mmm data.csv --date … --outcome … --channels …`"
        )
    if len(found) > 1 and found[0].score == found[1].score:
        raise Undecided("several analyses fit this table equally well", found)
    return found[0]


def validate(
    spec: AnalysisSpec | Proposal | str | Path | Mapping[str, Any],
    data: str | Path | pd.DataFrame | Table | None = None,
) -> list[Finding]:
    """Judge a spec against its table: errors, warnings and remarks, errors first.

    Args:
        spec: a spec, a proposal, a YAML file, or the mapping in one.
        data: the table, where it is not the spec's own `data`.
    """
    complete = as_spec(spec)
    table = table_of(complete, data)
    plugins().load(complete.domain)
    asked: dict[str, Any] = {"domain": complete.domain, "spec": complete, "table": table}
    answers = plugins().call("cerebro_validate", only=CORE, **asked)
    if not any(item.severity == "error" for _, items in answers for item in items):  # else the rest only repeats it
        answers += plugins().call("cerebro_validate", skip=CORE, **asked)
    found = [item for _, items in answers for item in items]
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda item: order[item.severity])


def generate(
    spec: AnalysisSpec | Proposal | str | Path | Mapping[str, Any],
    data: str | Path | pd.DataFrame | Table | None = None,
    *,
    findings: Sequence[Finding] | None = None,
) -> Script:
    """Check a spec and write its script.

    Args:
        spec, data: as for `validate`.
        findings: what `validate` gave, where it was just called.

    Returns:
        the script; `.write(path)` saves it.

    Raises:
        RefusedSpec: where validators see errors.
    """
    complete = as_spec(spec)
    found = validate(complete, data) if findings is None else list(findings)
    if any(item.severity == "error" for item in found):
        raise RefusedSpec(found)
    decisions = spec.all_decisions if isinstance(spec, Proposal) else ()
    return link_spec(complete, decisions, [item for item in found if item.severity != "error"])


def link_spec(
    spec: AnalysisSpec,
    decisions: Sequence[Decision],
    findings: Sequence[Finding],
    *,
    cite: bool = False,
    examples: Sequence[Mapping[str, Any]] = (),
) -> Script:
    """Write the script of a spec that was checked, by the first plugin that generates it, else by the linker.

    With `cite`, its citations end with up to three examples of the corpus; none where nothing is built. They end
    with `examples` where those were chosen before.
    """
    from cerebro_core.linker import link

    method = plugins().method(spec.domain, spec.method_name)
    told: dict[str, Any] = {"decisions": decisions, "findings": findings}
    told["citations"] = [*citations_of(method), *examples]
    if cite:
        from cerebro_core.corpus.cite import example_citations

        chosen = " ".join(str(getattr(spec, name, "")) for name in method.choices)
        plugins().load_all()
        told["citations"] += example_citations(plugins().call("cerebro_corpus"), method, chosen)
    script = plugins().first("cerebro_generate", domain=spec.domain, spec=spec, method=method, **told)
    if script is not None:
        return script
    return link(spec, method, **told, plugins=plugins().versions(method))


def relink(path: str | Path) -> Script:
    """Write a generated script anew, with the blocks that are installed now, from the literals inside it.

    Raises:
        SpecError: where the file is no script of Cerebro's, or its spec no longer fits.
        PluginError: where its domain is not installed.
    """
    from cerebro_core.corpus.cite import kept_examples
    from cerebro_core.script import read_script

    inside = read_script(Path(path))
    decisions = [Decision(**item) for item in inside.decisions]
    findings = [Finding(**item) for item in inside.findings]
    return link_spec(as_spec(inside.spec), decisions, findings, examples=kept_examples(inside.citations))


def run(
    what: Script | Proposal | AnalysisSpec | str | Path,
    data: str | Path | None = None,
    *,
    out: str | Path | None = None,
    seed: int | None = None,
    timeout: float | None = None,
    memory: int | None = None,
    env: Sequence[str] = (),
    quiet: bool = True,
) -> Result:
    """Run a script in a child process and read its result.

    Args:
        what: a script or the path of one; or a proposal or spec, whose script is then generated first.
        data: a data file other than the script's own.
        out: run folder; by default beside the script, or a new one under `cerebro_runs/`.
        seed: seed instead of the spec's own.
        timeout: seconds after which the child is ended.
        memory: bytes of resident memory at which the child is ended.
        env: names of environment variables that the child may see.
        quiet: show no progress on stderr.

    Returns:
        the checked result; it shows itself as HTML in a notebook.

    Raises:
        RunError: where the script crashes or a limit ends it.
    """
    from cerebro_core.folders import run_folder
    from cerebro_core.runner import run_script

    if isinstance(what, str | Path) and Path(what).suffix == ".py":
        path = Path(what)
        folder = Path(out) if out is not None else path.with_name(f"{path.stem}_run")
    else:
        script = what if isinstance(what, Script) else generate(what)
        home = run_folder(str(script.literals["SPEC"]["kind"])) if out is None else Path(out).absolute().parent
        name = "pipeline" if out is None else Path(out).name.removesuffix("_run")
        path = script.write(home / f"{name}.py", force=False)
        folder = home / f"{name}_run" if out is None else Path(out)
    finished = run_script(
        path,
        data=None if data is None else str(data),
        out=folder,
        seed=seed,
        timeout=timeout,
        memory=memory,
        env=env,
        quiet=quiet,
    )
    return finished.result


def table_of(spec: AnalysisSpec, data: str | Path | pd.DataFrame | Table | None = None) -> Table:
    """The table of a spec: `data` where given, else the spec's own; an empty one where it needs none.

    Raises:
        SpecError: where there is no data and the spec needs some.
        TableError: where the data cannot be read.
    """
    if data is None and not spec.data:
        if not spec.data_optional:
            raise SpecError(f"{spec.kind}: it names no data; add `data: your.csv`, or give --data")
        return no_table()
    return profile(spec.data if data is None else data, spec.table)


def as_spec(spec: AnalysisSpec | Proposal | str | Path | Mapping[str, Any]) -> AnalysisSpec:
    """A complete spec from any of the forms in which one is given.

    Raises:
        SpecError: where the YAML or the mapping says something impossible.
        PluginError: where its domain is not installed.
    """
    if isinstance(spec, Proposal):
        spec = spec.spec
    if not isinstance(spec, AnalysisSpec):
        spec = _built(spec)
    return _with_options(spec)


def _built(source: str | Path | Mapping[str, Any]) -> AnalysisSpec:
    if isinstance(source, Mapping):
        values = dict(source)
        where, kind = "", values.pop("kind", None)
        if not isinstance(kind, str):
            raise SpecError("the spec has no `kind`, such as `kind: mmm`")
    else:
        from cerebro_core.spec_yaml import load_yaml

        kind, values = load_yaml(Path(source))
        where = display(source)
    return build_spec(spec_class(kind), values, where=where)


def _split_options(domain: str, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Separate the extra options of third parties' methods from the spec's own fields."""
    fields = spec_class(domain).model_fields
    extra = {
        name
        for method in plugins().methods(domain)
        if method.options
        for name in import_name(method.options).model_fields
    }
    options = {name: value for name, value in given.items() if name in extra and name not in fields}
    return options, {name: value for name, value in given.items() if name not in options}


def _with_options(spec: AnalysisSpec) -> AnalysisSpec:
    """The spec with its method's extra options typed and complete."""
    from pydantic import ValidationError

    known = {method.name: method for method in plugins().methods(spec.domain)}
    model = known[spec.method_name].options if spec.method_name in known else None
    if model is None:
        if spec.options and spec.method_name in known:
            names = ", ".join(display(name) for name in spec.options)
            raise SpecError(f"options: {known[spec.method_name].key} has none; leave out {names}")
        return spec
    try:
        typed = import_name(model).model_validate(spec.options).model_dump(mode="json")
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise SpecError(f"options.{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    return spec.model_copy(update={"options": typed})


def _ask_every_domain(request: Request, table: Table) -> list[Proposal]:
    """What the agents of all domains propose; a plugin that fails is warned of and spoils no other's answer."""
    loaded = plugins()
    loaded.load_all()
    found: list[Proposal] = []
    failures: list[PluginError] = []
    for domain in loaded.domains():
        try:
            answers = loaded.call("cerebro_propose", domain=domain, request=request, table=table)
            found += [item for _, items in answers for item in items]
        except PluginError as error:
            failures.append(error)
    if failures and not found:
        raise failures[0]
    for failure in failures:
        warnings.warn(str(failure), stacklevel=3)
    return found


def _keep_frame(frame: pd.DataFrame) -> Path:
    folder = tempfile.mkdtemp(prefix="cerebro-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "frame.parquet"
    save_frame(frame, str(path))
    return path
