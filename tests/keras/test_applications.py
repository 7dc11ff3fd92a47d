"""The table of `keras.applications` against the installed Keras."""

import random
from typing import Any

import pytest

from kerasfix.keras import applications
from kerasfix.keras.shape import TensorSpec
from kerasfix.shapes import Summary, summaries
from kerasfix.source import read_document

# Those that are built in a few seconds; the others are in the slow test.
QUICK = ("MobileNet", "MobileNetV2", "MobileNetV3Small", "ResNet50", "VGG16", "Xception", "EfficientNetB0")


def models_of(code: str) -> dict[str, Summary]:
    found = summaries(read_document(f"import keras\nfrom keras import layers\n{code}".encode(), "x.py"))
    return {summary.name: summary for summary in found}


@pytest.mark.keras
def test_every_application_is_in_the_table() -> None:
    pytest.importorskip("keras")
    from kerasfix.keras.measure_applications import names

    assert sorted(applications.table()) == names()


def agree(name: str) -> None:
    keras: Any = pytest.importorskip("keras")
    rng = random.Random(name)
    facts = applications.table()[name]
    size = facts["size"] or 224
    sides = [size, size] if facts["offset"] is None else [rng.randint(size // 2 + 40, 2 * size) for _ in "hw"]
    cases: list[dict[str, Any]] = [
        {},
        {"classes": 7},
        {"include_top": False},
        {"include_top": False, "input_shape": (*sides, 3)},
        {"include_top": False, "input_shape": (*sides, 3), "pooling": "avg"},
        {"include_top": False, "pooling": "max"},
    ]
    for arguments in cases:
        written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
        model = getattr(keras.applications, name)(weights=None, **arguments)
        ours = models_of(f"base = keras.applications.{name}(weights=None, {written})")["base"]
        assert isinstance(ours.output, TensorSpec)
        assert (ours.output.shape, ours.params) == (model.output_shape, model.count_params()), arguments
        assert isinstance(ours.inputs, TensorSpec)
        assert ours.inputs.shape == model.input_shape
        keras.backend.clear_session()


@pytest.mark.keras
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", QUICK)
def test_quick_applications_agree(name: str) -> None:
    agree(name)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(applications.table()) - set(QUICK)))
def test_all_applications_agree(name: str) -> None:
    agree(name)


TRANSFER = """
base = keras.applications.VGG16(weights=None, include_top=False, input_shape=(150, 150, 3))
base.trainable = False
stacked = keras.Sequential([base, layers.Flatten(), layers.Dense(256), layers.Dense(1)])
inputs = keras.Input((150, 150, 3))
x = keras.applications.vgg16.preprocess_input(inputs)
x = layers.GlobalAveragePooling2D()(base(x, training=False))
called = keras.Model(inputs, layers.Dense(5)(x))
grown = keras.Model(inputs=base.input, outputs=layers.Dense(3)(layers.Flatten()(base.output)))
"""


@pytest.mark.keras
@pytest.mark.timeout(300)
def test_transfer_learning() -> None:
    keras = pytest.importorskip("keras")
    names: dict[str, Any] = {}
    exec(f"import keras\nfrom keras import layers\n{TRANSFER}", names)
    for name, ours in models_of(TRANSFER).items():
        model = names[name]
        assert isinstance(model, keras.Model)
        assert isinstance(ours.output, TensorSpec)
        assert (ours.output.shape, ours.params) == (model.output_shape, model.count_params()), name


def test_what_the_table_does_not_tell_is_unknown() -> None:
    head = "from somewhere import flag, options, shape\n"
    for arguments in (
        "alpha=0.5",
        "input_shape=(224, 224, 1), include_top=False",
        "input_shape=(8, 8, 3), include_top=False",
        "include_top=flag",
        "**options",
        "input_shape=shape",
    ):
        code = f"{head}base = keras.applications.MobileNet(weights=None, {arguments})"
        assert models_of(code)["base"].params is None, arguments
