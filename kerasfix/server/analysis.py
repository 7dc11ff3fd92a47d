"""What is known of one version of a document: computed once, shared by all features."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from kerasfix.checker import Mode, settled
from kerasfix.config import Settings
from kerasfix.finding import Failure, Finding
from kerasfix.linter import judge, mentions_keras
from kerasfix.server.places import Text
from kerasfix.source import Document, Location, Source
from kerasfix.syntax.module import Module
from kerasfix.syntax.pieces import parse_again
from kerasfix.trace import observe

if TYPE_CHECKING:
    from kerasfix.trace import Program
    from kerasfix.trace.observed import Seen


@dataclass(eq=False)
class Part:
    """One program of a document, traced."""

    source: Source
    module: Module
    program: "Program"
    seen: "Seen"


class Analysis:
    """One version of a document. Nothing is computed before it is asked for.

    What is cached here is only touched by the server's one thread for such work.
    """

    def __init__(
        self,
        uri: str,
        path: Path,
        document: Document,
        texts: dict[int | None, Text],
        settings: Settings,
        before: "Analysis | None" = None,
    ) -> None:
        self.uri = uri
        self.path = path
        self.document = document
        self.texts = texts
        """The texts that the client holds: of a notebook one for each cell, by number."""
        self.settings = settings
        self._modules: dict[int, Module] = before._modules if before is not None else {}
        """The sources as they were when they last parsed, by their place; shared with later versions."""

    @property
    def mode(self) -> Mode:
        """How findings are looked for."""
        return Mode(unsafe_fixes=self.settings.unsafe_fixes)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The programs that may use Keras, each parsed and traced once."""
        found = []
        for place, source in enumerate(self.document.sources):
            if mentions_keras(source):
                module = parse_again(source, self._modules.get(place))
                if module.tree is not None:
                    self._modules[place] = module
                found.append(Part(source, module, *observe(module)))
        return tuple(found)

    @property
    def findings(self) -> list[tuple[Part, Finding]]:
        """What is wrong, without what comments silence."""
        return [(part, finding) for part, finding in self._judged if not isinstance(finding, Failure)]

    @property
    def failures(self) -> list[Failure]:
        """The bugs of kerasfix that this text has brought to light."""
        return [finding for _, finding in self._judged if isinstance(finding, Failure)]

    @cached_property
    def _judged(self) -> list[tuple[Part, Finding]]:
        rules = self.settings.rules_for(self.path)
        return [
            (part, finding)
            for part in self.parts
            for finding in settled(
                judge(part.module, part.program, rules), part.source, rules, self.settings, self.mode
            )
        ]

    def place(self, source: Source, start: int, end: int) -> tuple[str, types.Range]:
        """Where characters of a source stand: the text's URI and the range in it."""
        first, last = (self.document.locate(source, offset) for offset in (start, end))
        text = self.texts[first.cell]
        stop = text.position(last.row - 1, last.column - 1)
        if last.cell != first.cell:  # a mark at the border of cells
            stop = text.position(first.row, 0)
        return text.uri, types.Range(text.position(first.row - 1, first.column - 1), stop)

    def find(self, uri: str, position: types.Position) -> tuple[Source, int] | None:
        """The source and the offset in it that a position of the client's stands for."""
        for cell, text in self.texts.items():
            if text.uri == uri:
                row, column = text.row_column(position)
                return self.document.find(Location(cell, row + 1, column + 1))
        return None

    def at(self, uri: str, position: types.Position) -> tuple[Part, int] | None:
        """As `find`, with the program; None where nothing is traced."""
        found = self.find(uri, position)
        part = found and next((part for part in self.parts if part.source is found[0]), None)
        return (part, found[1]) if part and found else None
