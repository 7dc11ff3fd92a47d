"""What the trace makes of models: ways to write them, and what must stay silent."""

from typing import Any

import pytest

from kerasfix.checker import Mode, check_file
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, TensorSpec
from kerasfix.linter import lint
from kerasfix.registry import default_rules
from kerasfix.shapes import Summary, summaries
from kerasfix.source import Source, read_document
from kerasfix.syntax.module import Module
from kerasfix.trace import trace
from kerasfix.trace.records import LayerRejected, NumpyInGraph, Program

HEAD = "import keras\nimport numpy as np\nfrom keras import layers, ops\n"


def program(code: str) -> Program:
    return trace(Module.parse(Source("test.py", HEAD + code)))


def records(code: str, kind: type) -> list[Any]:
    return [record for record in program(code).records if isinstance(record, kind)]


def summary(code: str, name: str = "model") -> Summary:
    found = summaries(read_document((HEAD + code).encode(), "test.py"))
    return {summary.name: summary for summary in found}[name]


def line(code: str, record: Any) -> str:
    """The line of the script that a record points at."""
    module = Module.parse(Source("test.py", HEAD + code))
    fresh = [r for r in trace(module).records if isinstance(r, type(record))]
    node = fresh[0].call.node if isinstance(record, LayerRejected) else fresh[0].node
    start = module.span(node)[0]
    return module.text[: module.text.find("\n", start)].rpartition("\n")[2].strip()


NET = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.conv = layers.Conv2D(4, 3)
        self.dense = layers.Dense(2)

    def call(self, x):
        x = self.dense(x)
        return self.conv(x)

model = Net()
"""


@pytest.mark.parametrize(
    "use",
    [
        "model.compile(loss='mse')\nmodel.fit(np.zeros((8, 28, 28)), np.zeros(8))",
        "model(np.zeros((8, 28, 28)))",
        "model(keras.Input((28, 28)))",
        "model.predict(np.zeros((8, 28, 28)))",
        "keras.Sequential([keras.Input((28, 28)), model])",
    ],
)
def test_a_fault_inside_call_points_at_its_line(use: str) -> None:
    (record,) = records(NET + use, LayerRejected)
    assert record.layer.cls == "Conv2D"
    assert record.spec.shape[1:] == (28, 2)
    assert line(NET + use, record) == "return self.conv(x)"


@pytest.mark.parametrize(
    "use",
    [
        "model.fit(np.zeros((8, 28, 28, 3)), np.zeros(8))",
        "model.fit(data)",
        "model.build((None, 28, 28))",
        "",
    ],
)
def test_what_call_takes_is_silent(use: str) -> None:
    assert not records(NET + use, LayerRejected)


OWN = """
class Own(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units
    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units))
    def call(self, x):
        return np.dot(x, self.w)
"""


def test_numpy_in_call_is_found_where_keras_traces_it() -> None:
    (record,) = records(OWN + "model = keras.Sequential([keras.Input((3,)), Own(2)])", NumpyInGraph)
    assert "Own" in record.where
    assert record.function == "dot"


def test_numpy_in_call_is_fine_where_it_runs_eagerly() -> None:
    assert not records(OWN + "y = Own(2)(np.zeros((4, 3)))", NumpyInGraph)


def test_numpy_on_sizes_is_fine() -> None:
    code = OWN.replace(
        "np.dot(x, self.w)", "ops.matmul(x, self.w) / np.sqrt(self.units) + np.prod(x.shape[1:])"
    )
    assert not records(code + "model = keras.Sequential([keras.Input((3,)), Own(2)])", NumpyInGraph)


def test_the_output_shape_that_is_declared_holds_and_call_is_followed() -> None:
    code = OWN + "    def compute_output_shape(self, shape):\n        return (*shape[:-1], self.units)\n"
    assert records(code + "model = keras.Sequential([keras.Input((3,)), Own(2)])", NumpyInGraph)
    assert summary(code + "model = keras.Sequential([keras.Input((3,)), Own(2)])").output == TensorSpec(
        (None, 2), None
    )


def test_train_step_runs_in_the_graph() -> None:
    code = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1)
    def call(self, x):
        return self.dense(x)
    def train_step(self, data):
        x, y = data
        return {"loss": np.mean(y - self(x))}
model = Net()
model.compile()
model.fit(np.zeros((8, 3)), np.zeros((8, 1)))
"""
    (record,) = records(code, NumpyInGraph)
    assert "train_step" in record.where


