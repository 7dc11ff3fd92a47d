"""Code in documentation: sessions with prompts, MyST directives, reStructuredText."""

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasfix.cli import main
from kerasfix.source import read_document

SESSION = """\
>>> from keras import Sequential
>>> for i in range(2):
...     print(i)
...
0
1
>>> x = '''a
... b'''
>>> x
'a\\nb'
... not code
"""
PROGRAM = """\
from keras import Sequential
for i in range(2):
    print(i)

x = '''a
b'''
x
"""


def document(text, name="a.md"):
    return read_document(text.encode(), name)


def blocks(text, name="a.md"):
    return [source.text for source in document(text, name).sources]


def code(source):
    """The text of a block without what is hidden in it."""
    lines = source.text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"# {source.token} line"))


def fence(language, text):
    return f"```{language}\n{text}```\n"


@pytest.mark.parametrize("language", ["python", "pycon", "doctest", "{doctest}", "{code-block} pycon"])
def test_prompts_belong_to_the_lines_of_the_document(language):
    text = fence(language, SESSION)
    read = document(text)
    (source,) = read.sources
    assert code(source) == PROGRAM
    assert read.replace({source: source.text}) == text
    place = read.locate(source, source.text.index("print"))
    assert (place.row, place.column) == (4, len("...     ") + 1)


def test_new_lines_of_a_session_get_prompts():
    read = document(fence("python", SESSION))
    (source,) = read.sources
    new = source.text.replace("Sequential\n", "Sequential\nimport numpy\n").replace(
        "print(i)\n", "print(i)\n    f(\n        i,\n    )\n"
    )
    written = read.replace({source: new})
    assert ">>> from keras import Sequential\n>>> import numpy\n>>> for" in written
    assert "...     print(i)\n...     f(\n...         i,\n...     )\n...\n0\n1\n" in written
    assert source.embedded("import a\nimport b\n    c") == "import a\n>>> import b\n...     c"


def test_output_is_never_lost():
    read = document(fence("pycon", ">>> a\nout\nout\n\nout\n>>> b\nout\n"))
    (source,) = read.sources
    assert read.replace({source: source.text.replace("a", "c", 1)}).count("out\n") == 4
    assert source.visible(source.line(1)) == "out"


def test_an_example_that_is_meant_to_fail_is_hidden():
    text = ">>> a = 1\n>>> f(\n...   b)\nTraceback (most recent call last):\n  ...\nKeyError: 'b'\n>>> c\n"
    (source,) = document(fence("python", text)).sources
    assert code(source) == "a = 1\nc\n"


def test_sessions_without_prompts_are_no_python():
    assert blocks(fence("pycon", "import keras\n")) == []
    assert blocks(fence("doctest", "$ ls\n")) == []


@pytest.mark.parametrize(
    ("opening", "options"),
    [
        ("{code-cell}", ""),
        ("{code-cell} ipython3", ""),
        ("{code-cell} python", ":tags: [hide-input]\n:name: x\n\n"),
        ("{code-cell} ipython3", "---\ntags: [a]\n---\n"),
        ("{code-block} python", ":linenos:\n"),
        ("{code} python", ""),
        ("{testcode}", ""),
    ],
)
@pytest.mark.parametrize("mark", ["```", ":::", "~~~~"])
def test_myst_directives(opening, options, mark):
    text = f"Words\n\n{mark}{opening}\n{options}import keras\n{mark}\n"
    read = document(text)
    (source,) = read.sources
    assert source.text.strip() == "import keras"
    assert (
        read.locate(source, source.text.index("import")).row == text[: text.index("import")].count("\n") + 1
    )
    assert read.replace({source: source.text.replace("keras", "b")}) == text.replace("keras", "b")


@pytest.mark.parametrize("opening", ["{code-cell} julia", "{note}", "{code-block} bash", "{code-block}"])
def test_other_directives_are_no_python(opening):
    assert blocks(f"```{opening}\nimport keras\n```\n") == []
    assert blocks(f":::{opening}\nimport keras\n:::\n") == []


