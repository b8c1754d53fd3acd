"""The writers as one fixture: tests are imported by path, so they cannot import each other."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def write() -> ModuleType:
    """The module of file writers."""
    spec = importlib.util.spec_from_file_location("table_writers", Path(__file__).with_name("writers.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
