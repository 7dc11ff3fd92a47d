"""A Markdown file: each fenced block of Python code is a source of its own."""

import re
from dataclasses import dataclass
from functools import cached_property

from kerasfix.source.document import Document, Location, Source

# An opening fence, the language, then everything up to a closing fence of the same kind (or the end).
_BLOCK = re.compile(
    r"^(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>[\w+-]*)[^\n`]*\n"
    r"(?P<body>.*?)"
    r"(?:^(?P=indent)[ ]{0,3}(?P=fence)[`~]*[ \t]*\r?$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_PYTHON = frozenset({"python", "py", "python3", "python-repl3", "keras", "tensorflow"})


@dataclass(frozen=True)
class Block(Source):
    """A block of a Markdown file; it starts at `start` and each of its lines behind `indent`."""

    start: int = 0
    end: int = 0
    indent: str = ""
    first_row: int = 0

    def place(self, offset: int) -> str:
        return f"line {self.first_row + self.row_column(offset)[0] + 1}"


class Markdown(Document):
    """A `.md` file."""

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        return tuple(
            Block(
                self.path,
                _dedent(match["body"], match["indent"]),
                match.start("body"),
                match.end("body"),
                match["indent"],
                self.text.count("\n", 0, match.start("body")),
            )
            for match in _BLOCK.finditer(self.text)
            if match["language"].lower() in _PYTHON
        )

    def locate(self, source: Source, offset: int) -> Location:
        assert isinstance(source, Block)
        row, column = source.row_column(offset)
        return Location(None, source.first_row + row + 1, len(source.indent) + column + 1)

    def replace(self, texts: dict[Source, str]) -> str:
        pieces: list[str] = []
        end = 0
        for source, text in sorted(texts.items(), key=lambda item: getattr(item[0], "start", 0)):
            assert isinstance(source, Block)
            pieces += self.text[end : source.start], _indent(text, source.indent)
            end = source.end
        return "".join(pieces) + self.text[end:]


def _dedent(body: str, indent: str) -> str:
    if not indent:
        return body
    return "".join(
        line.removeprefix(indent) if line.strip() else line.lstrip(" \t") for line in body.splitlines(keepends=True)
    )


def _indent(text: str, indent: str) -> str:
    if not indent:
        return text
    return "".join(indent + line if line.strip() else line for line in text.splitlines(keepends=True))
