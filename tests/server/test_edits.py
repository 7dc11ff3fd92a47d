"""New texts as edits, and where a comment goes that silences a finding."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pygls.workspace import PositionCodec

from kerasfix.config import Settings
from kerasfix.finding import Finding, Fix, Severity
from kerasfix.fixing import apply_fixes
from kerasfix.server.analysis import Analysis
from kerasfix.server.edits import workspace_edit
from kerasfix.server.places import Text
from kerasfix.source import Source, text_document
from kerasfix.suppressing import suppress
from kerasfix.suppressions import Suppressions
from tests.server.client import applied

ANY_TEXT = st.text(alphabet="ab\n\r😀名 ", max_size=40)


@given(old=ANY_TEXT, new=ANY_TEXT)
@settings(max_examples=300, deadline=None)
def test_edits_make_the_new_text(old, new):
    document = text_document("x.py", old, ".py")
    text = Text("file:///x.py", old, 1, PositionCodec())
    analysis = Analysis("file:///x.py", Path("/x.py"), document, {None: text}, Settings(Path("/")))
    for versioned in (True, False):
        edit = workspace_edit(analysis, {document.sources[0]: new}, versioned)
        assert applied({"file:///x.py": old}, edit) == {"file:///x.py": new}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nBAD\n", "a\nBAD  # kerasfix: ignore[KF203]\n"),
        ("BAD  # why", "BAD  # why  # kerasfix: ignore[KF203]"),
        ("BAD  # noqa: E501\n", "BAD  # noqa: E501, KF203\n"),
        ("BAD  # kerasfix: ignore[KF101]\n", "BAD  # kerasfix: ignore[KF101, KF203]\n"),
        ("f(BAD,\n  b)\n", "f(BAD,  # kerasfix: ignore[KF203]\n  b)\n"),
        ("if x:\n    BAD = '''\n    '''\n", "if x:\n    # kerasfix: ignore[KF203]\n    BAD = '''\n    '''\n"),
        ("BAD \\\r\n  + 1\r\n", "# kerasfix: ignore[KF203]\r\nBAD \\\r\n  + 1\r\n"),
        ("x = (BAD,\n", "x = (BAD,  # kerasfix: ignore[KF203]\n"),
    ],
)
def test_a_comment_silences_and_keeps_the_rest(text, expected):
    source = Source("x.py", text)
    start = text.index("BAD")
    finding = Finding("KF203", "missing-flatten", "", start, start + 3, Severity.ERROR)
    new, _ = apply_fixes(text, [Fix("", tuple(suppress(source, [finding])))])
    assert new == expected
    moved = Finding("KF203", "", "", new.index("BAD"), new.index("BAD") + 3, Severity.ERROR)
    assert Suppressions(Source("x.py", new)).suppresses(moved)
