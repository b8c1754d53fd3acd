"""Small questions to a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def arguments_of(arguments: ast.arguments) -> Iterator[ast.arg]:
    """All parameters."""
    yield from arguments.posonlyargs
    yield from arguments.args
    yield from arguments.kwonlyargs
    yield from (one for one in (arguments.vararg, arguments.kwarg) if one is not None)


def root_of(node: ast.AST) -> tuple[ast.Name | None, str]:
    """The name at the left end of `a.b[c].d`, and the dotted path up to the first item access."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            attributes.append(node.attr)
        else:
            attributes.clear()
        node = node.value
    if not isinstance(node, ast.Name):
        return None, ""
    return node, ".".join([node.id, *reversed(attributes)])


def last_name(node: ast.expr) -> str:
    """`c` for `a.b.c`, else an empty string."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def parsed_annotation(text: str, line: int) -> ast.expr:
    """The type that a string annotation says, all of it in the given line.

    Raises:
        SyntaxError: where it is no expression.
    """
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        raise SyntaxError(f"the annotation {text!a} is no expression", ("", line, 0, text)) from None
    for node in ast.walk(body):
        if hasattr(node, "lineno"):
            node.lineno = line
    return body


def dotted(node: ast.AST) -> str:
    """`a.b.c` for a chain of names, else an empty string."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""
