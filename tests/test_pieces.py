"""Parsing again after a change gives what parsing anew gives."""

from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.syntax.pieces import PiecewiseModule, parse_again

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "clean").glob("*.py"))
TEXT = '''\
"""Doc."""
# comment

import keras  # here


@decorated
def build(n):
    if n:
        return [
            1,
        ]
    # the end
    return """
x = 1
"""


class A: pass
    # indented comment
x = 1; y = 2
for i in range(3):
\tprint(i)
else:
\tprint()
z = x + \\
    1
# footer
'''


def facts(module):
    """What a module says of every node: its kind and span."""
    if module.tree is None:
        return module.fault
    keep = (cst.BaseExpression, cst.BaseStatement, cst.BaseSmallStatement, cst.Arg, cst.ImportAlias)
    return sorted(
        (span, type(node).__name__) for node, span in module.spans.items() if isinstance(node, keep)
    )


def same(before, text):
    source = Source("x.py", text)
    again, anew = parse_again(source, before), Module.parse(source)
    if anew.tree is not None and anew.tree.code != text:
        return (
            again  # libcst loses a backslash before the first statement: spans behind it cannot be compared
        )
    assert facts(again) == facts(anew)
    if anew.tree is not None:
        assert [type(s) for s in again.tree.body] == [type(s) for s in anew.tree.body]
        for node, (start, end) in again.spans.items():
            if isinstance(node, cst.Name):
                assert text[start:end].strip("() \n\t") == node.value
    return again


@given(
    st.integers(0, len(TEXT)), st.integers(0, 40),
    st.sampled_from(["", "a", " ", "\n", "\\", '"""', "(", "    ", "\t", "else:\n", "@x\n", "# c", "\r", "x = 1\n",
                     "if x:\n  y"]),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_any_edit(place, length, new):
    before = Module.parse(Source("x.py", TEXT))
    text = TEXT[:place] + new + TEXT[place + length :]
    again = same(before, text)
    same(again if again.tree is not None else before, TEXT)  # and back


@pytest.mark.parametrize("path", FIXTURES[::5], ids=lambda path: path.stem)
def test_typing_a_line_into_real_scripts(path):
    text = path.read_text(encoding="utf-8")
    module = Module.parse(Source("x.py", text))
    line = "model = keras.Sequential([1, 2])\n"
    place = text.index("\n", len(text) // 2) + 1
    for length in range(len(line) + 1):
        again = same(module, text[:place] + line[:length] + text[place:])
        module = again if again.tree is not None else module


def test_what_is_as_it_was_is_kept():
    module = Module.parse(Source("x.py", TEXT))
    again = parse_again(Source("x.py", TEXT.replace("x = 1; y = 2", "x = 10; y = 2")), module)
    assert isinstance(again, PiecewiseModule)
    kept = [one is other for one, other in zip(module.tree.body, again.tree.body, strict=True)]
    assert kept.count(False) == 1


def test_lines_that_belong_together_are_not_taken_apart():
    for old, new in (
        ("x = 1", "x = 10"), ("x = 1\ny = 2\n", "x = 1 + \\\ny = 2\n"), ("x = 1\ny = 2\n", "x = 1y = 2\n"),
        ("if x:\n    y\nz\n", "if x:\n    y\nelse:\n    w\nz\n"), ("if x:\n    y\nz\n", "if x:\n    y\n    w\nz\n"),
        ("x = 1\r\ny = 2\r\n", "x = 1\ry = 2\r\n"), ("", "x = 1\n"), ("x = 1\n", ""), ("x\n", "# x\n"),
        ("a = '''\n'''\nb\nc = '''\n'''\n", "a = '''\n\nb\nc = '''\n'''\n"),
    ):  # fmt: skip
        same(Module.parse(Source("x.py", old)), new)
