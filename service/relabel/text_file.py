"""Text files: which encoding a file is in, and how plain and compressed ones are opened and created."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from service.relabel.record import RelabelError

_BLOCK = 1 << 20
_TRIED_BYTES = 4 << 20


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What a damaged file raises on the way, as one error. Errors: RelabelError."""
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, UnicodeError) as error:
        what = "cannot be read to its end" if isinstance(error, EOFError) else f"is damaged ({type(error).__name__})"
        raise RelabelError(f"{path.name} {what}; write or pack it again, or name its --encoding") from error


def open_bytes(path: Path) -> IO[bytes]:
    """A file for reading; .gz and .xz are unpacked on the way."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return lzma.open(path, "rb") if path.suffix.lower() == ".xz" else path.open("rb")


def open_text(path: Path, encoding: str) -> IO[str]:
    """A text for reading. Bytes that are no character become lone surrogates, so that only their row is refused."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="surrogateescape", newline="")


def check_encoding(name: str) -> str:
    """The name of an encoding. Errors: RelabelError for one that does not exist."""
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise RelabelError(f"--encoding {name}: there is no such encoding; utf-8 and gb18030 are usual") from error


def create_text(path: Path, *, compressed: bool, encoding: str = "utf-8") -> IO[str]:
    """A text for writing; the same rows always give the same bytes (no time stands in a .gz)."""
    if compressed:
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=path.open("wb"), mtime=0)
        return io.TextIOWrapper(packed, encoding=encoding, newline="")
    return path.open("w", encoding=encoding, newline="")


def encoding_of(path: Path) -> str:
    """`utf-8-sig` (with or without mark) or `gb18030`.

    A file with a few broken bytes is still UTF-8: most GB18030 bytes are broken as UTF-8, so that the share of broken
    places tells the two apart.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    broken = characters = read = 0
    with reading(path), open_bytes(path) as file:
        while read < _TRIED_BYTES and (block := file.read(_BLOCK)):
            read += len(block)
            text = decoder.decode(block)
            broken += text.count("\ufffd")
            characters += sum(character > "\x7f" for character in text)
    return "utf-8-sig" if broken * 20 <= characters else "gb18030"
