"""Names that are missing in functions which nothing calls: a warning, where the script runs without them."""

import pytest

from kerasfix.finding import Severity
from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.source import Source

BUILD = """\
import keras
from helpers import run, x

def build():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
"""
SHOW = "def show(values):\n    plt.plot(values)\n"
MADE = "model = build()\n"

# What stands behind `BUILD`, and how the missing `plt` is told.
CASES = {
    "nothing calls it": (SHOW + MADE, "warning"),
    "only what nothing calls calls it": (f"{SHOW}def more():\n    show([1])\n{MADE}", "warning"),
    "a method of a class that is not used": (f"class A:\n    def a(self):\n        plt.show()\n{MADE}", "warning"),
    "called": (f"{SHOW}{MADE}show([1])\n", "error"),
    "called in a loop that may be empty": (f"{SHOW}{MADE}for part in x:\n    show(part)\n", "error"),
    "handed on": (f"{SHOW}{MADE}run(show)\n", "error"),
    "decorated": (f"@run.at('/')\n{SHOW}{MADE}", "error"),
    "callback": (f"class A(keras.callbacks.Callback):\n    def on_train_end(self):\n        plt.a()\n{MADE}", "error"),
    "a method that may be called": (f"class A:\n    def a(self):\n        plt.show()\nA()\n{MADE}", "error"),
    "one of two is called": (f"{SHOW}def now():\n    plt.show()\n{MADE}now()\n", "error"),
    "a script without a model": (f"{SHOW}print(x)\n", "warning"),
    "a main part": (f"{SHOW}if __name__ == '__main__':\n    print(x)\n", "warning"),
    "definitions alone": (SHOW, "error"),
    "definitions and settings": (f"if x:\n    rows = len(x)\n{SHOW}", "error"),
    "exported": (f"__all__ = ['show']\n{SHOW}{MADE}", "error"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_missing_import_is_an_error_where_it_can_be_reached(case: str) -> None:
    code, level = CASES[case]
    found = [
        finding for finding in lint(Source("x.py", BUILD + code), default_rules()) if finding.code == "KF101"
    ]
    assert [finding.severity for finding in found] == [Severity(level)]


@pytest.mark.parametrize(("name", "code"), [("unheard_of()", "KF105"), ("x_train.shape", "KF104")])
def test_other_missing_names_likewise(name: str, code: str) -> None:
    for use, level in (("", Severity.WARNING), ("show()\n", Severity.ERROR)):
        text = f"{BUILD}def show():\n    print({name})\n{MADE}{use}"
        found = [finding for finding in lint(Source("x.py", text), default_rules()) if finding.code == code]
        assert [finding.severity for finding in found] == [level]
