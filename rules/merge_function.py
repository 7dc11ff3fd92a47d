"""The `merge` function of Keras 1.

## Why is this bad?
The import stops with an `ImportError`. There is a function for each of its modes: `add`, `multiply`, `concatenate`,
`average`, `maximum`, `dot`.

## Fix safety
Safe for a mode that is written out, and for a function as mode, which becomes a `Lambda`; its `output_shape` goes,
since Keras 3 finds out by itself. Unsafe for `dot` and `cos`, whose axes may mean another thing.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.repairs.merging import merged
from kerasfix.repairs.unknown import drop_unused, place_of, uses
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parent
from kerasfix.trace.records import KerasCall, UnknownKerasName

rule = Rule(__name__, "KF612", Severity.ERROR, fixable=Fixable.SOMETIMES)

_HOMES = ("keras.layers", "keras.engine", "keras.engine.topology", "keras.layers.core", "keras.layers.merge")


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    if record.exists or record.name not in {f"{home}.merge" for home in _HOMES}:
        return
    new = merged(module, record)
    if new.function in {"", "Lambda"}:
        message = "Keras 3 has no `merge`: what `mode` computes becomes a `Lambda` layer"
    else:
        message = f"Keras 3 has no `merge`: use `keras.layers.{new.function}`"
    level = Applicability.UNSAFE if new.function == "dot" else Applicability.SAFE
    edits = (Edit(*module.span(record.node), new.text), *new.imported)
    fixes = (Fix(f"Use `{new.function}`", edits, level),) if new.text else ()
    yield rule.finding(module.span(record.node.func), message, fixes=fixes)


@rule.on(UnknownKerasName)
def check_import(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    """The import that is left when all calls are rewritten."""
    if record.name != "merge" or not record.imported or record.module not in _HOMES:
        return
    place = place_of(module, record)
    if place is None or place.alias is None or not isinstance(place.node, cst.ImportFrom):
        return
    found = uses(module, place)
    if found is not None and any(isinstance(parent(module, use), cst.Attribute) for use in found):
        return  # the module `keras.layers.merge` of Keras 2
    edits = drop_unused(module, place)
    fixes = (Fix("Remove the import", edits),) if edits else ()
    message = "Keras 3 has no `merge`: it has a function for each mode, such as `keras.layers.add`"
    yield rule.finding(module.span(record.node), message, fixes=fixes)


EXAMPLES = (
    Example(
        """\
from keras.layers import Input, Dense, merge  # <- KF612
a, b = Input((3,)), Input((3,))
x = merge([a, b], mode='concat', concat_axis=-1)  # <- KF612
y = merge([Dense(3)(x), a], 'sum', name='total')  # <- KF612
""",
        """\
from keras.layers import Input, Dense, concatenate, add
a, b = Input((3,)), Input((3,))
x = concatenate([a, b], axis=-1)
y = add([Dense(3)(x), a], name='total')
""",
    ),
    Example(
        """\
import keras
from keras.layers import Input
from keras import layers
a, b = Input((3,)), Input((3,))
x = layers.merge([a, b], mode=lambda x: x[0] - x[1], output_shape=(3,), name='difference')  # <- KF612
""",
        """\
import keras
from keras.layers import Input
from keras import layers
a, b = Input((3,)), Input((3,))
x = layers.Lambda(lambda x: x[0] - x[1], name='difference')([a, b])
""",
    ),
    Example(
        """\
from keras.layers import Input
from keras import layers
print(layers.merge([Input((3,)), Input((3,))], mode=input()))  # <- KF612
"""
    ),
    Example(
        """\
from keras.layers import Input
from keras import layers
y = layers.merge([Input((3,)), Input((3,))], mode='mul')  # <- KF612
""",
        """\
from keras.layers import Input
from keras import layers
y = layers.multiply([Input((3,)), Input((3,))])
""",
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Input, add
def merge(tensors, mode):
    return add(tensors)
print(merge([Input((3,)), Input((3,))], mode='sum'))
""",
    """\
import keras
import pandas as pd
print(pd.merge(pd.DataFrame(), pd.DataFrame()), keras.layers.Concatenate)
""",
)
