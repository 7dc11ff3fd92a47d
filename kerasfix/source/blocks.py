"""Documents with blocks of Python code in them: each block is a source of its own."""

import re
from typing import ClassVar

from kerasfix.light import dataclass
from kerasfix.source.document import Document, Location, Source
from kerasfix.source.magics import Magics

LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
_PROMPT = re.compile(r"(?P<indent>[ \t]*)(?P<prompt>>>>|\.\.\.)(?:[ \t]|(?=[\r\n]|\Z))")
_GOES_ON = re.compile(r"[ \t)\]}]|(?:elif|else|except|finally|case)\b")
"""A line that belongs to the statement above it."""
_SHELL_LANGUAGES = frozenset({"ipython", "ipython3", "code-cell"})
"""What is run by IPython, with its commands."""


@dataclass(frozen=True)
class Block(Source):
    """A block of a document, from `start` to `end`; its text is without quote marks, indent and prompts."""

    whole: ClassVar[bool] = False
    start: int = 0
    end: int = 0
    first_row: int = 0
    prefix: str = ""
    """What a new line gets."""
    prefixes: tuple[str, ...] = ()
    """What stands before each line."""
    token: str = ""
    hidden: tuple[str, ...] = ()
    """The lines that are no Python (the output of prompts, commands of IPython), see `Magics`."""
    prompts: bool = False

    def place(self, offset: int) -> str:
        return f"line {self.first_row + self.row_column(offset)[0] + 1}"

    def embedded(self, content: str) -> str:
        first, *others = content.split("\n")
        return "\n".join([first, *(self._usual(line) + line for line in others)])

    def visible(self, line: str) -> str:
        return Magics(self.token, list(self.hidden)).restore(line) if self.hidden else line

    def restored(self, text: str) -> str:
        """A new text of this block as it stands in the document; new lines get what is usual before them."""
        from difflib import SequenceMatcher

        old, new = LINE.findall(self.text), LINE.findall(text)
        lines: list[str] = []
        for _, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            kept = list(self.prefixes[start:end])
            for place, line in enumerate(new[first:last]):
                usual = self._usual(line) if line.strip() else self.prefix.rstrip()
                lines.append((kept[place] if place < len(kept) else usual) + self.visible(line))
        return "".join(lines)

    def _usual(self, line: str) -> str:
        prompt = ("... " if _GOES_ON.match(line) else ">>> ") if self.prompts else ""
        return self.prefix + prompt


class Blocks(Document):
    """A document whose sources are blocks."""

    def locate(self, source: Source, offset: int) -> Location:
        assert isinstance(source, Block)
        row, column = source.row_column(offset)
        prefix = source.prefixes[row] if row < len(source.prefixes) else source.prefix
        return Location(None, source.first_row + row + 1, len(prefix) + column + 1)

    def find(self, location: Location) -> tuple[Source, int] | None:
        for block in self.sources:
            assert isinstance(block, Block)
            row = location.row - 1 - block.first_row
            if 0 <= row < len(block.prefixes):
                offset = block.offset(row, location.column - 1 - len(block.prefixes[row]))
                return None if offset is None else (block, offset)
        return None

    def replace(self, texts: dict[Source, str]) -> str:
        pieces: list[str] = []
        end = 0
        for block in self.sources:
            if block not in texts:
                continue
            assert isinstance(block, Block)
            pieces += self.text[end : block.start], block.restored(texts[block])
            end = block.end
        return "".join(pieces) + self.text[end:]

    def block(
        self, start: int, first_row: int, prefix: str, lines: list[tuple[str, str]], language: str
    ) -> Block:
        """A block from its place, its lines (what stands before the code, the code) and its language."""
        end = start + sum(len(before) + len(code) for before, code in lines)
        prompts = has_prompts(lines)
        magics = Magics(_token(self.text))
        if prompts:
            lines = _without_prompts(lines, magics)
        elif language in _SHELL_LANGUAGES:
            rows = LINE.findall(magics.hide("".join(code for _, code in lines)))
            lines = [(before, code) for (before, _), code in zip(lines, rows, strict=True)]
        return Block(
            self.path, "".join(code for _, code in lines), start, end, first_row, prefix,
            tuple(before for before, _ in lines), magics.token, tuple(magics.hidden), prompts,
        )  # fmt: skip


def has_prompts(lines: list[tuple[str, str]]) -> bool:
    """Whether the code is an interactive session."""
    first = next((code for _, code in lines if code.strip()), "")
    return bool((match := _PROMPT.match(first)) and match["prompt"] == ">>>")


def _token(text: str) -> str:
    number = 0
    while (token := f"output{number or ''}") in text:
        number += 1
    return token


def _without_prompts(lines: list[tuple[str, str]], magics: Magics) -> list[tuple[str, str]]:
    """A session as a program: prompts belong to what stands before the code, output is hidden.

    An example that shows a traceback is meant to fail: it is hidden too.
    """
    result: list[tuple[str, str]] = []
    example = 0  # where the last statement starts
    in_code = False
    for before, code in lines:
        prompt = _PROMPT.match(code)
        if prompt and (prompt["prompt"] == ">>>" or in_code):
            if prompt["prompt"] == ">>>":
                example = len(result)
            result.append((before + prompt[0], code[prompt.end() :]))
            in_code = True
            continue
        if in_code and code.lstrip().startswith("Traceback (most recent call last)"):
            for place in range(example, len(result)):
                kept, statement = result[place]
                result[place] = kept, _hidden(statement, magics)
        in_code = False
        result.append((before, _hidden(code, magics) if code.strip() else code))
    return result


def _hidden(line: str, magics: Magics) -> str:
    code = line.rstrip("\r\n")
    return magics.comment(code, line[len(code) :])
