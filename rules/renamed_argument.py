"""An argument under the name that it had in Keras 1 or 2.

## Why is this bad?
The call stops with `TypeError` or `ValueError`: unrecognised keyword arguments. A few old names are taken, with a
warning (`LeakyReLU(alpha=)`) or without (`imdb.load_data(nb_words=)` is ignored, and the vocabulary unlimited).

## Fix safety
Safe: the argument gets its present name, and a value that changed its name too (`"tf"` is `"channels_last"`) its
own. There is no fix where the new name is already given, or the value has no known translation.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.keras import api, migrations, old_arguments
from kerasfix.repairs.calls import given, keyword_node, remove_arguments, translated, write_argument
from kerasfix.repairs.initializers import take_dtype, without_dtype
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Function

rule = Rule(__name__, "KF603", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    target = migrations.call_target(record.name, record.via)
    signature = api.signature(target)
    for argument in record.arguments:
        keyword = argument.keyword
        if keyword is None or signature is None:
            continue
        if (function := without_dtype(argument)) is not None and api.family(target) == "Layer":
            yield _initializer(module, argument, function)
        shown = _shown(target, record.name)
        if packed := migrations.packed_argument(target, keyword):
            name, parts = packed
            if keyword == next(part for part in parts if given(record, part)):
                edits = _pack(module, record, name, parts)
                message = f"`{shown}` takes no `{'`, `'.join(parts)}` in Keras 3, but one `{name}`"
                yield rule.finding(module.span(argument.node), message, fixes=_fixes(name, edits))
        elif new := migrations.renamed_argument(target, keyword):
            edits = None if given(record, new) else _rename(module, record, argument, new)
            taken = signature.takes(keyword)
            how = "warns of" if keyword in signature.warns else "ignores"
            yield rule.finding(
                module.span(argument.node),
                f"Keras 3 {how} `{keyword}` of `{shown}`: it is `{new}` now"
                if taken
                else f"`{shown}` takes no `{keyword}` in Keras 3: it is `{new}`",
                fixes=_fixes(new, edits),
                severity=Severity.WARNING if taken else Severity.ERROR,
            )


def _initializer(module: Module, argument: Argument, function: Function) -> Finding:
    edits = take_dtype(module, function)
    named = f"`{function.name}`" if isinstance(function.node, cst.FunctionDef) else "this function"
    message = f"Keras 3 calls an initializer as `f(shape, dtype=...)`, and {named} takes no `dtype`"
    fixes = (Fix("Take a `dtype`", edits),) if edits else ()
    return rule.finding(module.span(argument.node), message, fixes=fixes)


def _shown(target: str, called: str) -> str:
    """`Dense`, `Model.fit`, `imdb.load_data`; a class as the script calls it."""
    owner, _, name = target.rpartition(".")
    if api.kind(target) == "class":
        return called.rpartition(".")[2]
    return name if name[:1].isupper() or owner.endswith("utils") else f"{owner.rpartition('.')[2]}.{name}"


def _rename(module: Module, record: KerasCall, argument: Argument, new: str) -> tuple[Edit, ...] | None:
    keyword = keyword_node(record, argument)
    if keyword is None:
        return None
    values = old_arguments.VALUES.get(keyword.value)
    if values is None:
        return (replace(module, keyword, new),)
    value = translated(module, argument.node.value, values)
    return (
        None
        if value is None
        else (replace(module, keyword, new), replace(module, argument.node.value, value))
    )


def _pack(module: Module, record: KerasCall, name: str, parts: tuple[str, ...]) -> tuple[Edit, ...] | None:
    arguments = [given(record, part) for part in parts]
    nodes = [argument.node for argument in arguments if argument and keyword_node(record, argument)]
    if len(nodes) < len(parts) or given(record, name):
        return None
    code = f"{name}=({', '.join(module.code(node.value) for node in nodes)})"
    first = min(nodes, key=lambda node: module.span(node))
    rest = [node for node in nodes if node is not first]
    return (write_argument(module, first, code), *remove_arguments(module, record.node, rest))


def _fixes(new: str, edits: tuple[Edit, ...] | None) -> tuple[Fix, ...]:
    return (Fix(f"Rename to `{new}`", edits),) if edits else ()


EXAMPLES = (
    Example(
        """\
