"""The layer engine by itself: the answers that need no Keras to know, and what is said of unknown things."""

import subprocess
import sys
from collections.abc import Mapping

import pytest

from kerasfix.keras.layers import (
    UNKNOWN,
    Inferred,
    LayerConfig,
    NumpyInteger,
    canonical_class,
    construct,
    infer,
    is_known,
)
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Reason, Rejected, Structure, TensorSpec

CONV: Mapping[str, object] = {
    "filters": 8,
    "kernel_size": 3,
    "strides": 1,
    "padding": "valid",
    "data_format": None,
    "dilation_rate": 1,
    "groups": 1,
    "use_bias": True,
}
POOL: Mapping[str, object] = {"pool_size": 2, "strides": None, "padding": "valid", "data_format": None}


def layer(name: str, **config: object) -> LayerConfig:
    """A layer with these arguments."""
    return LayerConfig(name, config)


def conv(**changes: object) -> LayerConfig:
    """A Conv2D."""
    return LayerConfig("Conv2D", {**CONV, **changes})


def spec(*shape: object, dtype: str | None = "float32") -> TensorSpec:
    """A tensor of this shape."""
    return TensorSpec(shape, dtype)  # type: ignore[arg-type]


def refused(config: LayerConfig, inputs: Structure, built_with: Structure | None = None) -> Rejected:
    """What Keras would raise."""
    with pytest.raises(Rejected) as caught:
        infer(config, inputs, built_with)
    return caught.value


def test_dense() -> None:
    assert infer(layer("Dense", units=10, use_bias=True), spec(None, 784)) == Inferred(spec(None, 10), 7850)


def test_conv_and_pool() -> None:
    assert infer(conv(), spec(None, 28, 28, 1)) == Inferred(spec(None, 26, 26, 8), 80)
    assert infer(LayerConfig("MaxPooling2D", POOL), spec(None, 5, 4, 8)).output == spec(None, 2, 2, 8)


def test_rank_says_what_is_taken() -> None:
    error = refused(conv(), spec(None, 28, 28))
    assert (error.reason, error.rank, error.stage) == (Reason.RANK, 4, "build")
    assert error.expected == "rank 4: (batch, height, width, channels)"
    assert "(None, 28, 28)" in error.message


def test_window_says_the_sizes() -> None:
    error = refused(conv(kernel_size=5), spec(None, 3, 3, 1))
    assert error.reason is Reason.WINDOW
    assert "5x5 window" in error.message
    assert "3x3 feature map" in error.message


@pytest.mark.parametrize(
    ("units", "word"),
    [(2.0, "int("), (NumpyInteger(3), "NumPy"), (0, "positive"), ("3", "'3'"), (None, "None")],
)
def test_units_must_be_a_positive_integer(units: object, word: str) -> None:
    with pytest.raises(Rejected) as caught:
        construct(layer("Dense", units=units))
    assert (caught.value.reason, caught.value.stage) == (Reason.ARGUMENT, "construct")
    assert word in caught.value.message


def test_weights_need_channels() -> None:
    assert refused(layer("Dense", units=3), spec(None, None)).reason is Reason.CHANNELS


def test_shared_layer_on_another_width() -> None:
    dense = layer("Dense", units=3, use_bias=True)
    error = refused(dense, spec(None, 5), spec(None, 4))
    assert error.reason is Reason.MISMATCH
    assert "4" in error.message
    assert infer(dense, spec(None, 7, 4), spec(None, 4)) == Inferred(spec(None, 7, 3), 15)


def test_shared_layer_takes_the_width_it_was_built_with() -> None:
    dense = layer("Dense", units=3, use_bias=True)
    assert infer(dense, spec(None, ANY), spec(None, 4)) == Inferred(spec(None, 3), 15)


def test_unknown_sizes_are_never_refused() -> None:
    assert infer(layer("Dense", units=3, use_bias=True), spec(None, ANY)) == Inferred(spec(None, 3), None)
    assert infer(conv(kernel_size=5), spec(None, ANY, ANY, 1)).output == spec(None, ANY, ANY, 8)
    assert infer(conv(), TensorSpec(None)).output == spec(ANY, ANY, ANY, 8)
    assert infer(layer("Flatten"), TensorSpec(None)).output == spec(ANY, ANY)
    assert infer(layer("Dense", units=3), TensorSpec(None)).output == TensorSpec(None)


def test_unknown_arguments_are_never_refused() -> None:
    dense = layer("Dense", units=UNKNOWN, use_bias=UNKNOWN)
    construct(dense)
    assert infer(dense, spec(None, 5)) == Inferred(spec(None, ANY), None)
    assert infer(conv(data_format=UNKNOWN), spec(None, 8, 8, 3)).output == spec(None, ANY, ANY, ANY)
    assert infer(conv(padding=UNKNOWN, kernel_size=9), spec(None, 8, 8, 3)).output == spec(None, ANY, ANY, 8)


def test_keras_none_is_not_unknown() -> None:
    flat = infer(layer("Flatten"), spec(None, None, 3)).output
    assert flat == spec(None, None)
    assert infer(layer("Flatten"), spec(None, ANY, 3)).output == spec(None, ANY)


def test_add_keeps_none_and_broadcasts() -> None:
    add = layer("Add")
    assert infer(add, (spec(None, None, 4), spec(None, 7, 1))).output == spec(None, None, 4)
    assert refused(add, (spec(None, 3), spec(None, 4))).reason is Reason.MISMATCH
    assert refused(add, spec(None, 3)).reason is Reason.ARITY


