"""The text of a module of blocks: found on disk, never imported."""

from __future__ import annotations

import importlib.util
import io
import re
import tokenize
from pathlib import Path

from cerebro_core.errors import LinkError

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
"""Control, bidirectional and zero-width characters, and line ends that are none to Python."""

HEADER = re.compile(r"(?m)^# ///")
"""How the header of a script begins (PEP 723)."""


def breach(path: str, line: int, what: str, remedy: str) -> LinkError:
    """The error for a line that breaks the dialect."""
    return LinkError(f"{path}:{line}: {what}; {remedy}")


def find_source(name: str, needed_by: str) -> Path:
    """The file of the module called `name`. Only its top package is looked up; nothing is imported.

    Raises:
        LinkError: where there is no such package or module.
    """
    package, _, rest = name.partition(".")
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise LinkError(f"{needed_by}: no package '{package}' is installed; install it, or correct the name")
    for folder in spec.submodule_search_locations or ():
        stem = Path(folder, *rest.split("."))
        for path in (stem.with_name(stem.name + ".py"), stem / "__init__.py"):
            if rest and path.is_file():
                return path
    raise LinkError(f"{needed_by}: package '{package}' has no module '{name}'; correct the name")


def read_source(path: Path, shown: str) -> str:
    """The text of a file of blocks, line ends normalised, in which everything can be seen.

    Args:
        path: the file.
        shown: its name in messages.

    Raises:
        LinkError: where it is not UTF-8, or holds invisible characters or names beyond ASCII.
    """
    raw = path.read_bytes()
    try:
        encoding = tokenize.detect_encoding(io.BytesIO(raw).readline)[0]
        text = raw.decode("utf-8-sig")
    except (SyntaxError, UnicodeDecodeError):
        encoding, text = "", ""
    if encoding not in ("utf-8", "utf-8-sig"):
        raise breach(shown, 1, "is not written in UTF-8", "save it as UTF-8 and drop any coding line")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    unseen = UNSEEN.search(text)
    if unseen:
        line = text.count("\n", 0, unseen.start()) + 1
        what = f"holds the invisible character U+{ord(unseen.group()):04X}"
        raise breach(shown, line, what, "delete it, or write it as an escape in a string")
    if header := HEADER.search(text):
        line = text.count("\n", 0, header.start()) + 1
        raise breach(shown, line, "a line begins with '# ///', which tools read as a header", "indent it")
    if any(f"a{one}".isidentifier() for one in set(text) if not one.isascii()):
        _refuse_lookalikes(text, shown)
    return text


def _refuse_lookalikes(text: str, shown: str) -> None:
    """Python folds `ﬁt` to `fit` before a tree shows it, so names are looked at as tokens."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and not token.string.isascii():
                what = f"the name {token.string!a} is not ASCII"
                raise breach(shown, token.start[0], what, "write names with the letters a-z, digits and _")
    except (tokenize.TokenError, IndentationError):
        return  # ast.parse says it better
