"""A Jupyter notebook: its code cells, in their order, are one program."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

from kerasfix.light import dataclass
from kerasfix.source.document import Document, Location, Source, UnreadableFile
from kerasfix.source.magics import Magics


class Cell(NamedTuple):
    """A code cell. Its number counts all cells, from 1."""

    number: int
    text: str


@dataclass(frozen=True)
class Cells(Source):
    """The code cells of a notebook. A comment with the token and the cell's number stands before each."""

    token: str = ""
    hidden: tuple[str, ...] = ()
    """The lines that only IPython understands, see `Magics`."""

    @cached_property
    def _markers(self) -> list[tuple[int, int]]:
        """The row of each marker and the number of its cell."""
        marker = re.compile(rf"# {self.token} cell (\d+)$")
        rows = ((row, marker.match(self.line(row))) for row in range(len(self.line_starts)))
        return [(row, int(match[1])) for row, match in rows if match]

    def _cell(self, row: int) -> tuple[int, range]:
        """The number of the cell that a row belongs to, and the rows of that cell.

        A marker is the end of the cell above it; the first one has none above.
        """
        index = max(bisect_right(self._markers, row - 1, key=lambda marker: marker[0]) - 1, 0)
        first, number = self._markers[index]
        behind = self._markers[index + 1][0] if index + 1 < len(self._markers) else len(self.line_starts) - 1
        return number, range(first + 1, behind)

    def location(self, offset: int) -> Location:
        """The cell of an offset, and its row and column there."""
        row, column = self.row_column(offset)
        number, rows = self._cell(row)
        if row >= rows.start:
            return Location(number, row - rows.start + 1, 1 if row >= rows.stop else column + 1)
        return Location(number, 1, 1)

    def place(self, offset: int) -> str:
        location = self.location(offset)
        return f"cell {location.cell}, line {location.row}"

    def visible(self, line: str) -> str:
        return Magics(self.token, list(self.hidden)).restore(line)

    def cell(self, row: int) -> int:
        return self._cell(row)[0]

    def neighbours(self, row: int) -> range:
        return self._cell(row)[1]

    def rows(self, number: int | None) -> range:
        """The rows of a cell, by its number; none where there is no such cell."""
        for row, cell in self._markers:
            if cell == number:
                return self._cell(row + 1)[1]
        return range(0)

    def cells(self) -> dict[int, str]:
        """The texts of the cells, by number, as they stand in the notebook.

        Raises:
            ValueError: a marker is gone.
        """
        pieces = re.split(rf"^# {self.token} cell (\d+)(\r?\n)", self.text, flags=re.MULTILINE)
        magics = Magics(self.token, list(self.hidden))
        found = {
            int(number): magics.restore(magics.magics_first(text.removesuffix(newline)))
            for number, newline, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
        }
        if pieces[0] or re.search(rf"# {self.token} \w+ \d", "".join(found.values())):
            raise ValueError("a fix has changed what stands between the cells of a notebook")
        return found


class OpenNotebook(Document):
    """The code cells of a notebook, as an editor holds them."""

    def __init__(self, path: str, cells: tuple[Cell, ...]) -> None:
        super().__init__(path, "\n".join(cell.text for cell in cells))
        self.cells = cells

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        if not self.cells:
            return ()
        everything = "\n".join(cell.text for cell in self.cells)
        newline = match[0] if (match := re.search(r"\r?\n", everything)) else "\n"
        token = next(token for number in count() if (token := f"notebook{number or ''}") not in everything)
        magics = Magics(token)
        text = "".join(
            f"# {token} cell {cell.number}{newline}{magics.hide(cell.text)}{newline}" for cell in self.cells
        )
        return (Cells(self.path, text, token, tuple(magics.hidden)),)

    def locate(self, source: Source, offset: int) -> Location:
        assert isinstance(source, Cells)
        return source.location(offset)

    def find(self, location: Location) -> tuple[Source, int] | None:
        for source in self.sources:
            assert isinstance(source, Cells)
            rows = source.rows(location.cell)
            if location.row <= len(rows):
                offset = source.offset(rows[location.row - 1], location.column - 1)
                return None if offset is None else (source, offset)
        return None

    def replace(self, texts: dict[Source, str]) -> str:
        changed = {number: new for number, (_, new) in self.rewritten(texts).items()}
        return "\n".join(changed.get(cell.number, cell.text) for cell in self.cells)

    def rewritten(self, texts: dict[Source, str]) -> dict[int | None, tuple[str, str]]:
        source = next(iter(texts), None)
        if source is None:
            return {}
        assert isinstance(source, Cells)
        new = Cells(source.path, texts[source], source.token, source.hidden).cells()
        if list(new) != [cell.number for cell in self.cells]:
            raise ValueError("a fix has removed a cell of a notebook")
        return {
            cell.number: (cell.text, new[cell.number]) for cell in self.cells if new[cell.number] != cell.text
        }

    def parts(self) -> Iterator[tuple[str, str]]:
        for cell in self.cells:
            yield f"{self.path}:cell {cell.number}", cell.text

    def runnable(self, source: Source, text: str) -> str:
        helpers = 'display = print; get_ipython = __import__("unittest.mock").mock.MagicMock()'
        return helpers + text[text.index("\n") :] if "\n" in text else text


