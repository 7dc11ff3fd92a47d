"""Places: rows and columns of documents as the positions of the protocol, and back.

A document counts characters from 1; the protocol counts from 0, in the units that client and server agreed on.
"""

from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument, Workspace

from kerasfix.source import Source


class Text:
    """A text that the client holds open, by rows."""

    def __init__(self, uri: str, text: str, version: int | None, codec: PositionCodec) -> None:
        self.uri = uri
        self.text = text
        self.version = version
        self._rows = Source(uri, text)
        self._codec = codec

    def position(self, row: int, column: int) -> types.Position:
        """The position of a row and column, both from 0; what lies behind the last row is the end."""
        starts = self._rows.line_starts
        if row >= len(starts):
            row, column = len(starts) - 1, len(self._rows.line(len(starts) - 1))
        return types.Position(row, self._codec.client_num_units(self._rows.line(row)[:column]))

    def range(self, start: int, end: int) -> types.Range:
        """The range between two offsets."""
        return types.Range(
            self.position(*self._rows.row_column(start)), self.position(*self._rows.row_column(end))
        )

    def row_column(self, position: types.Position) -> tuple[int, int]:
        """The row and column, both from 0, of a position; a column behind the end of its line is the end."""
        if position.line >= len(self._rows.line_starts):
            return position.line, 0
        line = self._rows.line(position.line)
        if line.isascii():
            return position.line, min(position.character, len(line))
        units = 0
        for column, character in enumerate(line):
            if units >= position.character:
                return position.line, column
            units += self._codec.client_num_units(character)
        return position.line, len(line)


class _Rows(TextDocument):
    """A text document whose lines end where the protocol says: `str.splitlines` knows more kinds of ends."""

    @property
    def lines(self) -> tuple[str, ...]:
        source = Source(self.uri, self.source)
        ends = [*source.line_starts[1:], len(source.text)]
        rows = zip(source.line_starts, ends, strict=True)
        return tuple(source.text[start:end] for start, end in rows if start < end)


class Documents(Workspace):
    """The open documents."""

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return _Rows(
            doc_uri,
            source,
            version,
            language_id,
            sync_kind=self._sync_kind,
            position_codec=self.position_codec,
        )
