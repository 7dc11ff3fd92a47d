"""The output formats, on findings made by hand."""

import json
import re
from dataclasses import replace

import click
import pytest

from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity
from kerasfix.report import Placed, clean, render
from kerasfix.report.frame import Line
from kerasfix.source import read_document


def placed(
    text: str,
    span: str,
    message: str = "message",
    *,
    fixes: tuple[Fix, ...] = (),
    notes: tuple[tuple[str, str], ...] = (),
    severity: Severity = Severity.ERROR,
    path: str = "train.py",
) -> Placed:
    document = read_document(text.encode(), path)
    source = next(source for source in document.sources if span in source.text)
    start = source.text.index(span)
    marked = tuple(
        Note(words, place := source.text.index(other), place + len(other)) for other, words in notes
    )
    finding = Finding("KF203", "missing-flatten", message, start, start + len(span), severity, fixes, marked)
    applies = bool(fixes) and fixes[0].applicability is Applicability.SAFE
    return Placed(finding, source, document, finding.fix, applies)


def full(text: str, span: str, **options: object) -> str:
    return render("full", [placed(text, span, **options)])  # type: ignore[arg-type]


def test_full_shows_code_caret_and_context() -> None:
    text = "import keras\n\nmodel = keras.Sequential()\nmodel.add(Dense(10))\nmodel.fit(x, y)\n\n"
    assert full(text, "Dense", message="`Dense` gets images") == (
        "KF203 `Dense` gets images\n"
        " --> train.py:4:11\n"
        "  |\n"
        "3 | model = keras.Sequential()\n"
        "4 | model.add(Dense(10))\n"
        "  |           ^^^^^\n"
        "5 | model.fit(x, y)\n"
        "  |\n"
        "\n"
    )


def test_full_puts_reasons_at_their_lines() -> None:
    lines = [f"line{number}" for number in range(1, 13)]
    found = full("\n".join(lines), "line11", notes=(("line2", "made here"), ("line12", "used here")))
    assert found == (
        "KF203 message\n"
        "  --> train.py:11:1\n"
        "   |\n"
        " 2 | line2\n"
        "   | ----- made here\n"
        "...\n"
        " 9 | line9\n"
        "10 | line10\n"
        "11 | line11\n"
        "   | ^^^^^^\n"
        "12 | line12\n"
        "   | ------ used here\n"
        "   |\n"
        "\n"
    )


def test_full_shares_an_underline_where_there_is_room() -> None:
    found = full("f(a, b, c)\n", "a", notes=(("b", "second"), ("c", "third")))
    assert "1 | f(a, b, c)\n  |   ^  - second\n  |         - third\n" in found


def test_full_shows_a_span_of_several_lines() -> None:
    assert "1 | / f(a,\n2 | |   b)\n  | |____^\n3 |   g\n" in full("f(a,\n  b)\ng\n", "f(a,\n  b)")
    assert "1 |   x = f(a,\n  |  _____^\n2 | |   b)\n  | |____^\n" in full("x = f(a,\n  b)\n", "f(a,\n  b)")


def test_full_leaves_out_the_middle_of_a_long_span() -> None:
    text = "f(\n" + "".join(f"    {number},\n" for number in range(20)) + ")\n"
    found = full(text, text.strip())
    assert " 5 | |     3,\n...\n22 | | )\n   | |_^\n" in found
    assert found.count("\n") < 15


@pytest.mark.parametrize(
    ("line", "span", "underline"),
    [
        ("\tDense", "Dense", "    ^^^^^"),
        ("a\tDense", "Dense", "    ^^^^^"),
        ("'数据', Dense", "Dense", "        ^^^^^"),
        ("'数据', Dense", "数据", " ^^^^"),
        ("'e\u0301', Dense", "Dense", "     ^^^^^"),
        ("'ﾃﾞｰﾀ', Dense", "Dense", "        ^^^^^"),
        ("'\x1b[31m', Dense", "Dense", "         ^^^^^"),
    ],
)
def test_carets_stand_under_the_span(line: str, span: str, underline: str) -> None:
    lines = full(f"{line}\n", span).splitlines()
    assert lines[4].removeprefix("  | ") == underline


def test_nothing_of_the_file_reaches_the_terminal_raw() -> None:
    text = "x = '\x1b]0;title\x07\x9b31m\u202e\x7f'  # \x08\n"
    fix = Fix("Use \x1b[2J", (Edit(0, 1, "\x1b[1m"),))
    found = placed(text, "x", "name \x1b[0m", fixes=(fix,), notes=(("=", "\x1b[5m"),), path="a\x1b[7m.py")
    for form in ("full", "concise", "github"):
        shown = render(form, [found])
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown), form
    assert "\x1b" not in render("json", [found])
    assert clean("\x1b[31m\u202e") == "␛[31m<U+202E>"
    assert clean("数据 é 👩\u200d🔬") == "数据 é 👩\u200d🔬"


def test_long_lines_are_cut_around_the_span() -> None:
    text = "x = [" + "1, " * 5000 + "TARGET, " + "2, " * 5000 + "]\n"
    code, underline = full(text, "TARGET").splitlines()[3:5]
    assert len(code) < 260
    assert code.index("TARGET") == underline.index("^")
    assert code.startswith("1 | …")
    assert code.endswith("…")
    assert len(Line("y" * 10**6).text) < 260


