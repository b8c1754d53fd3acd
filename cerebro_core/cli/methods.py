"""`cerebro methods`: the registry."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cerebro_core.catalogue import PUBLISHED, install_hint
from cerebro_core.cli import options
from cerebro_core.cli.show import paragraph, print_json
from cerebro_core.errors import PluginError
from cerebro_core.method import Method
from cerebro_core.plugins import plugins
from cerebro_core.suggest import nearest


def methods_command(
    domain: Annotated[str | None, typer.Argument(help="Only this domain.", show_default=False)] = None,
    as_json: options.Json = False,
) -> None:
    """List the methods: what each estimates, needs, assumes and cites."""
    loaded = plugins()
    if domain is not None and domain not in loaded.domains():
        hint = install_hint(domain)
        there = f"; there is {', '.join(loaded.domains()) or 'none'}"
        rest = f"; `{hint}` brings it" if hint else nearest(domain, loaded.domains()) or there
        raise PluginError(f"no domain '{domain}' here{rest}")
    found = loaded.methods(domain)
    if as_json:
        print_json({"methods": [document(method) for method in found]})
        return
    if not found:
        print("no methods: no plugin is installed. There is:")
        for item in PUBLISHED:
            print(f"  pip install {item.distribution:<24} {item.purpose}")
    for method in found:
        print(f"{method.key}: {method.title}")
        print("  " + paragraph(method.summary))
        for head, lines in (
            ("estimates", (", ".join(method.estimands),) if method.estimands else ()),
            ("needs", method.needs),
            ("assumes", method.assumes),
            ("cites", method.references),
        ):
            for line in lines:
                print("  " + paragraph(f"{head}: {line}", indent="      "))
        print()


def document(method: Method) -> dict[str, Any]:
    """A method for `--json`."""
    return {
        "domain": method.domain,
        "name": method.name,
        "title": method.title,
        "summary": method.summary,
        "spec": method.spec,
        "block": method.block,
        "estimands": list(method.estimands),
        "needs": list(method.needs),
        "assumes": list(method.assumes),
        "references": list(method.references),
        "requires": sorted(method.requires.values()),
        "choices": {field: sorted(values) for field, values in method.choices.items()},
    }
