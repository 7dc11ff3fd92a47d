"""Notebook documents: their cells are one program."""

import pytest
from lsprotocol import types

from tests.server.client import applied

pytestmark = pytest.mark.asyncio

CELLS = [
    ("markdown", "# 标题"),
    ("python", "%matplotlib inline\n!pip install keras\nfrom keras import layers\nimport keras"),
    (
        "python",
        '名 = "😀"; model = keras.Sequential([keras.Input((28, 28, 1)), Flatten(), layers.Dense(10)])',
    ),
    ("python", "model.compile(loss='mse', metrics='mae')"),
    ("javascript", "model.compile(metrics='mae')"),
]


def cell_uri(number):
    return f"vscode-notebook-cell:/work/nb.ipynb#C{number}"


def open_notebook(editor, cells=CELLS):
    uri = "file:///work/nb.ipynb"
    kinds = {"markdown": types.NotebookCellKind.Markup}
    editor.notebook_document_did_open(
        types.DidOpenNotebookDocumentParams(
            types.NotebookDocument(
                uri, "jupyter-notebook", 1,
                [
                    types.NotebookCell(kinds.get(language, types.NotebookCellKind.Code), cell_uri(number))
                    for number, (language, _) in enumerate(cells)
                ],
            ),
            [
                types.TextDocumentItem(cell_uri(number), language, 1, text)
                for number, (language, text) in enumerate(cells)
            ],
        )
    )  # fmt: skip
    return uri


def found(diagnostics):
    return [(d.code, d.range.start.line, d.range.start.character) for d in diagnostics]


async def test_cells_are_one_program(editor, tmp_path):
    await editor.start(tmp_path)
    open_notebook(editor)
    assert found(await editor.told(cell_uri(2), 1)) == [("KF101", 0, 62)]
    assert found(await editor.told(cell_uri(3), 1)) == [("KF312", 0, 26)]
    assert await editor.told(cell_uri(1), 1) == []
    assert cell_uri(0) not in editor.published
    assert cell_uri(4) not in editor.published

    hints = await editor.text_document_inlay_hint_async(
        types.InlayHintParams(
            types.TextDocumentIdentifier(cell_uri(2)), types.Range(types.Position(0, 0), types.Position(9, 0))
        )
    )
    assert [hint.label for hint in hints] == ["→ (None, 28, 28, 1)", "→ (None, 784)", "→ (None, 10)"]
    hover = await editor.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(cell_uri(2)), types.Position(0, 40))
    )
    assert hover.contents.value == "tensor `(None, 28, 28, 1)` float32"


async def test_a_fix_changes_the_cells_that_it_touches(editor, tmp_path):
    await editor.start(tmp_path)
    open_notebook(editor)
    [missing] = await editor.told(cell_uri(2), 1)
    texts = {cell_uri(number): text for number, (_, text) in enumerate(CELLS)}
    actions = await editor.text_document_code_action_async(
        types.CodeActionParams(
            types.TextDocumentIdentifier(cell_uri(2)), missing.range, types.CodeActionContext([missing])
        )
    )
    [fix] = [action for action in actions if action.is_preferred]
    new = applied(texts, fix.edit)
    assert {uri for uri in texts if texts[uri] != new[uri]} == {cell_uri(1)} or "layers.Flatten" in new[
        cell_uri(2)
    ]
    [everything] = [action for action in actions if action.kind == "source.fixAll.kerasfix"]
    edit = (await editor.code_action_resolve_async(everything)).edit
    new = applied(texts, edit)
    assert new[cell_uri(3)] == "model.compile(loss='mse', metrics=['mae'])"
    assert new[cell_uri(1)].startswith("%matplotlib inline\n!pip install keras\n")
    assert new[cell_uri(4)] == CELLS[4][1]


async def test_changes_of_cells_and_of_their_order(editor, tmp_path):
    await editor.start(tmp_path)
    uri = open_notebook(editor)
    await editor.told(cell_uri(3), 1)
    change = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, cell_uri(3)),
        [
            types.TextDocumentContentChangePartial(
                range=types.Range(types.Position(0, 34), types.Position(0, 39)), text="['mae']"
            )
        ],
    )
    editor.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(2, uri),
            types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(text_content=[change])),
        )
    )
    assert await editor.told(cell_uri(3), 2) == []
    # The cell with the import is deleted, a new one comes last.
    new = types.TextDocumentItem(cell_uri(9), "python", 1, "model.compile(metrics='mae')")
    editor.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(3, uri),
            types.NotebookDocumentChangeEvent(
                cells=types.NotebookDocumentCellChanges(
                    structure=types.NotebookDocumentCellChangeStructure(
                        types.NotebookCellArrayChange(
                            4, 1, [types.NotebookCell(types.NotebookCellKind.Code, cell_uri(9))]
                        ),
                        did_open=[new],
                        did_close=[types.TextDocumentIdentifier(cell_uri(4))],
                    )
                )
            ),
        )
    )
    assert found(await editor.told(cell_uri(9), 1)) == [("KF312", 0, 14)]
    editor.notebook_document_did_close(
        types.DidCloseNotebookDocumentParams(
            types.NotebookDocumentIdentifier(uri),
            [types.TextDocumentIdentifier(cell_uri(number)) for number in (0, 1, 2, 3, 9)],
        )
    )
    await editor.until(lambda: not any(editor.diagnostics.values()))
