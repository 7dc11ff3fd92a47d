"""Inlay hints: the output shape behind every layer."""

import pytest
from lsprotocol import types

pytestmark = pytest.mark.asyncio

TEXT = """\
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((28, 28, 1)),  # 图像 😀
    layers.Conv2D(8, 3),
    layers.Flatten(), layers.Dense(10),
])
inputs = keras.Input((8,))
x = layers.Dense(4)(layers.Dense(5)(inputs))
for units in (3, 2):
    x = layers.Dense(units)(x)
late = keras.Sequential()
late.add(layers.Dense(2))
late.add(layers.Dense(unknown))


class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(6)

    def call(self, x):
        return self.inner(x)


y = Block()(x)
"""


async def hints(editor, uri, first=0, last=100):
    return list(
        await editor.text_document_inlay_hint_async(
            types.InlayHintParams(
                types.TextDocumentIdentifier(uri),
                types.Range(types.Position(first, 0), types.Position(last, 0)),
            )
        )
        or ()
    )


def shown(text, found):
    """The text as an editor shows it."""
    lines = text.splitlines()
    for hint in sorted(found, key=lambda hint: hint.position, reverse=True):
        line = lines[hint.position.line]
        place = hint.position.character
        lines[hint.position.line] = f"{line[:place]} {hint.label}{line[place:]}"
    return "\n".join(lines) + "\n"


async def test_each_layer_has_its_shape(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    found = await hints(editor, uri)
    expected = {
        "keras.Input((28, 28, 1)),": "→ (None, 28, 28, 1)",
        "layers.Conv2D(8, 3),": "→ (None, 26, 26, 8)",
        "layers.Flatten(),": "→ (None, 5408)",
        "layers.Dense(10),": "→ (None, 10)",
        "keras.Input((8,))": "→ (None, 8)",
        "layers.Dense(5)(inputs)": "→ (None, 5)",
        "x = layers.Dense(4)(layers.Dense(5)(inputs) → (None, 5))": "→ (None, 4)",
        "layers.Dense(units)(x)": "→ (None, 3) | (None, 2)",
        "self.inner(x)": "→ (None, 6)",
        "Block()(x)": "→ (None, 6)",
    }
    text = TEXT
    for code, label in expected.items():
        text = text.replace(code, f"{code} {label}", 1)
    assert shown(TEXT, found) == text


async def test_only_those_of_the_range_and_the_rest_when_looked_at(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    [hint] = await hints(editor, uri, 5, 6)
    assert hint.label == "→ (None, 26, 26, 8)"
    assert hint.tooltip is None
    resolved = await editor.inlay_hint_resolve_async(hint)
    assert resolved.tooltip.value == (
        "`Conv2D` layer `conv2d`\n- input `(None, 28, 28, 1)` float32\n- output `(None, 26, 26, 8)` float32\n"
        "- 80 parameters"
    )
    editor.change(uri, TEXT.replace("28, 28, 1", "32, 32, 1"))
    stale = await editor.inlay_hint_resolve_async(hint)
    assert stale.tooltip is None
    [hint] = await hints(editor, uri, 5, 6)
    assert hint.label == "→ (None, 30, 30, 8)"


async def test_they_can_be_shorter_and_turned_off(editor, tmp_path):
    await editor.start(tmp_path, options={"inlayHints": {"maximumLength": 12}})
    uri = editor.open(tmp_path / "x.py", TEXT)
    assert (await hints(editor, uri, 5, 6))[0].label == "→ (None, 26, …"
    editor.workspace_did_change_configuration(
        types.DidChangeConfigurationParams({"kerasfix": {"inlayHints": {"enable": False}}})
    )
    editor.set_configuration({"inlayHints": {"enable": False}}, section="kerasfix")
    editor.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
    await editor.until(lambda: "workspace/inlayHint/refresh" in editor.refreshed)
    assert await hints(editor, uri) == []