class Notebook(OpenNotebook):
    """A `.ipynb` file."""

    def __init__(self, path: str, text: str, encoding: str = "utf-8", bom: bytes = b"") -> None:
        super().__init__(path, tuple(_code_cells(text)))
        self.text, self.encoding, self.bom = text, encoding, bom

    def replace(self, texts: dict[Source, str]) -> str:
        changed = {number: new for number, (_, new) in self.rewritten(texts).items() if number is not None}
        return _with_cells(self.text, changed) if texts else self.text


def _code_cells(text: str) -> Iterator[Cell]:
    """The Python cells of a notebook.

    Raises:
        UnreadableFile: it is none.
    """
    if not text.strip():  # a new notebook of VS Code
        return
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        merge = ": it has the marks of a merge conflict" if re.search("^<{7} ", text, re.MULTILINE) else ""
        raise UnreadableFile(
            f"not a notebook{merge}: not valid JSON (line {error.lineno}, column {error.colno}: {error.msg})"
        ) from None
    except RecursionError:
        raise UnreadableFile("not a notebook: its JSON is nested too deeply") from None
    sheets = _sheets(notebook)
    if not all(isinstance(sheet, dict) and isinstance(sheet.get("cells"), list) for sheet in sheets):
        raise UnreadableFile("not a notebook: this JSON has no list of `cells`")
    if not _is_python(notebook.get("metadata")):
        return
    for number, cell in enumerate((cell for sheet in sheets for cell in sheet["cells"]), 1):
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and _is_python_cell(cell):
            yield Cell(number, _source(cell, number))


def _sheets(notebook: Any) -> list[Any]:
    """Where the cells are: in the notebook, or before format 4 in its worksheets."""
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        return list(notebook["worksheets"])
    return [notebook]


def _key(cell: Any) -> str:
    """The key of a cell's text: before format 4 it was `input`."""
    return "input" if "source" not in cell and "input" in cell else "source"


def _source(cell: dict[str, Any], number: int) -> str:
    value = cell.get(_key(cell), "")
    lines = [value] if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise UnreadableFile(f"not a notebook: the source of cell {number} is no text")
    text = "".join(lines)
    if "\0" in text or re.search("[\ud800-\udfff]", text):
        raise UnreadableFile(f"cell {number} holds a null byte or half a character; this is not Python text")
    return text


def _is_python(metadata: Any) -> bool:
    """Whether a notebook is for Python, as far as it says."""
    info = metadata if isinstance(metadata, dict) else {}
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        part = info.get(key)
        language = part.get(name) if isinstance(part, dict) else None
        if isinstance(language, str):
            return language.lower() in {"python", "ipython"}
    return True


def _is_python_cell(cell: dict[str, Any]) -> bool:
    """VS Code marks the cells that are in another language than the notebook."""
    metadata = cell.get("metadata")
    vscode = metadata.get("vscode") if isinstance(metadata, dict) else None
    return not isinstance(vscode, dict) or vscode.get("languageId", "python") == "python"


def _with_cells(text: str, changed: dict[int, str]) -> str:
    """The notebook's JSON with new texts for some cells."""
    from kerasfix.source.json_text import Span, items, members

    top = Span(re.compile(r"[ \t\r\n]*").match(text).end(), len(text))  # type: ignore[union-attr]
    keys = members(text, top.start)
    sheets = list(items(text, keys["worksheets"].start)) if "worksheets" in keys else [top]
    cells = (cell for sheet in sheets for cell in items(text, members(text, sheet.start)["cells"].start))
    pieces: list[str] = []
    end = 0
    for number, cell in enumerate(cells, 1):
        if number in changed:
            found = members(text, cell.start)
            span = found[_key(found)]
            pieces += text[end : span.start], _encoded(text[span.start : span.end], changed[number], text)
            end = span.end
    return "".join(pieces) + text[end:]


def _encoded(old: str, new: str, notebook: str) -> str:
    """A cell's new text in the form of the old value: string or list, its layout, its way of escaping."""
    from kerasfix.source.json_text import items

    ascii_only = notebook.isascii() and bool(re.search(r"\\u(?!00[01])[0-9a-fA-F]{4}", notebook))
    if old.startswith('"'):
        return json.dumps(new, ensure_ascii=ascii_only)
    spans = list(items(old, 0))
    known = {json.loads(old[start:end]).rstrip("\n"): old[start:end] for start, end in spans}
    lines = re.findall(r"[^\n]*\n|[^\n]+\Z", new)
    if not lines or not spans:
        return json.dumps(lines, ensure_ascii=ascii_only)
    before, after = old[: spans[0].start], old[spans[-1].end :]
    between = old[spans[0].end : spans[1].start] if len(spans) > 1 else "," + (before[1:] or " ")

    def encoded(line: str) -> str:
        raw = known.get(line.rstrip("\n"))
        return raw if raw and json.loads(raw) == line else json.dumps(line, ensure_ascii=ascii_only)

    return before + between.join(map(encoded, lines)) + after
