"""`cerebro profile`: what is in a table."""

from __future__ import annotations

from cerebro_core.cli import options
from cerebro_core.cli.show import print_json
from cerebro_core.table import profile_table


def profile_command(data: options.Data, table: options.TableName = None, as_json: options.Json = False) -> None:
    """Show columns, kinds, missing values, levels, ranges, dates and their spacing, and likely roles."""
    with profile_table(str(data), table) as found:
        if as_json:
            print_json(found.as_dict())
        else:
            print(found.as_text())
