"""The table of `keras.applications` against the installed Keras."""

import random
from typing import Any

import pytest

from kerasfix.keras import applications
from kerasfix.keras.shape import Rejected, TensorSpec
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
    if facts["per_channel"] is not None:
        cases.append({"include_top": False, "input_shape": (size, size, 1)})
    for arguments in cases:
        agree_on(name, arguments)


def agree_on(name: str, arguments: dict[str, Any]) -> None:
    keras: Any = pytest.importorskip("keras")
    written = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    model = getattr(keras.applications, name)(weights=None, **arguments)
    ours = models_of(f"base = keras.applications.{name}(weights=None, {written})")["base"]
    assert isinstance(ours.output, TensorSpec)
    assert (ours.output.shape, ours.params) == (model.output_shape, model.count_params()), arguments
    assert isinstance(ours.inputs, TensorSpec)
    assert ours.inputs.shape == model.input_shape
    assert applications.model_name(name, {"weights": None, **arguments}) == model.name
    keras.backend.clear_session()


@pytest.mark.keras
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", QUICK)
def test_quick_applications_agree(name: str) -> None:
    agree(name)


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.timeout(1200)  # NASNetLarge is built seven times
@pytest.mark.parametrize("name", sorted(set(applications.table()) - set(QUICK)))
def test_all_applications_agree(name: str) -> None:
    agree(name)


@pytest.mark.parametrize("name", sorted(applications.table()))
def test_all_applications_are_drawn(name: str) -> None:
    for arguments in (
        "",
        "include_top=False",
        "include_top=False, input_shape=(331, 331, 3)",
        "pooling='max'",
    ):
        model = models_of(f"base = keras.applications.{name}(weights=None, {arguments})")["base"]
        assert isinstance(model.output, TensorSpec)
        assert model.output.shape is not None
        assert len(model.output.shape) == (4 if "include_top" in arguments else 2)


BODY: dict[str, Any] = {"include_top": False, "input_shape": (96, 96, 3)}
VARIANTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("MobileNet", {"alpha": 0.25, "classes": 4, "input_shape": (128, 128, 3)}),
    ("MobileNet", {"alpha": 0.5, "pooling": "avg", **BODY}),
    ("MobileNet", {"input_shape": (64, 80, 1), "classes": 2}),
    ("MobileNetV2", {"alpha": 0.35, **BODY}),
    ("MobileNetV2", {"alpha": 1.4, "classes": 3}),
    ("MobileNetV2", {"alpha": 0.75, "include_top": False, "input_shape": (None, None, 4)}),
    ("MobileNetV3Small", {"alpha": 0.75, **BODY}),
    ("MobileNetV3Small", {"minimalistic": True, "classes": 5, "input_shape": (96, 96, 3)}),
    ("MobileNetV3Large", {"input_shape": (96, 64, 1), "include_preprocessing": False}),
    ("ResNet50", {"input_shape": (64, 64, 4), "classes": 10}),
    ("VGG16", {"input_shape": (64, 96, 1), "classes": 10}),
    ("VGG16", {"input_shape": (32, 32, 3), "classes": 10, "classifier_activation": None}),
)


@pytest.mark.keras
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_widths_channels_and_sizes(name: str, arguments: dict[str, Any]) -> None:
    agree_on(name, arguments)


@pytest.mark.keras
@pytest.mark.timeout(300)
def test_a_tensor_as_input() -> None:
    keras = pytest.importorskip("keras")
    code = """
inputs = keras.Input((48, 64, 2))
x = layers.Conv2D(3, 1)(inputs)
base = keras.applications.MobileNet(weights=None, include_top=False, input_tensor=x, pooling="max", alpha=0.5)
model = keras.Model(inputs, layers.Dense(4)(base.output))
"""
    names: dict[str, Any] = {}
    exec(f"import keras\nfrom keras import layers\n{code}", names)
    ours = models_of(code)["model"]
    assert isinstance(ours.output, TensorSpec)
    assert (ours.output.shape, ours.params) == (names["model"].output_shape, names["model"].count_params())
    assert isinstance(names["model"], keras.Model)


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
        "alpha=0.6",
        "alpha=flag",
        "input_shape=(224, 224, flag), include_top=False",
        "input_shape=(8, 8, 3), include_top=False",
        "include_top=flag",
        "**options",
        "input_shape=shape",
    ):
        code = f"{head}base = keras.applications.MobileNet(weights=None, {arguments})"
        assert models_of(code)["base"].params is None, arguments


class Made(Exception):
    """The arguments were taken: the model is being made."""


def taken(name: str, arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether Keras makes the application, as far as its first layer."""
    keras: Any = pytest.importorskip("keras")

    def stop(*_: object, **__: object) -> None:
        raise Made

    with monkeypatch.context() as patch:
        patch.setattr(keras.src.layers, "Input", stop)
        try:
            getattr(keras.applications, name)(**arguments)
        except ValueError:
            return False
        except Made:
            return True
    raise AssertionError(f"{name} has made a model without an input")


@pytest.mark.keras
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", applications.table())
def test_arguments_that_keras_refuses(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = applications.table()[name]
    size, least = facts["size"] or 224, facts["least"]
    cases: list[dict[str, Any]] = [
        {**shape, **top, **weights, **classes}
        for shape in (
            {},
            *(
                {"input_shape": shape}
                for shape in (
                    (size, size),
                    (None, size, size, 3),
                    (size, size, 1),
                    (least - 1, size, 3),
                    (least, least, 3),
                    (size + 1, size + 1, 3),
                    (160, 160, 3),
                    (size, size, 3),
                    (None, None, 3),
                )
            ),
        )
        for top in ({}, {"include_top": False})
        for weights in ({}, {"weights": None})
        for classes in ({}, {"classes": 10})
    ]
    wrong = []
    for arguments in cases:
        try:
            applications.check_arguments(name, arguments)
            ours = True
        except Rejected:
            ours = False
        keras_takes = taken(name, arguments, monkeypatch)
        if ours != keras_takes and not (
            ours and name.startswith("NASNet")
        ):  # they look at more than is told here
            wrong.append((arguments, keras_takes))
    assert wrong == []
