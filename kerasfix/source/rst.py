"""A reStructuredText file: each block of Python code, and each session with prompts, is a source of its own."""

import re
from functools import cached_property

from kerasfix.source.blocks import LINE, Block, Blocks
from kerasfix.source.markdown import is_python

_DIRECTIVE = re.compile(
    r"(?P<indent>[ \t]*)\.\.[ \t]+(?P<name>code-block|code|sourcecode|doctest|testcode|testsetup|ipython)::"
    r"[ \t]*(?P<language>[\w+-]*)"
)
_LANGUAGES = {"doctest": "doctest", "testcode": "python", "testsetup": "python", "ipython": "ipython3"}
"""What directives hold, whatever stands behind them."""
_OPTION = re.compile(r"[ \t]+:[\w-]+:")
_SESSION = re.compile(r"(?P<indent>[ \t]*)>>>[ \t]")


class Rst(Blocks):
    """A `.rst` file."""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        lines = LINE.findall(self.text)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        blocks: list[Block] = []
        row = 0
        while row < len(lines):
            directive, session = _DIRECTIVE.match(lines[row]), _SESSION.match(lines[row])
            if directive:
                first, row = _content(lines, row + 1, directive["indent"])
                language = _LANGUAGES.get(directive["name"], directive["language"].lower())
            elif session:
                first, language = row, "doctest"
                while row < len(lines) and lines[row].strip():
                    row += 1
            else:
                row += 1
                continue
            content = _split(lines[first:row])
            if content and is_python(language, content):
                prefix = max((before for before, _ in content), key=len)
                blocks.append(self.block(starts[first], first, prefix, content, language))
        return tuple(blocks)


def _content(lines: list[str], row: int, indent: str) -> tuple[int, int]:
    """The first row of a directive's content, behind its options, and the row behind it."""
    while row < len(lines) and _OPTION.match(lines[row]):
        row += 1
    while row < len(lines) and not lines[row].strip():
        row += 1
    first = end = row
    while row < len(lines) and (not lines[row].strip() or _width(lines[row]) > _width(indent + ".")):
        row += 1
        if lines[row - 1].strip():
            end = row
    return first, end


def _split(lines: list[str]) -> list[tuple[str, str]]:
    """The common indent of lines, and what stands behind it."""
    width = min((_width(line) for line in lines if line.strip()), default=0)
    found = []
    for line in lines:
        place = 0
        while place < len(line) and line[place] in " \t" and _width(line[: place + 1] + ".") <= width:
            place += 1
        found.append((line[:place], line[place:]))
    return found


def _width(line: str) -> int:
    """The column of a line's first character that is no blank."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(8))
