"""Comments that silence findings."""

import json

import pytest
from click.testing import CliRunner

from kerasfix import linter
from kerasfix.cli import main
from kerasfix.finding import Failure, Finding, Severity
from kerasfix.registry import all_rules
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


KNOWN = {"KF002", "KF101", "KF203", "KF304", "missing-flatten"}


def unused(
    text: str, *spans: str, active: set[str] = KNOWN
) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    suppressions = Suppressions(Source("a.py", text))
    for span in spans:
        assert suppressions.suppresses(finding(text, span))
    return [
        (text[one.suppression.start : one.suppression.end], one.idle, one.unknown)
        for one in suppressions.unused(active, KNOWN)
    ]


def test_unused_names_what_silenced_nothing() -> None:
    text = "a  # noqa: KF203, KF101\nc  # kerasfix: ignore[KF304]\nd  # noqa: KF999, kf203\n"
    assert unused(text, "a") == [
        ("# noqa: KF203, KF101", ("KF101",), ()),
        ("# kerasfix: ignore[KF304]", ("KF304",), ()),
        ("# noqa: KF999, kf203", ("kf203",), ("KF999",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "a  # noqa",
        "a  # noqa: E501",
        "a  # noqa: some-name",
        "a  # noqa: KF203, KF002",
        "a  # noqa: KF002, E501",
    ],
)
def test_what_others_may_need_is_not_called_unused(text: str) -> None:
    assert unused(text, *(["a"] if "KF203" in text else [])) == []


def test_of_rules_that_were_not_looked_for_nothing_is_said() -> None:
    assert unused("a  # noqa: KF101, KF203", active={"KF101"}) == [("# noqa: KF101, KF203", ("KF101",), ())]


def test_a_comment_for_the_whole_file() -> None:
    assert unused("# kerasfix: noqa\na") == [("# kerasfix: noqa", (), ())]
    assert unused("# kerasfix: noqa\na", "\na") == []
    assert unused("# kerasfix: file-ignore[missing-flaten]\na") == [
        ("# kerasfix: file-ignore[missing-flaten]", (), ("missing-flaten",))
    ]


MODEL = 'import keras\nmodel = keras.Sequential([keras.layers.Dense(1, activation="rellu")])'


def fixed(text: str, name: str = "a.py", *options: str) -> str:
    done = CliRunner().invoke(
        main, ["check", "--isolated", "--fix", "--stdin-filename", name, *options, "-"], input=text.encode()
    )
    return done.stdout_bytes.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # noqa: KF203\n", "x = 1\n"),
        ("x = 1  # noqa: KF203", "x = 1"),
        ("x = 1\t# noqa: KF203, KF101\r\ny = 2\r\n", "x = 1\r\ny = 2\r\n"),
        ("    # kerasfix: ignore[KF203]\nx = 1\n", "x = 1\n"),
        ("# kerasfix: file-ignore[KF203, KF302]\nx = 1\n", "# kerasfix: file-ignore[KF302]\nx = 1\n"),
        ("x = 1  # noqa: KF203 E501\tKF101\n", "x = 1  # noqa: E501\n"),
        ("x = 1  # noqa: E501,KF203 , F401\n", "x = 1  # noqa: E501,F401\n"),
        ("x = 1  # type: int  # noqa: KF203\n", "x = 1  # type: int\n"),
        ("x = 1  # noqa: KF203  # type: int\n", "x = 1  # type: int\n"),
        ("x = 1  # noqa: KF203 since 2019\n", "x = 1  # since 2019\n"),
        ("x = 1  # noqa: KF203  # noqa: KF101\n", "x = 1\n"),
        ("x = 1  # noqa: KF020, E1\n", "x = 1  # noqa: E1\n"),
    ],
)
def test_the_fix_leaves_what_else_a_comment_says(before: str, after: str) -> None:
    kept = f"{MODEL}  # kerasfix: ignore[KF302]\n"
    if "file-ignore" in before:
        kept = f"{MODEL}\n"
    assert fixed(kept + before) == kept + after


def test_the_fix_in_documents() -> None:
    block = "```python\nimport keras  # noqa: KF203\n```\n"
    assert fixed(block, "a.md") == block.replace("  # noqa: KF203", "")
    cell = {"cell_type": "code", "source": ["import keras\n", "x = 1  # noqa: KF203"]}
    notebook = json.dumps({"cells": [cell], "nbformat": 4}, indent=1)
    assert fixed(notebook, "a.ipynb") == notebook.replace("  # noqa: KF203", "")


def test_code_that_does_not_parse_keeps_its_comments() -> None:
    text = "import keras\nx = 1  # noqa: KF203\nprint 'no'\n"
    assert fixed(text) == text


def test_where_not_all_was_looked_at_comments_stay() -> None:
    text = "import keras\nx = 1  # noqa: KF203\n"
    assert fixed(text) != text
    source = Source("a.py", text)
    for found in (
        Finding("KF003", "too-complex-to-follow", "m", 0, 1, Severity.INFO),
        Failure("KF203", "missing-flatten", "m", 0, 0, Severity.ERROR),
    ):
        assert linter.heed_comments(source, all_rules(), [found]) == [found]


def test_a_rule_left_out_keeps_its_comments() -> None:
    for comment in ("x = 1  # noqa: KF203\n", "# kerasfix: noqa\n"):
        assert fixed(f"import keras\n{comment}", "a.py", "--ignore", "KF203") == f"import keras\n{comment}"
    assert fixed("import keras\n# kerasfix: noqa\n") == "import keras\n"
