"""One example of the corpus, with where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from cerebro_core.corpus.index import EXTRACTOR

USAGE = ("docstring", "notebook", "docs", "script", "test")


@dataclass(frozen=True)
class Passage:
    """What one place of a package shows.

    Attributes:
        kind: "recipe" (a card), "docstring", "notebook", "docs", "script", "test" (usage), or "api".
        title: one line for people.
        qualname: public dotted name, or "" for prose.
        heading: headings above it, outermost first.
        prose: words around it.
        signature: of an API.
        code: Python source, or "" for an API fact.
        apis: dotted names that the code uses.
        complete: whether no name in the code is undefined.
        file, line, last: where, in the artefact.
        package, version, licence, copyleft, artefact, sha256: of what it was read from.
        domains: of the plugins that list the package.
        extractor: number of the extractor.
    """

    kind: str
    title: str
    qualname: str = ""
    heading: tuple[str, ...] = ()
    prose: str = ""
    signature: str = ""
    code: str = ""
    apis: tuple[str, ...] = ()
    complete: bool = False
    file: str = ""
    line: int = 0
    last: int = 0
    package: str = ""
    version: str = ""
    licence: str = ""
    copyleft: bool = False
    artefact: str = ""
    sha256: str = ""
    domains: tuple[str, ...] = field(default=(), compare=False)
    extractor: int = EXTRACTOR

    @property
    def tier(self) -> str:
        """ "recipe", "usage" or "api"."""
        return "usage" if self.kind in USAGE else self.kind

    @property
    def id(self) -> str:
        """Stable name of the passage: package, and a hash of where and what it is."""
        import hashlib  # with it comes OpenSSL, which a search does without

        told = "\0".join((self.package, self.version, self.kind, self.file, str(self.line), self.qualname, self.code))
        return f"{self.package}-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:12]}"

    def facts_only(self) -> Passage:
        """The passage without code, prose and comments: what may be kept of a copyleft source."""
        return replace(self, code="", prose="", title=self.qualname, heading=(), complete=False, copyleft=True)
