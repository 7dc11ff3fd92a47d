"""A value that a layer's constructor refuses: no filters, an unknown padding, a tuple of the wrong length.

## Why is this bad?
Keras raises where the layer is made, so nothing behind that line runs. A size must be a positive whole number, a word
one of those that the argument knows, a tuple as long as the layer has spatial axes: two numbers for `Conv2D`, one for
`Conv1D`. An argument without a default, such as the `units` of `Dense`, must be given.

## Fix safety
Safe: a size alone where one tuple of sizes is meant becomes that tuple (`Input(784)`, `Reshape(5)`), and the three
channels are added to the `input_shape` of an application. Keras raises as it stands.

## What to do
The message names the value and what the argument takes. Where the value comes from a computation, look at what that
gives: a size of 0 is mostly a division that was rounded down. The models of `keras.applications` with the published
weights are for 1000 classes and one size of image, unless `include_top=False` leaves their own head out.
"""

from collections.abc import Iterator

from kerasfix.finding import Edit, Finding, Fix, Severity
from kerasfix.keras.shape import Reason
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.module import Module
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.rejections import refused_argument, refused_whole_number

rule = Rule(__name__, "KF212", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(LayerRejected)
def check(record: LayerRejected, module: Module) -> Iterator[Finding]:
    if record.rejected.reason is not Reason.ARGUMENT:
        return
    if refused_whole_number(record) is not None:
        return  # a size that is no Python integer: a rule of its own
    if "is not an activation of Keras" in record.rejected.message:
        return  # an unknown identifier: a rule of its own
    refused = refused_argument(record)
    node = refused[2].node if refused is not None else record.layer.call
    instead = record.rejected.instead
    fix = (
        instead
        and refused
        and Fix(f"Write `{instead}`", (Edit(*module.span(refused[2].node.value), instead),))
    )
    yield rule.finding(
        module.span(node),
        f"`{record.layer.cls}` refuses this: {record.rejected.message}",
        fixes=(fix,) if fix else (),
    )


EXAMPLES = (
    Example(
        """\
from keras import Sequential
from keras.layers import LSTM, Conv2D, Dense
model = Sequential()
model.add(Conv2D(32, activation="relu"))  # <- KF212
model.add(Dense(activation="softmax"))  # <- KF212
"""
    ),
    Example(
        """\
import keras
from keras.applications import ResNet50
base = ResNet50(include_top=False, input_shape=(224, 224))  # <- KF212
image = keras.Input(shape=784)  # <- KF212
""",
        """\
import keras
from keras.applications import ResNet50
base = ResNet50(include_top=False, input_shape=(224, 224, 3))
image = keras.Input(shape=(784,))
""",
    ),
    Example(
        """\
from keras.applications import VGG16
small = VGG16(weights=None, include_top=False, input_shape=(20, 20, 3))  # <- KF212
gray = VGG16(include_top=False, input_shape=(64, 64, 1))  # <- KF212
whole = VGG16(input_shape=(64, 64, 3))  # <- KF212
flowers = VGG16(classes=5)  # <- KF212
""",
    ),
    Example(
        """\
import keras
layer = keras.layers.Dense(0)  # <- KF212
"""
    ),
    Example(
        """\
from keras.layers import Conv2D, MaxPooling2D
a = Conv2D(8, (3, 3), padding="smae")  # <- KF212
b = MaxPooling2D(pool_size=(2, 2, 2))  # <- KF212
"""
    ),
    Example(
        """\
from keras.layers import Dense, Dropout, GaussianNoise
a = GaussianNoise(15.0)  # <- KF212
b = Dropout(2.0)  # <- KF212
c = Dense(-4.0)  # <- KF212
d = Dense(1e999)  # <- KF212
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
from settings import options
size = {"units": 3}
layers = [keras.layers.Dense(**size), keras.layers.LSTM(**options), keras.layers.Conv2D(8, (3, 3))]
""",
    """\
import keras
from keras.applications import MobileNetV2, ResNet50
a = ResNet50(include_top=False, input_shape=(180, 180, 3))
b = ResNet50(weights=None, input_shape=(180, 180, 1), classes=7)
c = MobileNetV2(input_shape=(160, 160, 3))
d = ResNet50(include_top=False, input_shape=(None, None, 3), classes=7)
""",
    """\
from keras.layers import Conv2D, MaxPooling2D
a = Conv2D(8, (3, 3), padding="SAME")
b = MaxPooling2D(pool_size=(2, 2))
""",
    """\
import sys
import keras
layer = keras.layers.Dense(int(sys.argv[1]))
""",
)
