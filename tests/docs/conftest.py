"""Tests of the documentation: what a page says is run."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for docs_pages, which the tests here share
