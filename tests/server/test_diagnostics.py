"""Diagnostics: as one types, of what is not saved, at the places that the protocol counts."""

import pytest
from lsprotocol import types

BAD = """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((28, 28)),
    layers.Conv2D(8, 3),
])
model.compile(loss="mse", metrics="accuracy")
"""


def found(diagnostics):
    return [(d.code, d.range.start.line, d.range.start.character) for d in diagnostics]


@pytest.mark.asyncio
async def test_unsaved_text_is_checked_as_it_is_typed(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "never_saved.py", "import keras\n")
    assert await editor.told(uri) == []
    editor.change(uri, BAD)
    diagnostics = await editor.told(uri)
    assert found(diagnostics) == [("KF201", 4, 16), ("KF312", 7, 26)]
    [rank, _] = diagnostics
    assert rank.severity == types.DiagnosticSeverity.Error
    assert rank.source == "kerasfix"
    assert "`Conv2D` takes rank 4" in rank.message
    start = types.Position(7, 34)
    editor.change(uri, '["accuracy"]', types.Range(start, types.Position(7, 44)))
    assert found(await editor.told(uri)) == [("KF201", 4, 16)]
