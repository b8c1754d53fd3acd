"""The last line of a script: a checksum that shows whether someone edited it."""

from __future__ import annotations

import hashlib

CHECKSUM = "# SHA-256 of the lines above, as written: "


def sealed(body: str) -> str:
    """The body with its checksum line."""
    return f"{body}\n{CHECKSUM}{hashlib.sha256(body.encode()).hexdigest()}\n"


def is_untouched(content: bytes) -> bool:
    """Whether the checksum line fits the lines above it; line ends may differ."""
    try:
        text = content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        return False
    body, newline, _ = text.rstrip("\n").rpartition("\n")
    return bool(newline) and sealed(body).rstrip("\n") == text.rstrip("\n")
