"""The documents that the client holds open, as documents of kerasfix, each version analysed once."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import to_fs_path

from kerasfix.server.analysis import Analysis
from kerasfix.server.places import Text
from kerasfix.source import Document, text_document
from kerasfix.source.notebook import Cell, OpenNotebook

if TYPE_CHECKING:
    from kerasfix.server.language_server import KerasfixServer

_LANGUAGES = {
    "python": "py", "markdown": "md", "quarto": "md", "myst": "md", "restructuredtext": "rst", "rst": "rst",
}  # fmt: skip
"""Languages of the protocol, and the suffix of their files."""


class Opened:
    """The open documents."""

    def __init__(self, server: "KerasfixServer") -> None:
        self._server = server
        self._analyses: dict[str, Analysis] = {}

    def analysis(self, uri: str) -> Analysis | None:
        """The analysis of the document, or of the notebook of the cell, with this URI, as it is now.

        None for what is not open, excluded, or in another language.
        """
        uri = self.root(uri)
        texts = self._texts(uri)
        path = self.path(uri)
        folder = self._server.folder(path)
        settings = folder.settings(path.parent)
        known = self._analyses.get(uri)
        if known and known.settings is settings and _same(known.texts, texts):
            return known
        if not texts or not folder.options.enable or folder.excludes(path):
            self._analyses.pop(uri, None)
            return None
        document = self._document(uri, path, texts)
        if document is None:
            return None
        self._analyses[uri] = Analysis(uri, path, document, texts, settings, known)
        return self._analyses[uri]

    def root(self, uri: str) -> str:
        """The URI of the notebook that a cell is in; of other documents their own."""
        notebook = self._server.workspace.get_notebook_document(cell_uri=uri)
        return unquote(notebook.uri) if notebook else unquote(uri)

    def uris(self) -> list[str]:
        """All open documents; notebooks, not their cells."""
        return list(dict.fromkeys(map(self.root, self._server.workspace.text_documents)))

    def path(self, uri: str) -> Path:
        """Where the document is, or would be if it were saved."""
        name = to_fs_path(uri)
        return Path(name) if uri.startswith("file:") and name else self._server.home / Path(name or uri).name

    def forget(self, uri: str | None = None) -> None:
        """Forget a document that was closed, or all: their settings are others now."""
        if uri is None:
            self._analyses.clear()
        else:
            self._analyses.pop(uri, None)

    def _texts(self, uri: str) -> dict[int | None, Text]:
        workspace = self._server.workspace
        notebook = workspace.get_notebook_document(notebook_uri=uri)
        names: dict[int | None, str] = {None: uri}
        if notebook is not None:
            names = {
                number: cell.document
                for number, cell in enumerate(notebook.cells, 1)
                if cell.kind == types.NotebookCellKind.Code
            }
        found = {}
        for number, name in names.items():
            text = workspace.text_documents.get(unquote(name))
            if text is not None and (notebook is None or text.language_id == "python"):
                found[number] = Text(text.uri, text.source, text.version, workspace.position_codec)
        return found

    def _document(self, uri: str, path: Path, texts: dict[int | None, Text]) -> Document | None:
        if None not in texts:
            return OpenNotebook(
                str(path), tuple(Cell(number, text.text) for number, text in texts.items() if number)
            )
        language = self._server.workspace.text_documents[uri].language_id or ""
        suffix = path.suffix.lower()
        if suffix not in {".py", ".pyw", ".md", ".markdown", ".rst", ".txt"} or language in _LANGUAGES:
            if language not in _LANGUAGES:
                return None
            suffix = "." + _LANGUAGES[language]
        return text_document(str(path), texts[None].text, suffix)


def _same(one: dict[int | None, Text], other: dict[int | None, Text]) -> bool:
    return one.keys() == other.keys() and all(
        (text.uri, text.version, text.text) == (other[cell].uri, other[cell].version, other[cell].text)
        for cell, text in one.items()
    )
