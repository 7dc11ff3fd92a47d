"""Markdown: which blocks are Python, their text without indentation, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerasfix.source import read_document


def document(text):
    return read_document(text.encode(), "a.md")


def blocks(text):
    return [source.text for source in document(text).sources]


def upper(text):
    """The document with each Python block in upper case."""
    read = document(text)
    return read.replace({source: source.text.upper() for source in read.sources})


@pytest.mark.parametrize(
    "opening",
    [
        "```python",
        "``` python",
        "```py",
        "```Python",
        "```python3",
        "~~~python",
        "````python",
        "```python title='a.py'",
        "```{python}",
        "```{.python}",
        "```{.python .numberLines}",
        "```python {linenos=true}",
    ],
)
def test_python_blocks(opening):
    fence = opening[: len(opening) - len(opening.lstrip("`~"))]
    text = f"Words\n\n{opening}\nimport keras\n{fence}\nmore `words`\n"
    assert blocks(text) == ["import keras\n"]


@pytest.mark.parametrize("language", ["", "js", "pycon", "text", "bash", "pythonic", "console"])
def test_other_blocks_are_left_alone(language):
    text = f"```{language}\nimport keras\n```\n"
    assert blocks(text) == []
    assert upper(text) == text


def test_what_is_inside_another_block_is_its_content():
    assert blocks("````markdown\n```python\nimport keras\n```\n````\n") == []
    assert blocks("~~~text\n```python\nimport keras\n```\n~~~\n") == []
    assert blocks("```text\n~~~python\nimport keras\n```\n~~~\n") == []


def test_a_fence_ends_at_one_of_its_kind_and_length():
    assert blocks("````python\na = '''\n```\n'''\n````\n") == ["a = '''\n```\n'''\n"]
    assert blocks("~~~python\n```\n~~~\n") == ["```\n"]
    assert blocks("```python\na\n`````\nb\n") == ["a\n"]
    assert blocks("```python\na\n``` b\nc\n```\n") == ["a\n``` b\nc\n"]
    assert blocks("```python\na\n   ```\nb\n") == ["a\n"]


def test_two_blocks():
    text = "```python\na\n```\n\n```python\nb\n```\n"
    assert blocks(text) == ["a\n", "b\n"]
    assert upper(text) == "```python\nA\n```\n\n```python\nB\n```\n"


def test_equal_blocks_are_two():
    read = document("```python\na\n```\n```python\na\n```\n")
    second = read.sources[1]
    assert read.replace({second: "b\n"}) == "```python\na\n```\n```python\nb\n```\n"


def test_one_of_two_blocks():
    read = document("```python\na\n```\n```python\nb\n```\n")
    assert read.replace({read.sources[1]: "c\n"}) == "```python\na\n```\n```python\nc\n```\n"


def test_unclosed_block_ends_with_the_file():
    assert blocks("```python\na\nb") == ["a\nb"]
    assert upper("x\n```python\na\nb") == "x\n```python\nA\nB"


def test_empty_block():
    assert blocks("```python\n```\n") == [""]
    assert blocks("```python") == []


def test_indented_block():
    text = "- item\n\n    ```python\n    if a:\n        b\n\n    c\n    ```\n- next\n"
    assert blocks(text) == ["if a:\n    b\n\nc\n"]
    assert upper(text) == "- item\n\n    ```python\n    IF A:\n        B\n\n    C\n    ```\n- next\n"


def test_a_block_that_starts_a_list_item():
    text = "- ```python\n  a\n    b\n  ```\n1. ```python\n   c\n   ```\n"
    assert blocks(text) == ["a\n  b\n", "c\n"]
    assert upper(text) == "- ```python\n  A\n    B\n  ```\n1. ```python\n   C\n   ```\n"


def test_quoted_block():
    text = "> ```python\n> a\n>\n> b\n> ```\nend\n"
    assert blocks(text) == ["a\n\nb\n"]
    assert upper(text) == "> ```python\n> A\n>\n> B\n> ```\nend\n"


def test_a_quote_ends_its_block():
    assert blocks("> ```python\n> a\n\nnot code\n") == ["a\n"]


def test_lines_with_less_indentation_than_the_fence():
    text = "  ```python\n  a\n b\nc\n  ```\n"
    assert blocks(text) == ["a\nb\nc\n"]
    assert upper(text) == "  ```python\n  A\n B\nC\n  ```\n"


def test_blank_lines_keep_their_blanks():
    text = "  ```python\n  a\n \n      \n  b\n  ```\n"
    read = document(text)
    (source,) = read.sources
    assert read.replace({source: source.text}) == text


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_newlines_stay(newline):
    text = newline.join(["# Title", "", "  ```python", "  a = 1", "  ```", "end", ""])
    assert blocks(text) == [f"a = 1{newline}"]
    data = b"\xef\xbb\xbf" + text.encode()
    read = read_document(data, "a.md")
    assert read.encode(read.replace({read.sources[0]: read.sources[0].text})) == data


def test_a_new_line_gets_the_indentation():
    read = document("> ```python\n> a\n> ```\n")
    assert read.replace({read.sources[0]: "x\ny\n\nz\n"}) == "> ```python\n> x\n> y\n>\n> z\n> ```\n"


def test_locate():
    text = "One\n\n> ```python\n> a = 1\n> b = c\n> ```\n\n```python\nd\n```\n"
    read = document(text)
    first, second = read.sources
    assert read.locate(first, first.text.index("c")) == (None, 5, 7)
    assert read.locate(second, 0) == (None, 9, 1)
    assert first.place(first.text.index("c")) == "line 5"


def test_locate_a_line_without_the_indentation():
    read = document("  ```python\n  a\n b\n  ```\n")
    (source,) = read.sources
    assert read.locate(source, source.text.index("b")) == (None, 3, 2)


lines = st.lists(
    st.sampled_from(
        ["```python", "```", "~~~", "~~~py", "  ```python", "  ```", "> ```python", "> ```", "> a", "a",
         "  b", "", "  ", ">", "- ```py", "  c", "````", "````python", "```js", "\ta", "  \t"]
    ),
    max_size=14,
)  # fmt: skip


@given(lines, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_nothing_changed_gives_the_same_bytes(content, newline, ended):
    text = newline.join(content) + (newline if ended else "")
    read = document(text)
    assert read.replace({source: source.text for source in read.sources}) == text


@given(lines)
def test_every_place_is_that_of_its_character(content):
    text = "\n".join(content)
    rows = text.split("\n")
    read = document(text)
    for source in read.sources:
        for offset, character in enumerate(source.text):
            if character.strip():
                place = read.locate(source, offset)
                assert rows[place.row - 1][place.column - 1] == character


@given(lines)
def test_as_many_blocks_after_a_change_of_text(content):
    read = document("\n".join(content))
    texts = {source: source.text.replace("a", "xx") for source in read.sources}
    changed = document(read.replace(texts))
    assert [s.text.replace("a", "xx") for s in read.sources] == [s.text for s in changed.sources]
