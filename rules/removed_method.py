"""A method or attribute of models, layers or optimizers that Keras 3 no longer has.

## Why is this bad?
The call stops with an `AttributeError`. `fit` takes what `fit_generator` took, `predict_classes` was an `argmax` of
`predict`, layers alone keep the state that `model.reset_states()` reset. `optimizer.lr = 0.1` raises nothing, and
sets nothing: it is `learning_rate` now; `model.layers.pop()` leaves the model as it is. A Sequential model has no
`input` and `output` until it is called on a tensor.

## Fix safety
Safe where another method takes the same arguments, and where the model's output says which classes
`predict_classes` meant. Unsafe where it does not, where arguments by position may be those of Keras 1, where counts
of samples become counts of batches, and where a layer may have been called more than once.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api, old_arguments
from kerasfix.keras.shape import TensorSpec
from kerasfix.repairs.calls import given, keyword_node
from kerasfix.repairs.steps import count_batches, written_for_keras_1
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import insert, replace, wrap
from kerasfix.syntax.imports import add_import, imports
from kerasfix.syntax.module import Module
from kerasfix.trace.old_names import LayersPopped, OldAttribute
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Model

rule = Rule(__name__, "KF606", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    owner, _, method = record.name.rpartition(".")
    func = record.node.func
    if api.kind(owner) != "class" or not isinstance(func, cst.Attribute) or func.attr.value != method:
        return
    for argument in record.arguments:
        if argument.keyword in old_arguments.SAMPLES and api.family(owner) == "Model":
            yield _samples(module, record, argument)
    if record.exists:
        return
    fixes: tuple[Fix, ...] = ()
    if method in old_arguments.METHODS and api.family(owner) == "Model":
        advice, fixes = f"`{old_arguments.METHODS[method]}` does it", _another(module, record, func, method)
    elif method == "predict_classes":
        advice, fixes = _classes(module, record, func)
    elif method == "reset_states" and api.family(owner) == "Model":
        advice, fixes = "reset the layers that have a state", _reset(module, record, func)
    elif method in old_arguments.NODES:
        advice, fixes = (
            f"`{old_arguments.NODES[method]}` belongs to its only call",
            _node(module, record, func),
        )
    elif method in old_arguments.METHOD_ADVICE:
        advice = old_arguments.METHOD_ADVICE[method]
    else:
        return
    shown = f"{owner.rpartition('.')[2]}.{method}"
    yield rule.finding(module.span(func.attr), f"Keras 3 has no `{shown}`: {advice}", fixes=fixes)


@rule.on(OldAttribute)
def check_attribute(record: OldAttribute, module: Module) -> Iterator[Finding]:
    new = old_arguments.ATTRIBUTES[record.family][record.name]
    what = {"Layer": "a layer", "Optimizer": "an optimizer"}.get(record.family, "a Sequential model")
    yield rule.finding(
        module.span(record.node.attr),
        f"In Keras 3 {what} has no `{record.name}`: it is `{new}`",
        fixes=(Fix(f"Use `{new}`", (replace(module, record.node.attr, new),)),),
    )


@rule.on(LayersPopped)
def check_pop(record: LayersPopped, module: Module) -> Iterator[Finding]:
    """Keras 2 gave the list itself, Keras 3 gives a copy."""
    owner = record.node.value
    model = module.code(owner.value) if isinstance(owner, cst.Attribute) else "model"
    yield rule.finding(
        module.span(record.node),
        f"`{model}.layers` is a copy in Keras 3, and the model keeps the layer: make a model that ends earlier, with "
        f"`keras.Model({model}.inputs, {model}.layers[-2].output)`",
        severity=Severity.WARNING,
    )


def _another(module: Module, record: KerasCall, func: cst.Attribute, method: str) -> tuple[Fix, ...]:
    new = old_arguments.METHODS[method]
    edits = [replace(module, func.attr, new)]
    positional = [argument for argument in record.node.args if argument.keyword is None]
    names = old_arguments.GENERATOR_POSITIONS.get(method)
    if names is not None and len(positional) > 1:
        if len(positional) - 1 > len(names) or any(argument.star for argument in record.node.args):
            return ()
        old_style = written_for_keras_1(module)
        renamed = {value[0]: key for key, value in old_arguments.SAMPLES.items()} if old_style else {}
        for name, argument in zip(names, positional[1:], strict=False):
            edits.append(insert(module.span(argument.value)[0], f"{renamed.get(name, name)}="))
    generator = given(record, "generator")
    if generator is not None and (keyword := keyword_node(record, generator)) is not None:
        edits.append(replace(module, keyword, "x"))
    sure = names is None or len(positional) < 2
    return (Fix(f"Use `{new}`", tuple(edits), Applicability.SAFE if sure else Applicability.UNSAFE),)


def _samples(module: Module, record: KerasCall, argument: Argument) -> Finding:
    """`samples_per_epoch` of a generator."""
    fix = count_batches(module, record, argument)
    new = old_arguments.SAMPLES[argument.keyword or ""][0]
    message = f"`{argument.keyword}` is gone: `{new}` counts batches, not samples"
    return rule.finding(module.span(argument.node), message, fixes=(fix,) if fix else ())


def _classes(module: Module, record: KerasCall, func: cst.Attribute) -> tuple[str, tuple[Fix, ...]]:
    output = record.owner.output if isinstance(record.owner, Model) and record.owner.known else None
    shape = output.shape if isinstance(output, TensorSpec) else None
    width = shape[-1] if shape else None
    call = replace(module, func.attr, "predict")
    if width == 1:
        edits = (*wrap(module, record.node, "(", ' > 0.5).astype("int32")'), call)
        return "compare `predict` with 0.5", (Fix("Compare `predict` with 0.5", edits),)
    bound = next((item.bound for item in imports(module) if item.dotted == "numpy"), None)
    added = () if bound else add_import(module, "numpy", "np")
    wrapped = wrap(module, record.node, f"{bound or 'np'}.argmax(", ", axis=-1)")
    level = Applicability.SAFE if isinstance(width, int) else Applicability.UNSAFE
    fix = Fix("Take the `argmax` of `predict`", (*wrapped, call, *added), level)
    return "take the `argmax` of `predict`", (fix,)


def _reset(module: Module, record: KerasCall, func: cst.Attribute) -> tuple[Fix, ...]:
    line = record.statement
    if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1 or record.node.args:
        return ()
    expression = line.body[0]
    if not isinstance(expression, cst.Expr) or expression.value is not record.node or module.tree is None:
        return ()
    if "layer" in module.bound_names and f"for layer in {module.code(func.value)}.layers" not in module.text:
        return ()
    start = module.span(record.node)[0]
    column = module.source.row_column(start)[1]
    margin = module.text[start - column : start]
    if margin.strip():
        return ()
    step = module.tree.default_indent
    code = module.newline.join(
        (
            f"for layer in {module.code(func.value)}.layers:",
            f'{margin}{step}if hasattr(layer, "reset_states"):',
            f"{margin}{step}{step}layer.reset_states()",
        )
    )
    return (Fix("Reset the layers", (replace(module, record.node, code),)),)


def _node(module: Module, record: KerasCall, func: cst.Attribute) -> tuple[Fix, ...]:
    match record.node.args:
        case [cst.Arg(value=cst.Integer(value="0"))]:
            new = f"{module.code(func.value)}.{old_arguments.NODES[func.attr.value]}"
            return (Fix(f"Write `{new}`", (replace(module, record.node, new),), Applicability.UNSAFE),)
    return ()


EXAMPLES = (
    Example(
        """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Input
