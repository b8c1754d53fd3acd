"""What breaks the dialect is refused with its file and line."""

from __future__ import annotations

import pytest

from cerebro_core.errors import LinkError

END = "def analyse(source, *, x):\n    return 1\n"

# name -> (text of m.py, line of the breach, words of the message)
IN_ONE_MODULE: dict[str, tuple[str, int, str]] = {
    "conditional import": ("if True:\n    import math\n" + END, 1, "conditional import"),
    "import under TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import math\n" + END,
        2,
        "conditional import",
    ),
    "try import": ("try:\n    import math\nexcept ImportError:\n    math = None\n" + END, 1, "conditional import"),
    "star import": ("from math import *\n" + END, 1, "import *"),
    "star import of blocks": ("from acme.blocks.other import *\n" + END, 1, "import *"),
    "relative import": ("from .other import helper\n" + END, 1, "relative import"),
    "relative import in a function": (
        "def analyse(source):\n    from .other import helper\n    return helper\n",
        2,
        "relative",
    ),
    "block under another name": ("from acme.blocks.other import helper as h\n" + END, 1, "another name"),
    "block module as a whole": ("import acme.blocks.other\n" + END, 1, "as a whole"),
    "block module with an alias": ("import acme.blocks.other as other\n" + END, 1, "as a whole"),
    "blocks package as a name": ("from acme import blocks\n" + END, 1, "as a whole"),
    "block import in a function": (
        "def analyse(source):\n    from acme.blocks.other import helper\n    return helper()\n",
        2,
        "inside a function",
    ),
    "first-party code": ("from acme.specs import Spec\n" + END, 1, "no block"),
    "the core outside of its blocks": ("from cerebro_core.spec import AnalysisSpec\n" + END, 1, "no block"),
    "the core inside a function": (
        "def analyse(source):\n    import cerebro_core\n    return cerebro_core\n",
        2,
        "no block",
    ),
    "pickle": ("import pickle\n" + END, 1, "runs data as code"),
    "pickle in a function": ("def analyse(source):\n    import pickle\n    return pickle\n", 2, "runs data as code"),
    "importlib": ("import importlib\n" + END, 1, "importlib"),
    "importlib by its submodule": ("import importlib.metadata\n" + END, 1, "importlib"),
    "another future": ("from __future__ import annotations, division\n" + END, 1, "__future__"),
    "non-ASCII function": ("def größe():\n    pass\n" + END, 1, "not ASCII"),
    "non-ASCII lookalike of an ASCII name": (
        "LIMIT = 1\n\ndef analyse(source):\n    return ＬＩＭＩＴ\n",
        4,
        "not ASCII",
    ),
    "ligature": ("def analyse(source):\n    ﬁt = 1\n    return fit\n", 2, "not ASCII"),
    "non-ASCII name in an f-string": ("def analyse(source):\n    return f'{ß}'\n", 2, "not ASCII"),
    "non-ASCII attribute": ("def analyse(source):\n    return source.größe\n", 2, "not ASCII"),
    "function hides a builtin": ("def sum(values):\n    return 0\n" + END, 1, "hides a builtin"),
    "constant hides a builtin": ("max = 3\n" + END, 1, "hides a builtin"),
    "import hides a builtin": ("from math import pow\n" + END, 1, "hides a builtin"),
    "alias hides a builtin": ("import math as type\n" + END, 1, "hides a builtin"),
    "reserved name": ("SPEC = 1\n" + END, 1, "every script keeps"),
    "reserved import": ("from math import pi as METHOD\n" + END, 1, "every script keeps"),
    "dunder": ("__version__ = '1'\n" + END, 1, "two underscores"),
    "defined twice": ("def one():\n    pass\n\ndef one():\n    pass\n" + END, 4, "already bound in line 1"),
    "constant and function of one name": ("one = 1\ndef one():\n    pass\n" + END, 2, "already bound"),
    "import and function of one name": ("from math import pi\ndef pi():\n    pass\n" + END, 2, "already bound"),
    "imported twice": (
        "import math\nimport math as m\nfrom cmath import pi as m\n" + END,
        3,
        "already bound in line 2",
    ),
    "unbound name": ("def analyse(source):\n    return nowhere\n", 2, "'nowhere' is bound nowhere"),
    "unbound in a default": ("def analyse(source, *, x=nowhere):\n    return x\n", 1, "bound nowhere"),
    "unbound in an annotation": ("def analyse(source, *, x: Nowhere):\n    return x\n", 1, "bound nowhere"),
    "unbound in a string annotation": (
        "def analyse(source, *, x: 'list[Nowhere]'):\n    return x\n",
        1,
        "bound nowhere",
    ),
    "string annotation that is no type": (
        "def analyse(source, *, x: 'not a type'):\n    return x\n",
        1,
        "no expression",
    ),
    "unbound in a block that is not needed": (END + "def other():\n    return nowhere\n", 4, "bound nowhere"),
    "unbound: a class attribute in a method": (
        "class A:\n    size = 1\n    def get(self):\n        return size\n" + END,
        4,
        "bound nowhere",
    ),
    "unbound: a class attribute in a comprehension": (
        "class A:\n    size = 1\n    sizes = tuple(size for _ in (1, 2))\n" + END,
        3,
        "bound nowhere",
    ),
    "unbound: a type parameter after its function": (
        "def one[T](v: T) -> T:\n    return v\ndef two(v: T):\n    return v\n" + END,
        3,
        "bound nowhere",
    ),
    "unbound: a comprehension's variable after it": (
        "def analyse(source):\n    values = [one for one in (1, 2)]\n    return one\n",
        3,
        "bound nowhere",
    ),
    "site builtin": ("def analyse(source):\n    exit()\n", 2, "bound nowhere"),
    "mutable list": ("REGISTRY = []\n" + END, 1, "mutable state"),
    "mutable dict": ("TABLE = {'a': 1}\n" + END, 1, "mutable state"),
    "mutable dict in a tuple": ("TABLE = ((1, {'a': 1}),)\n" + END, 1, "mutable state"),
    "mutable list in a frozen mapping": (
        "from types import MappingProxyType\nTABLE = MappingProxyType({'a': [1]})\n" + END,
        2,
        "mutable state",
    ),
    "mutable comprehension": ("VALUES = [one for one in (1, 2)]\n" + END, 1, "mutable state"),
    "mutable class attribute": ("class A:\n    seen = []\n" + END, 2, "mutable state"),
    "mutable default": ("def analyse(source, *, x=[]):\n    return x\n", 1, "mutable state"),
    "mutable default of a method": ("class A:\n    def f(self, x={}):\n        return x\n" + END, 2, "mutable state"),
    "counter made by a call": ("from itertools import count\nCOUNT = count()\n" + END, 2, "runs when the module"),
    "constant computed by a block": ("def made():\n    return 1\nVALUE = made()\n" + END, 3, "runs when the module"),
    "generator as a constant": ("VALUES = (one for one in (1, 2))\n" + END, 1, "mutable state"),
    "another name for a block": ("def one():\n    return 1\ntwo = one\n" + END, 3, "another name for the block"),
    "changed constant": ("COUNT = 1\nCOUNT += 1\n" + END, 2, "is changed"),
    "several targets": ("A = B = 1\n" + END, 1, "several names"),
    "tuple target": ("A, B = 1, 2\n" + END, 1, "several names"),
    "declared without a value": ("A: int\n" + END, 1, "without a value"),
    "walrus at the top level": ("A = (B := 1)\n" + END, 1, ":="),
    "walrus in a default": ("def analyse(source, *, x=(B := 1)):\n    return x\n", 1, ":="),
    "walrus in a top-level comprehension": ("A = tuple(B := one for one in (1, 2))\n" + END, 1, ""),
    "global": ("COUNT = 1\ndef analyse(source):\n    global COUNT\n    COUNT = 2\n", 3, "`global`"),
    "eval": ("def analyse(source):\n    return eval('1')\n", 2, "runs text as code"),
    "exec under another name": ("def analyse(source):\n    run = exec\n    return run\n", 2, "runs text as code"),
    "compile": ("def analyse(source):\n    return compile('1', '', 'eval')\n", 2, "runs text as code"),
    "globals": ("def analyse(source):\n    return globals()\n", 2, "depends on the module"),
    "locals": ("def analyse(source):\n    return locals()\n", 2, "depends on the scope"),
    "__import__": ("def analyse(source):\n    return __import__('os')\n", 2, "hides an import"),
    "__name__": ("def analyse(source):\n    return __name__\n", 2, "another in a script"),
    "__file__": ("def analyse(source):\n    return __file__\n", 2, "another in a script"),
    "sys.modules": ("import sys\ndef analyse(source):\n    return sys.modules['os']\n", 3, "reaches around"),
    "sys.modules by import": (
        "from sys import modules\ndef analyse(source):\n    return modules\n",
        3,
        "reaches around",
    ),
    "monkeypatch at the top level": ("import math\nmath.pi = 3\n" + END, 2, "changed at the top level"),
    "monkeypatch in a function": ("import math\ndef analyse(source):\n    math.pi = 3\n", 3, "all code shares"),
    "monkeypatch through a subscript": (
        "import warnings\ndef analyse(source):\n    warnings.filters[0] = None\n",
        3,
        "all code shares",
    ),
    "setattr on a module": ("import math\ndef analyse(source):\n    setattr(math, 'pi', 3)\n", 3, "all code shares"),
    "state on a function": ("def analyse(source):\n    analyse.seen = 1\n", 2, "all code shares"),
    "state on a class": ("class A:\n    pass\ndef analyse(source):\n    A.seen = 1\n", 4, "all code shares"),
    "deleted attribute": ("import math\ndef analyse(source):\n    del math.pi\n", 3, "all code shares"),
    "computed attribute of a module": (
        "import math\ndef analyse(source, *, x):\n    return getattr(math, x)\n",
        3,
        "computed name",
    ),
    "decorator with an effect": (
        "def register(f):\n    return f\n@register\ndef one():\n    return 1\n" + END,
        3,
        "decorator 'register'",
    ),
    "decorator made by a call": (
        "import functools\n@functools.singledispatch\ndef one(x):\n    return 1\n" + END,
        2,
        "not on the short list",
    ),
    "decorator of a method": (
        "def mark(f):\n    return f\nclass A:\n    @mark\n    def f(self):\n        pass\n" + END,
        4,
        "mark",
    ),
    "loop": ("for one in (1, 2):\n    pass\n" + END, 1, "`for`"),
    "with": ("with open('x'):\n    pass\n" + END, 1, "`with`"),
    "call": ("print(1)\n" + END, 1, "runs when the module is imported"),
    "assert": ("assert True\n" + END, 1, "`assert`"),
    "del": ("A = 1\ndel A\n" + END, 2, "`del`"),
    "guard": (END + "if __name__ == '__main__':\n    pass\n", 3, "conditional code"),
    "control flow in a class": ("class A:\n    if True:\n        x = 1\n" + END, 2, "more than fields"),
    "import in a class": ("class A:\n    import math\n" + END, 2, "more than fields"),
    "semicolon": ("A = 1; B = 2\n" + END, 1, "several statements"),
    "semicolon at the end": ("A = 1;\n" + END, 1, "several statements"),
    "syntax error": ("def analyse(source:\n    return 1\n", 1, "does not parse"),
    "newer than the script's Python": ("def f[T = int](x: T):\n    return x\n" + END, 1, "Python 3.12"),
    "bidirectional override in a comment": ("# \u202e\n" + END, 1, "U+202E"),
    "zero-width space in text": ("A = 'x\u200by'\n" + END, 1, "U+200B"),
    "form feed": ("A = 1\n\x0c\n" + END, 2, "U+000C"),
    "NUL": ("A = '\x00'\n" + END, 1, "U+0000"),
    "line separator": ("A = 1\n# \u2028 B\n" + END, 2, "U+2028"),
    "script header in a text": ("A = '''\n# /// script\n'''\n" + END, 2, "# ///"),
    "third-party import": ("import pandas as pd\ndef analyse(source):\n    return pd\n", 1, "'pandas' is not among"),
    "third-party import in a function": ("def analyse(source):\n    import pandas\n    return pandas\n", 2, "'pandas'"),
}


