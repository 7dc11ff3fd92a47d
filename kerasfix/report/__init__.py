"""Reports: findings as text. One format is one module with a `render` function."""

import importlib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kerasfix.light import dataclass
from kerasfix.source import Document, Location, Source

if TYPE_CHECKING:
    from kerasfix.finding import Finding, Fix

URL = "https://github.com/kerasfix/kerasfix"

Paint = Callable[..., str]
"""`click.style`, or `plain`: a text, with colours as keyword arguments."""


def plain(text: str, **_colours: object) -> str:
    """The text as it is: a `Paint` without colours."""
    return text


@dataclass(frozen=True)
class Placed:
    """A finding in its file."""

    finding: "Finding"
    source: Source
    document: Document
    fix: "Fix | None"
    """The repair to show: the one that `--fix` would apply now, else the best one."""
    applicable: bool
    """Whether `--fix`, with the options given, would apply it."""
    url: str | None = None
    """The page of the rule, where the configuration says where the pages are."""

    @cached_property
    def start(self) -> Location:
        """Where it starts in the document."""
        return self.document.locate(self.source, self.finding.start)

    @cached_property
    def end(self) -> Location:
        """Where it ends in the document (behind its last character)."""
        return self.document.locate(self.source, self.finding.end)

    @property
    def place(self) -> str:
        """Where it starts, as `path:row:column`."""
        return place(self.document, self.start)

    @property
    def in_file(self) -> tuple[Location, Location]:
        """Start and end for tools that know files and lines only: of a notebook just the first line."""
        if self.start.cell is None:
            return self.start, self.end
        return Location(None, 1, 1), Location(None, 1, 1)

    @property
    def message(self) -> str:
        """The message on one line, with the place in a notebook, which `in_file` does not tell."""
        start = self.start
        cell = "" if start.cell is None else f"cell {start.cell}, line {start.row}: "
        return cell + clean(self.finding.message)


def render(form: str, findings: Sequence[Placed], paint: Paint = plain) -> str:
    """Findings in the format of this name; the text ends in a newline, or is empty."""
    module = importlib.import_module(f"{__name__}.{form.replace('-', '_')}")
    text: str = module.render(findings, paint)
    return text


def write(form: str, findings: Sequence[Placed], file: Path) -> None:
    """Findings into a file of their own; `parquet`, which is no text, too."""
    if form == "parquet":
        from kerasfix.report.parquet import ParquetWriter

        with ParquetWriter(file) as writer:
            writer.write(findings)
    else:
        file.write_text(render(form, findings), encoding="utf-8")


def place(document: Document, location: Location) -> str:
    """`path:row:column`, with the cell of a notebook."""
    cell = "" if location.cell is None else f"cell {location.cell}:"
    return f"{clean(document.path)}:{cell}{location.row}:{location.column}"


def project_path(path: str) -> str:
    """A path as the other tools of a project name it: relative to the current folder, with slashes."""
    found = Path(path)
    if found.is_absolute() and found.is_relative_to(Path.cwd()):
        found = found.relative_to(Path.cwd())
    return clean(found.as_posix())


def clean(text: str) -> str:
    """A text on one line that no terminal takes for a command: control characters become visible.

    Characters that change the direction of text are shown by number: they can make code look like other code.
    """
    if (
        text.isprintable()
    ):  # what Python calls printable has no controls; wide and accented letters are printable
        return text
    return "".join(character if character.isprintable() else _visible(character) for character in text)


def _visible(character: str) -> str:
    number = ord(character)
    if number < 0x20:
        return (
            " " if character in "\t\n\r" else chr(0x2400 + number)
        )  # Unicode's pictures of control characters
    if number == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if (
        character in "\u3000\xa0\u2002\u2003\u2009\u202f"
    ):  # other spaces are not printable to Python, but harmless
        return character
    if character in "\u200c\u200d\ufe0f":  # joiners: part of emoji and of Persian and Indian words
        return character
    return f"<U+{number:04X}>"
