"""A Python script: one source, the same text."""

from functools import cached_property

from kerasfix.source.document import Document, Location, Source


class Script(Document):
    """A `.py` file."""

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        return (Source(self.path, self.text),)

    def locate(self, source: Source, offset: int) -> Location:
        row, column = source.row_column(offset)
        return Location(None, row + 1, column + 1)

    def find(self, location: Location) -> tuple[Source, int] | None:
        [source] = self.sources
        offset = source.offset(location.row - 1, location.column - 1)
        return None if offset is None else (source, offset)

    def replace(self, texts: dict[Source, str]) -> str:
        return texts.get(self.sources[0], self.text)