def test_help_shows_the_fix_and_the_choices() -> None:
    text = "m = [\n    Conv2D(),\n    Dense(),\n]\n"
    place = text.index("Dense")
    add = Fix("Add `Flatten()`", (Edit(place, place, "Flatten(),\n    "),))
    other = Fix("Add `GlobalAveragePooling2D()`", (Edit(place, place, "GlobalAveragePooling2D(),\n    "),))
    found = full(text, "Dense()", fixes=(add, other))
    assert found.startswith("KF203 [*] message\n")
    assert found.endswith(
        "help: Add `Flatten()`\n"
        "  |\n"
        "2 |     Conv2D(),\n"
        "3 +     Flatten(),\n"
        "4 |     Dense(),\n"
        "  |\n"
        "  or: Add `GlobalAveragePooling2D()`\n"
        "\n"
    )


def test_help_shows_changed_lines_with_their_new_numbers() -> None:
    text = "import keras\na\nb\nc\nd\ne = K.sum(y)\n"
    fix = Fix(
        "Use `keras.ops`",
        (Edit(0, 0, "import numpy as np\n"), Edit(text.index("K"), text.index("K") + 1, "keras.ops")),
        Applicability.UNSAFE,
    )
    found = full(text, "K.sum", fixes=(fix,))
    assert found.startswith("KF203 message\n")
    assert found.endswith(
        "help: Use `keras.ops`\n"
        "  |\n"
        "1 + import numpy as np\n"
        "2 | import keras\n"
        "...\n"
        "6 | d\n"
        "6 - e = K.sum(y)\n"
        "7 + e = keras.ops.sum(y)\n"
        "  |\n"
        "note: This is an unsafe fix and may change what the program does\n"
        "\n"
    )


def test_help_shows_text_added_at_the_end_and_lines_taken_away() -> None:
    text = "a\nb"
    assert "2 | b\n3 + c\n  |\n" in full(text, "b", fixes=(Fix("Add", (Edit(3, 3, "\nc\n"),)),))
    assert "1 - a\n1 | b\n  |\n" in full(text, "a", fixes=(Fix("Remove", (Edit(0, 2, ""),)),))
    assert "1 | a\n2 - b\n  |\n" in full("a\nb\n", "b", fixes=(Fix("Remove", (Edit(2, 4, ""),)),))


def test_frames_of_markdown_have_the_numbers_of_the_document() -> None:
    text = "# Title\n\n- item\n\n  ```python\n  import keras\n  Dense()\n  ```\n"
    found = placed(text, "Dense", path="a.md")
    assert found.place == "a.md:7:3"
    assert "6 | import keras\n7 | Dense()\n  | ^^^^^\n" in render("full", [found])


def test_json_edits_of_markdown_fit_the_document() -> None:
    text = "> - item\n>\n>   ```python\n>   a\n>   Dense()\n>   ```\n"
    found = placed(text, "Dense", path="a.md")
    start = found.finding.start
    edit = Edit(start, start, "Flatten()\n")
    (one,) = json.loads(render("json", [replace(found, fix=Fix("t", (edit,)))]))
    lines = text.splitlines(keepends=True)
    (change,) = one["fix"]["edits"]
    row, column = change["location"]["row"] - 1, change["location"]["column"] - 1
    lines[row] = lines[row][:column] + change["content"] + lines[row][column:]
    assert "".join(lines) == found.document.replace({found.source: "a\nFlatten()\nDense()\n"})


def test_colours_change_nothing_but_colours() -> None:
    text = "m = Dense(\n    3)\n"
    fix = Fix("Use `4`", (Edit(text.index("3"), text.index("3") + 1, "4"),))
    found = placed(text, text[4:-1], fixes=(fix,), notes=(("3", "three"),), severity=Severity.WARNING)
    for form in ("full", "concise"):
        coloured = render(form, [found], click.style)
        assert "\x1b[" in coloured
        assert click.unstyle(coloured) == render(form, [found])


def test_concise() -> None:
    safe, unsafe = (Fix("t", (), how) for how in (Applicability.SAFE, Applicability.UNSAFE))
    found = [placed("a\nbb\n", "b", fixes=(safe,)), placed("a\nbb\n", "a", fixes=(unsafe,))]
    assert render("concise", found) == ("train.py:2:1: KF203 [*] message\ntrain.py:1:1: KF203 message\n")


def test_github_escapes_what_would_end_the_command() -> None:
    fix = Fix("Do, this: now", ())
    found = placed("a\nDense()\n", "Dense()", "100% wrong", fixes=(fix,), path="/x/a,b.py")
    assert render("github", [found]) == (
        "::error title=kerasfix (KF203),file=/x/a%2Cb.py,line=2,col=1,endLine=2,endColumn=8"
        "::/x/a,b.py:2:1: KF203 100%25 wrong%0A  help: Do, this: now\n"
    )
    assert render("github", [placed("a", "a", severity=Severity.INFO)]).startswith("::notice ")


def test_json_is_the_contract() -> None:
    text = "a\nx = 'é' + Dense()\n"
    start = text.index("Dense")
    fix = Fix("Use `Conv2D`", (Edit(start, start + 5, "Conv2D"),), Applicability.UNSAFE)
    found = placed(text, "Dense()", fixes=(fix,), severity=Severity.WARNING, path="/x/train.py")
    assert json.loads(render("json", [found])) == [
        {
            "code": "KF203",
            "name": "missing-flatten",
            "message": "message",
            "filename": "/x/train.py",
            "cell": None,
            "location": {"row": 2, "column": 11},
            "end_location": {"row": 2, "column": 18},
            "severity": "warning",
            "url": None,
            "fix": {
                "applicability": "unsafe",
                "message": "Use `Conv2D`",
                "edits": [
                    {
                        "content": "Conv2D",
                        "location": {"row": 2, "column": 11},
                        "end_location": {"row": 2, "column": 16},
                    }
                ],
            },
        }
    ]
    assert json.loads(render("json", [])) == []
    assert json.loads(render("json", [placed("a", "a")]))[0]["fix"] is None
