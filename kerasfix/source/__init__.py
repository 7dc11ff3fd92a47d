"""What a file holds: a document, made of sources (pieces of Python text), and the way back to the file."""

from kerasfix.source.document import (
    TABLES,
    Document,
    Location,
    Row,
    Source,
    UnreadableFile,
    open_document,
    read_document,
    text_document,
)

__all__ = [
    "TABLES",
    "Document",
    "Location",
    "Row",
    "Source",
    "UnreadableFile",
    "open_document",
    "read_document",
    "text_document",
]
