"""The rules for one module of blocks. Each breach is a `LinkError` with file and line."""

from __future__ import annotations

import ast
from collections.abc import Callable

from cerebro_core.errors import LinkError
from cerebro_core.linker.constants import check_constant, check_decorator, check_default
from cerebro_core.linker.module import Definition, Imported, Module, bound_name, is_text
from cerebro_core.linker.vocabulary import BUILTINS, REFUSED_MODULES, REFUSED_NAMES, REFUSED_PATHS, RESERVED

Breach = Callable[[int, str, str], LinkError]


def check_module(module: Module, tree: ast.Module) -> None:
    """Hold a module to the dialect.

    Raises:
        LinkError: for its first breach.
    """
    for node in tree.body:
        _check_place(module, node)
        _check_statement(module, node)
    for bound in module.imports.values():
        for one in bound:
            _check_import(module, one, top_level=True)
    for definition in module.definitions.values():
        _check_names(module, definition)
        for one in definition.imports:
            _check_import(module, one, top_level=False)
        _check_definition(module, definition)


def _check_place(module: Module, node: ast.stmt) -> None:
    """One statement a line, from its first column: lines are what is copied."""
    last = node.end_lineno or node.lineno
    tail = module.lines[last - 1].encode()[node.end_col_offset or 0 :].decode().strip()
    if node.col_offset or (tail and not tail.startswith("#")):
        raise module.breach(last, "several statements in one line", "give each a line of its own")


def _check_statement(module: Module, node: ast.stmt) -> None:
    name = bound_name(node)
    line = node.lineno
    if name == "__all__":
        return
    if name is not None:
        _check_bound(module, name, line)
    elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
        if [one.name for one in node.names] != ["annotations"]:
            raise module.breach(line, "only `annotations` may come from __future__", "drop the others")
    elif not isinstance(node, ast.Import | ast.ImportFrom) and not is_text(node):
        raise module.breach(line, *_refused(node))


def _refused(node: ast.stmt) -> tuple[str, str]:
    """What a top-level statement does that it may not, and what to do."""
    match node:
        case ast.If() | ast.Try() | ast.TryStar() | ast.Match():
            inner = any(isinstance(one, ast.Import | ast.ImportFrom) for one in ast.walk(node))
            if inner:
                return "conditional import", "import at the top level, or inside the function that needs it"
            return "conditional code at the top level", "move it into a function"
        case ast.AugAssign():
            return "a module name is changed", "write constants once; keep state inside a function"
        case ast.Assign(targets=targets) if any(isinstance(one, ast.Attribute | ast.Subscript) for one in targets):
            return "something imported or shared is changed at the top level", "do it inside a function, on a copy"
        case ast.Assign():
            return "several names in one assignment", "give each a line of its own"
        case ast.AnnAssign():
            return "a name is declared without a value", "give it one, or drop the line"
        case ast.Delete():
            return "`del` at the top level", "drop it"
        case ast.Expr():
            return "code runs when the module is imported", "move it into a function"
    return f"`{type(node).__name__.lower()}` at the top level", "move it into a function"


def _check_bound(module: Module, name: str, line: int) -> None:
    if name in RESERVED:
        raise module.breach(line, f"'{name}' is a name that every script keeps for itself", "rename it")
    if name in BUILTINS:
        raise module.breach(line, f"'{name}' hides a builtin of Python", "rename it")
    if name.startswith("__"):
        raise module.breach(line, f"'{name}' begins with two underscores", "rename it")


def _check_import(module: Module, one: Imported, *, top_level: bool) -> None:
    own = module.name.partition(".")[0]
    if one.module.startswith("."):
        raise module.breach(one.line, "relative import", "write the whole name of the module")
    if one.name == "*":
        raise module.breach(one.line, f"`from {one.module} import *`", "name what is needed")
    if top_level:
        _check_bound(module, one.bound, one.line)
    if one.is_block:
        _check_block_import(module, one, top_level)
    elif one.root in (own, "cerebro_core"):
        what = f"a script cannot have '{one.module}', which is no block"
        raise module.breach(one.line, what, "import from `.blocks` only, or move the code there")
    elif one.root in REFUSED_MODULES and not _is_metadata(one):
        what = f"'{one.root}' runs data as code, or depends on where code stands"
        raise module.breach(one.line, what, "do without it")


def _check_block_import(module: Module, one: Imported, top_level: bool) -> None:
    if not top_level:
        what = f"block module '{one.module}' is imported inside a function"
        raise module.breach(one.line, what, "import at the top level")
    if one.name is None or one.name == "blocks":
        what = f"module '{one.module}' is imported as a whole"
        raise module.breach(one.line, what, f"write `from {one.module} import …` with the names needed")
    if one.alias:
        what = f"block '{one.name}' is imported under another name"
        raise module.breach(one.line, what, "nothing is renamed in a script: drop the `as`")


