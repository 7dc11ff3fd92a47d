"""From a place in a document to its source, and back: what an editor asks."""

import json

import pytest

from kerasfix.source import Location, read_document
from kerasfix.source.notebook import Cell, OpenNotebook

MARKDOWN = """\
# Title

> ```python
> import keras
> x = "模型😀"
> ```

- a session:

  ```pycon
  >>> import keras
  ... y = 1
  1
  ```
"""
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "metadata": {}, "source": ["# x"]},
            {"cell_type": "code", "metadata": {}, "source": ["%time x = 1\n", "!pip install keras"]},
            {"cell_type": "code", "metadata": {}, "source": ["", "y = '😀'\n"]},
        ],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)


@pytest.mark.parametrize(
    ("name", "text"),
    [("x.py", "import keras\r\nx = 1\n"), ("x.md", MARKDOWN), ("x.ipynb", NOTEBOOK), ("x.py", "")],
)
def test_every_place_of_the_code_is_found_again(name, text):
    document = read_document(text.encode(), name)
    for source in document.sources:
        for row in range(len(source.line_starts)):
            if "notebook cell" in source.line(row):  # what stands between the cells is no place in a cell
                continue
            for column in range(len(source.line(row)) + 1):
                offset = source.line_starts[row] + column
                location = document.locate(source, offset)
                found = document.find(location)
                if found is None:  # the row behind the last line of a block
                    assert offset == len(source.text)
                else:
                    assert found == (source, offset)


def test_what_is_no_code_is_not_found():
    document = read_document(MARKDOWN.encode(), "x.md")
    assert document.find(Location(None, 1, 1)) is None
    assert document.find(Location(None, 100, 1)) is None
    notebook = read_document(NOTEBOOK.encode(), "x.ipynb")
    assert notebook.find(Location(1, 1, 1)) is None
    assert notebook.find(Location(3, 9, 1)) is None
    assert read_document(b"x", "x.py").find(Location(None, 3, 1)) is None


def test_cells_of_an_editor_are_one_program():
    notebook = OpenNotebook("nb.ipynb", (Cell(2, "%matplotlib inline\nimport keras"), Cell(5, "x = 1")))
    [source] = notebook.sources
    assert notebook.locate(source, source.text.index("x = 1")) == Location(5, 1, 1)
    changed = {source: source.text.replace("import keras", "import keras\nimport numpy")}
    old, new = "%matplotlib inline\nimport keras", "%matplotlib inline\nimport keras\nimport numpy"
    assert notebook.rewritten(changed) == {2: (old, new)}
    assert notebook.replace(changed) == new + "\nx = 1"
    assert notebook.rewritten({}) == {}
