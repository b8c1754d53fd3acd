"""Importing what a plugin names by string."""

from __future__ import annotations

import importlib
from typing import Any

from cerebro_core.errors import PluginError


def import_name(reference: str) -> Any:
    """The object that "module:name" names.

    Raises:
        PluginError: where the module does not import or lacks the name.
    """
    module, _, name = reference.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"'{reference}' cannot be imported: {error}") from error
