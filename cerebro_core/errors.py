"""The exceptions of Cerebro.

    CerebroError               exit code 1: our own fault, unless a subclass says otherwise
      PluginError              a plugin cannot be found, loaded or registered
      SpecError        (2)     a spec, a flag or a YAML file says something impossible
      TableError       (2)     the data cannot be read, or lacks what was named
      LinkError                a block breaks the dialect
      RunError         (3)     a script crashed, or a limit ended it
      CorpusError              the retrieval corpus cannot be read or built

Every message says what happened, where, and what to do next.
"""

from __future__ import annotations


class CerebroError(Exception):
    """Anything that Cerebro reports on purpose; shown without a traceback."""

    exit_code = 1


class PluginError(CerebroError):
    """A plugin cannot be found, loaded or registered."""

    exit_code = 2


class SpecError(CerebroError):
    """A spec, a flag or a YAML file says something impossible."""

    exit_code = 2


class TableError(CerebroError):
    """The data cannot be read, or lacks what was named."""

    exit_code = 2


class LinkError(CerebroError):
    """A block breaks the dialect of linkable code; the message begins with file and line."""


class RunError(CerebroError):
    """A script crashed, or a limit ended it."""

    exit_code = 3


class CorpusError(CerebroError):
    """The retrieval corpus cannot be read or built."""
