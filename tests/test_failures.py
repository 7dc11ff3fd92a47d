"""A bug of kerasfix never hides what else was found, and never changes a file."""

import json
from pathlib import Path

import libcst as cst
import pytest
from click.testing import CliRunner, Result

from kerasfix.cli import main
from kerasfix.registry import rule_by_code_or_name
from kerasfix.trace import statements

SCRIPT = """\
import keras
model = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
model = model.compile(loss="mse")
model.fit(x, y)
print(Dense)
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("a.py")
    path.write_text(SCRIPT)
    return path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["check", "--isolated", "--no-cache", "--output-format", "json", *arguments]
    )


def codes(result: Result) -> list[str]:
    return [finding["code"] for finding in json.loads(result.stdout)]


def fail(*_arguments: object) -> None:
    raise KeyError("boom")


def test_a_broken_rule(script, monkeypatch):
    whole = codes(check("a.py"))
    assert whole == ["KF301", "KF104", "KF104", "KF101"]
    rule = rule_by_code_or_name("KF301")
    assert rule is not None
    for record in rule.checks:
        monkeypatch.setitem(rule.checks, record, fail)
    result = check("a.py")
    assert result.exit_code == 2
    assert codes(result) == whole[1:]
    assert "error: a.py: internal error in kerasfix" in result.stderr
    assert "in KF301 (compile-result-assigned): KeyError: 'boom'" in result.stderr
    check("--fix", "a.py")
    assert script.read_text() == SCRIPT


def test_a_broken_trace(script, monkeypatch):
    script.write_text("import keras\nprint(Dense)\nif keras:\n    pass\nprint(LSTM)\n")
    monkeypatch.setitem(statements._STATEMENTS, cst.If, fail)
    result = check("a.py")
    assert result.exit_code == 2
    assert codes(result) == ["KF101"]
    assert "KeyError: 'boom'" in result.stderr
    assert result.stderr.count("internal error") == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5000 + "1" + ")" * 5000,
        "x = " + "[" * 5000 + "1" + "]" * 5000,
        "x = 1" + " + 1" * 20_000,
        "x = y" + ".a" * 20_000,
        "x = y" + "()" * 20_000,
        "x = " + "not " * 20_000 + "y",
        "x = " + "lambda: " * 20_000 + "y",
        "x = " + "1 if y else " * 20_000 + "y",
        "x = (1" + "\n + 1" * 20_000 + ")",
        "x = 1" + " + \\\n 1" * 20_000,
        "if x:\n    pass\n" + "elif y:\n    pass\n" * 20_000,
        "x = " + "'a' " * 20_000,
        "x = [" + "1, " * 200_000 + "]",
        "x = '" + "a" * 10_000_000 + "'",
        "x = " + "-" * 20_000 + "1",
        "".join("  " * depth + "if x:\n" for depth in range(150)) + "  " * 150 + "pass",
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(60)
def test_monsters_are_refused_or_read(script, text):
    script.write_text(f"import keras\n{text}\nprint(Dense)\n")
    result = check("a.py")
    assert result.exit_code == 1
    assert set(codes(result)) <= {"KF001", "KF003", "KF101", "KF104", "KF105"}
