"""A layer of a ready model, asked for by the name that it had in old Keras.

## Why is this bad?
`get_layer` stops with `ValueError: No such layer`. Until Keras 2.3 the last layers of `ResNet50` were called
`activation_49` and `fc1000`; programs that draw class activation maps ask for them.

## Fix safety
Safe: the name is that of the same layer. Unsafe for `activation_7` and `add_7`, which are counted through the whole
program, unless it is the last of them.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.repairs.training import quoted
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.old_names import OldLayerName

rule = Rule(__name__, "KF615", Severity.ERROR, fixable=Fixable.SOMETIMES)
LAST = frozenset({"activation_49", "add_16"})


@rule.on(OldLayerName)
def check(record: OldLayerName, module: Module) -> Iterator[Finding]:
    fixes: tuple[Fix, ...] = ()
    if isinstance(record.node, cst.SimpleString):
        edit = replace(module, record.node, quoted(module, record.new, record.node))
        counted = record.old.startswith(("activation", "add", "max")) and record.old not in LAST
        level = Applicability.UNSAFE if counted else Applicability.SAFE
        fixes = (Fix(f"Use `{record.new}`", (edit,), level),)
    yield rule.finding(
        module.span(record.node),
        f"The layer `{record.old}` of `{record.model}` is called `{record.new}` in Keras 3",
        fixes=fixes,
    )


EXAMPLES = (
    Example(
        """\
from keras.applications import resnet50
from keras.models import Model
LAST = 'activation_49'  # <- KF615
def activations(model_class, name, scores="fc1000"):  # <- KF615
    model = model_class(weights="imagenet")
    return Model(model.input, [model.get_layer(name).output, model.get_layer(scores).output])
maps = activations(resnet50.ResNet50, LAST)
""",
        """\
from keras.applications import resnet50
from keras.models import Model
LAST = 'conv5_block3_out'
def activations(model_class, name, scores="predictions"):
    model = model_class(weights="imagenet")
    return Model(model.input, [model.get_layer(name).output, model.get_layer(scores).output])
maps = activations(resnet50.ResNet50, LAST)
""",
    ),
    Example(
        """\
from keras.applications.resnet50 import ResNet50
base = ResNet50(include_top=False, input_shape=(224, 224, 3))
print(base.get_layer("res5c_branch2c").output, base.get_layer(name="activation_4").output)  # <- KF615, KF615
""",
        """\
from keras.applications.resnet50 import ResNet50
base = ResNet50(include_top=False, input_shape=(224, 224, 3))
print(base.get_layer("conv5_block3_3_conv").output, base.get_layer(name="conv2_block1_out").output)
""",
    ),
)
NEAR_MISSES = (
    """\
from keras.applications import ResNet50, VGG16
print(ResNet50(weights=None).get_layer("avg_pool").output, VGG16(weights=None).get_layer("fc1").output)
""",
    """\
import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="fc1000")], name="resnet50")
print(model.get_layer("fc1000"))
""",
)