def test_cells_of_myst_have_commands_of_ipython():
    text = fence("{code-cell}", "%matplotlib inline\nimport keras\n!ls '\n")
    read = document(text)
    (source,) = read.sources
    assert code(source) == "import keras\n"
    assert read.replace({source: source.text.replace("keras", "b")}) == text.replace("keras", "b")


RST = """\
Title
=====

.. code-block:: python
   :linenos:
   :caption: a

   import keras
   if a:
       b

   c

Words with ``>>> x`` and a session:

>>> import keras
>>> keras
<module>

.. note::

    .. code:: python

        d

.. code-block:: rst

    .. code-block:: python

        not this

.. doctest::

   >>> e

.. code-block:: bash

   import keras

.. ipython::

   !ls
   f

.. sourcecode:: python

.. testcode::
\tg
\t  h
end
"""


def test_rst_blocks():
    read = document(RST, "a.rst")
    found = [code(source) for source in read.sources]
    assert found == [
        "import keras\nif a:\n    b\n\nc\n",
        "import keras\nkeras\n",
        "d\n",
        "e\n",
        "f\n",
        "g\n  h\n",
    ]
    assert read.replace({source: source.text for source in read.sources}) == RST
    places = [
        read.locate(source, source.text.index(word))
        for source, word in zip(read.sources, ["b", "keras", "d", "e", "f", "h"], strict=True)
    ]
    lines = RST.splitlines()
    for place, word in zip(places, ["b", "keras", "d", "e", "f", "h"], strict=True):
        assert lines[place.row - 1][place.column - 1 :].startswith(word)
    new = read.replace({read.sources[0]: read.sources[0].text.replace("    b\n", "    b\n    x\ny\n")})
    assert "\n   if a:\n       b\n       x\n   y\n\n   c\n" in new


lines = st.lists(
    st.sampled_from(
        [".. code-block:: python", "   .. code:: python", "   :linenos:", "", "   ", "   a", "      b", "a", "\tb",
         ">>> a", "... b", "  >>> c", "out", ".. note::", ".. ipython::", "   !ls", "```python", "```",
         "```{code-cell}", "> >>> a", "> ```pycon", "Traceback (most recent call last):", "%x"]
    ),
    max_size=14,
)  # fmt: skip


@settings(deadline=None)
@given(lines, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(["a.rst", "a.md"]))
def test_nothing_changed_gives_the_same_bytes(content, newline, ended, name):
    text = newline.join(content) + (newline if ended else "")
    read = document(text, name)
    assert read.replace({source: source.text for source in read.sources}) == text
    for source in read.sources:
        assert len(source.line_starts) - 1 <= len(source.prefixes) <= len(source.line_starts)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.md", "```python\n{0}```\n", ""),
        ("a.md", "- item\n\n  ```pycon\n{0}  ```\n", "  "),
        ("a.rst", "Words:\n\n{0}\nWords\n", ""),
        ("a.rst", ".. doctest::\n\n{0}\nWords\n", "   "),
    ],
)
def test_sessions_are_fixed_with_their_prompts(name, before, after, tmp_path):
    session = [
        ">>> import keras",
        ">>> m = keras.Sequential()",
        ">>> m.add(Dense(3))",
        ">>> m = m.compile('adam', 'mse')",
        ">>> m.summary()",
        "Model",
    ]
    fixed = [
        ">>> import keras",
        ">>> from keras.layers import Dense",
        ">>> m = keras.Sequential()",
        ">>> m.add(Dense(3))",
        ">>> m.compile('adam', 'mse')",
        ">>> m.summary()",
        "Model",
    ]
    path = tmp_path / name
    path.write_text(before.format("".join(f"{after}{line}\n" for line in session)))
    found = json.loads(
        CliRunner().invoke(main, ["check", "--isolated", str(path), "--output-format", "json"]).output
    )
    rows = {one["code"]: (one["location"]["row"], one["location"]["column"]) for one in found}
    first = path.read_text().splitlines().index(after + session[0]) + 1
    assert rows["KF101"] == (first + 2, len(after) + len(">>> m.add(") + 1)
    CliRunner().invoke(main, ["check", "--isolated", "--fix", str(path)])
    assert path.read_text() == before.format("".join(f"{after}{line}\n" for line in fixed))
