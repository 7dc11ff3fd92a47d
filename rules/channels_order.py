"""Channels are first where Keras looks for them last, or are not the colors that pictures are read in.

## Why is this bad?
With Keras's own settings images are `(height, width, channels)`. An `input_shape=(3, 32, 32)`, written for Theano, is
taken for 3 rows of 32 pixels with 32 channels: windows soon do not fit, or worse, they do. `BatchNormalization(axis=1)`
then normalizes the rows of a feature map, not its channels.

Readers of picture files make 3 channels of each, whatever the files hold: `color_mode="grayscale"` makes 1. A model
that takes another number fails at the first batch.

## Fix safety
Unsafe: with the shape, the data has to be in the other order, and the weights of the model become other ones.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Note, Severity
from kerasfix.keras.shape import Dim, show
from kerasfix.repairs.models import (
    insert_layer_before,
    is_literal_tuple,
    shape_argument,
    transposed,
    whole_shape,
)
from kerasfix.repairs.pictures import COLOR_MODES, color_mode, read_in, read_in_other_colors
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument, replace
from kerasfix.syntax.imports import spell
from kerasfix.syntax.module import Module
from kerasfix.trace.records import ChannelsOrder, InputMismatch, LayerRejected

rule = Rule(__name__, "KF207", Severity.WARNING, fixable=Fixable.SOMETIMES)


@rule.on(ChannelsOrder)
def check(record: ChannelsOrder, module: Module) -> Iterator[Finding]:
    yield _normalization(record, module) if record.kind == "normalization" else _input(record, module)


@rule.on(InputMismatch)
def check_data(record: InputMismatch, module: Module) -> Iterator[Finding]:
    if whole_shape(record):
        return
    if (reader := read_in_other_colors(record)) is not None:
        yield _colors(record, module, reader)
    if not transposed(record):
        return
    value = record.argument.node.value
    data, expected = record.data.spec.shape, record.expected.shape
    assert data is not None
    axes = f"(0, {', '.join(map(str, range(2, len(data))))}, 1)"
    moved = f"{module.code(value)}.transpose{axes}"
    plain = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    yield rule.finding(
        module.span(value),
        f"`{record.feed.method}` gives the model images with their channels first, {show(data)}, but it takes them"
        f" last: {show(expected)}",
        fixes=(Fix("Put the channels last", (replace(module, value, moved),), Applicability.UNSAFE),)
        if plain
        else (),
        notes=(Note(f"the data gets its shape {show(data)} here", *module.span(record.data.shaped)),)
        if record.data.shaped in module.spans
        else (),
        severity=Severity.ERROR,
    )


def _colors(record: InputMismatch, module: Module, reader: cst.Call) -> Finding:
    data, expected = record.data.spec.shape, record.expected.shape
    assert data is not None
    assert expected is not None
    given, channels, mode = color_mode(reader), data[3], COLOR_MODES[expected[3]]
    declared = shape_argument(record.declared)
    fixes: list[Fix] = []
    if (edit := read_in(module, reader, mode)) is not None:
        fixes.append(Fix(f"Read them as {mode}", (edit,), Applicability.UNSAFE))
    if declared is not None and is_literal_tuple(declared.value):
        assert isinstance(declared.value, (cst.Tuple, cst.List))
        last = replace(module, declared.value.elements[-1].value, str(channels))
        fixes.append(Fix(f"Let the model take {_channels(channels)}", (last,), Applicability.UNSAFE))
    return rule.finding(
        module.span(given if given is not None else reader.func),
        f"The pictures are read as {COLOR_MODES[channels]}{'' if given else ' by default'}, with"
        f" {_channels(channels)}, but the model takes {show(expected)}",
        fixes=tuple(fixes),
        notes=(Note(f"the model declares {show(expected)} here", *module.span(declared)),)
        if declared is not None
        else (),
        severity=Severity.ERROR,
    )


def _channels(count: Dim) -> str:
    return "1 channel" if count == 1 else f"{count} channels"


def _normalization(record: ChannelsOrder, module: Module) -> Finding:
    layer = record.step.layer
    assert layer is not None
    argument = layer.arguments["axis"].node
    shape = record.spec.shape
    assert shape is not None
    edit = replace(module, argument.value, "-1")
    rows = f"{shape[1]} rows" if isinstance(shape[1], int) else "rows"
    return rule.finding(
        module.span(argument),
        f"`BatchNormalization(axis=1)` gets {show(shape)}, channels last: it normalizes each of its {rows}, not each"
        " of its channels",
        fixes=(Fix("Normalize each channel: `axis=-1`", (edit,), Applicability.UNSAFE),)
        if argument in layer.call.args
        else (),
    )


def _input(record: ChannelsOrder, module: Module) -> Finding:
    shape, layer = record.spec.shape, record.step.layer
    assert shape is not None
    assert layer is not None
    declared = record.model.declared if record.model is not None else record.step.parents[0].origin
    argument = shape_argument(declared)
    written = (
        f"`{module.code(argument).rstrip(', ')}`" if argument is not None else f"The input {show(shape)}"
    )
    message = (
        f"{written} has its channels first, but `{layer.cls}` takes them last: it sees"
        f" {' x '.join(map(str, shape[1:-1]))} pixels with {shape[-1]} channels"
    )
    if isinstance(record.raised, LayerRejected):
        where = module.place(record.raised.layer.call)
        message += f", and nothing is left for `{record.raised.layer.cls}` ({where})"
    elif isinstance(record.raised, InputMismatch):
        feed = record.raised.feed
        message += (
            f", and `{feed.method}` ({module.place(feed.node)}) gives {show(record.raised.data.spec.shape)}"
        )
    span = module.span(argument if argument is not None else layer.call)
    severity = Severity.WARNING if record.raised is None else Severity.ERROR
    return rule.finding(span, message, severity=severity, fixes=tuple(_fixes(record, module, argument)))


def _fixes(record: ChannelsOrder, module: Module, argument: cst.Arg | None) -> Iterator[Fix]:
    """The declared shape the other way round; where the data is known to come so, its axes are moved."""
    shape = record.spec.shape
    assert shape is not None
    if argument is None:
        return
    fed = record.model.fed if record.model is not None else []
    if any(data.spec.shape is not None and data.spec.shape[1:] == shape[1:] for data in fed):
        edits = _permuted(record, module, argument, len(shape))
        if edits is not None:
            yield Fix("Move the channels of the data to the end: `Permute`", edits, Applicability.UNSAFE)
    elif is_literal_tuple(argument.value):
        assert isinstance(argument.value, (cst.Tuple, cst.List))
        elements = [module.code(element.value) for element in argument.value.elements]
        channels = elements.pop(
            len(elements) - len(shape) + 1
        )  # behind the batch size, where that is written
        inner = ", ".join([*elements, channels])
        text = f"[{inner}]" if isinstance(argument.value, cst.List) else f"({inner})"
        title = f"Declare the channels last: {show((*shape[2:], shape[1]))}"
        yield Fix(title, (replace(module, argument.value, text),), Applicability.UNSAFE)


def _permuted(record: ChannelsOrder, module: Module, argument: cst.Arg, rank: int) -> tuple[Edit, ...] | None:
    layer, model = record.step.layer, record.model
    assert layer is not None
    assert model is not None
    name, imports = spell(module, "keras.layers.Permute", layer.call.func)
    dims = f"({', '.join(map(str, range(2, rank)))}, 1)"
    if argument not in layer.call.args:
        inserted = insert_layer_before(module, model, record.step, f"{name}({dims})")
        return (*inserted, *imports) if inserted else None
    declared = module.code(argument).rstrip(", ")
    inserted = insert_layer_before(module, model, record.step, f"{name}({dims}, {declared})")
    return (*inserted, remove_argument(module, layer.call, argument), *imports) if inserted else None


EXAMPLES = (
    Example(
        """\
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
model = Sequential()
model.add(Conv2D(32, (3, 3), input_shape=(3, 150, 150), activation="relu"))  # <- KF207
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(1, activation="sigmoid"))
""",
        """\
from keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from keras.models import Sequential
model = Sequential()
model.add(Conv2D(32, (3, 3), input_shape=(150, 150, 3), activation="relu"))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(1, activation="sigmoid"))
""",
    ),
    Example(
        """\
import keras
from keras import layers
x = keras.Input(shape=(1, 28, 28))  # <- KF207
y = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
y = layers.GlobalAveragePooling2D()(y)
model = keras.Model(x, layers.Dense(10)(y))
""",
        """\
import keras
from keras import layers
x = keras.Input(shape=(28, 28, 1))
y = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
y = layers.GlobalAveragePooling2D()(y)
model = keras.Model(x, layers.Dense(10)(y))
""",
    ),
    Example(
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
model = keras.Sequential([
    keras.Input((3, 32, 32)),  # <- KF207
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
        """\
import keras
from keras import layers
(x, y), _ = keras.datasets.cifar10.load_data()
x = x / 255.0
model = keras.Sequential([
    keras.Input((32, 32, 3)),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, y)
""",
    ),
    Example(
        """\
import keras
import numpy as np
from keras import layers
images = np.zeros((100, 3, 64, 64))
model = keras.Sequential([
    keras.Input((64, 64, 3)), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(1),
])
model.compile(loss="mse")
model.fit(images, np.zeros(100))  # <- KF207
""",
        """\
import keras
import numpy as np
from keras import layers
images = np.zeros((100, 3, 64, 64))
model = keras.Sequential([
    keras.Input((64, 64, 3)), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(1),
])
model.compile(loss="mse")
model.fit(images.transpose(0, 2, 3, 1), np.zeros(100))
""",
    ),
    Example(
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((32, 32, 3)),
    layers.Conv2D(16, 3),
    layers.BatchNormalization(axis=1),  # <- KF207
    layers.Activation("relu"),
])
""",
        """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((32, 32, 3)),
    layers.Conv2D(16, 3),
    layers.BatchNormalization(axis=-1),
    layers.Activation("relu"),
])
""",
    ),
    Example(
        """\
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten
images = np.zeros((100, 3, 64, 64))
model = keras.Sequential()
model.add(Conv2D(8, 5, input_shape=(3, 64, 64), padding="same", activation="relu"))  # <- KF207
model.add(Flatten())
model.add(Dense(1))
model.compile(loss="mse")
model.fit(images, np.zeros(100))
""",
        """\
import keras
import numpy as np
from keras.layers import Conv2D, Dense, Flatten, Permute
images = np.zeros((100, 3, 64, 64))
model = keras.Sequential()
model.add(Permute((2, 3, 1), input_shape=(3, 64, 64)))
model.add(Conv2D(8, 5, padding="same", activation="relu"))
model.add(Flatten())
model.add(Dense(1))
model.compile(loss="mse")
model.fit(images, np.zeros(100))
""",
    ),
    Example(
        """\
import keras
from keras import layers
pictures = keras.utils.image_dataset_from_directory("photos", image_size=(64, 64))  # <- KF207
model = keras.Sequential([
    keras.Input((64, 64, 1)), layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(),
    layers.Dense(2),
])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(pictures)
model.evaluate(pictures)
""",
        """\
import keras
from keras import layers
pictures = keras.utils.image_dataset_from_directory("photos", image_size=(64, 64), color_mode="grayscale")
model = keras.Sequential([
    keras.Input((64, 64, 1)), layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(),
    layers.Dense(2),
])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(pictures)
model.evaluate(pictures)
""",
    ),
    Example(
        """\
from tensorflow.keras import Input, Sequential
from tensorflow.keras.layers import Conv2D, Dense, Flatten
from tensorflow.keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
    'photos/train',
    target_size=(64, 64),
    color_mode='grayscale',  # <- KF207
    class_mode='binary',
)
model = Sequential([Input((64, 64, 3)), Conv2D(8, 3, activation='relu'), Flatten(), Dense(1, activation='sigmoid')])
model.compile(optimizer='adam', loss='binary_crossentropy')
model.fit(train)
""",
        """\
from tensorflow.keras import Input, Sequential
from tensorflow.keras.layers import Conv2D, Dense, Flatten
from tensorflow.keras.preprocessing.image import ImageDataGenerator
train = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
    'photos/train',
    target_size=(64, 64),
    color_mode='rgb',
    class_mode='binary',
)
model = Sequential([Input((64, 64, 3)), Conv2D(8, 3, activation='relu'), Flatten(), Dense(1, activation='sigmoid')])
model.compile(optimizer='adam', loss='binary_crossentropy')
model.fit(train)
""",
    ),
    Example(
        """\
import keras
from keras import layers
SHAPE = (1, 48, 48)
model = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(8, 3), layers.MaxPooling2D()])  # <- KF207
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from keras import layers
pictures = keras.utils.image_dataset_from_directory("photos", image_size=(64, 64), color_mode="grayscale")
model = keras.Sequential([
    keras.Input((64, 64, 1)), layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="relu"), layers.Flatten(),
    layers.Dense(2),
])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(pictures)
""",
    """\
import keras
import tensorflow as tf
from keras import layers
pictures = keras.utils.image_dataset_from_directory("photos", image_size=(64, 64), color_mode="grayscale")
pictures = pictures.map(lambda x, y: (tf.image.grayscale_to_rgb(x), y))
model = keras.Sequential([
    keras.Input((64, 64, 3)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2),
])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(pictures)
""",
    """\
import keras
import sys
from keras import layers
pictures = keras.utils.image_dataset_from_directory("photos", image_size=(64, 64), color_mode=sys.argv[1])
model = keras.Sequential([
    keras.Input((64, 64, 1)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2),
])
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.fit(pictures)
""",
    """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((3, 32, 32)),
    layers.Conv2D(16, 3, data_format="channels_first"),
    layers.BatchNormalization(axis=1),
])
""",
    """\
import keras
from keras import layers
keras.config.set_image_data_format("channels_first")
model = keras.Sequential([keras.Input((3, 32, 32)), layers.Conv2D(16, 3), layers.BatchNormalization(axis=1)])
""",
    """\
import keras
from keras import layers
axis = 1 if keras.config.image_data_format() == "channels_first" else 3
model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(16, 3), layers.BatchNormalization(axis=axis)])
""",
    """\
import keras
from keras import layers
model = keras.Sequential([keras.Input((10,)), layers.Dense(16), layers.BatchNormalization(axis=1)])
""",
    """\
import keras
from keras import layers
model = keras.Sequential([keras.Input((1, 64, 64)), layers.Conv2D(16, (1, 5)), layers.MaxPooling2D((1, 2))])
""",
    """\
import keras
from keras import layers
frames = keras.Sequential([keras.Input((3, 64, 64, 3)), layers.Conv3D(8, (2, 3, 3)), layers.BatchNormalization()])
""",
    """\
import keras
from keras import layers
model = keras.Sequential([
    keras.Input((32, 64)), layers.Conv1D(16, 3), layers.BatchNormalization(axis=1), layers.Dense(3),
])
""",
)
