"""`cerebro auto`: ask every installed domain."""

from __future__ import annotations

from cerebro_core.cli import options


def auto_command(
    data: options.Data,
    table: options.TableName = None,
    question: options.Question = "",
    description: options.Description = None,
    output: options.Output = None,
    run_now: options.RunNow = False,
    out: options.Out = None,
    save_spec: options.SaveSpec = None,
    force: options.Force = False,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    timeout: options.Timeout = None,
    memory: options.Memory = None,
    env: options.Env = None,
    hash_all: options.Hash = False,
    cite: options.Cite = False,
) -> None:
    """Find the analysis that fits a table, with its reasons, and write or run it."""
    from cerebro_core.cli.deliver import deliver

    delivery = options.Delivery(
        output, run_now, out, save_spec, force, as_json, quiet, timeout, memory, env, hash_all, cite
    )
    deliver(None, data, {"table": table} if table else {}, delivery, question=question, description=description)
