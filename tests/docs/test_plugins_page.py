"""The plugin of docs/plugins.md, put together from its snippets, works; and the page names all there is to know."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from cerebro_core import hookspecs, testing
from cerebro_core.method import Method

TESTS = Path(__file__).parent
PAGE = "plugins.md"


def load(name: str):
    """A module beside this one; tests are no package."""
    spec = importlib.util.spec_from_file_location(f"docs_{name}", TESTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


pages = load("pages")
