"""`Verify this model`: builds and briefly trains the document's models, and says what came of it."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from textwrap import shorten
from uuid import uuid4

from lsprotocol import types

from kerasfix.proof import verify_source
from kerasfix.report.verdict import about_model
from kerasfix.server.analysis import Analysis, Part
from kerasfix.server.language_server import KerasfixServer
from kerasfix.server.options import Verify
from kerasfix.trace.values import Model
from kerasfix.verify import CannotVerify, Options, Verdict, Verifier

COMMAND = "kerasfix.verify"
_TITLE = 100  # characters of a lens; the message has all of it


@dataclass(frozen=True)
class Place:
    """Where a model is made."""

    part: Part
    name: str
    line: int
    """The line of the script that is run, from 1: in the numbers of a verdict."""
    uri: str
    range: types.Range


class Lenses:
    """The lenses above models, and the runs that they start."""

    def __init__(self, server: KerasfixServer) -> None:
        self._server = server
        self._verifier: Verifier | None = None
        self._options: Verify | None = None
        self._one_at_a_time = asyncio.Lock()
        self._results: dict[tuple[str, str], tuple[Analysis, str]] = {}
        """By document and model: the version that was run, and what its lens says now."""
        server.answers(types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensOptions())(self._lenses)

        @server.command(COMMAND)
        async def verify(uri: str, name: str) -> None:
            await self._verify(uri, name)

    async def _lenses(self, server: KerasfixServer, params: types.CodeLensParams) -> list[types.CodeLens]:
        uri = params.text_document.uri
        analysis = server.opened.analysis(uri)
        if analysis is None or not server.folder(analysis.path).options.code_lens.enable:
            return []
        places = await server.work(lambda: list(models(analysis)))
        found = []
        for place in places:
            if place.uri == uri:
                version, title = self._results.get((analysis.uri, place.name), (None, ""))
                title = title if version is analysis else "Verify this model"
                command = types.Command(title, COMMAND, arguments=[analysis.uri, place.name])
                found.append(types.CodeLens(types.Range(place.range.start, place.range.start), command))
        return found

    async def _verify(self, uri: str, name: str) -> None:
        try:
            await self._run(uri, name)
        except CannotVerify as error:
            self.close()  # it may be possible the next time
            self._server.show(types.MessageType.Warning, f"kerasfix cannot verify: {error}")
        except Exception as error:
            self._server.tell_error(error, COMMAND)

    async def _run(self, uri: str, name: str) -> None:
        server = self._server
        analysis = server.opened.analysis(uri)
        if analysis is None:
            server.show(types.MessageType.Warning, "kerasfix: this document is not open any more.")
            return
        places = await server.work(lambda: list(models(analysis)))
        place = next((place for place in places if place.name == name), None)
        if place is None:
            server.show(types.MessageType.Warning, f"kerasfix: there is no model `{name}` any more.")
            return
        options = server.folder(analysis.path).options.verify
        async with self._one_at_a_time, _Progress(server, f"Verifying {name}") as progress:
            run = asyncio.ensure_future(self._in_thread(analysis, place, options))
            progress.on_cancel(lambda: self._cancel(run))
            try:
                verdict = await run
            except asyncio.CancelledError:
                if not progress.cancelled:
                    raise
                server.show(types.MessageType.Info, f"kerasfix: the verification of `{name}` was cancelled.")
                return
        lines = list(about_model(verdict, place.line))
        kind = types.MessageType.Info if verdict.status == "passed" else types.MessageType.Warning
        server.show(kind, f"`{name}`: {verdict.status}. " + ". ".join(_sentence(line) for line in lines))
        mark = "✓" if verdict.status == "passed" else "✗"
        title = shorten(f"{mark} {verdict.status}: {lines[0] if lines else ''}", _TITLE, placeholder=" …")
        self._results[analysis.uri, name] = analysis, title
        if server.can("workspace.code_lens.refresh_support"):
            await server.workspace_code_lens_refresh_async(None)

    async def _in_thread(self, analysis: Analysis, place: Place, options: Verify) -> Verdict:
        if self._verifier is None or self._options != options:
            self.close()
            self._options = options
            self._verifier = Verifier(
                Options(options.device, options.python, options.timeout, options.allow_unisolated)
            )
        verifier, part = self._verifier, place.part
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            None, lambda: verify_source(verifier, analysis.document, part.source, part.source.text)
        )

    def _cancel(self, run: "asyncio.Future[Verdict]") -> None:
        run.cancel()
        verifier, self._verifier = self._verifier, None
        if verifier is not None:  # its process may take a while to end
            threading.Thread(target=verifier.close, daemon=True).start()

    def close(self) -> None:
        """End the process that verifies."""
        if self._verifier is not None:
            self._verifier.close()
            self._verifier = None


def models(analysis: Analysis) -> Iterator[Place]:
    """The models that are made in a document; of several on one line the last."""
    for part in analysis.parts:
        found: dict[int, Model] = {}
        for model in part.program.models:
            if model.origin is not None and model.origin in part.module.spans:
                found[part.source.row_column(part.module.span(model.origin)[0])[0]] = model
        for row, model in found.items():
            start = part.source.line_starts[row]
            uri, span = analysis.place(part.source, start, start)
            location = analysis.document.locate(part.source, start)
            line = location.row if location.cell is None else row + 1
            yield Place(part, model.name or model.label or model.class_name, line, uri, span)


def _sentence(line: str) -> str:
    return line[:1].upper() + line[1:]


class _Progress:
    """A progress bar of the client's, where it has them, with a button to cancel."""

    def __init__(self, server: KerasfixServer, title: str) -> None:
        self._server = server
        self._title = title
        self._token = str(uuid4()) if server.can("window.work_done_progress") else None
        self.cancelled = False

    async def __aenter__(self) -> "_Progress":
        if self._token is not None:
            progress = self._server.work_done_progress
            await progress.create_async(self._token)
            progress.begin(
                self._token,
                types.WorkDoneProgressBegin(
                    self._title, cancellable=True, message="building and training on synthetic data"
                ),
            )
        return self

    def on_cancel(self, action: Callable[[], None]) -> None:
        """What to do when the user cancels."""
        if self._token is not None:
            token = self._server.work_done_progress.tokens[self._token]

            def stop(future: "Future[object]") -> None:
                if future.cancelled():
                    self.cancelled = True
                    action()

            token.add_done_callback(stop)

    async def __aexit__(self, *_: object) -> None:
        if self._token is not None:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd())
            self._server.work_done_progress.tokens.pop(self._token, None)
