"""What to install where an engine's library is missing."""

from __future__ import annotations

from cerebro_core.blocks.result import Refused


def missing_library(library: str, extra: str, alone: str) -> Refused:
    """The refusal that names the pip lines.

    Args:
        library: what is missing, such as "PyMC".
        extra: of the plugin that brings it, such as "pymc".
        alone: what a script without Cerebro needs, such as "pymc nutpie".
    """
    return Refused(
        f"{library} is not installed here. Install it: pip install 'cerebro-mmm[{extra}]' "
        f"(for a standalone script: pip install {alone})."
    )
