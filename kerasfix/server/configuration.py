"""The client's settings and the configuration files, read again whenever they change."""

import asyncio

from lsprotocol import types

from kerasfix.config import FILE_NAMES
from kerasfix.server.diagnostics import Publisher
from kerasfix.server.language_server import KerasfixServer
from kerasfix.server.options import SECTION, Folder, read_options


class Configuration:
    """Keeps the server's folders in step with what the client sets and with the files on disk."""

    def __init__(self, server: KerasfixServer, publisher: Publisher) -> None:
        self._server = server
        self._publisher = publisher
        server.answers(types.INITIALIZE)(self._initialize)
        server.answers(types.INITIALIZED)(self._initialized)
        server.answers(types.WORKSPACE_DID_CHANGE_CONFIGURATION)(self._settings_changed)
        server.answers(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(self._files_changed)
        server.answers(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(self._folders_changed)
        server.answers(types.TEXT_DOCUMENT_DID_SAVE)(self._saved)

    async def _initialize(self, server: KerasfixServer, params: types.InitializeParams) -> None:
        server.open_workspace(params)
        for folder in server.all_folders():
            self._take(folder, params.initialization_options)

    async def _initialized(self, server: KerasfixServer, params: types.InitializedParams) -> None:
        try:
            await self._ask()
        finally:
            server.ready.set()
        registrations = []
        if self._watches:
            watchers = [types.FileSystemWatcher(f"**/{name}") for name in FILE_NAMES]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registrations.append(types.Registration(method, method, options))
        if server.can("workspace.did_change_configuration.dynamic_registration"):
            method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
            options_ = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            registrations.append(types.Registration(method, method, options_))
        if registrations:
            await server.client_register_capability_async(types.RegistrationParams(registrations))

    @property
    def _watches(self) -> bool:
        """Whether the client tells of files that change."""
        return self._server.can("workspace.did_change_watched_files.dynamic_registration")

    async def _settings_changed(
        self, server: KerasfixServer, params: types.DidChangeConfigurationParams
    ) -> None:
        if server.can("workspace.configuration"):
            await self._ask()
        else:
            for folder in server.all_folders():
                self._take(folder, params.settings)
        await self._changed()

    async def _ask(self) -> None:
        """Ask the client for the settings of each folder."""
        server = self._server
        if not server.can("workspace.configuration"):
            return
        folders = server.all_folders()
        items = [types.ConfigurationItem(folder.path.as_uri(), SECTION) for folder in folders[:-1]]
        items.append(types.ConfigurationItem(section=SECTION))
        answers = await server.workspace_configuration_async(types.ConfigurationParams(items))
        for folder, answer in zip(folders, answers, strict=True):
            if answer is not None:
                self._take(folder, answer)

    def _take(self, folder: Folder, data: object) -> None:
        options, problems = read_options(data)
        folder.change(options)
        for problem in problems:
            self._server.tell_problem(f"kerasfix: {problem}")

    async def _files_changed(self, server: KerasfixServer, _: types.DidChangeWatchedFilesParams) -> None:
        for folder in server.all_folders():
            folder.reload()
        await self._changed()

    async def _folders_changed(
        self, server: KerasfixServer, _: types.DidChangeWorkspaceFoldersParams
    ) -> None:
        server.update_folders()
        await self._ask()
        await self._changed()

    async def _saved(self, server: KerasfixServer, params: types.DidSaveTextDocumentParams) -> None:
        uri = params.text_document.uri
        if server.opened.path(uri).name in FILE_NAMES or not self._watches:
            for folder in server.all_folders():
                folder.reload()
            await self._changed()
        else:
            self._publisher.changed(uri)

    async def _changed(self) -> None:
        """Show all open documents by the new settings."""
        server = self._server
        server.opened.forget()
        self._publisher.everything()
        refreshes = (
            ("workspace.inlay_hint.refresh_support", server.workspace_inlay_hint_refresh_async),
            ("workspace.code_lens.refresh_support", server.workspace_code_lens_refresh_async),
        )
        await asyncio.gather(*(refresh(None) for capability, refresh in refreshes if server.can(capability)))
