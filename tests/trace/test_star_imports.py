"""`from numpy import *` binds what NumPy has, and no more."""

import json

import pytest

from kerasfix.keras.star_names import _DATA, exported
from kerasfix.linter import lint
from kerasfix.registry import select
from kerasfix.source import Source

MODULES = sorted(json.loads(_DATA.read_text()))


def codes(text: str) -> list[str]:
    return [finding.code for finding in lint(Source("x.py", text), select(("KF1",)))]


@pytest.mark.parametrize("module", MODULES)
def test_nothing_that_a_star_binds_is_missing(module: str) -> None:
    lacking = {*exported(module)} - {*json.loads(_DATA.read_text())[module]}
    assert not lacking


KERAS = "from keras.models import *\nfrom keras.layers import *\n"
TAIL = "\nmodel = Sequential([Dense(3, input_shape=(2,))])\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{KERAS}from numpy import *", []),
        ("from keras.layers import *\nfrom numpy import *", ["KF101"]),
        ("from keras.models import *\nfrom numpy import *\nfrom math import *", ["KF101"]),
        (f"{KERAS}from numpy import *\nprint(zeross((2, 3)))", ["KF105"]),
        (f"{KERAS}from numpy import *\nprint(zeros((2, 3)), product, pi)", []),
        ("from keras.models import *\nfrom helpers import *\nfrom numpy import *\nprint(zeross((2, 3)))", []),
        ("from keras.layers import *\nfrom keras.models import *\nfrom pylab import *\nplott(3)", []),
    ],
)  # fmt: skip
def test_names_in_scripts(text: str, found: list[str]) -> None:
    assert codes(text + TAIL) == found


def test_what_hides_a_builtin_in_some_versions_is_either(abstract) -> None:
    assert type(abstract("from numpy import *\nresult = max([1, 2])")).__name__ == "Unknown"
    assert abstract("from numpy import *\nresult = zeros((len([1, 2]), 3))").spec.shape == (2, 3)
    assert abstract("from numpy import *\nresult = random.rand(4, 2)").spec.shape == (4, 2)
    assert abstract("from random import *\nfrom math import *\nresult = floor(pi)").value == 3


@pytest.mark.parametrize("module", MODULES)
def test_stars_are_followed_as_they_are(compare, module: str) -> None:
    compare(f"from {module} import *\nresult = len([1, 2, 3])")
