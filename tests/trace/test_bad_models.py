"""Bad input: cycles, layers that are never called, models rebuilt in loops, wrong types, absurd sizes."""

import time

import pytest

from kerasfix.finding import Severity
from kerasfix.linter import lint
from kerasfix.registry import all_rules
from kerasfix.shapes import summaries
from kerasfix.source import Source, read_document

HEAD = "import keras\nimport numpy as np\nfrom keras import layers, ops\n"
RULES = tuple(rule for rule in all_rules() if rule.default)


def errors(code: str) -> list[str]:
    """The codes of the errors found; the table of shapes must come out too."""
    summaries(read_document((HEAD + code).encode(), "s.py"))
    return [f.code for f in lint(Source("s.py", HEAD + code), RULES) if f.severity is Severity.ERROR]


# What Keras raises on is reported, what it takes is not.
BOTH = """
layers.Dense("10")
layers.Dense(None)
layers.Dense(-3)
layers.Dense(2.5)
layers.Dense([4])
layers.Dense(True)
layers.Conv2D(8, "3")
layers.Conv2D(8, (3, 3, 3))
layers.Conv2D(8, 3, padding="full")
layers.Conv2D(8, 3, strides=0)
layers.Conv2D(7, 3, groups=2)
layers.Conv2D(8, [3, 3])
layers.MaxPooling2D(-1)
layers.MaxPooling2D((2, 2, 2))
layers.AveragePooling2D(2)
layers.Dropout(1.5)
layers.Dropout("0.5")
layers.Dropout(0)
layers.LSTM(3.5)
layers.LSTM(-1)
layers.GRU("8")
layers.Embedding(10, 4)
layers.Embedding(-1, 4)
layers.Reshape(7)
layers.Reshape((2, 3))
layers.Permute((2, 3))
layers.Permute((2, 1))
layers.Flatten()
layers.Bidirectional(layers.Dense(3))
layers.Bidirectional("LSTM")
layers.TimeDistributed(3)
layers.RepeatVector(2.0)
layers.UpSampling2D(2)
layers.ZeroPadding2D((1, 2, 3))
layers.BatchNormalization(axis="1")
layers.Activation("rleu")
keras.Input(shape=(28, 28))
keras.Input(shape=28)
keras.Input(shape=(28.5,))
keras.Input(shape=(-1, 3))
keras.Input(shape="28")
keras.Input()
keras.Input(batch_shape=(None, 3), batch_size=3)
keras.Sequential([layers.Dense(3), 5])
keras.Sequential([keras.Input((4,)), layers.Dense(3), keras.Sequential([layers.Conv2D(4, 3)])])
layers.Dense(3)(keras.Input(()))
layers.Concatenate()([])
layers.Bidirectional(layers.LSTM(-1))
layers.RNN([layers.LSTMCell(0), layers.GRUCell(3)])
layers.RNN([layers.LSTMCell(2), layers.GRUCell(3)])
layers.PReLU(shared_axes=[3])(keras.Input((4, 3)))
layers.PReLU(shared_axes=[0])(keras.Input((4, 3)))
layers.PReLU(shared_axes=[-1])(keras.Input((4, 3)))
layers.PReLU(shared_axes=[-2])(keras.Input((4, 3)))
layers.Bidirectional(layers.GRU(3, stateful=True, return_state=True))(keras.Input(batch_shape=(2, 4, 3)))
layers.Bidirectional(layers.GRU(3, return_state=True))(keras.Input(batch_shape=(2, 4, 3)))
layers.Add()([keras.Input((3,))])
""".strip().splitlines()


@pytest.mark.keras
@pytest.mark.parametrize("code", BOTH)
def test_what_keras_raises_is_what_is_reported(code: str) -> None:
    raised = ""
    try:
        exec(HEAD + code, {})
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"
    assert bool(errors(code)) == bool(raised), raised


@pytest.mark.parametrize("value", [None, -1, "3", 2.5, [], {}, float("nan"), 10**400, b"x", object, {1: 2}])
def test_the_fault_of_a_layer_inside_is_told_once(value: object) -> None:
    shown = "object" if value is object else repr(value).replace("nan", "float('nan')")
    assert errors(f"layers.Bidirectional(layers.GRU({shown}))\n").count("KF212") <= 1
    assert errors(f"layers.TimeDistributed(layers.TimeDistributed({shown}))\n").count("KF212") <= 1


