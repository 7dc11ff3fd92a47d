"""Puts the server together from its features, and runs it."""

import logging

from lsprotocol import types

from kerasfix.server import code_actions, hover, inlay_hints
from kerasfix.server.code_lens import Lenses
from kerasfix.server.configuration import Configuration
from kerasfix.server.diagnostics import Publisher
from kerasfix.server.language_server import KerasfixServer


def make_server() -> tuple[KerasfixServer, Lenses]:
    """A server with all features."""
    server = KerasfixServer()
    publisher = Publisher(server)
    Configuration(server, publisher)
    for feature in (code_actions, hover, inlay_hints):
        feature.register(server)
    lenses = Lenses(server)
    _synchronize(server, publisher)
    return server, lenses


def _synchronize(server: KerasfixServer, publisher: Publisher) -> None:
    """Look at documents when they are opened, changed and closed. pygls has taken over the change by then."""

    @server.answers(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(_: KerasfixServer, params: types.DidOpenTextDocumentParams) -> None:
        publisher.changed(params.text_document.uri)

    @server.answers(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(_: KerasfixServer, params: types.DidChangeTextDocumentParams) -> None:
        publisher.changed(params.text_document.uri, typed=True)

    @server.answers(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(_: KerasfixServer, params: types.DidCloseTextDocumentParams) -> None:
        publisher.closed(server.opened.root(params.text_document.uri))
        server.opened.forget(server.opened.root(params.text_document.uri))

    @server.answers(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    async def notebook_opened(_: KerasfixServer, params: types.DidOpenNotebookDocumentParams) -> None:
        publisher.changed(params.notebook_document.uri)

    @server.answers(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    async def notebook_changed(_: KerasfixServer, params: types.DidChangeNotebookDocumentParams) -> None:
        publisher.changed(params.notebook_document.uri, typed=True)

    @server.answers(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    async def notebook_saved(_: KerasfixServer, params: types.DidSaveNotebookDocumentParams) -> None:
        publisher.changed(params.notebook_document.uri)

    @server.answers(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    async def notebook_closed(_: KerasfixServer, params: types.DidCloseNotebookDocumentParams) -> None:
        publisher.closed(server.opened.root(params.notebook_document.uri))
        server.opened.forget(server.opened.root(params.notebook_document.uri))


def serve(verbose: bool = False) -> None:
    """Speak with a client over stdin and stdout until it says goodbye."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING)
    server, lenses = make_server()
    try:
        server.start_io()
    finally:
        lenses.close()
        server.close()
