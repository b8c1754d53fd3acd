"""The linker: a script is header + literals + `main` + the blocks it needs, copied verbatim."""

from __future__ import annotations

from cerebro_core.linker.link import ENTRY, link
from cerebro_core.linker.signature import block_parameters, unread_fields

__all__ = ["ENTRY", "block_parameters", "link", "unread_fields"]
