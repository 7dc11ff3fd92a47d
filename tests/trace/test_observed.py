"""What a trace remembers of expressions, for editors."""

from kerasfix.source import Source
from kerasfix.syntax.module import Module
from kerasfix.trace import observe, trace
from kerasfix.trace.values import Array, Layer, Tensor

SCRIPT = """\
import keras
from keras import layers

(x_train, y_train), _ = keras.datasets.mnist.load_data()
inputs = keras.Input((28, 28, 1))
x = inputs
for filters in (8, 16):
    x = layers.Conv2D(filters, 3)(x)
"""


def seen(text):
    module = Module.parse(Source("x.py", text))
    _, values = observe(module)
    return {(module.text[slice(*module.span(node))], module.span(node)[0]): v for node, v in values.items()}


def test_names_and_expressions_keep_their_values():
    values = seen(SCRIPT)
    [data] = values["x_train", SCRIPT.index("x_train")]
    assert isinstance(data, Array)
    assert data.spec.shape == (60000, 28, 28)
    outputs = values["layers.Conv2D(filters, 3)(x)", SCRIPT.index("layers.Conv2D(filters")]
    assert [type(value) for value in outputs] == [Tensor, Tensor]
    assert [value.spec.shape for value in outputs] == [(None, 26, 26, 8), (None, 24, 24, 16)]
    made = values["layers.Conv2D(filters, 3)", SCRIPT.index("layers.Conv2D(filters")]
    assert all(isinstance(value, Layer) for value in made)
    assert [v.spec.shape[-1] for v in values["x", SCRIPT.index("x = layers")]] == [8, 16]


def test_a_text_that_does_not_parse_has_no_values():
    module = Module.parse(Source("x.py", "import keras\nx = (\n"))
    program, values = observe(module)
    assert values == {}
    assert [type(record).__name__ for record in program.records] == ["InvalidSyntax"]


def test_the_program_is_the_same():
    module = Module.parse(Source("x.py", SCRIPT))
    assert repr(observe(module)[0].models) == repr(trace(module).models)
    kinds = [type(record) for record in trace(module).records]
    assert [type(record) for record in observe(module)[0].records] == kinds
