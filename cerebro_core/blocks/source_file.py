"""The file behind a table: finding it, saying what it is, and making it readable for DuckDB."""

from __future__ import annotations

import codecs
import difflib
import gzip
import os
import shutil
import stat
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cerebro_core.blocks.display import display

# What the first bytes of a file say it is, with what to do about it.
FOREIGN_FILES = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "open it in a spreadsheet program and save it as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook", "open it in Excel and save it as CSV"),
    (b"SQLite format 3\x00", "a SQLite database", "export the table as CSV"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture", "name the file with the data"),
    (b"\xff\xd8\xff", "a JPEG picture", "name the file with the data"),
    (b"GIF8", "a GIF picture", "name the file with the data"),
    (b"%PDF", "a PDF document", "export the table as CSV"),
    (b"ARROW1", "an Arrow or Feather file", "save it as Parquet"),
    (b"FEA1", "a Feather file", "save it as Parquet"),
    (b"ORC", "an ORC file", "save it as Parquet"),
    (b"Obj\x01", "an Avro file", "save it as Parquet"),
    (b"BZh", "a bzip2 archive", "unpack it first"),
    (b"\xfd7zXZ\x00", "an xz archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first"),
    (b"\x93NUMPY", "a NumPy array", "save it as Parquet or CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "save it as Parquet or CSV"),
    (b"\x7fELF", "a program", "name the file with the data"),
    (b"MZ\x90\x00", "a program", "name the file with the data"),
)
TEXT_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
FILE_CHUNK = 1 << 20
DISK_RESERVE = 256 << 20  # unpacking stops before the disk is full


class UnreadableFile(Exception):
    """The file cannot be read as a table; the message says what, where and what to do."""


@dataclass(frozen=True)
class PreparedFile:
    """A file that DuckDB can read without knowing the user's path.

    Attributes:
        path: a plain path in a private folder: a link to the file, or a transcoded copy.
        kind: "csv", "json", "parquet" or "duckdb".
        notes: what was done to the text, as (code, column, message).
    """

    path: str
    kind: str
    notes: tuple[tuple[str, str, str], ...]


def prepare_file(path: str, folder: str) -> PreparedFile:
    """Find the file, see what it is, and put it into the private folder under a plain name.

    The plain name keeps wildcards, quotes and addresses in a path from meaning anything to DuckDB.

    Args:
        path: the user's path.
        folder: an empty private folder.

    Raises:
        UnreadableFile: the file is missing, empty, of a foreign kind or cannot be opened.
    """
    check_file(path)
    try:
        head = read_head(path)
        if head[:2] != b"\x1f\x8b":
            return prepare_plain_file(path, head, folder)
        unpacked = os.path.join(folder, "unpacked")
        unpack_gzip(path, unpacked)
        head = read_head(unpacked)
        if not head:
            raise UnreadableFile(f"{display(path)} is empty once it is unpacked; name a file with a header and rows")
        return prepare_plain_file(unpacked, head, folder, shown=path)
    except PermissionError as error:
        raise UnreadableFile(
            f"{display(path)} cannot be opened: permission denied; allow reading it, or copy it"
        ) from error
    except OSError as error:
        raise UnreadableFile(f"{display(path)} cannot be read: {display(error.strerror or error)}") from error


def check_file(path: str) -> None:
    """Refuse what is not an ordinary file with something in it."""
    if "\0" in path:
        raise UnreadableFile(f"{display(path)} is not a path; name a file")
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFile(f"no file {display(path)}{near_file(path)}") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{display(path)} cannot be opened: {display(error)}") from error
    if stat.S_ISDIR(found.st_mode):
        raise UnreadableFile(f"{display(path)} is a folder; name one file in it")
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFile(f"{display(path)} is no ordinary file; save the data to a file first")
    if found.st_size == 0:
        raise UnreadableFile(f"{display(path)} is empty; name a file with a header and rows")


def near_file(path: str) -> str:
    """`; did you mean …?` with the nearest name in the same folder, or what is wrong with the folder."""
    parent = Path(path).parent
    try:
        names = [entry.name for entry in os.scandir(parent) if entry.is_file()]
    except FileNotFoundError:
        return f": there is no folder {display(parent)}"
    except OSError:
        return ""
    close = difflib.get_close_matches(Path(path).name, names, n=1, cutoff=0.6)
    return f"; did you mean {display(parent / close[0])}?" if close else f" in {display(parent.resolve())}"


def read_head(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(64 << 10)


def prepare_plain_file(path: str, head: bytes, folder: str, shown: str = "") -> PreparedFile:
    """Prepare a file that is not packed; `shown` is its name in messages."""
    shown = shown or path
    if head[:4] == b"PAR1":
        return PreparedFile(link_file(path, folder, "source.parquet"), "parquet", ())
    if head[8:12] == b"DUCK":
        link = link_file(path, folder, "source.duckdb")
        if os.path.exists(path + ".wal"):  # rows that a writer has not yet folded into the file
            link_file(path + ".wal", folder, "source.duckdb.wal")
        return PreparedFile(link, "duckdb", ())
    for mark, what, remedy in FOREIGN_FILES:
        if head.startswith(mark):
            raise UnreadableFile(f"{display(shown)} is {what}, not a table; {remedy}")
    encoding, mixed = text_encoding(path, head, shown)
    notes: list[tuple[str, str, str]] = []
    if encoding == "utf-8" and not mixed:
        plain = link_file(path, folder, "source.txt")
    else:
        plain = os.path.join(folder, "transcoded.txt")
        transcode_file(path, plain, encoding, shown)
        if encoding != "utf-8":
            notes.append(("encoding", "", f"the text is not UTF-8; it was read as {encoding}"))
        if mixed:
            notes.append(("line-ends", "", "the file mixes two kinds of line ends; all were read as one"))
    suffixes = [suffix.lower() for suffix in Path(shown).suffixes]
    looks_json = read_head(plain).decode("utf-8", "replace").lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
    is_json = looks_json and (
        bool({".json", ".ndjson", ".jsonl"} & set(suffixes)) or not {".csv", ".tsv", ".txt"} & set(suffixes)
    )
    return PreparedFile(plain, "json" if is_json else "csv", tuple(notes))


def link_file(path: str, folder: str, name: str) -> str:
    """A link to the file under a plain name; a copy where the system allows no links."""
    link = os.path.join(folder, name)
    try:
        os.symlink(os.path.abspath(path), link)
    except (NotImplementedError, PermissionError, OSError):
        shutil.copyfile(path, link)
    with open(link, "rb"):
        return link


def unpack_gzip(path: str, target: str) -> None:
    """Unpack into the private folder, chunk by chunk, leaving room on the disk."""
    try:
        with gzip.open(path, "rb") as packed, open(target, "wb") as plain:
            for number, chunk in enumerate(iter(lambda: packed.read(FILE_CHUNK), b"")):
                if number % 64 == 0 and shutil.disk_usage(target).free < DISK_RESERVE:
                    raise UnreadableFile(
                        f"{display(path)} does not fit into {display(tempfile.gettempdir())} once it is unpacked; "
                        "free some space there, or set TMPDIR to a larger disk"
                    )
                plain.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFile(f"{display(path)} is damaged: it cannot be unpacked ({display(error)})") from error


def text_encoding(path: str, head: bytes, shown: str) -> tuple[str, bool]:
    """The encoding of a text file, and whether it mixes line ends.

    All of the file is looked at: one byte that is not UTF-8 in the last row changes how the text is read.

    Raises:
        UnreadableFile: it is no text.
    """
    for mark, encoding in TEXT_MARKS:
        if head.startswith(mark) and encoding != "utf-8":
            return encoding, False
    wide = wide_encoding(head)
    if wide:
        return wide, False
    with open(path, "rb") as file:
        return scan_text(file, shown)


def wide_encoding(head: bytes) -> str:
    """UTF-16 without a mark, seen from where the zero bytes are; else an empty string."""
    sample = head[: len(head) // 2 * 2][:4096]
    half = len(sample) // 2
    if half < 4 or b"\0" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.8 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.8 * half and odd < 0.05 * half else ""


def scan_text(file: BinaryIO, shown: str) -> tuple[str, bool]:
    """Read a file once: UTF-8, or else Windows' Western code page or Latin-1; and its line ends."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, pairs, returns, feeds, undefined, last = "utf-8", 0, 0, 0, False, b""
    while chunk := file.read(FILE_CHUNK):
        if b"\0" in chunk:
            raise UnreadableFile(
                f"{display(shown)} is a binary file, not a table; name a CSV, Parquet, JSON or DuckDB file"
            )
        plain = chunk.isascii()
        if encoding == "utf-8" and (decoder.getstate()[0] or not plain):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                encoding = "cp1252"
        if not (plain or undefined):
            undefined = any(byte in chunk for byte in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
        if b"\r" in chunk or last == b"\r":
            pairs += (last + chunk).count(b"\r\n")
            returns += chunk.count(b"\r")
            feeds += chunk.count(b"\n")
        elif not feeds or returns:
            feeds += chunk.count(b"\n")
        last = chunk[-1:]
    if encoding == "utf-8" and decoder.getstate()[0]:
        encoding = "cp1252"
    if encoding != "utf-8":
        encoding = "latin-1" if undefined else "cp1252"
    kinds = (pairs > 0) + (feeds > pairs) + (returns > pairs)
    return encoding, kinds > 1


def transcode_file(path: str, target: str, encoding: str, shown: str) -> None:
    """Write the text as UTF-8 with one kind of line end."""
    try:
        with (
            open(path, encoding=encoding, newline=None) as text,
            open(target, "w", encoding="utf-8", newline="\n") as plain,
        ):
            while chunk := text.read(FILE_CHUNK):
                plain.write(chunk)
    except UnicodeError as error:
        raise UnreadableFile(f"{display(shown)} is not readable as {encoding} text; save it as UTF-8") from error
