"""A real client that speaks with a real server over stdio."""

import sys

import pytest_lsp
from pytest_lsp import ClientServerConfig

from tests.server.client import Editor, make_editor


@pytest_lsp.fixture(
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "kerasfix", "server"], client_factory=make_editor
    )
)
async def editor(lsp_client: Editor):
    yield lsp_client
    await lsp_client.shutdown_session()
