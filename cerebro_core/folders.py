"""Where runs that were given no place are kept."""

from __future__ import annotations

import datetime
from itertools import count
from pathlib import Path

from cerebro_core.errors import SpecError


def run_folder(command: str) -> Path:
    """Make `cerebro_runs/<command>-<date>-<n>/` here, with the first n that is free.

    Raises:
        SpecError: where this folder cannot be written to.
    """
    today = datetime.date.today().isoformat()
    for number in count(1):
        folder = Path("cerebro_runs") / f"{command}-{today}-{number}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise SpecError(
                f"cannot make {folder} here: {error.strerror}; name a place with --output and --out"
            ) from error
        return folder
    raise AssertionError("unreachable")
