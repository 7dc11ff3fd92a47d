"""A Markdown file: each fenced block of Python code is a source of its own."""

import re
from dataclasses import dataclass
from functools import cached_property

from kerasfix.source.document import Document, Location, Source

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
# Quote and list markers, the fence, then the language; a backtick fence has no backtick behind it.
_OPENING = re.compile(
    r"(?P<prefix>(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)(?P<fence>`{3,}(?!.*`)|~{3,})"
    r"[ \t]*\{?\.?(?P<language>[\w+-]*)"
)
_QUOTE = re.compile(r"[ \t]*>")
_BLANKS = re.compile(r"[ \t]*")
_PYTHON = frozenset({"python", "py", "python3", "python-repl3", "keras", "tensorflow"})
_TAB = 4
_FREE_INDENT = 3  # so much deeper than its opening a closing fence may stand


@dataclass(frozen=True)
class Block(Source):
    """A block of a Markdown file, from `start` to `end`; its text is without quote marks and indent."""

    start: int = 0
    end: int = 0
    first_row: int = 0
    prefix: str = ""
    """What a new line gets."""
    prefixes: tuple[str, ...] = ()
    """What stands before each line."""

    def place(self, offset: int) -> str:
        return f"line {self.first_row + self.row_column(offset)[0] + 1}"

    def embedded(self, content: str) -> str:
        return content.replace("\n", f"\n{self.prefix}")


class Markdown(Document):
    """A `.md` file."""

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        lines = _LINE.findall(self.text)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        blocks: list[Block] = []
        row = 0
        while row < len(lines):
            opening = _OPENING.match(lines[row])
            row += 1
            if not opening:
                continue
            first = row
            content: list[tuple[str, str]] = []
            fence = _Fence(opening["prefix"], opening["fence"])
            while row < len(lines) and (split := fence.split(lines[row])) and not fence.closes(split[1]):
                content.append(split)
                row += 1
            if opening["language"].lower() in _PYTHON and first < len(lines) + (lines[-1][-1:] in "\r\n"):
                text = "".join(code for _, code in content)
                prefixes = tuple(prefix for prefix, _ in content)
                blocks.append(
                    Block(self.path, text, starts[first], starts[row], first, fence.prefix, prefixes)
                )
            if row < len(lines) and fence.split(lines[row]):
                row += 1  # the closing fence
        return tuple(blocks)

    def locate(self, source: Source, offset: int) -> Location:
        assert isinstance(source, Block)
        row, column = source.row_column(offset)
        prefix = source.prefixes[row] if row < len(source.prefixes) else source.prefix
        return Location(None, source.first_row + row + 1, len(prefix) + column + 1)

    def replace(self, texts: dict[Source, str]) -> str:
        pieces: list[str] = []
        end = 0
        for block in self.sources:
            if block not in texts:
                continue
            assert isinstance(block, Block)
            pieces += self.text[end : block.start], _with_prefixes(block, texts[block])
            end = block.end
        return "".join(pieces) + self.text[end:]


class _Fence:
    """An opening fence: which lines belong to its block, and what stands before their code."""

    def __init__(self, prefix: str, fence: str) -> None:
        self._closing = re.compile(rf"[ \t]*{fence[0]}{{{len(fence)},}}[ \t]*\s?$")
        self._quotes = prefix.count(">")
        own = prefix.rpartition(">")[2]
        self._in_item = bool(own.strip())
        """The fence starts a list item: what stands further left is behind the item."""
        self._indent = len(own.expandtabs(_TAB))
        self.prefix = re.sub(r"[^\s>]", " ", prefix)

    def split(self, line: str) -> tuple[str, str] | None:
        """What stands before the code of a line, and its code; None where the line is behind the block."""
        end = 0
        for _ in range(self._quotes):
            quote = _QUOTE.match(line, end)
            if not quote:
                return None
            end = quote.end()
        blanks = _BLANKS.match(line, end)
        assert blanks
        if not line[blanks.end() :].strip():
            return line[:end], line[end:]
        if self._in_item and len(blanks[0].expandtabs(_TAB)) < self._indent:
            return None
        while end < blanks.end() and len(line[blanks.start() : end + 1].expandtabs(_TAB)) <= self._indent:
            end += 1
        return line[:end], line[end:]

    def closes(self, code: str) -> bool:
        """Whether a line of the block is its closing fence."""
        return bool(self._closing.match(code)) and len(code) - len(code.lstrip(" \t")) <= _FREE_INDENT


def _with_prefixes(block: Block, text: str) -> str:
    """The lines of a block's new text with what stood before them; new lines get what is usual."""
    from difflib import SequenceMatcher

    old, new = _LINE.findall(block.text), _LINE.findall(text)
    lines: list[str] = []
    for _, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        kept = list(block.prefixes[start:end])
        for place, line in enumerate(new[first:last]):
            usual = block.prefix if line.strip() else block.prefix.rstrip()
            lines.append((kept[place] if place < len(kept) else usual) + line)
    return "".join(lines)
