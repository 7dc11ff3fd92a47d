"""Documents and sources."""

import codecs
import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path, PurePath
from typing import ClassVar, NamedTuple

from kerasfix.light import dataclass

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
TABLES = frozenset({".parquet", ".arrow", ".feather", ".ipc"})
"""The suffixes of tables with a program in each row."""
_NEWLINE = re.compile(rb"\r\n?|\n")


class UnreadableFile(Exception):
    """A file that cannot be read as text; the message says why, without the file's name."""


class Location(NamedTuple):
    """A place in a document, counted from 1. `cell` is None outside notebooks."""

    cell: int | None
    row: int
    column: int


class Row(NamedTuple):
    """A program that stands in a row of a table (counted from 0, as Arrow and pandas do), not in a file."""

    table: str
    number: int
    path: str
    """Where it was in its project; empty where that is not known."""
    content: bytes
    decoded: bool
    """Whether it was text, which the bytes are the UTF-8 of, whatever a coding comment says."""

    @property
    def name(self) -> str:
        """What it is called in findings: `code.parquet:row 17:src/train.py`."""
        return f"{self.table}:row {self.number}{self.path and f':{self.path}'}"


@dataclass(frozen=True)
class Source:
    """A piece of Python text that is one program: a script, a block of Markdown, the cells of a notebook."""

    path: str
    text: str
    whole: ClassVar[bool] = True
    """Whether it stands on its own: a block of a document may use what blocks before it have bound."""

    @property
    def fragment(self) -> bool:
        """Whether it is a part of something that is not shown: what it does not bind is left to the reader."""
        return False

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line starts. Lines end as Python's do, at `\\n`, `\\r\\n` or `\\r`."""
        return [0, *(match.end() for match in re.finditer(r"\r\n?|\n", self.text))]

    def row_column(self, offset: int) -> tuple[int, int]:
        """The row and column of an offset in this text, both from 0."""
        row = bisect_right(self.line_starts, offset) - 1
        return row, offset - self.line_starts[row]

    def offset(self, row: int, column: int) -> int | None:
        """The offset of a row and column, both from 0, the end of the row at most; None outside the rows."""
        if not 0 <= row < len(self.line_starts):
            return None
        return self.line_starts[row] + min(max(column, 0), len(self.line(row)))

    def place(self, offset: int) -> str:
        """Where an offset is, in words for a message: `line 7` of the file."""
        return f"line {self.row_column(offset)[0] + 1}"

    def embedded(self, content: str) -> str:
        """New text for this source as it stands in the document: a block of Markdown may be indented."""
        return content

    def visible(self, line: str) -> str:
        """A line of this text as it stands in the document, for people; its code is in the same columns."""
        return line

    def cell(self, row: int) -> int | None:
        """The number of the cell, from 1, that a row (from 0) belongs to; None outside notebooks."""
        return None

    def neighbours(self, row: int) -> range:
        """The rows that a reader sees around a row: those of its cell, in a notebook."""
        return range(len(self.line_starts))

    def line(self, row: int) -> str:
        """The text of a row (from 0), without its newline."""
        end = self.line_starts[row + 1] if row + 1 < len(self.line_starts) else len(self.text)
        return self.text[self.line_starts[row] : end].rstrip("\r\n")