def test_labels_of_a_train_step_are_its_own_matter() -> None:
    code = """
class Net(keras.Model):
    def train_step(self, data):
        return {}
x = keras.Input((28, 28))
model = Net(x, layers.Dense(10, activation="softmax")(x))
model.compile(loss="sparse_categorical_crossentropy")
model.fit(np.zeros((8, 5)), np.zeros(8, "int32"))
"""
    document = read_document((HEAD + code).encode(), "test.py")
    assert not [record for record in program(code).records if type(record).__name__ in {
        "MissingFlatten", "InputMismatch"}]  # fmt: skip
    assert document.sources


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("x = keras.Input((8,))\nmodel = keras.Model(x, unknown(x))", None),
        ("model = keras.Sequential([keras.Input((8,)), unknown(), layers.Dense(3)])", None),
        ("n = int(input())\nmodel = keras.Sequential([keras.Input((8,)), layers.Dense(n)])", (None, ANY)),
        ("model = keras.Sequential([keras.Input((8,)), layers.Lambda(lambda x: unknown(x))])", None),
        ("model = keras.Sequential([keras.Input((8,))])\nunknown(model)", None),
        ("model = keras.Sequential([keras.Input((8,))])\nmodel.add(model)", None),
        (
            "model = keras.Sequential([keras.Input((8,)), layers.Dense(2)])\nmodel.pop()\nmodel.pop()",
            (None, 8),
        ),
        ("model = keras.applications.ResNet50(weights=None, input_shape=unknown())", None),
        ("model = keras.applications.MobileNet(alpha=0.6, weights=None)", None),
    ],
)
def test_unknown_stays_unknown(code: str, shape: tuple[Any, ...] | None) -> None:
    found = summary("from somewhere import unknown\n" + code)
    given = found.output.shape if isinstance(found.output, TensorSpec) else None
    assert given == shape
    assert not records("from somewhere import unknown\n" + code, LayerRejected)


def test_a_branch_that_nobody_knows_joins_what_both_ways_give() -> None:
    code = """
from somewhere import flag
model = keras.Sequential([keras.Input((8,))])
if flag:
    model.add(layers.Dense(4))
else:
    model.add(layers.Dense(5))
model.add(layers.{behind})
"""
    assert records(code.format(behind="Conv2D(3, 3)"), LayerRejected)
    assert not records(code.format(behind="Reshape((2, 2))"), LayerRejected)
    assert summary(code.format(behind="Dense(3)")).output == TensorSpec((None, 3), "float32")


def test_a_model_of_one_branch_keeps_its_weights() -> None:
    code = """
from somewhere import flag
if flag:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
"""
    assert summary(code).params == 36
    assert (
        summary("def make():\n    model = keras.Sequential([keras.Input((8,)), layers.Dense(4)])").params
        == 36
    )


def test_shared_weights_are_counted_once() -> None:
    code = """
layer = layers.Dense(4)
inner = keras.Sequential([keras.Input((4,)), layer])
x = keras.Input((4,))
model = keras.Model(x, layer(inner(layer(x))))
"""
    assert summary(code).params == 20


def test_faults_of_layers_that_are_called_twice() -> None:
    code = "d = layers.Dense(3)\na = d(keras.Input((4,)))\nb = d(keras.Input((5,)))\n"
    (record,) = records(code, LayerRejected)
    assert line(code, record) == "b = d(keras.Input((5,)))"