def generate():
    while True:
        yield np.zeros((8, 4)), np.zeros((8, 3))
model = Sequential([Input((4,)), Dense(3, activation='softmax')])
model.compile(loss='mse')
model.fit_generator(generate(), steps_per_epoch=10, epochs=2)  # <- KF606
print(model.predict_classes(np.zeros((2, 4))))  # <- KF606
print(model.predict_proba(np.zeros((2, 4))))  # <- KF606
model.reset_states()  # <- KF606
""",
        """\
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Input
def generate():
    while True:
        yield np.zeros((8, 4)), np.zeros((8, 3))
model = Sequential([Input((4,)), Dense(3, activation='softmax')])
model.compile(loss='mse')
model.fit(generate(), steps_per_epoch=10, epochs=2)
print(np.argmax(model.predict(np.zeros((2, 4))), axis=-1))
print(model.predict(np.zeros((2, 4))))
for layer in model.layers:
    if hasattr(layer, "reset_states"):
        layer.reset_states()
""",
    ),
    Example(
        """\
from keras.models import Sequential
from keras.layers import Dense, Flatten, Input
from tensorflow.keras.preprocessing.image import ImageDataGenerator
import numpy as np
model = Sequential([Input((8, 8, 1)), Flatten(), Dense(1, activation='sigmoid')])
model.compile(loss='mse')
x, y = np.zeros((64, 8, 8, 1)), np.zeros(64)
flow = ImageDataGenerator().flow(x, y, batch_size=16)
model.fit_generator(flow, samples_per_epoch=len(x), nb_epoch=2)  # <- KF603, KF606, KF606
model.fit_generator(flow, len(x), 2, validation_data=(x, y), nb_val_samples=64)  # <- KF606, KF606
print(model.predict_classes(x))  # <- KF606
print(model.predict_generator(ImageDataGenerator().flow(x), val_samples=64))  # <- KF606, KF606
""",
        """\
