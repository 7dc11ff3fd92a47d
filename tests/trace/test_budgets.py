"""Every run ends: whatever a script multiplies, nests or repeats, it is followed within bounds."""

import pytest

from kerasfix.keras.shape import ANY
from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace import trace
from kerasfix.trace.records import NotFollowed

HOSTILE = {
    "powers": "x = 10 ** 10 ** 9\ny = 'a' * 10 ** 12\nz = [0] * 10 ** 12\n",
    "shifts": "x = 1 << 10 ** 9\n",
    "recursion": "def f(n):\n    return f(n + 1)\nf(0)\n",
    "branching recursion": "def g(a, b):\n    return g(g(a, b), g(b, a))\ng(1, 2)\n",
    "endless loop": "while True:\n    x = 1\n",
    "long loop": "for i in range(10 ** 9):\n    for j in range(10 ** 9):\n        x = i * j\n",
    "nested lists": "t = keras.Input((2,))\n" + "t = (t,) * 100\n" * 20 + "keras.layers.Concatenate()(t)\n",
    "list in itself": "a = []\na.append(a)\nkeras.layers.Concatenate()(a)\nprint(a)\n",
    "deep expression": "x = " + "+".join(["1"] * 900) + "\n",
    "deep attributes": "x = keras" + ".a" * 500 + "\n",
    "deep calls": "x = " + "f(" * 90 + ")" * 90 + "\n",
    "many layers": "m = keras.Sequential()\nfor i in range(250):\n    m.add(keras.layers.Dense(4))\n",
    "huge sizes": "keras.Sequential([keras.Input((10 ** 9,)), keras.layers.Dense(10 ** 9)])\n",
    "class in itself": "class A(A):\n    pass\nA()\n",
    "mutual bases": "class A:\n    pass\nclass B(A):\n    pass\nA.__bases__ = (B,)\nB().x\n",
    "generators": "def g():\n    while True:\n        yield g()\nlist(g())\n",
    "lambda calls itself": "f = lambda f: f(f)\nf(f)\n",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_ends(code: str) -> None:
    module = Module.parse(Source("x.py", "import keras\n" + code))
    assert module.tree is not None
    trace(module)


LOOPS = "for a in range(250):\n    for b in range(250):\n        x.append([c for c in range(b)])\n"


@pytest.mark.parametrize(("count", "stopped"), [(2, 0), (60, 1)])
def test_loops_take_a_share_and_no_more(count: int, stopped: int) -> None:
    module = Module.parse(Source("x.py", f"import keras\nx = []\n{LOOPS * count}y = len(x)\n"))
    records = [record for record in trace(module).records if isinstance(record, NotFollowed)]
    assert [record.reason for record in records] == ["it takes more than 200,000 steps"] * stopped


def test_what_comes_of_a_loop_cut_short_is_not_known() -> None:
    long = "for a in range(200):\n    for b in range(200):\n        for c in range(200):\n            units = a % 7\n"
    model = "model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(units)])\n"
    program = trace(Module.parse(Source("x.py", f"import keras\n{long}{model}")))
    last = program.models[0].steps[-1]
    assert last.output is not None
    assert last.output.shape == (None, ANY)