def test_defaults_of_the_command_line_choose_no_branch() -> None:
    code = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--fast", action="store_true")
parser.add_argument("--mode", default="train")
parser.add_argument("--units", default=7)
args = parser.parse_args()
model = keras.Sequential([keras.Input((3,)), layers.Dense(args.units)])
if args.fast:
    model.add(layers.Dense(1))
if args.mode == "train":
    model.add(layers.Conv2D(1, 1))
"""
    assert summary(code).rows[0].output == TensorSpec((None, 7))
    assert summary(code).output == UNKNOWN_SPEC


def test_lists_of_unknown_length_are_no_single_tensors() -> None:
    code = """
from somewhere import levels, Own
parts = []
for level in levels:
    parts.append(layers.Dense(4)(keras.Input((3,))))
merged = layers.Concatenate(axis=1)(parts)
model = keras.Model(keras.Input((3,)), Own()(merged))
both = layers.Add()(model(keras.Input((3,))))
"""
    assert not records(code, LayerRejected)


def test_endless_and_absurd_programs_end() -> None:
    code = """
class Loop(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = self
        self.dense = layers.Dense(2)
    def call(self, x):
        return self.inner(self.dense(x))
model = Loop()
model(keras.Input((2,)))
def grow(x):
    return grow(layers.Dense(2)(x))
grow(keras.Input((2,)))
a = keras.Sequential(); b = keras.Sequential([a]); a.add(b); a.build((None, 3)); a(keras.Input((3,)))
for i in range(10 ** 9):
    a.add(layers.Dense(10 ** 30))
"""
    assert not records(code, LayerRejected)
    assert summaries(read_document((HEAD + code).encode(), "test.py"))


def test_check_runs_on_all_of_it(tmp_path: Any) -> None:
    from kerasfix.config import Resolver

    path = tmp_path / "script.py"
    path.write_text(HEAD + NET + "model.compile(loss='mse')\nmodel.fit(np.zeros((8, 28, 28)), np.zeros(8))\n")
    checked = check_file(path, "script.py", Resolver(isolated=True).settings(tmp_path), Mode())
    assert not checked.errors
    assert [placed.finding.code for placed in checked.findings] == ["KF201"]


def findings(code: str, rule: str) -> list[str]:
    source = Source("test.py", HEAD + code)
    return [finding.message for finding in lint(source, default_rules()) if finding.code == rule]


@pytest.mark.parametrize(
    "model",
    [
        "keras.Sequential(unknown())",
        "keras.Sequential([keras.Input((4,)), *unknown(), layers.Dense(2)])",
        "keras.models.clone_model(unknown())",
        "keras.Model(unknown(), layers.Dense(2)(unknown()))",
    ],
)
def test_a_model_is_not_compiled_whatever_its_layers(model: str) -> None:
    code = f"from somewhere import unknown\nmodel = {model}\n"
    assert findings(code + "model.fit(np.ones((3, 4)), np.ones((3, 2)))", "KF303")
    assert not findings(code + "unknown(model)\nmodel.fit(np.ones((3, 4)), np.ones((3, 2)))", "KF303")
    assert not findings(
        code + "model.compile(loss='mse')\nmodel.fit(np.ones((3, 4)), np.ones((3, 2)))", "KF303"
    )


def test_a_loaded_model_is_compiled_or_not_and_has_the_methods_of_keras() -> None:
    code = 'model = keras.models.load_model("model.h5")\nx = np.ones((3, 4))\n'
    assert findings(code + "model.predict_classes(x)", "KF606")
    assert findings(code + 'model.compile("addam", "mse")', "KF302")
    assert findings(code + 'model = model.compile("adam", "mse")\nmodel.fit(x, x)', "KF301")
    for silent in (
        "model.fit(x, x)",
        "model.generate(x)",
        "model.add(layers.Dense(2))",
        "model.layers[0].trainable",
    ):
        assert not lint(Source("test.py", HEAD + code + silent), default_rules())
    own = "class Net(keras.Model):\n    def predict_classes(self, x):\n        return x\n"
    loaded = (
        'model = keras.models.load_model("model.h5", custom_objects={"Net": Net})\nmodel.predict_classes(1)'
    )
    assert not findings(own + loaded, "KF606")


def test_layers_of_a_ready_model_lead_to_its_end() -> None:
    code = """
base = keras.applications.VGG16(weights=None, input_shape=(32, 32, 3))
x = layers.GlobalAveragePooling2D()(base.{inner}.output)
model = keras.Model(base.input, layers.Dense(4, activation="softmax")(x))
model.compile("sgd", "categorical_crossentropy")
model.fit(np.zeros((6, 32, 32, 3)), np.eye({classes})[np.arange(6) % {classes}])
"""
    for inner in ("get_layer('block2_pool')", "layers[-2]", "get_layer(index=3)"):
        assert findings(code.format(inner=inner, classes=5), "KF305")
        assert not findings(code.format(inner=inner, classes=4), "KF305")


def test_the_last_layer_of_a_ready_model_gives_what_the_model_gives() -> None:
    code = """
base = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(32, 32, 3))
model = keras.Model(base.input, layers.Dense(4)(base.{inner}.output))
"""
    for inner in ("layers[-1]", "get_layer(index=-1)"):
        assert summary(code.format(inner=inner)).output == TensorSpec((None, 1, 1, 4), "float32")
    for inner in ("layers[-2]", "layers[3:][-1]", "get_layer(index=5)", "get_layer('conv5_block3_out')"):
        assert summary(code.format(inner=inner)).output == TensorSpec(None, "float32")


def test_the_end_of_a_model_of_ones_own_class_is_judged() -> None:
    code = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.flat = layers.Flatten()
        self.out = layers.Dense(10)
    def call(self, x, training=False):
        x = self.out(self.flat(x))
        {last}
model = Net()
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(np.random.rand(60, 4, 4), np.random.randint(0, 10, 60))
"""
    assert findings(code.format(last="return x"), "KF308")
    for last in (
        "return keras.activations.softmax(x)",
        "return ops.softmax(x)",
        "return x if training else ops.softmax(x)",
        "return x / ops.sum(x)",
    ):
        assert not lint(Source("test.py", HEAD + code.format(last=last)), default_rules())