@pytest.mark.parametrize("name", IN_ONE_MODULE)
def test_breach_names_file_and_line(name: str, package) -> None:
    text, line, words = IN_ONE_MODULE[name]
    package.write({"other": "def helper():\n    return 1\n", "acme/specs.py": "", "m": text.encode()})
    with pytest.raises(LinkError) as caught:
        package.link()
    message = str(caught.value)
    assert message.startswith(f"acme/blocks/m.py:{line}: "), message
    assert words in message
    assert "; " in message, "says what to do"


# name -> (files, beginning of the message, words)
ACROSS_MODULES: dict[str, tuple[dict[str, str], str, str]] = {
    "the same helper in two modules": (
        {
            "a": "def one():\n    return helper()\ndef helper():\n    return 1\n",
            "b": "def two():\n    return helper()\n\ndef helper():\n    return 2\n",
            "m": "from acme.blocks.a import one\nfrom acme.blocks.b import two\n"
            "def analyse(source):\n    return one() + two()\n",
        },
        "acme/blocks/b.py:4: ",
        "'helper' is acme.blocks.b.helper here and acme.blocks.a.helper in acme/blocks/a.py:3",
    ),
    "an alias with two meanings": (
        {
            "a": "import cmath as m\ndef one():\n    return m.pi\n",
            "m": "import math as m\nfrom acme.blocks.a import one\ndef analyse(source):\n    return m.pi + one()\n",
        },
        "acme/blocks/a.py:1: ",
        "'m' is cmath here and math in",
    ),
    "an alias with another meaning inside a function": (
        {
            "a": "def one():\n    import cmath as m\n    return m.pi\n",
            "m": "import math as m\nfrom acme.blocks.a import one\ndef analyse(source):\n    return m.pi + one()\n",
        },
        "acme/blocks/a.py:2: ",
        "'m' is cmath here",
    ),
    "a block called like an import elsewhere": (
        {
            "a": "def sqrt(x):\n    return x\n",
            "b": "from math import sqrt\ndef two():\n    return sqrt(4)\n",
            "m": "from acme.blocks.a import sqrt\nfrom acme.blocks.b import two\n"
            "def analyse(source):\n    return sqrt(1) + two()\n",
        },
        "acme/blocks/b.py:1: ",
        "'sqrt' is math.sqrt here and acme.blocks.a.sqrt",
    ),
    "a block called main": (
        {"m": "def analyse(source):\n    return main()\ndef main():\n    return 1\n"},
        "acme/blocks/m.py:3: ",
        "'main' is acme.blocks.m.main here and tinyentry.blocks.entry.main",
    ),
    "modules that import each other": (
        {
            "a": "from acme.blocks.m import base\ndef one():\n    return base()\n",
            "m": "from acme.blocks.a import one\ndef analyse(source):\n    return one()\ndef base():\n    return 1\n",
        },
        "acme/blocks/",
        "import each other: ",
    ),
    "a block imported from where it is only imported": (
        {
            "a": "from acme.blocks.b import deep\ndef one():\n    return deep()\n",
            "b": "def deep():\n    return 1\n",
            "m": "from acme.blocks.a import deep\ndef analyse(source):\n    return deep()\n",
        },
        "acme/blocks/m.py:1: ",
        "import it from acme.blocks.b",
    ),
    "a block that is not there": (
        {
            "a": "def one():\n    pass\n",
            "m": "from acme.blocks.a import once\ndef analyse(source):\n    return once()\n",
        },
        "acme/blocks/m.py:1: ",
        "did you mean 'one'?",
    ),
    "a module that is not there": (
        {"m": "from acme.blocks.away import one\ndef analyse(source):\n    return one()\n"},
        "acme/blocks/m.py:1: ",
        "no module 'acme.blocks.away'",
    ),
    "a package that is not there": (
        {"m": "from acmeaway.blocks.away import one\ndef analyse(source):\n    return one()\n"},
        "acme/blocks/m.py:1: ",
        "no package 'acmeaway'",
    ),
    "a module imported from the blocks package": (
        {"a": "def one():\n    pass\n", "m": "from acme.blocks import a\ndef analyse(source):\n    return a.one()\n"},
        "acme/blocks/m.py:1: ",
        "has no 'a'",
    ),
    "a dataclass that does not postpone its annotations": (
        {
            "m": "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int\n"
            "def analyse(source):\n    return A(1).x\n"
        },
        "acme/blocks/m.py:4: ",
        "from __future__ import annotations",
    ),
}


