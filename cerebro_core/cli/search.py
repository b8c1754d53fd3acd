"""`cerebro search`: examples and recipes for a question."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cerebro_core.blocks.display import display
from cerebro_core.cli import options
from cerebro_core.cli.show import print_json
from cerebro_core.errors import SpecError
from cerebro_core.plugins import plugins

KINDS = ("recipe", "usage", "api", "docstring", "notebook", "docs", "script", "test")


def search_command(
    query: Annotated[str, typer.Argument(help="What you look for, in any words.", metavar="QUERY")],
    domain: Annotated[str, typer.Option("--domain", help="Only what the plugin of this domain lists.")] = "",
    kind: Annotated[str, typer.Option("--kind", help=f"One of {', '.join(KINDS)}.")] = "",
    show: Annotated[str, typer.Option("--show", metavar="N", help="Show the code of result N.")] = "",
    limit: Annotated[str, typer.Option("--limit", metavar="N", help="How many results, 1 to 100.")] = "10",
    as_json: options.Json = False,
) -> None:
    """Find examples and recipes: from the cards of the plugins, and from the corpus once it is built."""
    from cerebro_core.corpus.scope import find

    if kind and kind not in KINDS:
        raise SpecError(f"--kind: there is no '{display(kind, 40)}'; say one of {', '.join(KINDS)}")
    most, one = _number("--limit", limit, 100), _number("--show", show, 100) if show else 0
    if not query.strip():
        raise SpecError('QUERY is empty; say what you look for, such as: cerebro search "budget across channels"')
    every = plugins()
    every.load_all()
    if domain and domain not in every.domains():
        raise SpecError(
            f"--domain: no plugin for '{display(domain, 40)}' is installed; there is {', '.join(every.domains())}"
        )
    hits, built = find(
        every.call("cerebro_corpus"), query, domain=domain or None, kinds=(kind,) if kind else (), limit=most
    )
    results = [{**hit.told, "score": hit.score} for hit in hits]
    if as_json:
        print_json({"results": results, "built": built})
        return
    if one:
        if one > len(results):
            raise SpecError(f"--show: there is no result {one}; {len(results)} were found")
        _show(results[one - 1])
        return
    for number, item in enumerate(results, 1):
        print(f"{number:2}. {display(item['title'], 110)}\n    {display(where(item), 200)}")
    if not results:
        print("nothing found; say it in other words")
    if not built:
        print(
            "\nonly the cards of the plugins were searched; `cerebro corpus build --fetch` adds thousands of examples"
        )


def _number(flag: str, text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= most:
        raise SpecError(f"{flag}: '{display(text, 40)}' is no number from 1 to {most}")
    return int(text)


def where(item: dict[str, Any]) -> str:
    """Where a passage stands: kind, package, version, file, lines and licence."""
    return (
        f"{item['kind']} · {item['package']} {item['version']} · {item['file']}:{item['line']}-{item['last']} · "
        f"{item['licence']}"
    )


def _show(item: dict[str, Any]) -> None:
    print(f"{display(item['title'], 200)}\n{display(where(item), 300)}\n")
    if item["kind"] == "api":
        print(f"{display(item['qualname'], 200)}{display(item['signature'], 700)}\n")
    for line in (item["prose"], item["code"]):
        for one in line.splitlines():
            print(display(one, 1000) if one.strip() else "")
        print()