from keras.models import Sequential
from keras.layers import Dense, Flatten, Input
from tensorflow.keras.preprocessing.image import ImageDataGenerator
import numpy as np
model = Sequential([Input((8, 8, 1)), Flatten(), Dense(1, activation='sigmoid')])
model.compile(loss='mse')
x, y = np.zeros((64, 8, 8, 1)), np.zeros(64)
flow = ImageDataGenerator().flow(x, y, batch_size=16)
model.fit(flow, steps_per_epoch=len(x) // 16, epochs=2)
model.fit(flow, steps_per_epoch=len(x) // 16, epochs=2, validation_data=(x, y))
print((model.predict(x) > 0.5).astype("int32"))
print(model.predict(ImageDataGenerator().flow(x), steps=64 // 32))
""",
    ),
    Example(
        """\
from keras.models import Sequential
from keras.layers import Dense, Input
model = Sequential([Input((4,)), Dense(1, activation='sigmoid')])
print(model.to_yaml())  # <- KF606
"""
    ),
    Example(
        """\
import keras
from keras.layers import Dense, Input
from keras.optimizers import Adam
model = keras.Sequential([Input((4,)), Dense(3, activation='relu'), Dense(1)])
inner = keras.Model(model.input, model.layers[0].output)  # <- KF606
print(inner.output_shape, model.output_shape, inner.input)
optimizer = Adam(0.001)
model.compile(optimizer, 'mse')
optimizer.lr = 0.002  # <- KF606
model.optimizer.lr.assign(0.001)  # <- KF606
""",
        """\
import keras
from keras.layers import Dense, Input
from keras.optimizers import Adam
model = keras.Sequential([Input((4,)), Dense(3, activation='relu'), Dense(1)])
inner = keras.Model(model.inputs[0], model.layers[0].output)
print(inner.output_shape, model.output_shape, inner.input)
optimizer = Adam(0.001)
model.compile(optimizer, 'mse')
optimizer.learning_rate = 0.002
model.optimizer.learning_rate.assign(0.001)
""",
    ),
    Example(
        """\
from keras.applications import VGG16
model = VGG16(weights="imagenet")
model.layers.pop()  # <- KF606
"""
    ),
    Example(
        """\
import keras
from helpers import x, y

class Own(keras.Model):
    pass

i = keras.Input((4,))
model = Own(i, keras.layers.Dense(1)(i))
model.compile(loss="mse")
model.fit_generator(((x, y) for _ in range(2)), epochs=1)  # <- KF606
""",
        """\
import keras
from helpers import x, y

class Own(keras.Model):
    pass

i = keras.Input((4,))
model = Own(i, keras.layers.Dense(1)(i))
model.compile(loss="mse")
model.fit(((x, y) for _ in range(2)), epochs=1)
""",
    ),
)
NEAR_MISSES = (
    """\
import keras
import numpy as np
from helpers import Base

class Own(keras.Model):
    def fit_generator(self, *data):
        return self.fit(*data)

class Other(Base, keras.Model):
    pass

i = keras.Input((4,))
model, other = Own(i, keras.layers.Dense(1)(i)), Other(i, keras.layers.Dense(1)(i))
model.compile(loss="mse")
other.compile(loss="mse")
model.fit_generator(np.ones((8, 4)), np.ones(8))
other.fit_generator(np.ones((8, 4)), np.ones(8))
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
layers = model.layers
last = layers.pop()
model.pop()
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
x = keras.Input((4,))
y = model(x)
print(model.input, model.output, keras.Model(x, y).input, keras.Sequential([keras.layers.Dense(3)]).inputs)
class Own(keras.layers.Layer):
    output_shape = 3
print(Own().output_shape, keras.optimizers.Adam(0.001).learning_rate)
""",
    """\
import keras
import numpy as np
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile(loss='mse')
model.fit(np.zeros((8, 4)), np.zeros((8, 3)), steps_per_epoch=2)
print(model.predict(np.zeros((2, 4))).argmax(axis=-1), model.get_weights())
""",
    """\
class Model:
    def predict_classes(self, x):
        return x
import keras
print(Model().predict_classes(3), keras.layers.LSTM(3).reset_states)
""",
)