@pytest.mark.parametrize("name", ACROSS_MODULES)
def test_breach_across_modules(name: str, package) -> None:
    files, beginning, words = ACROSS_MODULES[name]
    package.write({key: text.encode() for key, text in files.items()})
    with pytest.raises(LinkError) as caught:
        package.link()
    assert str(caught.value).startswith(beginning), caught.value
    assert words in str(caught.value)


def test_source_that_is_not_utf8_is_refused(package) -> None:
    package.write({"m": b"# coding: latin-1\nA = '\xe4'\n" + END.encode()})
    with pytest.raises(LinkError, match=r"acme/blocks/m\.py:1: is not written in UTF-8"):
        package.link()


def test_the_core_may_not_import_what_only_plugins_require(package) -> None:
    package.requires = {"pandas": "pandas>=2"}
    package.write({"m": "import pandas as pd\nimport scipy\ndef analyse(source):\n    return [pd, scipy]\n"})
    with pytest.raises(LinkError, match=r"m\.py:2: 'scipy' is not among what this method requires"):
        package.link()


def test_a_name_that_no_linked_block_uses_needs_no_requirement(package) -> None:
    package.write({"m": "import pandas as pd\ndef analyse(source):\n    return 1\ndef other():\n    return pd\n"})
    assert "pandas" not in package.link().text


def test_linking_imports_no_block(package) -> None:
    import sys

    package.write({"m": "def analyse(source, *, x):\n    return x\n"})
    package.link()
    assert not [name for name in sys.modules if name.partition(".")[0] in ("acme", "tinyentry")]


def test_compiled_functions_may_be_decorated(package) -> None:
    package.requires = {"jax": "jax>=0.6", "numba": "numba>=0.60"}
    package.write(
        {
            "m": """
                from functools import partial
                import jax
                from jax import jit
                from numba import njit
                FIXED = (1,)
                @jit
                def one(x):
                    return x
                @partial(jit, static_argnames=["y"], donate_argnums=FIXED)
                def two(x, y):
                    return x + y
                @partial(jax.jit, static_argnums=(1,))
                def three(x, y):
                    return two(x, y)
                @njit(cache=True)
                def four(x):
                    return x
                def analyse(source, *, x):
                    return [one(x), three(x, 1), four(x)]
            """
        }
    )
    assert package.link().requires == ("jax>=0.6", "numba>=0.60")
    package.write({"m": "from functools import partial\n@partial(print, 1)\ndef one():\n    pass\n" + END})
    with pytest.raises(LinkError, match=r"m\.py:2: decorator 'partial' is not on the short list"):
        package.link()
