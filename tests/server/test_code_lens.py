"""The lens above a model: it is really built and trained, with progress, and its result is said."""

import asyncio
import sys

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio

TEXT = """\
import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.compile(loss="mse")
model.fit(np.random.rand(32, 4), np.random.rand(32, 2))
other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
"""


async def lenses(editor, uri):
    return list(
        await editor.text_document_code_lens_async(types.CodeLensParams(types.TextDocumentIdentifier(uri)))
        or ()
    )


def run(editor, lens):
    return editor.workspace_execute_command_async(
        types.ExecuteCommandParams(lens.command.command, lens.command.arguments)
    )


async def test_each_model_has_a_lens(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    found = await lenses(editor, uri)
    assert [(lens.range.start.line, lens.command.title) for lens in found] == [
        (3, "Verify this model"),
        (6, "Verify this model"),
    ]
    assert [list(lens.command.arguments) for lens in found] == [[uri, "model"], [uri, "other"]]


@pytest.mark.keras
async def test_a_model_is_verified(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "unsaved.py", TEXT)
    [lens, _] = await lenses(editor, uri)
    await run(editor, lens)
    await editor.until(lambda: editor.messages)
    [message] = editor.messages
    assert message.type == types.MessageType.Info
    assert message.message.startswith(
        "`model`: passed. Model `model` (line 4): builds, output (None, 2), 10 parameters"
    )
    assert "every weight gets a gradient; depends on the labels" in message.message
    assert "other" not in message.message
    [reports] = editor.progress_reports.values()
    assert [type(report).__name__ for report in reports] == ["WorkDoneProgressBegin", "WorkDoneProgressEnd"]
    assert reports[0].title == "Verifying model"
    assert reports[0].cancellable
    [lens, other] = await lenses(editor, uri)
    assert lens.command.title.startswith("✓ passed: model `model`")
    assert other.command.title == "Verify this model"
    editor.change(uri, TEXT + "\n")  # what was shown holds for the text that was run
    assert (await lenses(editor, uri))[0].command.title == "Verify this model"


@pytest.mark.keras
async def test_a_verification_can_be_cancelled(editor, tmp_path):
    await editor.start(tmp_path)
    endless = TEXT.replace("other =", "while True: pass\nother =")
    uri = editor.open(tmp_path / "x.py", endless)
    running = asyncio.ensure_future(run(editor, (await lenses(editor, uri))[0]))
    await editor.until(lambda: any(editor.progress_reports.values()))
    [token] = editor.progress_reports
    # Meanwhile other requests are answered.
    assert await lenses(editor, uri)
    editor.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    await asyncio.wait_for(running, 60)
    await editor.until(
        lambda: (
            editor.messages
            and editor.messages[-1].message == "kerasfix: the verification of `model` was cancelled."
        )
    )


async def test_why_nothing_can_be_verified_is_said(editor, tmp_path):
    await editor.start(tmp_path, options={"verify": {"python": "no-such-python"}})
    uri = editor.open(tmp_path / "x.py", TEXT)
    [lens, _] = await lenses(editor, uri)
    await run(editor, lens)
    await editor.until(lambda: editor.messages)
    [message] = editor.messages
    assert message.type == types.MessageType.Warning
    assert message.message.startswith("kerasfix cannot verify: There is no Python at no-such-python")
    await editor.workspace_execute_command_async(types.ExecuteCommandParams("kerasfix.verify", [uri, "gone"]))
    await editor.until(
        lambda: (
            editor.messages and editor.messages[-1].message == "kerasfix: there is no model `gone` any more."
        )
    )


async def test_lenses_can_be_turned_off(editor, tmp_path):
    await editor.start(
        tmp_path, options={"codeLens": {"enable": False}, "verify": {"python": sys.executable}}
    )
    assert await lenses(editor, editor.open(tmp_path / "x.py", TEXT)) == []