class Document(ABC):
    """A file as text, what it holds, and how changed sources are written back into it."""

    row: tuple[str, int] | None = None
    """The table and the row that it stands in, where it is no file."""

    def __init__(self, path: str, text: str, encoding: str = "utf-8", bom: bytes = b"") -> None:
        self.path = path
        self.text = text
        self.encoding = encoding
        self.bom = bom

    @cached_property
    @abstractmethod
    def sources(self) -> tuple[Source, ...]:
        """The programs in this document."""

    @abstractmethod
    def locate(self, source: Source, offset: int) -> Location:
        """Where an offset of one of the sources lies in the document."""

    @abstractmethod
    def find(self, location: Location) -> tuple[Source, int] | None:
        """The source that a place of the document belongs to, and its offset there; None where it is no code."""

    @abstractmethod
    def replace(self, texts: dict[Source, str]) -> str:
        """The document's text with new texts for some of its sources; all else stays as it is."""

    def rewritten(self, texts: dict[Source, str]) -> dict[int | None, tuple[str, str]]:
        """What new texts for some sources change, for editors: old and new text of the file, or of cells."""
        new = self.replace(texts)
        return {None: (self.text, new)} if new != self.text else {}

    def with_text(self, text: str) -> "Document":
        """This document with another text, as fixes leave it."""
        return type(self)(self.path, text, self.encoding, self.bom)

    def parts(self) -> Iterator[tuple[str, str]]:
        """What people read in this file, for a diff: each part's name and text."""
        yield self.path, self.text

    def runnable(self, source: Source, text: str) -> str:
        """A script that does what `text` does in the place of a source, with its code on the source's rows."""
        return "\n" * (self.locate(source, 0).row - 1) + text

    def encode(self, text: str) -> bytes:
        """A text as the bytes of this file: its encoding, its byte order mark.

        Raises:
            UnicodeEncodeError: the file's encoding does not have a character of the new text.
        """
        return self.bom + text.encode(self.encoding)


def open_document(path: Path, shown: str | None = None) -> Document:
    """Read a file.

    Raises:
        UnreadableFile: it is not text in the encoding it claims to have.
        OSError: it cannot be opened.
    """
    return read_document(path.read_bytes(), shown or str(path))


def read_document(data: bytes | Row, path: str) -> Document:
    """A document from the bytes of a file, or a row of a table; `path`'s suffix tells its kind.

    Raises:
        UnreadableFile: the bytes are not text in the encoding they claim to have.
    """
    if isinstance(data, Row):
        document = _read(data.content, path, PurePath(data.path).suffix.lower(), data.decoded)
        document.row = (data.table, data.number)
        return document
    return _read(data, path, PurePath(path).suffix.lower())


def _read(data: bytes, path: str, suffix: str, decoded: bool = False) -> Document:
    if suffix in TABLES:
        raise UnreadableFile("a table, which only `kerasfix check FILE` reads")
    kind = _document_class(suffix)
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    encoding = _declared_encoding(data) if not decoded and suffix in {".py", ".pyw", ""} else "utf-8"
    body = data[len(bom) :]
    try:
        plain = codecs.lookup(encoding).name == "utf-8"
        if bom and not plain:
            raise UnreadableFile(
                f"starts with a UTF-8 byte order mark, but its coding comment says {encoding}; "
                "remove one of them"
            )
        text = body.decode(encoding)
        if not plain and text.encode(encoding) != body:
            raise UnreadableFile(f"in {encoding} the same text can be other bytes; save it as UTF-8")
    except LookupError:
        raise UnreadableFile(f"unknown encoding {encoding!r} in the coding comment") from None
    except UnicodeDecodeError as error:
        start = len(bom) + error.start
        raise UnreadableFile(
            f"not valid {encoding.upper()} (byte 0x{data[start]:02x} at offset {start}); "
            "save it as UTF-8 or add a coding comment"
        ) from None
    except UnicodeError as error:
        raise UnreadableFile(f"not valid {encoding.upper()}: {error}; save it as UTF-8") from None
    if "\0" in text:
        raise UnreadableFile("contains null bytes; this is not Python text")
    return kind(path, text, encoding, bom)


def text_document(path: str, text: str, suffix: str) -> Document:
    """A document from a text that an editor holds; the suffix tells its kind."""
    return _document_class(suffix)(path, text)


def _document_class(suffix: str) -> type[Document]:
    if suffix in {".md", ".markdown", ".txt"}:
        from kerasfix.source.markdown import Markdown

        return Markdown
    if suffix == ".rst":
        from kerasfix.source.rst import Rst

        return Rst
    if suffix == ".ipynb":
        from kerasfix.source.notebook import Notebook

        return Notebook
    from kerasfix.source.script import Script

    return Script


def _declared_encoding(data: bytes) -> str:
    """The encoding of a coding comment (PEP 263), UTF-8 without one."""
    for line in _NEWLINE.split(data.removeprefix(codecs.BOM_UTF8), maxsplit=2)[:2]:
        if match := _COOKIE.match(line):
            return match[1].decode("ascii")
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return "utf-8"
