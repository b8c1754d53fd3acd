"""The fixed lists of the dialect: what blocks may and may not say."""

from __future__ import annotations

import builtins
from types import MappingProxyType

CORE_REQUIRES = MappingProxyType(
    {
        "duckdb": "duckdb>=1.4",
        "matplotlib": "matplotlib>=3.10",
        "numpy": "numpy>=2.1",
        "pandas": "pandas>=2.2",
        "scipy": "scipy>=1.15",
    }
)
"""What the core's own blocks may import: import name -> requirement."""

RESERVED = frozenset({"METHOD", "SPEC", "DECISIONS", "FINDINGS", "CITATIONS"})
"""Names of a script's literals."""

SITE_NAMES = frozenset({"copyright", "credits", "exit", "help", "license", "quit"})
"""Put among the builtins by `site`, so not always there."""

NEWER_NAMES = frozenset({"PythonFinalizationError"})
"""Builtins that the oldest Python of a script lacks."""

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_")) - SITE_NAMES - NEWER_NAMES
"""What a block may use without an import, and may not hide."""

REFUSED_NAMES = MappingProxyType(
    {
        "eval": "runs text as code",
        "exec": "runs text as code",
        "compile": "runs text as code",
        "globals": "depends on the module it stands in",
        "locals": "depends on the scope it stands in",
        "vars": "depends on the scope it stands in",
        "__import__": "hides an import",
        "input": "waits for a keyboard",
        "breakpoint": "waits for a keyboard",
        "__name__": "is another in a script",
        "__file__": "is another in a script",
        "__doc__": "is another in a script",
        "__spec__": "is another in a script",
        "__package__": "is another in a script",
        "__builtins__": "reaches around the dialect",
    }
)
"""Builtin names that a block may not use, and why."""

REFUSED_MODULES = frozenset(
    {"builtins", "cloudpickle", "code", "ctypes", "dill", "imp", "importlib", "joblib", "marshal", "pickle", "pkgutil"}
    | {"runpy", "shelve", "__main__"}
)
"""Modules that run data as code, or depend on where code stands. `importlib.metadata` alone is fine."""

REFUSED_PATHS = frozenset({"sys.modules", "sys._getframe", "sys.settrace", "sys.setrecursionlimit"})
"""Attributes that a block may not touch."""

DECORATORS = frozenset(
    {
        "property",
        "staticmethod",
        "classmethod",
        "dataclasses.dataclass",
        "contextlib.contextmanager",
        "functools.cache",
        "functools.lru_cache",
        "functools.cached_property",
        "functools.total_ordering",
        "abc.abstractmethod",
        "enum.unique",
        "typing.final",
        "typing.override",
        "typing.runtime_checkable",
        "jax.jit",
        "numba.jit",
        "numba.njit",
    }
)
"""Decorators of top-level functions, classes and methods; also `functools.partial` of one, and calls."""

FREEZING = frozenset({"frozenset", "tuple", "types.MappingProxyType"})
"""Calls whose list, set, dict or comprehension argument does not outlive them as something mutable."""

CONSTANT_CALLS = FREEZING | {
    *("abs", "bool", "bytes", "complex", "float", "int", "len", "max", "min", "object", "range", "round", "slice"),
    *("str", "sum"),
    *("re.compile", "textwrap.dedent", "struct.Struct", "operator.attrgetter", "operator.itemgetter"),
    *("pathlib.Path", "pathlib.PurePath", "pathlib.PurePosixPath"),
    *("datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta", "datetime.timezone"),
    *("decimal.Decimal", "fractions.Fraction", "zoneinfo.ZoneInfo", "uuid.UUID"),
    *("collections.namedtuple", "typing.NewType", "typing.TypeVar", "typing.ParamSpec"),
    *("numpy.dtype", "numpy.finfo", "numpy.iinfo", "numpy.log", "numpy.exp", "numpy.sqrt"),
    *("numpy.float32", "numpy.float64", "numpy.int32", "numpy.int64", "numpy.timedelta64", "numpy.datetime64"),
    *("pandas.Timestamp", "pandas.Timedelta"),
}
"""Calls that make something immutable; also all of `math`, and calls of a frozen dataclass of the same module."""

CONSTANT_METHODS = frozenset(
    {"casefold", "encode", "format", "join", "lower", "lstrip", "removeprefix", "removesuffix", "replace", "rstrip"}
    | {"strip", "title", "upper"}
)
"""Methods of text that may be called in a constant."""

PASSING_CALLS = frozenset({"dict", "enumerate", "list", "map", "reversed", "set", "sorted", "zip"})
"""Calls that may stand inside a freezing one, since what they make does not outlive it."""

PASSING_METHODS = frozenset({"items", "keys", "split", "splitlines", "values"})
"""Methods that may be called inside a freezing call."""

CLASS_CALLS = frozenset({"dataclasses.field", "enum.auto"})
"""Further calls in a class body."""
