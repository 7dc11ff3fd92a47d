"""A real client that speaks with a real server over stdio."""

import asyncio
import re
from pathlib import Path

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, client_capabilities
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES, register_lsp_features

CAPABILITIES = "neovim@v0.11.0"
PUBLISHED = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS


class Editor(LanguageClient):
    """A client with the few things that tests do all the time."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.versions = {}
        self.published = {}
        """The version of each document that diagnostics have come for last."""
        self.registered = []
        self.refreshed = []

    async def start(self, root, *, capabilities=None, options=None, folders=None):
        """Initialize a session in a folder."""
        roots = folders or [root]
        if capabilities is None:
            capabilities = client_capabilities(CAPABILITIES)
            capabilities.general.position_encodings = None  # UTF-16, as in VS Code
        return await self.initialize_session(
            types.InitializeParams(
                capabilities=capabilities,
                root_uri=root.as_uri(),
                workspace_folders=[types.WorkspaceFolder(path.as_uri(), path.name) for path in roots],
                initialization_options=options,
            )
        )

    def open(self, uri, text, language="python"):
        """Open a document."""
        uri = uri.as_uri() if isinstance(uri, Path) else uri
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri, language, 1, text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri, text, range=None):
        """Type: all of the text is new, or that in a range."""
        self.versions[uri] += 1
        kind = (
            types.TextDocumentContentChangePartial if range else types.TextDocumentContentChangeWholeDocument
        )
        event = kind(range=range, text=text) if range else kind(text=text)
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri), [event]
            )
        )

    async def told(self, uri, version=None, seconds=60):
        """The diagnostics of a document (in this version of it), when they have come."""
        version = version or self.versions.get(uri)
        for _ in range(int(seconds / 0.02)):
            if uri in self.diagnostics and self.published.get(uri) == version:
                return list(self.diagnostics[uri])
            await asyncio.sleep(0.02)
        raise TimeoutError(
            f"no diagnostics for {uri} in version {version}: {self.messages} {self.log_messages}"
        )

    async def until(self, condition, seconds=60):
        """Wait for something."""
        for _ in range(int(seconds / 0.02)):
            if condition():
                return
            await asyncio.sleep(0.02)
        raise TimeoutError(f"{self.messages} {self.log_messages}")


def make_editor():
    client = Editor(converter_factory=default_converter)
    register_lsp_features(client, {m: f for m, f in DEFAULT_CLIENT_FEATURES.items() if m != PUBLISHED})

    @client.feature(PUBLISHED)
    def published(params):
        client.diagnostics[params.uri] = params.diagnostics
        client.published[params.uri] = params.version

    @client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def registered(params):
        client.registered += params.registrations

    for method in (types.WORKSPACE_INLAY_HINT_REFRESH, types.WORKSPACE_CODE_LENS_REFRESH):
        client.feature(method)(lambda _params, method=method: client.refreshed.append(method))
    return client


def applied(texts, edit, unit="utf-16-le", width=2):
    """The texts (by URI) after a workspace edit, as a client that counts in such units applies it."""
    found = dict(texts)
    changes = edit.changes or {
        change.text_document.uri: change.edits for change in edit.document_changes or ()
    }
    for uri, edits in changes.items():
        text = found[uri]
        starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]

        def offset(position, text=text, starts=starts):
            line = text[starts[position.line] :]
            return starts[position.line] + len(line.encode(unit)[: position.character * width].decode(unit))

        for change in sorted(edits, key=lambda change: change.range.start, reverse=True):
            text = text[: offset(change.range.start)] + change.new_text + text[offset(change.range.end) :]
        found[uri] = text
    return found


def at(text, needle, behind=False):
    """The position of a piece of ASCII text."""
    offset = text.index(needle) + (len(needle) if behind else 0)
    return types.Position(text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1)
