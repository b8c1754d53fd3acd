"""What the child prints: into the log, and live to the terminal. Never raw."""

from __future__ import annotations

import codecs
import os
import re
import sys
import threading
import unicodedata
from collections import deque
from pathlib import Path
from typing import IO

LARGEST_LOG = 64 * 2**20
LONGEST_LINE = 20_000
TAIL_LINES = 12
MOST_OUTPUT_LINES = 2_000

# Progress bars move up a line and clear one; every other escape sequence goes
_ESCAPE = re.compile(r"(\x1b\[A|\x1b\[K)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_\]][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.?", re.S)


class Log:
    """Collects the child's streams, one thread each, into `path`; keeps the last lines for a message.

    A line that a progress bar wrote over again and again is kept as it stood last.
    """

    def __init__(self, path: Path, head: str, hidden: str = "") -> None:
        """Begin the log with `head`; `hidden`, the name of the temporary folder, is left out of every line."""
        self.path = path
        self.cut = False
        self._hidden = hidden
        self._output: list[str] = []
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
        self._size = 0
        self._lock = threading.Lock()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._threads: list[threading.Thread] = []
        self._file.write(head)
        self._file.flush()

    def follow(self, stream: IO[bytes], *, live: bool = False, keep: bool = False) -> None:
        """Read `stream` to its end in a thread: show it on stderr where `live`, keep it for `output` where `keep`."""
        thread = threading.Thread(target=self._read, args=(stream, live, keep), daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self, last: str = "", patience: float = 2.0) -> None:
        """Wait for the streams to end, add a last line, and close the file."""
        for thread in self._threads:
            thread.join(patience)
        with self._lock:
            if last:
                self._file.write(f"{last}\n")
            self._file.close()

    def tail(self) -> list[str]:
        """The last lines that the child printed."""
        return list(self._tail)

    def output(self) -> str:
        """What was kept: the lines of the child's stdout."""
        return "".join(f"{line}\n" for line in self._output)

    def _read(self, stream: IO[bytes], live: bool, keep: bool) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        pending, held = "", ""
        while chunk := _chunk(stream):
            text = held + decoder.decode(chunk)
            text, held = _split_escape(text)
            text = safe_stream(text)
            if live:
                live = _show(text)
            pending = self._take(pending + text, keep)
        if rest := pending + safe_stream(held):
            self._line(rest, keep)
        stream.close()

    def _take(self, text: str, keep: bool) -> str:
        """Log the complete lines of `text`; give back the line that has not ended, in its last two states."""
        *lines, rest = text.split("\n")
        for line in lines:
            self._line(line, keep)
        rest = rest[rest.rstrip("\r").rfind("\r") + 1 :]
        if len(rest) > LONGEST_LINE:
            self._line(rest, keep)
            return ""
        return rest

    def _line(self, line: str, keep: bool) -> None:
        states = [state for state in re.split(r"\r|\x1b\[A|\x1b\[K", line) if state.strip()]
        line = states[-1].rstrip() if states else ""
        line = line.replace(self._hidden, "") if self._hidden else line
        with self._lock:
            if line:
                self._tail.append(line)
            if keep and len(self._output) < MOST_OUTPUT_LINES:
                self._output.append(line)
            if self._file.closed or self.cut:
                return
            self._size += len(line) + 1
            self.cut = self._size > LARGEST_LOG
            try:
                self._file.write("… the log is cut here: it grew beyond 64 MiB\n" if self.cut else line + "\n")
                self._file.flush()
            except OSError:  # a full disk must not block the child
                self.cut = True


def safe_stream(text: str) -> str:
    """Text fit for a terminal: line breaks, tabs, carriage returns and a bar's cursor moves; no other control."""
    text = _ESCAPE.sub(lambda match: match[1] or "", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in "\n\t\r\x1b" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def _split_escape(text: str) -> tuple[str, str]:
    """Hold back an escape sequence that the chunk may have cut."""
    at = text.rfind("\x1b")
    if at < 0 or len(text) - at > 40:
        return text, ""
    match = _ESCAPE.match(text, at)
    complete = match is not None and re.fullmatch(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\].*(?:\x07|\x1b\\)", match[0], re.S)
    return (text, "") if complete else (text[:at], text[at:])


def _chunk(stream: IO[bytes]) -> bytes:
    try:
        return os.read(stream.fileno(), 65536)
    except (OSError, ValueError):
        return b""


def _show(text: str) -> bool:
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):  # the terminal went away; the run goes on
        return False
    return True
