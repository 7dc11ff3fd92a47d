"""Whatever goes wrong, the server goes on."""

import asyncio
import sys

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig

from tests.server.client import Editor, make_editor

TEXT = "import keras\nm = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\nm.compile(metrics='mae')\n"
EVERYTHING = types.Range(types.Position(0, 0), types.Position(99, 0))
BROKEN = """
from kerasfix.server import analysis

def broken(*_):
    raise ZeroDivisionError("a rule divides by nothing")

analysis.judge = broken
from kerasfix.cli import main
main(["server"])
"""
SLOW = """
import time
from kerasfix.server import inlay_hints

def slow(*_):
    time.sleep(1.5)
    return []

inlay_hints.hints = slow
from kerasfix.cli import main
main(["server"])
"""


def hints(editor, uri):
    return editor.text_document_inlay_hint_async(
        types.InlayHintParams(types.TextDocumentIdentifier(uri), EVERYTHING)
    )


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-c", BROKEN], client_factory=make_editor)
)
async def broken_editor(lsp_client: Editor):
    yield lsp_client
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=[sys.executable, "-c", SLOW], client_factory=make_editor)
)
async def slow_editor(lsp_client: Editor):
    yield lsp_client
    await lsp_client.shutdown_session()


@pytest.mark.asyncio
async def test_an_internal_error_is_shown_once_and_ends_nothing(broken_editor, tmp_path):
    editor = broken_editor
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    for _ in range(3):
        actions = await editor.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), EVERYTHING, types.CodeActionContext([]))
        )
        assert not actions
        editor.change(uri, TEXT)
    await editor.until(lambda: len(editor.log_messages) >= 4)
    await editor.until(lambda: editor.messages)
    [message] = editor.messages
    assert "internal error in kerasfix" in message.message
    assert "ZeroDivisionError: a rule divides by nothing" in message.message
    assert all("Traceback" in log.message for log in editor.log_messages)
    assert len(await hints(editor, uri)) == 2  # what does not need the findings is still there


@pytest.mark.asyncio
async def test_a_request_that_is_cancelled_is_answered_so(slow_editor, tmp_path):
    editor = slow_editor
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    first, second = hints(editor, uri), hints(editor, uri)
    tasks = [asyncio.ensure_future(request) for request in (first, second)]
    await asyncio.sleep(0.3)
    for number in list(editor.protocol._request_futures):
        editor.cancel_request(types.CancelParams(number))
    for task in tasks:
        with pytest.raises(JsonRpcException) as caught:
            await asyncio.wait_for(task, 10)
        assert caught.value.code == -32800
    assert not await hints(editor, uri)
    assert not editor.messages


@pytest.mark.asyncio
async def test_what_it_does_not_know_is_refused(editor, tmp_path):
    await editor.start(tmp_path)
    with pytest.raises(JsonRpcException):
        await editor.protocol.send_request_async("kerasfix/nothing", {})
    with pytest.raises(JsonRpcException):
        await editor.workspace_execute_command_async(types.ExecuteCommandParams("kerasfix.nothing", []))
    closed = (tmp_path / "closed.py").as_uri()
    assert not await hints(editor, closed)
    assert not await editor.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(closed), types.Position(7, 7))
    )
    uri = editor.open(tmp_path / "x.py", TEXT)
    assert (
        await editor.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(700, 7))
        )
        is None
    )
    assert [d.code for d in await editor.told(uri)] == ["KF312"]


@pytest.mark.asyncio
async def test_deep_nesting_ends_nothing(editor, tmp_path):
    await editor.start(tmp_path)
    deep = "import keras\nx = " + "-" * 3000 + "1\n" + "y = " + "+".join(["1"] * 3000) + "\n"
    uri = editor.open(tmp_path / "x.py", deep)
    await editor.told(uri)
    editor.change(uri, TEXT)
    assert [d.code for d in await editor.told(uri)] == ["KF312"]


def test_without_pygls_it_says_what_to_install(monkeypatch):
    from click.testing import CliRunner

    from kerasfix.cli import main

    for name in list(sys.modules):
        if name.startswith("kerasfix.server"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls", None)
    monkeypatch.setitem(sys.modules, "lsprotocol", None)
    result = CliRunner().invoke(main, ["server"])
    assert result.exit_code == 2
    assert "pip install 'kerasfix[server]'" in result.output