def test_layers_that_give_several_tensors() -> None:
    lstm = layer("LSTM", units=4, use_bias=True, return_sequences=True, return_state=True)
    state = spec(None, 4)
    assert infer(lstm, spec(None, 9, 2)) == Inferred((spec(None, 9, 4), state, state), 112)


def test_wrapped_layers() -> None:
    inside = layer("LSTM", units=4, use_bias=True)
    assert infer(layer("Bidirectional", layer=inside), spec(None, 9, 2)) == Inferred(spec(None, 8), 224)
    dense = layer("TimeDistributed", layer=layer("Dense", units=3, use_bias=True))
    assert infer(dense, spec(None, 9, 2)) == Inferred(spec(None, 9, 3), 9)


def test_a_wrapped_model_is_a_function() -> None:
    model = layer("TimeDistributed", layer=lambda inputs: Inferred(spec(None, 5), 11))
    assert infer(model, spec(None, 9, 2)) == Inferred(spec(None, 9, 5), 11)


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        (conv(), "uint8"),
        (LayerConfig("MaxPooling2D", POOL), "bool"),
        (layer("Activation", activation="softmax"), "int32"),
        (layer("Activation", activation="relu"), "bool"),
        (layer("TimeDistributed", layer=layer("Softmax")), "int64"),
    ],
)
def test_data_of_a_dtype_without_an_operation(config: LayerConfig, dtype: str) -> None:
    error = refused(config, spec(None, 28, 28, 3, dtype=dtype))
    assert (error.reason, error.stage) == (Reason.DTYPE, "call")
    assert dtype in error.message
    assert isinstance(infer(config, spec(None, 28, 28, 3)), Inferred)
    assert isinstance(infer(config, spec(None, 28, 28, 3, dtype=None)), Inferred)


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        (layer("Dense", units=3, use_bias=True), "uint8"),
        (LayerConfig("MaxPooling2D", POOL), "uint8"),
        (layer("Activation", activation="relu"), "int32"),
        (layer("Rescaling", scale=1 / 255), "uint8"),
        (layer("Embedding", input_dim=5, output_dim=3), "int64"),
    ],
)
def test_data_of_other_dtypes_become_floats(config: LayerConfig, dtype: str) -> None:
    output = infer(config, spec(None, 28, 28, 3, dtype=dtype)).output
    assert isinstance(output, TensorSpec)
    assert output.dtype == "float32"


def test_merged_booleans() -> None:
    flags = spec(None, 3, dtype="bool")
    assert refused(layer("Add"), (flags, flags)).reason is Reason.DTYPE
    assert infer(layer("Add"), (flags, spec(None, 3))).output == spec(None, 3)


@pytest.mark.parametrize("argument", ["activation", "recurrent_activation"])
def test_names_of_activations(argument: str) -> None:
    with pytest.raises(Rejected) as caught:
        construct(layer("LSTM", units=3, **{argument: "rleu"}))
    assert (caught.value.reason, caught.value.stage) == (Reason.ARGUMENT, "construct")
    assert "'rleu'" in caught.value.message
    construct(layer("LSTM", units=3, **{argument: "relu"}))
    construct(layer("LSTM", units=3, **{argument: UNKNOWN}))


def test_a_transposed_convolution_must_be_an_inverse() -> None:
    arguments = {**CONV, "filters": 2, "kernel_size": 2, "padding": "same"}
    even = LayerConfig("Conv2DTranspose", {**arguments, "output_padding": 0})
    assert refused(even, spec(None, 5, 5, 3)).stage == "call"
    default = LayerConfig("Conv2DTranspose", {**arguments, "output_padding": None})
    assert infer(default, spec(None, 5, 5, 3)).output == spec(None, 5, 5, 2)


def test_texts_come_one_by_one() -> None:
    texts = layer("TextVectorization", split="whitespace", output_mode="int", output_sequence_length=7)
    assert infer(texts, spec(None, 1, dtype="string")).output == spec(None, 7, dtype="int64")
    assert refused(texts, spec(None, 2, dtype="string")).reason is Reason.RANK


def test_opaque_layers_are_not_known() -> None:
    assert not is_known("TorchModuleWrapper")
    assert infer(layer("TorchModuleWrapper"), spec(None, 3)) == Inferred(UNKNOWN_SPEC, None)


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("Convolution2D", "Conv2D"),
        ("MaxPool1D", "MaxPooling1D"),
        ("GlobalAvgPool2D", "GlobalAveragePooling2D"),
        ("Convolution3DTranspose", "Conv3DTranspose"),
        ("Dense", "Dense"),
        ("Nothing", "Nothing"),
    ],
)
def test_canonical_class(name: str, canonical: str) -> None:
    assert canonical_class(name) == canonical


def test_the_engine_is_light() -> None:
    code = (
        "import sys; from kerasfix.keras.layers import infer, LayerConfig, TensorSpec;"
        "infer(LayerConfig('Dense', {'units': 3}), TensorSpec((None, 4)));"
        "heavy = {'numpy', 'keras', 'tensorflow', 'rich', 'asyncio', 'json'} & set(sys.modules);"
        "families = {'conv', 'recurrent'} & {m.rpartition('.')[2] for m in sys.modules};"
        "sys.exit(f'{heavy} {families}' if heavy or families else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
