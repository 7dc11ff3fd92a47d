"""Comments that silence findings."""

import pytest

from kerasfix.finding import Finding, Severity
from kerasfix.source import Source
from kerasfix.suppressions import Suppressions


def finding(text: str, span: str, code: str = "KF203", name: str = "missing-flatten") -> Finding:
    start = text.index(span)
    return Finding(code, name, "message", start, start + len(span), Severity.ERROR)


def silenced(text: str, span: str = "TARGET") -> bool:
    return Suppressions(Source("a.py", text)).suppresses(finding(text, span))


@pytest.mark.parametrize(
    "text",
    [
        "TARGET  # noqa",
        "TARGET  # NOQA",
        "TARGET  #noqa:KF203",
        "TARGET  # noqa: E501, KF203",
        "TARGET  # noqa: E501 KF203",
        "TARGET  # noqa: kf203",
        "TARGET  # noqa: missing-flatten",
        "TARGET  # noqa: KF203 the head is convolutional",
        "TARGET  # type: ignore  # noqa: KF203",
        "TARGET  # kerasfix: ignore[KF203]",
        "TARGET  # kerasfix:ignore[KF101, missing-flatten]",
        "# kerasfix: ignore[KF203]\nTARGET",
        "def f():\n    # kerasfix: ignore[KF203] why\n\n    # more\n    TARGET",
        "# kerasfix: ignore[KF203]\nmodel.add(\n    TARGET\n)",
        "x\n# kerasfix: noqa\nTARGET",
        "TARGET\n# kerasfix: noqa: KF203",
        "# kerasfix: file-ignore[KF203]\n\nx\nTARGET",
        "x = 1\r\nTARGET  # noqa: KF203\r\n",
        "x = (\nTARGET  # noqa: KF203",  # does not parse
    ],
)
def test_silences(text: str) -> None:
    assert silenced(text)


@pytest.mark.parametrize(
    "text",
    [
        "TARGET",
        "TARGET  # noqa: E501",
        "TARGET  # noqa: KF2",
        "TARGET  # noqa: KF2033",
        "TARGET  # noqanything",
        "TARGET  # kerasfix: ignore",
        "TARGET  # kerasfix: ignore[]",
        "TARGET  # kerasfix: ignore[KF101]",
        "TARGET\nx  # noqa",
        "# noqa: KF203\nTARGET",
        "# kerasfix: ignore[KF203]\nx\nTARGET",
        "x  # kerasfix: ignore[KF203]\nTARGET",
        "TARGET; x = '# noqa'",
        'TARGET; x = """\n# kerasfix: file-ignore[KF203]\n"""',
        "# kerasfix: file-ignore[KF101]\nTARGET",
    ],
)
def test_does_not_silence(text: str) -> None:
    assert not silenced(text)


@pytest.mark.parametrize("line", [0, 2])
def test_counts_on_the_first_and_the_last_line_of_a_finding(line: int) -> None:
    lines = ["model.add(  ", "    x,  ", ")  "]
    lines[line] += "# noqa: KF203"
    text = "\n".join(lines)
    whole = Finding("KF203", "missing-flatten", "m", 0, text.index(")") + 1, Severity.ERROR)
    assert Suppressions(Source("a.py", text)).suppresses(whole)


def test_a_finding_that_ends_with_its_newline_does_not_reach_the_next_line() -> None:
    text = "TARGET\nx  # noqa"
    found = Finding("KF203", "missing-flatten", "m", 0, len("TARGET\n"), Severity.ERROR)
    assert not Suppressions(Source("a.py", text)).suppresses(found)


def test_unused_names_what_silenced_nothing() -> None:
    text = "a  # noqa: KF203, KF101\nb  # noqa\nc  # kerasfix: ignore[KF304]\nd  # noqa\n"
    suppressions = Suppressions(Source("a.py", text))
    assert suppressions.suppresses(finding(text, "a"))
    assert suppressions.suppresses(finding(text, "d"))
    unused = [(text[found.start : found.end], codes) for found, codes in suppressions.unused()]
    assert unused == [
        ("# noqa: KF203, KF101", ("KF101",)),
        ("# noqa", ()),
        ("# kerasfix: ignore[KF304]", ("KF304",)),
    ]
