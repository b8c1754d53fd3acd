"""The command line. Nothing is imported before a command needs it."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Run `cerebro`; exits with the codes of the design's section 5."""
    from cerebro_core.cli.app import application
    from cerebro_core.errors import CerebroError

    debug = os.environ.get("CEREBRO_DEBUG") == "1"
    code = 0
    try:
        application().main(arguments, prog_name="cerebro")
    except CerebroError as error:
        print(f"cerebro: {error}", file=sys.stderr)
        code = error.exit_code
        if debug:
            raise
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        print(
            f"cerebro: an error of Cerebro's own, {type(error).__name__}: {ascii(str(error))[1:-1]}; "
            "set CEREBRO_DEBUG=1 to see where, and please report it",
            file=sys.stderr,
        )
        code = 1
        if debug:
            raise
    sys.exit(code)  # outside of the clauses above: what an exception held is closed by now
