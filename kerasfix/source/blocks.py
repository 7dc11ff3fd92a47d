"""Documents with blocks of Python code in them: each block is a source of its own."""

import re
from abc import abstractmethod
from bisect import bisect_right
from functools import cached_property
from typing import ClassVar

from kerasfix.light import dataclass
from kerasfix.source.document import Document, Location, Source
from kerasfix.source.magics import Magics

LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
IMPORTS_KERAS = re.compile(r"^[ \t]*(?:from|import)[ \t]+(?:keras|tensorflow)\b", re.MULTILINE)
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

    @property
    def fragment(self) -> bool:
        return not IMPORTS_KERAS.search(self.text)  # one that does is a script, made to be copied

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


@dataclass(frozen=True)
class Joined(Source):
    """Several blocks in their order; a comment with the token stands before each, as before the cells of a notebook."""

    blocks: tuple[Block, ...] = ()
    token: str = ""

    @property
    def fragment(self) -> bool:
        return True  # among explanations: data of the reader's own, other ways to do the same

    @classmethod
    def of(cls, blocks: tuple[Block, ...]) -> "Joined":
        """One program of these blocks."""
        everything = "".join(block.text for block in blocks)
        number = 0
        while (token := f"block{number or ''}") in everything:
            number += 1
        newline = match[0] if (match := re.search(r"\r\n?|\n", everything)) else "\n"
        text = "".join(
            f"# {token} {place}{newline}{block.text}{'' if _ends(block.text) else newline}"
            for place, block in enumerate(blocks)
        )
        return cls(blocks[0].path, text, blocks, token)

    @cached_property
    def starts(self) -> list[int]:
        """The row behind the comment before each block."""
        marker = re.compile(rf"# {self.token} \d+$")
        return [row + 1 for row in range(len(self.line_starts)) if marker.match(self.line(row))]

    def block(self, row: int) -> tuple[int, int]:
        """The block that a row is in, and its row there; the comment before a block ends the one above it."""
        place = max(bisect_right(self.starts, row) - 1, 0)
        return place, max(row - self.starts[place], 0)

    def split(self, text: str) -> tuple[str, ...]:
        """The texts of the blocks in a new text of this program.

        Raises:
            ValueError: a comment between them is gone.
        """
        pieces = re.split(rf"^# {self.token} \d+(?:\r\n?|\n)", text, flags=re.MULTILINE)
        if pieces[0] or len(pieces) != len(self.blocks) + 1:
            raise ValueError("a fix has changed what stands between the blocks of a document")
        return tuple(
            piece if _ends(block.text) else re.sub(r"(?:\r\n?|\n)\Z", "", piece)
            for piece, block in zip(pieces[1:], self.blocks, strict=True)
        )

    def place(self, offset: int) -> str:
        place, row = self.block(self.row_column(offset)[0])
        return f"line {self.blocks[place].first_row + row + 1}"

    def embedded(self, content: str) -> str:
        return self.blocks[0].embedded(content)

    def visible(self, line: str) -> str:
        return self.blocks[-1].visible(line)

    def neighbours(self, row: int) -> range:
        place, _ = self.block(row)
        end = self.starts[place + 1] - 1 if place + 1 < len(self.starts) else len(self.line_starts)
        return range(self.starts[place], end)


class Blocks(Document):
    """A document whose sources are blocks, or several blocks that are one program."""

    _groups: "list[tuple[int, ...]] | None" = None

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        if len(self.blocks) < 2:
            return self.blocks
        from kerasfix.source.grouping import groups

        if self._groups is None:
            self._groups = groups(self.blocks)
        chosen = [tuple(self.blocks[place] for place in group) for group in self._groups]
        return tuple(group[0] if len(group) == 1 else Joined.of(group) for group in chosen)

    @cached_property
    @abstractmethod
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of Python code, in their order."""

    def locate(self, source: Source, offset: int) -> Location:
        row, column = source.row_column(offset)
        block, row = self._block(source, row)
        if row >= len(block.prefixes):
            return Location(None, block.first_row + row + 1, len(block.prefix) + 1)
        return Location(None, block.first_row + row + 1, len(block.prefixes[row]) + column + 1)

    def find(self, location: Location) -> tuple[Source, int] | None:
        for source in self.sources:
            for block, start in self._parts(source):
                row = location.row - 1 - block.first_row
                if 0 <= row < len(block.prefixes):
                    offset = source.offset(start + row, location.column - 1 - len(block.prefixes[row]))
                    return None if offset is None else (source, offset)
        return None

    def replace(self, texts: dict[Source, str]) -> str:
        new: dict[Block, str] = {}
        for source, text in texts.items():
            if isinstance(source, Joined):
                new |= zip(source.blocks, source.split(text), strict=True)
            elif isinstance(source, Block):
                new[source] = text
        pieces: list[str] = []
        end = 0
        for block in self.blocks:
            if block in new:
                pieces += self.text[end : block.start], block.restored(new[block])
                end = block.end
        return "".join(pieces) + self.text[end:]

    def with_text(self, text: str) -> "Document":
        """Its blocks belong together as they do here: what a fix takes out may have been what joined them."""
        new = super().with_text(text)
        assert isinstance(new, Blocks)
        new._groups = self._groups
        return new

    def runnable(self, source: Source, text: str) -> str:
        if not isinstance(source, Joined):
            return super().runnable(source, text)
        script = ""
        for block, piece in zip(source.blocks, source.split(text), strict=True):
            script += "\n" * (block.first_row - script.count("\n")) + piece
        return script

    @staticmethod
    def _parts(source: Source) -> "list[tuple[Block, int]]":
        """The blocks of a source, and the row in it at which each starts."""
        if isinstance(source, Block):
            return [(source, 0)]
        assert isinstance(source, Joined)
        return list(zip(source.blocks, source.starts, strict=True))

    def _block(self, source: Source, row: int) -> tuple[Block, int]:
        """The block of a row of a source, and its row there."""
        if isinstance(source, Block):
            return source, row
        assert isinstance(source, Joined)
        place, row = source.block(row)
        return source.blocks[place], row

    @cached_property
    def _magics(self) -> Magics:
        """Hidden lines are numbered through the document: blocks may become one program."""
        return Magics(_token(self.text))

    def block(
        self, start: int, first_row: int, prefix: str, lines: list[tuple[str, str]], language: str
    ) -> Block:
        """A block from its place, its lines (what stands before the code, the code) and its language."""
        end = start + sum(len(before) + len(code) for before, code in lines)
        prompts = has_prompts(lines)
        magics = self._magics
        if prompts:
            lines = _without_prompts(lines, magics)
        elif language in _SHELL_LANGUAGES:
            rows = LINE.findall(magics.hide("".join(code for _, code in lines)))
            lines = [(before, code) for (before, _), code in zip(lines, rows, strict=True)]
        return Block(
            self.path, "".join(code for _, code in lines), start, end, first_row, prefix,
            tuple(before for before, _ in lines), magics.token, tuple(magics.hidden), prompts,
        )  # fmt: skip


def _ends(text: str) -> bool:
    return text.endswith(("\n", "\r"))


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
