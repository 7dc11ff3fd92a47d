"""Code around models: `functools`, `while`, star unpacking."""

from typing import Any

import pytest

from kerasfix.trace.values import Unknown

HEAD = "import keras\nfrom functools import partial, reduce\nfrom keras import layers\n"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("result = reduce(lambda a, b: a * b, [2, 3, 4])", 24),
        ("result = reduce(lambda a, b: a + b, (1, 2), 10)", 13),
        ("result = partial(int, '7')()", 7),
        ("def f(a, b=2, c=3):\n    return a * 100 + b * 10 + c\nresult = partial(f, 1, b=5)(c=6)", 156),
        ("def f(a, b=2):\n    return a - b\nresult = partial(f, b=5)(10, b=1)", 9),
        ("a, *b = [1, 2, 3]\nresult = len(b) * 10 + b[1]", 23),
        ("*a, b = (1, 2, 3)\nresult = sum(a) * 10 + b", 33),
        ("a, *b, c = [1, 2]\nresult = len(b) * 10 + c", 2),
        ("n = 1\nwhile n < 20:\n    n *= 3\nresult = n", 27),
        ("n = 9\nwhile n:\n    n -= 1\n    if n == 4:\n        break\nresult = 5", 5),
        ("n = 0\nwhile n < 5:\n    n += 1\n    if n % 2:\n        continue\nresult = n", 5),
    ],
)
def test_values(abstract: Any, code: str, expected: int) -> None:
    assert abstract(HEAD + code).value == expected


@pytest.mark.parametrize(
    "code",
    [
        "n = 0\nwhile n < 1000:\n    n += 1\nresult = n",
        "n = 0\nwhile True:\n    n += 1\n    if n > int(input()):\n        break\nresult = n",
        "from somewhere import more\nn = 0\nwhile more():\n    n += 1\nresult = n",
        "import data\na, *b = data.load()\nresult = b",
        "from somewhere import parts\nresult = reduce(lambda a, b: a + b, parts)",
    ],
)
def test_what_cannot_be_told_stays_unknown(abstract: Any, code: str) -> None:
    assert type(abstract(HEAD + code)).__name__ == "Unknown"


def test_layers_of_a_partial(abstract: Any) -> None:
    code = "Conv = partial(layers.Conv2D, kernel_size=3, padding='same')\nresult = Conv(4)(keras.Input((8, 8, 1)))"
    assert abstract(HEAD + code).spec.shape == (None, 8, 8, 4)
    code = "make = partial(layers.Dense, **options)\nresult = make(4)(keras.Input((8,)))"
    assert isinstance(abstract("from settings import options\n" + HEAD + code), Unknown)
