"""Where the corpus is kept: the user's cache folder, nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def corpus_folder() -> Path:
    """`CEREBRO_CACHE`, or the platform's cache folder, then `corpus`. It is not made here."""
    own = os.environ.get("CEREBRO_CACHE")
    if own:
        return Path(own) / "corpus"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "cerebro" / "corpus"


def index_path() -> Path:
    """The index file."""
    return corpus_folder() / "index.sqlite"
