"""Quick fixes, `fix all` and `suppress here`, applied as a client applies them."""

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from tests.server.client import CAPABILITIES, applied, at

pytestmark = pytest.mark.asyncio

BAD = """\
import keras
from keras import layers

名 = "😀"; model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3),
    layers.Dense(10, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy", metrics="accuracy")
(x, y), _ = keras.datasets.mnist.load_data()
x = x[..., None] / 255.0
model.fit(x, y)
"""


async def actions(editor, uri, span, only=None, diagnostics=()):
    return list(
        await editor.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(uri), span, types.CodeActionContext(list(diagnostics), only=only)
            )
        )
        or ()
    )


def whole(text):
    return types.Range(types.Position(0, 0), types.Position(text.count("\n"), 0))


async def test_each_candidate_is_an_action_and_the_first_safe_one_is_preferred(editor, tmp_path):
    capabilities = client_capabilities(CAPABILITIES)
    capabilities.general = None
    capabilities.workspace.workspace_edit.document_changes = True
    await editor.start(tmp_path, capabilities=capabilities)
    uri = editor.open(tmp_path / "x.py", BAD)
    diagnostics = {d.code: d for d in await editor.told(uri)}
    assert list(diagnostics) == ["KF203", "KF312"]
    flatten = diagnostics["KF203"]
    found = await actions(editor, uri, flatten.range, ["quickfix"], [flatten])
    repairs = [action for action in found if not action.title.startswith("Ignore")]
    assert len(repairs) >= 2
    assert [action.is_preferred for action in repairs] == [True] + [False] * (len(repairs) - 1)
    assert all(action.kind == "quickfix" for action in found)
    assert repairs[0].title == "Flatten the feature map first"
    assert all(action.title.endswith(" (unsafe)") for action in repairs[1:])
    assert [d.code for d in repairs[0].diagnostics] == ["KF203"]
    new = applied({uri: BAD}, repairs[0].edit)[uri]
    assert new == BAD.replace("    layers.Dense(10", "    layers.Flatten(),\n    layers.Dense(10")
    # Only what differs is sent.
    [edit] = repairs[0].edit.document_changes[0].edits
    assert edit.new_text.strip(", \n") == "layers.Flatten()"
    assert repairs[0].edit.document_changes[0].text_document.version == 1


async def test_fixing_until_nothing_is_left(editor, tmp_path):
    """By preferred quick fixes, and by `fix all`, a script gets to the same text."""
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", BAD)
    text = BAD
    while preferred := [
        action for action in await actions(editor, uri, whole(text), ["quickfix"]) if action.is_preferred
    ]:
        text = applied({uri: text}, preferred[0].edit)[uri]
        editor.change(uri, text)
        await editor.told(uri)
    assert await editor.told(uri) == []
    editor.change(uri, BAD)
    [action] = await actions(editor, uri, types.Range(types.Position(0, 0), types.Position(0, 0)), ["source"])
    assert action.kind == "source.fixAll.kerasfix"
    assert action.edit is None  # it is work, and asked for at each step of the cursor
    resolved = await editor.code_action_resolve_async(action)
    assert applied({uri: BAD}, resolved.edit)[uri] == text


async def test_kinds_that_are_not_asked_for_are_left_out(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", BAD)
    await editor.told(uri)
    for only, wanted in (
        (["source.fixAll.kerasfix"], {"source.fixAll.kerasfix"}), (["source.fixAll"], {"source.fixAll.kerasfix"}),
        (["source.fixAll.ruff"], set()), (["refactor"], set()), (["quickfix"], {"quickfix"}),
        (None, {"quickfix", "source.fixAll.kerasfix"}),
    ):  # fmt: skip
        assert {action.kind for action in await actions(editor, uri, whole(BAD), only)} == wanted


async def test_a_client_that_resolves_nothing_gets_everything_at_once(editor, tmp_path):
    capabilities = client_capabilities(CAPABILITIES)
    capabilities.text_document.code_action = None
    capabilities.workspace.workspace_edit = None
    await editor.start(tmp_path, capabilities=capabilities)
    uri = editor.open(tmp_path / "x.py", BAD)
    [action] = await actions(editor, uri, whole(BAD), ["source.fixAll"])
    assert "layers.Flatten()" in applied({uri: BAD}, action.edit)[uri]
    assert list(action.edit.changes) == [uri]
    clean = editor.open(tmp_path / "clean.py", "import keras\n")
    assert await actions(editor, clean, whole(BAD), ["source.fixAll"]) == []


async def test_suppress_here(editor, tmp_path):
    await editor.start(tmp_path)
    uri = editor.open(tmp_path / "x.py", BAD)
    [_, metrics] = await editor.told(uri)
    [action] = [
        action for action in await actions(editor, uri, metrics.range) if action.title.startswith("Ignore")
    ]
    assert action.title == "Ignore KF312 here (metrics-not-a-list)"
    text = applied({uri: BAD}, action.edit)[uri]
    assert text == BAD.replace('"accuracy")', '"accuracy")  # kerasfix: ignore[KF312]')
    editor.change(uri, text)
    assert [d.code for d in await editor.told(uri)] == ["KF203"]


async def test_blocks_of_markdown_keep_what_stands_before_their_lines(editor, tmp_path):
    await editor.start(tmp_path)
    text = "- 😀\n\n  ```python\n  from keras.layers import Input\n  x = Dense(2)(Input((3,)))\n  ```\n"
    uri = editor.open(tmp_path / "x.md", text, "markdown")
    [missing] = await editor.told(uri)
    assert missing.code == "KF101"
    fix = (await actions(editor, uri, missing.range, ["quickfix"]))[0]
    assert applied({uri: text}, fix.edit)[uri] == text.replace("import Input", "import Input, Dense")


async def test_display_fixes_are_offered_as_suggestions(editor, tmp_path):
    await editor.start(tmp_path)
    text = BAD.replace('"accuracy")', '["accuracy"])').replace("(8, 3)", "(8, 30)")
    uri = editor.open(tmp_path / "x.py", text)
    await editor.told(uri)
    titles = [action.title for action in await actions(editor, uri, whole(text), ["quickfix"])]
    assert titles == list(dict.fromkeys(titles))
    position = at(text, "import keras")
    assert await actions(editor, uri, types.Range(position, position), ["quickfix"]) == []