# Odd things that no error may be found in, since they run, or since nobody can tell.
SILENT = {
    "a model in itself": "m = keras.Sequential()\nm.add(layers.Dense(3))\nm.add(m)\n",
    "a list in itself": "parts = []\nparts.append(parts)\ny = layers.Concatenate()(parts)\n",
    "a dict in itself": "d = {}\nd['d'] = d\nm = keras.Model(d, d)\n",
    "tensors joined with themselves": (
        "x = keras.Input((4,))\nfor _ in range(40):\n    x = layers.Concatenate()([x, x])\nm = keras.Model(x, x)\n"
    ),
    "no way from input to output": (
        "a, b = keras.Input((3,)), keras.Input((4,))\nm = keras.Model(a, layers.Dense(2)(b))\n"
    ),
    "an input that is an output": "a = keras.Input((3,))\nm = keras.Model(a, a)\n",
    "layers that are never called": "d = layers.Dense(3)\nlayers.Conv2D(4, 3)\nm = keras.Sequential()\n",
    "a model rebuilt in a loop": (
        "for n in range(2, 300):\n    m = keras.Sequential([keras.Input((n,)), layers.Dense(n)])\n"
        "    m.compile(loss='mse')\n    m.fit(np.zeros((8, n)), np.zeros((8, n)))\n"
    ),
    "a layer that calls itself": (
        "class A(layers.Layer):\n    def call(self, x):\n        return self(x)\ny = A()(keras.Input((3,)))\n"
    ),
    "a layer that makes itself": (
        "class A(layers.Layer):\n    def __init__(self):\n        super().__init__()\n        self.a = A()\n"
        "    def call(self, x):\n        return self.a(x)\ny = A()(keras.Input((3,)))\n"
    ),
    "functions that call each other": (
        "def f(x):\n    return g(layers.Dense(3)(x))\ndef g(x):\n    return f(x)\ny = f(keras.Input((3,)))\n"
    ),
    "absurd sizes": (
        "m = keras.Sequential([keras.Input((10 ** 9, 10 ** 9, 3)), layers.ZeroPadding2D(10 ** 9),\n"
        "    layers.UpSampling2D(10 ** 9), layers.Flatten(), layers.RepeatVector(10 ** 30)])\n"
        "n = keras.Sequential([keras.Input((8,)), layers.Dense(10 ** 40), layers.Reshape((-1, 10 ** 20))])\n"
        "x = np.zeros((10 ** 12, 8))\n"
    ),
    "very many layers": (
        "m = keras.Sequential([keras.Input((4,))])\nfor _ in range(10 ** 6):\n    m.add(layers.Dense(4))\n"
    ),
    "models in models, each of them twice": (
        "m = keras.Sequential([keras.Input((3,)), layers.Dense(3)])\nn = keras.Sequential([layers.Dense(3)])\n"
        "for _ in range(50):\n    m, n = keras.Sequential([m, m]), keras.Sequential([n, n])\nn.build((None, 3))\n"
    ),
    "a model in models on other inputs": (
        "x = keras.Input((None, 3))\nm = keras.Model(x, layers.Dense(3)(x))\nfor _ in range(50):\n"
        "    x = keras.Input((None, 3))\n    m = keras.Model(x, m(m(x)))\nm(keras.Input((7, 3)))\n"
    ),
    "a layer that is part of itself": (
        "class A(layers.Layer):\n    def __init__(self):\n        super().__init__()\n        self.a = [self]\n"
        "    def build(self, shape):\n        self.a[0].build(shape)\ny = A()(keras.Input((3,)))\n"
    ),
    "layers around layers": (
        "t = layers.Dense(3)\nfor _ in range(200):\n    t = layers.TimeDistributed(t)\n"
        "y = t(keras.Input((1,) * 220))\n"
    ),
    "absurd windows": (
        "x = keras.Input((10 ** 18, 10 ** 18, 1))\nlayers.Conv2D(1, 10 ** 18, padding='same')(x)\n"
        "layers.Conv2DTranspose(1, 10 ** 18, strides=10 ** 18)(x)\n"
        "layers.Concatenate()([keras.Input((3,))] * 10 ** 8)\n"
    ),
    "a shape that is a function": "m = keras.Sequential([keras.Input(len), layers.Dense(print)])\n",
}


@pytest.mark.parametrize("code", SILENT.values(), ids=SILENT)
def test_odd_models_end_soon_and_silently(code: str) -> None:
    started = time.process_time()
    found = errors(code)
    assert time.process_time() - started < 20
    assert found == []
