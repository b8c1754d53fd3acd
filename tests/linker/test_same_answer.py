"""A linked script gives what the direct call of its blocks gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

CASES: dict[str, dict[str, str] | str | bytes] = {
    "constants and functions": """
        from __future__ import annotations
        import math
        TWO = 2
        FOUR = TWO * TWO
        SIZES = (FOUR, *range(3))
        def analyse(source, *, x: int):
            return [scaled(x), SIZES]
        def scaled(value: float) -> float:
            return value * FOUR + math.floor(2.5)
    """,
    "constant computed from a constant of another module": {
        "a": "LIMITS = frozenset({1, 2, 3})\nNAMES = tuple(sorted(LIMITS))\n",
        "m": """
            from acme.blocks.a import NAMES
            TWICE = tuple(2 * one for one in NAMES)
            def analyse(source):
                return TWICE
        """,
    },
    "default argument from another module": {
        "a": "def kernel(v):\n    return v * STEP\nSTEP = 5\n",
        "m": """
            from acme.blocks.a import STEP, kernel
            def analyse(source, *, x):
                return inner(x)
            def inner(x, step=STEP, how=kernel):
                return how(x) + step
        """,
    },
    "base class and decorator arguments from other modules": {
        "base": """
            from __future__ import annotations
            from dataclasses import dataclass
            from acme.blocks.config import FROZEN
            @dataclass(frozen=FROZEN)
            class Base:
                x: int
        """,
        "config": "FROZEN = True\n",
        "m": """
            from __future__ import annotations
            from dataclasses import dataclass
            from acme.blocks.base import Base
            def analyse(source, *, x):
                return Derived(x, 2).total()
            @dataclass(frozen=True)
            class Derived(Base):
                y: int
                def total(self):
                    return self.x + self.y
        """,
    },
    "a base class whose __init_subclass__ calls a third module": {
        "labels": "def label(name):\n    return name + END\nEND = '!'\n",
        "base": """
            from acme.blocks.labels import label
            class Base:
                def __init_subclass__(cls):
                    cls.shown = label(cls.__name__)
        """,
        "m": """
            from acme.blocks.base import Base
            class Derived(Base):
                pass
            def analyse(source):
                return Derived.shown
        """,
    },
    "dataclass defaults refer to constants": """
        from __future__ import annotations
        from dataclasses import dataclass, field
        WIDTH = 8
        @dataclass
        class Shape:
            width: int = WIDTH
            double: int = WIDTH * 2
            held: list[int] = field(default_factory=list)
        def analyse(source, *, x: int):
            shape = Shape()
            shape.held.append(x)
            return [shape.width, shape.double, shape.held]
    """,
    "string annotations name a block used nowhere else": """
        from __future__ import annotations
        from dataclasses import dataclass, fields
        import typing
        @dataclass
        class Hidden:
            x: int
        def analyse(source, *, x: int):
            return [one.__name__ for one in typing.get_type_hints(made).values()]
        def made(one: "Hidden", other: "list[Hidden]") -> "Hidden":
            return one
    """,
    "literal and annotated strings name nothing": """
        from typing import Annotated, Literal
        def analyse(source, *, x: Annotated[int, "not a name"]):
            return mode("fast")
        def mode(way: Literal["fast", "slow"]) -> 'Literal["a b"]':
            return way
    """,
    "comprehension scoping": """
        X = (1, 2)
        def analyse(source, *, x):
            helper = [helper for helper in X]
            return [helper, [X[0] for X in ((5,), (6,))], list(X), {k: v for k, v in zip(X, X)} == {1: 1, 2: 2}]
        def helper():
            return "never"
    """,
    "the first iterable of a comprehension in a class body": """
        BASE = (1, 2)
        class Table:
            rows = BASE
            doubled = tuple(2 * one for one in rows)
            def rows_of(self):
                return self.rows
        def analyse(source):
            return [Table.doubled, Table().rows_of()]
    """,
    "class-scope names are not seen by methods": """
        def size():
            return "module"
        class Box:
            size = "class"
            def seen(self):
                return [size(), self.size]
        def analyse(source):
            return Box().seen()
    """,
    "a class attribute read before it is bound in the class": """
        LEVEL = 3
        class Box:
            LEVEL = LEVEL + 1
        def analyse(source):
            return [Box.LEVEL, LEVEL]
    """,
    "nested functions and nonlocal": """
        OUTER = 10
        def analyse(source, *, x):
            count = 0
            def step():
                nonlocal count
                count += OUTER
                def deeper():
                    return count + x
                return deeper()
            step()
            return step()
    """,
    "a parameter shadows a block": """
        def analyse(source, *, x):
            return [apply(lambda value: value + 1), double(x)]
        def apply(double):
            return double(1)
        def double(value):
            return 2 * value
    """,
    "a local shadows an imported block": {
        "a": "def rate():\n    return 1\n",
        "m": """
            from acme.blocks.a import rate
            def analyse(source):
                return [inner(), rate()]
            def inner():
                rate = 5
                return rate
        """,
    },
    "walrus in a comprehension": """
        def analyse(source, *, x):
            found = [last := one * x for one in (1, 2, 3)]
            return [found, last]
        last = "module"
    """,
    "match statement": """
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass(frozen=True)
        class Point:
            x: int
            y: int
        class Level:
            HIGH = 9
        def analyse(source):
            return [named(Point(1, 2)), named([1, 2, 3]), named({"a": 1, "b": 2}), named(9), named(0)]
        def named(value):
            match value:
                case Point(x=one, y=other):
                    return one + other
                case [first, *rest]:
                    return [first, rest]
                case {"a": one, **rest}:
                    return [one, rest]
                case Level.HIGH as high:
                    return high
                case other:
                    return other
    """,
    "f-string names and nested quotes": """
        UNIT = "EUR"
        WIDTH = 8
        def analyse(source, *, x):
            return f"{x:>{WIDTH}} {UNIT!r} {f'{shown(x)}'}"
        def shown(value):
            return f"<{value}>"
    """,
    "lambda defaults": """
        STEP = 4
        def analyse(source, *, x):
            return (lambda value, step=STEP: value + step)(x)
        add = lambda value, *, more=STEP: value + more + STEP
        def unused():
            return add
    """,
    "type aliases and generics": """
        from collections.abc import Callable, Sequence
        type Pair[T] = tuple[T, "Item"]
        class Item:
            pass
        def analyse(source, *, x):
            return [first((x, 2)), Stack[int]([1]).top(), str(Pair.__value__)[:5]]
        def first[T: int](values: Sequence[T]) -> T:
            return values[0]
        class Stack[T]:
            def __init__(self, held: list[T]) -> None:
                self.held = held
            def top[S](self, change: Callable[[T], S] | None = None) -> T:
                return self.held[-1]
    """,
    "except-as and del": """
        def analyse(source, *, x):
            error = "before"
            try:
                raise ValueError("inside")
            except ValueError as caught:
                error = str(caught)
            value = x
            del value
            return error
        def caught():
            return "module"
    """,
    "star arguments and keyword-only": """
        def analyse(source, *, x):
            return joined(1, 2, *(3, 4), sep="-", **{"end": END})
        END = "."
        def joined(*parts, sep, end=END):
            return sep.join(str(one) for one in parts) + end
    """,
    "private names in a class": """
        class Safe:
            __secret = 4
            def read(self):
                return self.__secret
        def analyse(source):
            return Safe().read()
    """,
    "zero-argument super and __class__": """
        class Base:
            def name(self):
                return "base"
        class Child(Base):
            def name(self):
                return super().name() + __class__.__name__
        def analyse(source):
            return Child().name()
    """,
    "property setter, cached and static methods": """
        from functools import cache, cached_property, lru_cache
        class Box:
            def __init__(self):
                self._size = 1
            @property
            def size(self):
                return self._size
            @size.setter
            def size(self, value):
                self._size = value
            @cached_property
            def area(self):
                return self._size ** 2
            @staticmethod
            def made():
                return Box()
        @cache
        def slow(n):
            return n
        @lru_cache(maxsize=None)
        def slower(n):
            return slow(n)
        def analyse(source):
            box = Box.made()
            box.size = 7
            return [box.size, box.area, slower(3)]
    """,
    "context manager": """
        from collections.abc import Iterator
        from contextlib import contextmanager
        @contextmanager
        def opened(value: int) -> Iterator[int]:
            yield value + 1
        def analyse(source, *, x):
            with opened(x) as value:
                return value
    """,
    "imports inside functions": """
        def analyse(source, *, x):
            import math as numbers
            try:
                from decimal import Decimal
            except ImportError:
                Decimal = float
            return [numbers.sqrt(16), str(Decimal(1))]
    """,
    "dotted imports of one package": """
        import os.path
        import xml.etree.ElementTree
        import xml.sax.saxutils
        import xml.dom.minidom as dom
        def analyse(source):
            tree = xml.etree.ElementTree.fromstring("<a/>")
            return [tree.tag, xml.sax.saxutils.escape("<"), os.path.basename("a/b"), dom.Node.ELEMENT_NODE]
    """,
    "text that looks like code": '''
        TEXT = """
        import pandas as pd
        def analyse(source):
            return undefined_name
          # /// not a header
        if __name__ == "__main__":
        """
        def analyse(source):
            return TEXT
    ''',
    "backslash continuation and one-line bodies": """
        LONG = 1 + \\
            2
        def analyse(source, *, x): return LONG + \\
            twice(x)
        def twice(x): y = 2; return x * y
    """,
    "windows line ends, tabs and a byte order mark": (
        b'\xef\xbb\xbf# coding: utf-8\r\nTEXT = """one\r\ntwo"""\r\n'
        b"def analyse(source):\r\n\tif TEXT:\r\n\t\treturn TEXT\r\n"
    ),
    "unicode text in strings and comments": """
        # größer – ‘quoted’ 統計 β
        WORD = "größer 統計 🙂"
        def analyse(source):
            return WORD  # ε
    """,
    "async and generators": """
        import asyncio
        async def later(value):
            return value + BASE
        BASE = 1
        def analyse(source, *, x):
            return [asyncio.run(later(x)), list(some(x))]
        def some(n):
            yield from range(n)
    """,
    "enum, named tuple and nested class": """
        from __future__ import annotations
        from enum import Enum, auto, unique
        from typing import NamedTuple
        @unique
        class Way(Enum):
            UP = auto()
            DOWN = auto()
        class Pair(NamedTuple):
            left: int
            right: int = 2
        ORIGIN = Pair(0, 0)
        class Outer:
            class Inner:
                value = 3
        def analyse(source):
            return [Way.DOWN.value, Pair(1), ORIGIN, Outer.Inner.value]
    """,
    "a frozen dataclass as a constant": """
        from __future__ import annotations
        from dataclasses import dataclass
        def half(value):
            return value / PARTS
        PARTS = 2
        @dataclass(frozen=True)
        class Prior:
            scale: float
            half: float = 0.0
            def __post_init__(self):
                object.__setattr__(self, "half", half(self.scale))
        PRIOR = Prior(5.0)
        def analyse(source):
            return PRIOR.half
    """,
    "mapping proxy, compiled pattern, text methods": """
        import re
        from types import MappingProxyType
        WORDS = MappingProxyType({"a": 1, "b": (2, 3)})
        PATTERN = re.compile(r"\\d+")
        TITLE = "a {} c".format("b").upper()
        MORE = MappingProxyType({key: len(key) for key in WORDS})
        def analyse(source):
            return [dict(WORDS), PATTERN.findall("a1b22"), TITLE, dict(MORE)]
    """,
    "__all__ is left out": """
        __all__ = ["analyse"]
        def analyse(source):
            return 1
    """,
    "a constant with a docstring under it": '''
        LIMIT = 3
        """How many."""
        def analyse(source):
            return LIMIT
    ''',
    "mutual recursion across functions": """
        def analyse(source, *, x):
            return even(x)
        def even(n):
            return True if n == 0 else odd(n - 1)
        def odd(n):
            return False if n == 0 else even(n - 1)
    """,
    "environment variables may be set inside a function": """
        import os
        def analyse(source):
            os.environ["CEREBRO_TEST"] = "1"
            return os.environ["CEREBRO_TEST"]
    """,
    "cast with a string": """
        from typing import cast
        class Thing:
            pass
        def analyse(source, *, x):
            return cast("Thing | int", x)
    """,
    "modules without postponed annotations": {
        "a": "class Kept:\n    pass\ndef made(v: Kept) -> Kept:\n    return v\n",
        "m": "from acme.blocks.a import made\ndef analyse(source, *, x: int) -> int:\n    return made(x)\n",
        "tinyentry/blocks/entry.py": """
            import json
            def main(spec, analyse, *, method, decisions, findings, citations, choices):
                print(json.dumps(analyse(None, x=spec["x"])))
        """,
    },
    "names of a package's __init__": {
        "acme/blocks/__init__.py": "def shared():\n    return 6\n",
        "m": "from acme.blocks import shared\ndef analyse(source):\n    return shared()\n",
    },
    "one meaning written in two ways": {
        "a": "import collections.abc as abc\ndef one():\n    return abc.Mapping.__name__\n",
        "m": """
            from collections import abc
            from acme.blocks.a import one
            def analyse(source):
                return [one(), abc.Mapping.__name__]
        """,
    },
    "an import used in another module under the same root": {
        "a": "import xml.sax.saxutils\ndef one():\n    return xml.sax.saxutils.escape('<')\n",
        "m": """
            import xml.dom.minidom
            from acme.blocks.a import one
            def analyse(source):
                return [one(), xml.dom.minidom.Node.ELEMENT_NODE]
        """,
    },
    "nested package of blocks": {
        "acme/blocks/deep/__init__.py": "",
        "acme/blocks/deep/er.py": "def far():\n    return 'far'\n",
        "m": "from acme.blocks.deep.er import far\ndef analyse(source):\n    return far()\n",
    },
}


@pytest.mark.parametrize("name", CASES)
def test_script_and_direct_call_agree(name: str, package) -> None:
    case = CASES[name]
    package.write(case if isinstance(case, dict) else {"m": case})
    script = package.link()
    assert package.run_script(script) == package.run_direct(script)
    assert "acme" not in "".join(line for line in script.text.split("\n") if "import" in line)


UNTIDY = {"lambda defaults", "backslash continuation and one-line bodies", "type aliases and generics"}


def test_scripts_are_ruff_clean(package, tmp_path) -> None:
    for position, name in enumerate(sorted(set(CASES) - UNTIDY)):
        case = CASES[name]
        package.write(case if isinstance(case, dict) else {"m": case})
        package.link().write(tmp_path / f"s{position}.py")
    files = [str(one) for one in sorted(tmp_path.glob("s*.py"))]
    select = ["--isolated", "--select", "E4,E7,E9,F,I", "--ignore", "F841"]
    done = subprocess.run([sys.executable, "-m", "ruff", "check", *select, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_choices_link_only_the_chosen_block(package) -> None:
    package.write(
        {
            "shapes": """
                def round_one(x):
                    return ["round", x]
                def square_one(x):
                    return ["square", x, helper_of_square()]
                def helper_of_square():
                    return 1
            """,
            "m": "def analyse(source, *, shape, x):\n    return shape(x)\n",
        }
    )
    package.choices = {"shape": {"round": "acme.blocks.shapes:round_one", "square": "acme.blocks.shapes:square_one"}}
    script = package.link(shape="round")
    assert package.run_script(script) == package.run_direct(script) == ["round", 3]
    assert "square_one" not in script.text
    assert "helper_of_square" not in script.text
    assert package.run_script(package.link(shape="square")) == ["square", 3, 1]