def test_a_line_that_several_models_come_by_is_judged_for_each() -> None:
    code = """
def train(model, x):
    model.compile(loss="mse")
    model.fit(x, np.ones((8, 2)))
for size in (3, 3, {size}):
    train(keras.Sequential([keras.Input((size,)), layers.Dense(2)]), np.ones((8, 3)))
"""
    assert len(findings(code.format(size=4), "KF204")) == 1
    assert not findings(code.format(size=3), "KF204")


def test_layers_that_may_be_added_are_one_step() -> None:
    code = """
from somewhere import flag
model = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
if flag:
    model.add(layers.{layer})
model.add(layers.Dense(2))
"""
    found = summary(code.format(layer="Dropout(0.1)"))
    assert [row.output for row in found.rows][1:] == [
        TensorSpec((None, 4), "float32"),
        TensorSpec((None, 2), "float32"),
    ]
    assert found.params is None
    assert summary(code.format(layer="Dense(5)")).rows[1].output == TensorSpec((None, ANY), "float32")
    assert summary(code.format(layer="Reshape((2, 2))")).output == TensorSpec(None, "float32")


def test_a_layer_derived_from_one_of_keras_takes_what_that_takes() -> None:
    code = """
class Scaled(layers.Dense):
    def call(self, x):
        return super().call({given}) * 2.0
model = keras.Sequential([keras.Input((6,)), Scaled(4)])
model.compile(loss="mse")
model.fit(np.ones((8, {width})), np.ones((8, 4)))
"""
    assert findings(code.format(given="x", width=5), "KF204")
    assert not findings(code.format(given="x", width=6), "KF204")
    assert not findings(code.format(given="unknown(x)", width=5), "KF204")


