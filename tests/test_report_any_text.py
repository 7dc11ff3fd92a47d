"""Reports and suppressions of texts nobody thought of."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from kerasfix.config import OUTPUT_FORMATS
from kerasfix.finding import Edit, Finding, Fix, Note, Severity
from kerasfix.report import Placed, render
from kerasfix.report.frame import Line
from kerasfix.source import Document, read_document
from kerasfix.suppressions import Suppressions

PIECES = st.sampled_from(
    ["\t", "\n", "\r\n", "\r", " ", "x = Dense(10)", "数据", "e\u0301", "\x1b[31m", "\u202e", "\x0c"]
)
COMMENTS = st.sampled_from(
    ["# noqa", "# noqa: KF203", "# kerasfix: ignore[KF203]", "'''", '"', "(", "\\\n", "def f():"]
)
TEXTS = (
    st.lists(PIECES | COMMENTS | st.text(max_size=5), max_size=30)
    .map("".join)
    .filter(lambda text: "\0" not in text)
)


@st.composite
def placed(draw: st.DrawFn) -> tuple[Document, list[Placed]]:
    text = draw(TEXTS)
    document = read_document(text.encode(), draw(st.sampled_from(["a.py", "\x1b]0;b.py"])))
    (source,) = document.sources

    def span() -> tuple[int, int]:
        return tuple(sorted(draw(st.tuples(*[st.integers(0, len(source.text))] * 2))))  # type: ignore[return-value]

    notes = tuple(Note(draw(PIECES), *span()) for _ in range(draw(st.integers(0, 3))))
    edits = [Edit(*span(), draw(TEXTS)) for _ in range(draw(st.integers(0, 1)))]
    fixes = (Fix(draw(PIECES), tuple(edits)),) if edits else ()
    finding = Finding("KF203", "missing-flatten", draw(TEXTS), *span(), Severity.ERROR, fixes, notes)
    return document, [Placed(finding, source, document, finding.fix, bool(fixes))]


@settings(deadline=None)
@given(placed())
def test_every_format_renders_and_leaks_no_control_character(case: tuple[Document, list[Placed]]) -> None:
    _, findings = case
    for form in OUTPUT_FORMATS:
        shown = render(form, findings)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown), form
    assert len(json.loads(render("json", findings))) == 1


@given(placed())
def test_the_main_span_is_always_marked(case: tuple[Document, list[Placed]]) -> None:
    _, findings = case
    lines = render("full", findings).splitlines()
    assert any(re.match(r" *\|[ |_-]*\^", line) for line in lines)


@given(TEXTS)
def test_columns_never_go_back(text: str) -> None:
    line = Line(text.replace("\n", "").replace("\r", ""))
    columns = [line.column(index) for index in range(len(text) + 1)]
    assert columns == sorted(columns)


@given(placed())
def test_suppressions_of_any_text(case: tuple[Document, list[Placed]]) -> None:
    document, (found,) = case
    suppressions = Suppressions(document.sources[0])
    silenced = suppressions.suppresses(found.finding)
    assert not silenced or re.search("(?i)noqa|ignore", document.text)
    for unused in suppressions.unused({"KF101"}, {"KF101"}):
        assert document.text[unused.suppression.start] == "#"
