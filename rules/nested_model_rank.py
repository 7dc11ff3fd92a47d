"""A model is called on a tensor with another number of axes than its input has.

## Why is this bad?
The call stops with `ValueError: Input 0 ... is incompatible with the layer`. Keras 2 let a model of `(None, 100)` pass
that was called on `(None, 1, 100)`, and its layers worked along the last axis; Keras 3 compares the shapes. Only a
last axis of size 1 comes and goes by itself.

## Fix safety
Unsafe: `Flatten` takes the axis of size 1 out before the call.
"""

from collections.abc import Iterator

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras.shape import TensorSpec, show
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import wrap
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import spell_new
from kerasfix.trace.records import NestedRank

rule = Rule(__name__, "KF614", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(NestedRank)
def check(record: NestedRank, module: Module) -> Iterator[Finding]:
    declared = record.model.inputs
    assert isinstance(declared, TensorSpec)
    if declared.rank == record.given.rank:
        return  # other sizes: KF205
    name = f"`{record.model.name}`" if record.model.name else "The model"
    edits = _edits(record, module)
    shapes = f"{show(declared.shape)}, and is called on {show(record.given.shape)}"
    yield rule.finding(
        module.span(record.node),
        f"{name} takes {shapes}: Keras 3 wants the same number of axes",
        fixes=(Fix("Flatten the tensor first", edits, Applicability.UNSAFE),) if edits else (),
    )


def _edits(record: NestedRank, module: Module) -> tuple[Edit, ...] | None:
    declared, given = record.model.inputs, record.given.shape
    assert isinstance(declared, TensorSpec)
    if declared.shape is None or given is None or len(record.node.args) != 1 or record.node.args[0].star:
        return None
    ones = [size for size in given[1:] if size != 1]
    if len(declared.shape) != 2 or ones != list(declared.shape[1:]):
        return None
    spelled = spell_new(module, "keras.layers.Flatten", bare=True) or spell_new(
        module, "keras.layers.Flatten"
    )
    if spelled is None:
        return None
    return (*wrap(module, record.node.args[0].value, f"{spelled[0]}()(", ")"), *spelled[1])


EXAMPLES = (
    Example(
        """\
from keras.layers import Dense, Embedding, Input, multiply
from keras.models import Model, Sequential
inner = Sequential([Input((10,)), Dense(4)])
latent = Input((10,))
label = Input((1,), dtype='int32')
both = multiply([latent, Embedding(5, 10)(label)])
model = Model([latent, label], inner(both))  # <- KF614
""",
        """\
from keras.layers import Dense, Embedding, Input, multiply, Flatten
from keras.models import Model, Sequential
inner = Sequential([Input((10,)), Dense(4)])
latent = Input((10,))
label = Input((1,), dtype='int32')
both = multiply([latent, Embedding(5, 10)(label)])
model = Model([latent, label], inner(Flatten()(both)))
""",
    ),
    Example(
        """\
import keras
inner = keras.Sequential([keras.Input((10, 10)), keras.layers.Dense(4)])
print(inner(keras.Input((10,))))  # <- KF614
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
inner = keras.Sequential([keras.Input((10,)), keras.layers.Dense(4)])
print(inner(keras.Input((10, 1))), inner(keras.Input((10,))))
images = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
print(images(keras.Input((8, 8))))
""",
    """\
import keras
inner = keras.Sequential([keras.layers.Dense(4)])
print(inner(keras.Input((10, 10))), inner(keras.Input((10, 10))))
""",
    """\
import keras
inner = keras.Sequential([keras.Input((10, 1)), keras.layers.ReLU()])
print(inner(keras.Input((10, 10, 1))))
""",
)
