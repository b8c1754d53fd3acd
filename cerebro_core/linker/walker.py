"""Which global names a top-level statement uses, and when.

Follows Python's scoping rules over a syntax tree: functions, lambdas, comprehensions, class bodies (whose names
their methods do not see), type parameters, `nonlocal`, walrus targets, `except … as`, match patterns, private
names, and annotations, also those written as strings. `symtable` knows the same rules but neither the line nor
whether a name is needed when the statement runs or only when a function is called; `check.py` uses it as an
independent judge of the linked script.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any, Literal

from cerebro_core.linker.scopes import How, Names, Scope, Use, is_global
from cerebro_core.linker.syntax import arguments_of, last_name, parsed_annotation, root_of


def names_of(statement: ast.stmt, future_annotations: bool) -> Names:
    """Find the global names of one top-level statement.

    Args:
        statement: a function, class, assignment or type alias at a module's top level.
        future_annotations: whether the module has `from __future__ import annotations`.

    Raises:
        SyntaxError: where a string annotation is no expression; `lineno` is that of the string.
    """
    walker = _Walker(future_annotations)
    walker.visit(statement)
    module = walker.scopes[0]
    uses = [use for scope in walker.scopes for use in scope.uses if is_global(use.name, scope)]
    uses.sort(key=lambda use: use.line)
    stores = tuple((name, statement.lineno) for name in sorted(module.outer))
    return Names(tuple(uses), tuple(walker.imports), stores, tuple(walker.globals), tuple(walker.classes))


class _Walker:
    def __init__(self, future_annotations: bool) -> None:
        self.future = future_annotations
        self.scope = Scope("module", None)
        self.scopes = [self.scope]
        self.now = True
        self.owner = ""
        self.imports: list[ast.Import | ast.ImportFrom] = []
        self.globals: list[int] = []
        self.classes: list[ast.ClassDef] = []
        self.rules: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Name: self.name,
            ast.Constant: _nothing,
            ast.Attribute: self.place,
            ast.Subscript: self.place,
            ast.Call: self.call,
            ast.NamedExpr: self.walrus,
            ast.FunctionDef: self.function,
            ast.AsyncFunctionDef: self.function,
            ast.Lambda: self.lambda_,
            ast.ClassDef: self.class_,
            ast.TypeAlias: self.type_alias,
            ast.AnnAssign: self.annotated,
            ast.ListComp: self.comprehension,
            ast.SetComp: self.comprehension,
            ast.DictComp: self.comprehension,
            ast.GeneratorExp: self.comprehension,
            ast.Import: self.import_,
            ast.ImportFrom: self.import_,
            ast.ExceptHandler: self.named,
            ast.MatchAs: self.named,
            ast.MatchStar: self.named,
            ast.MatchMapping: self.mapping,
            ast.Global: self.global_,
            ast.Nonlocal: self.nonlocal_,
        }

    def visit(self, node: ast.AST) -> None:
        rule = self.rules.get(type(node))
        if rule is None:
            self.children(node)
        else:
            rule(node)

    def children(self, node: ast.AST) -> None:
        for name in node._fields:
            child = getattr(node, name, None)
            if isinstance(child, list):
                for one in child:
                    if isinstance(one, ast.AST):
                        self.visit(one)
            elif isinstance(child, ast.expr | ast.pattern | ast.arguments):
                self.visit(child)

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    # Names

    def mangled(self, name: str) -> str:
        if self.owner and name.startswith("__") and not name.endswith("__"):
            return f"_{self.owner}{name}"
        return name

    def bind(self, name: str) -> None:
        self.scope.bound.add(self.mangled(name))

    def use(self, name: str, line: int, path: str = "", how: How = "load") -> None:
        if name == "__class__" and self.owner:
            return
        real = self.mangled(name)
        if self.scope.kind == "class" and real in self.scope.bound:
            return
        self.scope.uses.append(Use(real, path or name, line, self.now, how))

    def name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.use(node.id, node.lineno)
        elif self.scope.kind != "module":
            self.bind(node.id)

    def place(self, node: ast.Attribute | ast.Subscript) -> None:
        root, path = root_of(node)
        if root is None or (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)):
            self.children(node)
            return
        how: How = "load" if isinstance(node.ctx, ast.Load) else "store"
        self.use(root.id, node.lineno, path, how)
        inner: ast.AST = node
        while isinstance(inner, ast.Attribute | ast.Subscript):
            if isinstance(inner, ast.Subscript):
                self.visit(inner.slice)
            inner = inner.value

    def call(self, node: ast.Call) -> None:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        rest: list[ast.expr] = list(node.args)
        if function in ("setattr", "delattr", "getattr") and len(rest) > 1:
            root, path = root_of(rest[0])
            literal = isinstance(rest[1], ast.Constant)
            if root is not None and not (function == "getattr" and literal):
                self.use(root.id, node.lineno, path, "computed" if function == "getattr" else "store")
        elif function == "cast" and rest:
            self.annotation(rest.pop(0))
        self.visit(node.func)
        self.visit_all(rest)
        self.visit_all(node.keywords)

    def walrus(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        home = self.scope
        while home.kind == "comprehension" and home.parent is not None:
            home = home.parent
        if home.kind == "module":
            home.outer.add(node.target.id)
        else:
            home.bound.add(self.mangled(node.target.id))

    def named(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        if node.name is not None:
            self.bind(node.name)
        self.children(node)

    def mapping(self, node: ast.MatchMapping) -> None:
        if node.rest is not None:
            self.bind(node.rest)
        self.children(node)

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        self.imports.append(node)
        for alias in node.names:
            self.bind(alias.asname or alias.name.partition(".")[0])

    def global_(self, node: ast.Global) -> None:
        self.globals.append(node.lineno)

    def nonlocal_(self, node: ast.Nonlocal) -> None:
        self.scope.outer.update(self.mangled(name) for name in node.names)

    # Scopes

    def inside(self, kind: Literal["function", "class", "comprehension", "types"]) -> Scope:
        self.scope = Scope(kind, self.scope)
        self.scopes.append(self.scope)
        return self.scope

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if self.scope.kind != "module":
            self.bind(node.name)
        self.visit_all(node.decorator_list)
        self.visit_all([*node.args.defaults, *node.args.kw_defaults])
        home, now = self.scope, self.now
        self.type_parameters(node.type_params)
        for argument in arguments_of(node.args):
            self.annotation(argument.annotation)
        self.annotation(node.returns)
        self.now = False
        self.inside("function")
        for argument in arguments_of(node.args):
            self.bind(argument.arg)
        self.visit_all(node.body)
        self.scope, self.now = home, now

    def lambda_(self, node: ast.Lambda) -> None:
        self.visit_all([*node.args.defaults, *node.args.kw_defaults])
        home, now = self.scope, self.now
        self.now = False
        self.inside("function")
        for argument in arguments_of(node.args):
            self.bind(argument.arg)
        self.visit(node.body)
        self.scope, self.now = home, now

    def class_(self, node: ast.ClassDef) -> None:
        self.classes.append(node)
        self.visit_all(node.decorator_list)
        home, owner = self.scope, self.owner
        self.type_parameters(node.type_params)
        self.visit_all([*node.bases, *node.keywords])
        self.inside("class")
        self.owner = node.name.lstrip("_")
        self.visit_all(node.body)
        self.scope, self.owner = home, owner
        if home.kind != "module":
            self.bind(node.name)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        home = self.scope
        self.inside("comprehension")
        for position, generator in enumerate(node.generators):
            if position:
                self.visit(generator.iter)
            self.visit(generator.target)
            self.visit_all(generator.ifs)
        if isinstance(node, ast.DictComp):
            self.visit_all([node.key, node.value])
        else:
            self.visit(node.elt)
        self.scope = home

    # Types

    def type_parameters(self, parameters: Iterable[ast.type_param]) -> None:
        listed = list(parameters)
        if not listed:
            return
        self.inside("types")
        for parameter in listed:
            self.bind(parameter.name)  # type: ignore[attr-defined]
        now, self.now = self.now, False
        for parameter in listed:
            self.annotation(getattr(parameter, "bound", None))
            self.annotation(getattr(parameter, "default_value", None))
        self.now = now

    def type_alias(self, node: ast.TypeAlias) -> None:
        if self.scope.kind != "module":
            self.bind(node.name.id)
        home, now = self.scope, self.now
        self.type_parameters(node.type_params)
        self.now = False
        self.inside("types")
        self.annotation(node.value)
        self.scope, self.now = home, now

    def annotated(self, node: ast.AnnAssign) -> None:
        self.annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)
        if node.value is not None or self.scope.kind != "class":
            self.visit(node.target)

    def annotation(self, node: ast.expr | None) -> None:
        """Visit a type; inside it, strings are types too, but for the arguments of `Literal` and `Annotated`."""
        if node is None:
            return
        now = self.now
        self.now = now and not self.future
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.now = False
            self.annotation(parsed_annotation(node.value, node.lineno))
        elif isinstance(node, ast.Subscript):
            self.annotation(node.value)
            special = last_name(node.value)
            if special == "Literal":
                self.visit(node.slice)
            elif special == "Annotated" and isinstance(node.slice, ast.Tuple):
                self.annotation(node.slice.elts[0])
                self.visit_all(node.slice.elts[1:])
            else:
                self.annotation(node.slice)
        elif isinstance(node, ast.Tuple | ast.List):
            for element in node.elts:
                self.annotation(element)
        elif isinstance(node, ast.BinOp):
            self.annotation(node.left)
            self.annotation(node.right)
        else:
            self.visit(node)
        self.now = now


def _nothing(node: ast.AST) -> None:
    """A node that holds no name."""