from keras.models import Sequential, Model
from keras.layers import Dense, Convolution2D, Dropout, LSTM, Input, LeakyReLU, MaxPooling2D
from keras.optimizers import SGD
model = Sequential()
model.add(Convolution2D(nb_filter=8, nb_row=3, nb_col=3, border_mode='same'))  # <- KF603, KF603, KF603
model.add(MaxPooling2D((2, 2), dim_ordering='tf'))  # <- KF603
model.add(Dropout(p=0.5))  # <- KF603
model.add(LSTM(output_dim=8, inner_activation='sigmoid', dropout_W=0.2))  # <- KF603, KF603, KF603
model.add(LeakyReLU(alpha=0.1))  # <- KF603
model.compile(optimizer=SGD(lr=0.01), loss='mse')  # <- KF603
x = Input((3,))
y = Dense(2, init='uniform', W_regularizer='l2', bias=False)(x)  # <- KF603, KF603, KF603
other = Model(input=x, output=y)  # <- KF603, KF603
""",
        """\
from keras.models import Sequential, Model
from keras.layers import Dense, Convolution2D, Dropout, LSTM, Input, LeakyReLU, MaxPooling2D
from keras.optimizers import SGD
model = Sequential()
model.add(Convolution2D(filters=8, kernel_size=(3, 3), padding='same'))
model.add(MaxPooling2D((2, 2), data_format='channels_last'))
model.add(Dropout(rate=0.5))
model.add(LSTM(units=8, recurrent_activation='sigmoid', dropout=0.2))
model.add(LeakyReLU(negative_slope=0.1))
model.compile(optimizer=SGD(learning_rate=0.01), loss='mse')
x = Input((3,))
y = Dense(2, kernel_initializer='uniform', kernel_regularizer='l2', use_bias=False)(x)
other = Model(inputs=x, outputs=y)
""",
    ),
    Example(
        """\
import numpy as np
from keras.datasets import imdb
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical
(x_train, y_train), (x_test, y_test) = imdb.load_data(nb_words=100)  # <- KF603
model = Sequential([Input((2,)), Dense(3, activation='softmax')])
model.compile(loss='categorical_crossentropy')
model.fit(np.zeros((4, 2)), to_categorical(np.arange(4) % 3, nb_classes=3), nb_epoch=2)  # <- KF603, KF603
""",
        """\
import numpy as np
from keras.datasets import imdb
from keras.layers import Dense, Input
from keras.models import Sequential
from keras.utils import to_categorical
(x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=100)
model = Sequential([Input((2,)), Dense(3, activation='softmax')])
model.compile(loss='categorical_crossentropy')
model.fit(np.zeros((4, 2)), to_categorical(np.arange(4) % 3, num_classes=3), epochs=2)
""",
    ),
    Example(
        """\
from keras.layers import Dense
print(Dense(3, init='zero', kernel_initializer='zeros'))  # <- KF603
"""
    ),
    Example(
        """\
import numpy as np
import keras
def own(shape, name=None):
    return np.ones(shape)
zeros = lambda shape, name: np.zeros(shape)
layer = keras.layers.Dense(3, kernel_initializer=own, bias_initializer=zeros)  # <- KF603, KF603
layer(np.ones((2, 4)))
""",
        """\
import numpy as np
import keras
def own(shape, name=None, dtype=None):
    return np.ones(shape)
zeros = lambda shape, name=None, dtype=None: np.zeros(shape)
layer = keras.layers.Dense(3, kernel_initializer=own, bias_initializer=zeros)
layer(np.ones((2, 4)))
""",
    ),
    Example(
        """\
import keras
def own(shape, scale):
    return scale
keras.layers.Dense(3, kernel_initializer=own)  # <- KF603
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
def own(shape, dtype=None):
    return keras.ops.ones(shape, dtype)
print(keras.layers.Dense(3, kernel_initializer=own, bias_initializer=lambda shape, **options: 0))
""",
    """\
from keras.layers import Dense, Embedding, Conv2D, ReLU, ELU
print(Dense(units=3, kernel_initializer='uniform'), Embedding(input_dim=10, output_dim=4), ELU(alpha=0.5))
print(Conv2D(filters=3, kernel_size=(3, 3), padding='same'))
""",
    """\
from keras.optimizers import SGD
print(SGD(0.01), SGD(learning_rate=0.01))
def Dropout(p):
    return p
print(Dropout(p=0.5))
""",
)
