"""Hover: values under the cursor, and the texts of rules."""

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from tests.server.client import CAPABILITIES, at

pytestmark = pytest.mark.asyncio

TEXT = """\
import keras
from keras import layers

(x_train, y_train), _ = keras.datasets.mnist.load_data()
inputs = keras.Input((28, 28, 1))
hidden = layers.Conv2D(8, 3)
x = hidden(inputs)
x = layers.Flatten()(x)
outputs = layers.Dense(10, activation="softmax")(x)
model = keras.Model(inputs, outputs)
model.compile(loss="sparse_categorical_crossentropy", metrics="accuracy")  # noqa: KF312
units = 10
stack = keras.Sequential([keras.Input((4,)), layers.Dense(units, activation="relu"), layers.Dense(3)])
stack.compile(loss="mse", metrics="mae")
"""


async def hover(editor, uri, position):
    found = await editor.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), position)
    )
    return found and found.contents.value


VALUES = [
    (
        "x_train",
        "array `(60000, 28, 28)` uint8, values from 0 to 255, from `keras.datasets.mnist` (line 4)",
    ),
    (
        "y_train",
        "array `(60000,)` uint8, class labels of 10 classes, from `keras.datasets.mnist` (line 4)",
    ),
    ("inputs =", "tensor `(None, 28, 28, 1)` float32"),
    (
        "hidden(",
        "`Conv2D` layer `conv2d`\n- input `(None, 28, 28, 1)` float32\n- output `(None, 26, 26, 8)` float32\n"
        "- 80 parameters",
    ),
    ("outputs =", "tensor `(None, 10)` float32"),
    (
        "model.compile",
        "`Functional` model `functional`\n- input `(None, 28, 28, 1)` float32\n- output `(None, 10)` float32\n"
        "- 54,170 parameters",
    ),
    (
        "Dense(units",
        "`Dense` layer `dense_1`\n- input `(None, 4)` float32\n- output `(None, 10)` float32\n- 50 parameters",
    ),
    ("units =", None),
    ("import keras", None),
]


async def test_values(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    for needle, expected in VALUES:
        assert await hover(editor, uri, at(TEXT, needle)) == expected


async def test_rules_are_explained_at_findings_and_in_comments(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", TEXT)
    comment = await hover(editor, uri, at(TEXT, "KF312"))
    assert comment.startswith("**metrics-not-a-list** (KF312, error)")
    assert "## Why is this bad?" in comment
    finding = await hover(editor, uri, at(TEXT, 'metrics="mae"'))
    assert finding == comment


async def test_plain_text_for_clients_that_show_no_markdown(editor, tmp_path):
    capabilities = client_capabilities(CAPABILITIES)
    capabilities.text_document.hover = types.HoverClientCapabilities(
        content_format=[types.MarkupKind.PlainText]
    )
    await editor.start(tmp_path, capabilities=capabilities)
    uri = editor.open(tmp_path / "x.py", TEXT)
    assert await hover(editor, uri, at(TEXT, "inputs =")) == "tensor (None, 28, 28, 1) float32"
    text = await hover(editor, uri, at(TEXT, "KF312"))
    assert text.startswith("metrics-not-a-list (KF312, error)")
    assert "**" not in text


async def test_hover_can_be_turned_off(editor, tmp_path):
    await editor.start(tmp_path, options={"hover": {"values": False, "rules": False}})
    uri = editor.open(tmp_path / "x.py", TEXT)
    assert await hover(editor, uri, at(TEXT, "inputs =")) is None
    assert await hover(editor, uri, at(TEXT, "KF312")) is None