def test_metrics_that_keras_numbers_leave_the_log_open() -> None:
    code = """
model = keras.Sequential([keras.Input((6,)), layers.Dense(1, "sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()])
log = model.fit(np.ones((8, 6)), np.ones((8, 1)))
print(log.history["{key}"])
"""
    assert findings(code.format(key="acc"), "KF313")
    for key in ("accuracy", "auc", "auc_1", "loss"):
        assert not findings(code.format(key=key), "KF313")


def test_where_of_labels_is_a_tensor() -> None:
    code = """
def loss(y_true, y_pred):
    return np.mean(ops.where(ops.equal(y_true, 1), y_pred, 1 - y_pred))
model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
model.compile(loss=loss)
"""
    assert findings(code, "KF401")


def test_decorators_of_the_script_are_called() -> None:
    code = """
from somewhere import unknown
REGISTRY = {}
def register(made):
    REGISTRY[made.__name__] = made
    return made
@register
class Net(keras.Model):
    def call(self, x):
        return x
@register
def build():
    return keras.Sequential([layers.Dense(2)])
for make in REGISTRY.values():
    make().fit(np.ones((3, 4)), np.ones((3, 2)))
"""
    assert len(findings(code, "KF303")) == 1
    assert len(list(program(code).models)) == 2
    assert not findings(code.replace("@register\n", "@unknown(REGISTRY)\n"), "KF303")


def test_a_function_that_is_handed_on_may_compile() -> None:
    code = """
from somewhere import run
model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
def prepare():
    model.compile(loss="mse")
{call}
model.fit(np.ones((3, 4)), np.ones((3, 2)))
"""
    assert findings(code.format(call=""), "KF303")
    calls = (
        "run(prepare)",
        "prepare()",
        "run([prepare])",
        "run(lambda: prepare())",
        "model.compile_from_config({})",
    )
    for call in calls:
        assert not findings(code.format(call=call), "KF303")


def test_a_compile_of_ones_own_is_one() -> None:
    code = """
class Net(keras.Model):
    def call(self, x):
        return x
    def compile(self, rate):
        {body}
net = Net()
{call}
net.fit(np.ones((3, 2)), np.ones((3, 2)))
"""
    plain, own = "super().compile(loss='mse')", "self.rate = rate"
    assert findings(code.format(body=plain, call=""), "KF303")
    assert findings(code.format(body=plain, call="net = net.compile(0.1)"), "KF301")
    for body in (plain, own):
        assert not findings(code.format(body=body, call="net.compile(0.1)"), "KF303")
    assert not findings(code.format(body=f"{plain}; return self", call="net = net.compile(0.1)"), "KF301")


def test_expressions_in_joined_strings_are_looked_at() -> None:
    code = """
model = keras.Sequential([keras.Input((3,)), layers.Dense(1, "sigmoid")])
model.compile(loss="binary_crossentropy", metrics=["accuracy"])
log = model.fit(np.ones((8, 3)), np.ones((8, 1)))
print("trained: "
      f"{log.history['acc'][-1]:.3f}")
width = int("1" '2' "3")
"""
    assert findings(code, "KF313")


def test_with_custom_objects_only_what_is_surely_misspelt_is_told() -> None:
    code = """
@keras.saving.register_keras_serializable()
def swishy(x):
    return x * x
model = keras.Sequential([layers.Dense(1, activation="{name}")])
"""
    assert findings(code.format(name="sigmoidd"), "KF302")
    for name in ("swishy", "Custom>swishy", "other", "sigmoid"):
        assert not findings(code.format(name=name), "KF302")
