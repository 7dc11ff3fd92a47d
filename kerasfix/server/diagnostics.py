"""Findings as diagnostics, published a moment after each change."""

import asyncio
from typing import Any

from lsprotocol import types

from kerasfix.finding import Finding, Severity
from kerasfix.server.analysis import Analysis, Part
from kerasfix.server.language_server import KerasfixServer

SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


class Publisher:
    """Tells the client what is wrong in the documents it has open."""

    def __init__(self, server: KerasfixServer) -> None:
        self._server = server
        self._waiting: dict[str, asyncio.Task[Any]] = {}
        self._told: dict[str, set[str]] = {}
        """The texts of each document that have diagnostics now."""

    def changed(self, uri: str, typed: bool = False) -> None:
        """A document is new, or another: look at it; `typed`: when there was no typing for a moment."""
        root = self._server.opened.root(uri)
        if typed and self._options(root).run == "onSave":
            return
        if waiting := self._waiting.pop(root, None):
            waiting.cancel()
        delay = self._options(root).delay if typed else 0.0
        self._waiting[root] = self._server.background(self._publish(root, delay), "diagnostics")

    def everything(self) -> None:
        """Look at all open documents again."""
        for uri in self._server.opened.uris():
            self.changed(uri)

    def closed(self, uri: str) -> None:
        """A document is gone, and so is what was said of it."""
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()
        for text in self._told.pop(uri, set()):
            self._tell(text, [])

    def _options(self, uri: str) -> Any:
        return self._server.folder(self._server.opened.path(uri)).options

    async def _publish(self, uri: str, delay: float) -> None:
        await self._server.ready.wait()
        await asyncio.sleep(delay)
        analysis = self._server.opened.analysis(uri)
        self._tell_problem(uri)
        found: dict[str, list[types.Diagnostic]] = {}
        versions: dict[str, int | None] = {}
        if analysis is not None:
            found = await self._server.work(lambda: diagnostics(analysis))
            for failure in analysis.failures:
                self._server.tell_failure(failure)
            versions = {text.uri: text.version for text in analysis.texts.values()}
        before = self._told.get(uri, set())
        self._told[uri] = set(found)
        for text in dict.fromkeys([*found, *before]):
            self._tell(text, found.get(text, []), versions.get(text))

    def _tell(self, uri: str, found: list[types.Diagnostic], version: int | None = None) -> None:
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _tell_problem(self, uri: str) -> None:
        folder = self._server.folder(self._server.opened.path(uri))
        if folder.problem:
            self._server.tell_problem(f"kerasfix: {folder.problem} Until then the last valid settings hold.")


def diagnostics(analysis: Analysis) -> dict[str, list[types.Diagnostic]]:
    """The diagnostics of a document by the URIs of its texts; also of texts without any."""
    found: dict[str, list[types.Diagnostic]] = {text.uri: [] for text in analysis.texts.values()}
    for part, finding in analysis.findings:
        uri, diagnostic = as_diagnostic(analysis, part, finding)
        found[uri].append(diagnostic)
    return found


def as_diagnostic(analysis: Analysis, part: Part, finding: Finding) -> tuple[str, types.Diagnostic]:
    """One finding; the places that explain it are related information."""
    uri, span = analysis.place(part.source, finding.start, finding.end)
    related = []
    for note in finding.notes:
        where = types.Location(*analysis.place(part.source, note.start, note.end))
        related.append(types.DiagnosticRelatedInformation(where, note.message))
    page = analysis.settings.page_of(finding.name)
    return uri, types.Diagnostic(
        span,
        finding.message,
        severity=SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(page) if page else None,
        source="kerasfix",
        related_information=related or None,
    )
