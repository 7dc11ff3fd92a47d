"""The layer engine against real Keras: a short fuzz with a fixed seed, and every public class."""

import pytest

from kerasfix.keras.layers import canonical_class, is_known
from tests.keras.layer_cases import CASES

pytestmark = pytest.mark.keras

# What only runs: other frameworks' layers, code of the user's own, and base classes.
OPAQUE = {"FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper", "Layer", "Wrapper"}


def test_every_public_layer_is_known() -> None:
    keras = pytest.importorskip("keras")
    for name in dir(keras.layers):
        value = getattr(keras.layers, name)
        if isinstance(value, type) and issubclass(value, keras.layers.Layer) and name not in OPAQUE:
            assert is_known(name), name
            assert canonical_class(name) == value.__name__ or name == "GroupQueryAttention"


def test_every_known_layer_is_fuzzed() -> None:
    from kerasfix.keras.layers import _FAMILY

    # InputLayer has no input; Lambda runs code.
    assert set(_FAMILY) - set(CASES) == {"InputLayer", "Lambda"}


def test_activations() -> None:
    keras = pytest.importorskip("keras")
    from kerasfix.keras.layers.running import ACTIVATIONS

    for name in {*dir(keras.activations), *ACTIVATIONS}:
        try:
            keras.layers.Activation(name)
        except ValueError:
            assert name not in ACTIVATIONS
        else:
            assert name in ACTIVATIONS


@pytest.mark.timeout(300)
def test_fuzz() -> None:
    from tests.keras.fuzz_layers import fuzz, runnable

    names = runnable()  # STFTSpectrogram only where SciPy is there, without which Keras cannot make it.
    tallies = fuzz(seed=1, count=3 * len(names), names=names)
    wrong = [text for tally in tallies.values() for text in tally.disagreements]
    assert not wrong, "\n".join(wrong[:10])
    # What is drawn is seldom a layer whose answer depends on numbers: in long runs less than one in a hundred.
    assert sum(tally.unknown for tally in tallies.values()) <= len(names) // 10


def test_cells() -> None:
    keras = pytest.importorskip("keras")
    from kerasfix.keras.layers import LayerConfig, infer
    from kerasfix.keras.shape import TensorSpec
    from tests.keras.fuzz_layers import specs

    x, h = keras.KerasTensor((None, 5)), keras.KerasTensor((None, 4))
    state = TensorSpec((None, 4))
    for name, count in (("LSTMCell", 2), ("GRUCell", 1), ("SimpleRNNCell", 1)):
        cell = getattr(keras.layers, name)(4)
        given = cell(x, [h] * count)
        for built_with in (None, TensorSpec((None, 5))):  # a cell mostly takes more than one step
            ours = infer(
                LayerConfig(name, {"units": 4, "use_bias": True, "reset_after": True}),
                TensorSpec((None, 5)),
                built_with,
                call={"states": (state,) * count},
            )
            assert (ours.output, ours.params) == (specs(given), cell.count_params())


@pytest.mark.parametrize(
    "arguments",
    [
        {"shape": (28, 28)},
        {"shape": (None, 3), "batch_size": 4},
        {"batch_shape": (2, None, 3)},
        {"shape": ()},
        {"shape": 784},
        {"shape": (28.0, 28)},
        {"shape": (-1, 3)},
        {"shape": (3,), "batch_shape": (None, 3)},
        {},
        {"shape": (3,), "dtype": "int32"},
        {"batch_shape": (2, 3), "batch_size": 2},
    ],
)
def test_inputs(arguments: dict[str, object]) -> None:
    keras = pytest.importorskip("keras")
    from kerasfix.keras.layers import LayerConfig, construct, infer
    from kerasfix.keras.shape import Rejected
    from tests.keras.fuzz_layers import specs

    config = LayerConfig("InputLayer", arguments)
    try:
        expected = specs(keras.Input(**arguments))
    except Exception:
        with pytest.raises(Rejected):
            construct(config)
    else:
        assert infer(config, ()).output == expected
