"""What plugins register: methods, commands and corpus sources. Names refer to code by string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Method:
    """One way to answer in a domain.

    Attributes:
        domain: such as "mmm".
        name: such as "numpyro"; `domain/name` is unique over all plugins.
        title: a few words for tables and reports.
        summary: one sentence: what it does.
        spec: "module:Class" of the spec it answers.
        block: "module:function" of its `analyse` block, in a package's `blocks/`.
        requires: import name -> PEP 508 requirement, for every third-party import of the blocks it links.
        choices: spec field -> value -> "module:function" of the block that implements this value. Only the
            chosen block is linked; `analyse` receives it as a function under the field's name.
        options: "module:Class" of a pydantic model with the method's own extra options, or None.
        needs: what the table must have, in words.
        assumes: what must hold for the answer to be right, in words.
        estimands: names of what it estimates.
        references: papers and books, each in one line.
        card: "package:path" of the card that explains it, such as "cerebro_mmm:cards/numpyro.toml".
    """

    domain: str
    name: str
    title: str
    summary: str
    spec: str
    block: str
    requires: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    options: str | None = None
    needs: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    estimands: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    card: str | None = None

    @property
    def key(self) -> str:
        """`domain/name`."""
        return f"{self.domain}/{self.name}"


@dataclass(frozen=True)
class Command:
    """A command of the CLI.

    Attributes:
        name: what the user types after `cerebro`.
        domain: the domain it belongs to; "core" for the core's own.
        help: one line for `cerebro --help`.
        spec: "module:Class" of the spec whose fields become its flags, for a command that analyses; or None.
        run: "module:function" of a function that Typer can call, for any other command; or None.
        data_optional: whether the data file may be left out; the same as its spec's `data_optional`.
        delivers: name of an extra file of the run that `--output` may name instead of a script, such as
            "assigned.csv": where `--output` ends as it does, the script is run and the file copied there.
    """

    name: str
    domain: str
    help: str
    spec: str | None = None
    run: str | None = None
    data_optional: bool = False
    delivers: str | None = None


@dataclass(frozen=True)
class CorpusSource:
    """Where passages of the retrieval corpus come from.

    Attributes:
        name: unique, such as "cerebro-mmm-cards".
        kind: "cards" for a folder of a plugin's own cards, "package" for an installed distribution.
        location: "package:folder" for cards, the distribution's name for a package.
        licence: SPDX identifier.
    """

    name: str
    kind: str
    location: str
    licence: str = "Apache-2.0"
