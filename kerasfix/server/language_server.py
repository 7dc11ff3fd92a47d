"""The server: its folders and documents, its one thread for analyses, and how it speaks of errors."""

import asyncio
import functools
import logging
import threading
import traceback
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from kerasfix import __version__
from kerasfix.finding import Failure
from kerasfix.server.opened import Opened
from kerasfix.server.options import Folder
from kerasfix.server.places import Documents
from kerasfix.trace import deep_recursion

T = TypeVar("T")
_STACK = 256 * 1024 * 1024  # bytes; only what is used takes memory. Nested code is followed by recursion.
_log = logging.getLogger("kerasfix")


def _deep(function: Callable[[], T]) -> T:
    with deep_recursion():
        return function()


class KerasfixServer(LanguageServer):
    """Speaks with one client."""

    def __init__(self) -> None:
        super().__init__(
            "kerasfix",
            __version__,
            notebook_document_sync=types.NotebookDocumentSyncOptions(
                [types.NotebookDocumentFilterWithNotebook(notebook="*")], save=True
            ),
        )
        self.opened = Opened(self)
        self.home = Path.cwd()
        """The folder of documents that are no files."""
        self.folders: list[Folder] = []
        self.ready = asyncio.Event()
        """Set when the client's settings are known."""
        self._outside = Folder(self.home)
        self._shown: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        before = threading.stack_size(_STACK)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="kerasfix")
        self._worker.submit(int).result()  # the thread starts now, with its stack
        threading.stack_size(before)

    def open_workspace(self, params: types.InitializeParams) -> None:
        """Take over what the client says of itself."""
        self.protocol._workspace = Documents(  # pygls has no other way to choose the class of documents
            self.workspace.root_uri,
            types.TextDocumentSyncKind.Incremental,
            params.workspace_folders or [],
            self.workspace.position_encoding,
        )
        self.update_folders()

    def update_folders(self) -> None:
        """Make the folders those of the workspace."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        if not uris and self.workspace.root_uri:
            uris = [self.workspace.root_uri]
        known = {folder.path: folder for folder in self.folders}
        paths = [Path(path) for uri in uris if (path := to_fs_path(uri))]
        self.folders = [known.get(path) or Folder(path, self._outside.options) for path in paths]
        self.home = paths[0] if paths else Path.cwd()
        self._outside.path = self.home

    def folder(self, path: Path) -> Folder:
        """The innermost workspace folder around a file."""
        around = [folder for folder in self.folders if path.is_relative_to(folder.path)]
        return max(around, key=lambda folder: len(folder.path.parts), default=self._outside)

    def all_folders(self) -> list[Folder]:
        """Every folder, and last what lies outside of them."""
        return [*self.folders, self._outside]

    def can(self, capability: str) -> bool:
        """Whether the client has a capability, such as `workspace.configuration`."""
        return bool(get_capability(self.client_capabilities, capability, False))

    async def work(self, function: Callable[[], T]) -> T:
        """Run a function in the thread that does all the analysing, so that messages are read meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, _deep, function)

    def background(self, work: Awaitable[Any], what: str) -> asyncio.Task[Any]:
        """Run something that nobody waits for."""

        async def run() -> None:
            try:
                await work
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self.tell_error(error, what)

        task = asyncio.ensure_future(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def answers(
        self, method: str, options: Any = None
    ) -> Callable[[Callable[..., Awaitable[T]]], Callable[..., Awaitable[T | None]]]:
        """Register the handler of a method. If it fails, the answer is empty and the error is told."""

        def register(handler: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T | None]]:
            @functools.wraps(handler)
            async def guarded(params: Any) -> T | None:
                try:
                    return await handler(self, params)
                except asyncio.CancelledError:
                    raise
                except Exception as error:
                    self.tell_error(error, method)
                    return None

            del guarded.__wrapped__  # pygls looks at the signature
            return self.feature(method, options)(guarded)

        return register

    def tell_error(self, error: BaseException, what: str) -> None:
        """An internal error: all of it goes to the log, each kind is shown once."""
        frames = traceback.extract_tb(error.__traceback__)
        last = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        text = f"internal error in kerasfix {__version__} ({what}): {type(error).__name__}: {error} ({last})"
        self._tell_bug(text, "".join(traceback.format_exception(error)), f"{type(error).__name__} {last}")

    def tell_failure(self, failure: Failure) -> None:
        """A bug that the trace or a rule has told of itself."""
        where = failure.code or "trace"
        text = f"internal error in kerasfix {__version__} ({where}): {failure.message}"
        self._tell_bug(text, failure.trace, failure.message)

    def _tell_bug(self, text: str, details: str, key: str) -> None:
        _log.error("%s\n%s", text, details)
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"{text}\n{details}"))
        if key not in self._shown:
            self._shown.add(key)
            self.show(types.MessageType.Error, f"{text}. Please report it with the server's log.")

    def tell_problem(self, text: str) -> None:
        """Something that the user has to put right; shown once."""
        if text not in self._shown:
            self._shown.add(text)
            self.show(types.MessageType.Warning, text)

    def show(self, kind: types.MessageType, text: str) -> None:
        """Show a message to the user."""
        self.window_show_message(types.ShowMessageParams(kind, text))

    def report_server_error(self, error: Exception, source: Any) -> None:
        """What goes wrong outside of our handlers: a message that cannot be read, say."""
        self.tell_error(error, getattr(source, "__name__", str(source)))

    def close(self) -> None:
        """End what still runs."""
        self._worker.shutdown(wait=False, cancel_futures=True)
