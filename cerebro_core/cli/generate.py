"""`cerebro generate`: from a YAML spec to its script."""

from __future__ import annotations

from cerebro_core.api import as_spec, table_of
from cerebro_core.blocks.display import display
from cerebro_core.cli import options
from cerebro_core.cli.deliver import check_places, check_wanted, checked, hand_over
from cerebro_core.cli.show import note
from cerebro_core.errors import SpecError


def generate_command(
    spec: options.SpecFile,
    output: options.Output = None,
    run_now: options.RunNow = False,
    out: options.Out = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    env: options.Env = None,
    hash_all: options.Hash = False,
    cite: options.Cite = False,
) -> None:
    """Check a YAML spec against its data and write its script."""
    delivery = options.Delivery(output, run_now, out, None, force, as_json, quiet, timeout, memory, env, hash_all, cite)
    check_wanted(delivery)
    check_places(delivery)
    complete = as_spec(spec)
    if not complete.data and not complete.data_optional:
        raise SpecError(f"{display(spec)}: it names no data; add `data: your.csv`")
    if complete.data:
        note(f"reading {display(complete.data)}", quiet)
    with table_of(complete) as table:
        plan = checked(complete, (), table)
    hand_over(plan, delivery, complete.kind)
