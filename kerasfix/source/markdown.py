"""A Markdown file: each fenced block of Python code is a source of its own; also MyST's directives."""

import re
from functools import cached_property

from kerasfix.source.blocks import LINE, Block, Blocks, has_prompts

# Quote and list markers, the fence, then the language; a backtick fence has no backtick behind it.
_OPENING = re.compile(
    r"(?P<prefix>(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*)"
    r"(?P<fence>`{3,}(?!.*`)|~{3,}|:{3,}(?=\{(?:code|doctest|testcode)))"
    r"[ \t]*(?:\{(?P<directive>code-cell|code-block|code|doctest|testcode)\}[ \t]*)?\{?\.?(?P<language>[\w+-]*)"
)
_OPTION = re.compile(r"[ \t]*:[\w-]+:")
_RULE = re.compile(r"---[ \t]*$")
_QUOTE = re.compile(r"[ \t]*>")
_BLANKS = re.compile(r"[ \t]*")
_PYTHON = frozenset({"python", "py", "python3", "python-repl3", "keras", "tensorflow", "ipython", "ipython3"})
_SESSION = frozenset({"pycon", "pycon3", "doctest", "python-repl"})
"""Languages of blocks that are Python where they have prompts."""
_DIRECTIVES = {"code-cell": "ipython3", "doctest": "doctest", "testcode": "python"}
"""What MyST directives hold where they name no language."""
_TAB = 4
_FREE_INDENT = 3  # so much deeper than its opening a closing fence may stand


class Markdown(Blocks):
    """A `.md` file."""

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        lines = LINE.findall(self.text)
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
            language = opening["language"].lower()
            if opening["directive"]:
                options = _options([code for _, code in content])
                first, content = first + options, content[options:]
                language = language or _DIRECTIVES.get(opening["directive"], "")
            if is_python(language, content) and first < len(lines) + (lines[-1][-1:] in "\r\n"):
                kind = opening["directive"] if opening["directive"] == "code-cell" else language
                blocks.append(self.block(starts[first], first, fence.prefix, content, kind))
            if row < len(lines) and fence.split(lines[row]):
                row += 1  # the closing fence
        return tuple(blocks)


def is_python(language: str, lines: list[tuple[str, str]]) -> bool:
    """Whether a block in this language is Python."""
    return language in _PYTHON or (language in _SESSION and has_prompts(lines))


def _options(lines: list[str]) -> int:
    """How many lines at the start of a MyST directive are its options: `:name: value`, or between `---`."""
    if lines and _RULE.match(lines[0]):
        return next((row + 1 for row, line in enumerate(lines) if row and _RULE.match(line)), 0)
    return next((row for row, line in enumerate(lines) if not _OPTION.match(line)), len(lines))


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