def _is_metadata(one: Imported) -> bool:
    whole_package = one.name is None and not one.alias
    return one.meaning.startswith("importlib.metadata") and not whole_package


def _check_names(module: Module, definition: Definition) -> None:
    names = definition.names
    for line in names.globals:
        raise module.breach(line, "`global` changes a module name", "return the value, or keep it in an object")
    for name, line in names.stores:
        raise module.breach(line, f"`:=` binds '{name}' at the top level", "give it a line of its own")
    for use in names.uses:
        known = use.name in module.definitions or use.name in module.imports
        if use.name in REFUSED_NAMES and not known:
            raise module.breach(use.line, f"'{use.name}' {REFUSED_NAMES[use.name]}", "do without it")
        if not known and use.name not in BUILTINS and use.name != "__debug__":
            raise module.breach(use.line, f"'{use.name}' is bound nowhere", "import or define it, or correct the name")
        if use.how == "store" and _resolved(module, use.path) != "os.environ":
            what = f"'{use.path}' is changed, which all code shares"
            raise module.breach(use.line, what, "work on a copy, or pass it as an argument")
        if use.how == "computed" and use.name in module.imports:
            what = f"an attribute of '{use.path}' is looked up by a computed name"
            raise module.breach(use.line, what, "write the attribute out, or choose with `if`")
        if ".".join(_resolved(module, use.path).split(".")[:2]) in REFUSED_PATHS:
            raise module.breach(use.line, f"'{use.path}' reaches around the dialect", "do without it")


def _resolved(module: Module, path: str) -> str:
    """The dotted path that a use stands for: `np.log` -> `numpy.log`."""
    name, dot, rest = path.partition(".")
    bound = module.imports.get(name)
    return (bound[0].meaning if bound else name) + dot + rest


def _check_definition(module: Module, definition: Definition) -> None:
    node = definition.node
    resolve = _resolver(module)
    match node:
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            if isinstance(value, ast.Name) and _names_block(module, value.id):
                what = f"'{definition.name}' is another name for the block '{value.id}'"
                raise module.breach(node.lineno, what, "use the block's own name")
            check_constant(value, resolve, module.breach)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _check_function(node, resolve, module.breach)
        case ast.ClassDef():
            for decorator in node.decorator_list:
                check_decorator(decorator, resolve, frozenset(), module.breach)
    for inner in definition.names.classes:
        _check_class(inner, resolve, module.breach, constant=not _is_function(definition))


def _names_block(module: Module, name: str) -> bool:
    if name in module.definitions:
        return not module.definitions[name].is_constant
    return any(one.is_block and not (one.name or "").isupper() for one in module.imports.get(name, ()))


def _resolver(module: Module) -> Callable[[str], str]:
    """A function from a dotted path to what it stands for; "frozen" for a frozen dataclass of this module."""

    def resolve(path: str) -> str:
        definition = module.definitions.get(path)
        if definition is not None and isinstance(definition.node, ast.ClassDef):
            return "frozen" if _is_frozen(definition.node) else path
        return _resolved(module, path)

    return resolve


def _is_frozen(node: ast.ClassDef) -> bool:
    frozen = any(ast.unparse(one).replace(" ", "").find("frozen=True") > 0 for one in node.decorator_list)
    return frozen or any(ast.unparse(base).endswith("NamedTuple") for base in node.bases)


def _is_function(definition: Definition) -> bool:
    return isinstance(definition.node, ast.FunctionDef | ast.AsyncFunctionDef)


def _check_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef,
    resolve: Callable[[str], str],
    refuse: Breach,
    siblings: frozenset[str] = frozenset(),
) -> None:
    for decorator in node.decorator_list:
        check_decorator(decorator, resolve, siblings, refuse)
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if default is not None:
            check_default(default, resolve, refuse)


def _check_class(node: ast.ClassDef, resolve: Callable[[str], str], refuse: Breach, *, constant: bool) -> None:
    """A class body binds fields and methods, one after the other, so that each name has one meaning."""
    members: set[str] = set()
    for statement in node.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if constant:
                    _check_function(statement, resolve, refuse, frozenset(members))
                members.add(statement.name)
            case ast.Assign(targets=[ast.Name()], value=value) | ast.AnnAssign(value=ast.expr() as value):
                if constant:
                    check_constant(value, resolve, refuse, in_class=True)
            case ast.AnnAssign() | ast.ClassDef() | ast.Pass() | ast.TypeAlias():
                pass
            case ast.Expr(value=ast.Constant()):
                pass
            case _:
                what = f"class '{node.name}' holds more than fields and methods"
                raise refuse(statement.lineno, what, "move that code into a method")
