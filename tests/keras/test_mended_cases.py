"""Cases of the fuzz that kerasfix and Keras once saw differently."""

import random

import pytest

from kerasfix.keras.layers import NumpyInteger
from tests.keras.layer_cases import Case
from tests.keras.mended_cases import RECENT, layer, normalized, pipeline, spec

pytestmark = pytest.mark.keras

STACK = [layer("LSTMCell", units=2), layer("GRUCell", units=4)]
STATES = {"return_state": True, "stateful": True}
CONV = {"kernel_size": 2, "filters": 3}
TRANSPOSED = {"filters": 2, "kernel_size": 2}

CASES = [
    *RECENT,
    Case(
        layer("AdditiveAttention"),
        (spec(None, 1, 3, 4, 3, 1), spec(1, 1, 3, 2, 3, 1), spec(None, 1, 3, 4, 3, 1)),
    ),
    Case(layer("AdditiveAttention"), (spec(None, 4, 3, 1), spec(1, 2, 3, 1), spec(None, 4, 3, 1))),
    *(Case(layer("PReLU", shared_axes=axes), spec(None, 1), built_with=spec(None, 4)) for axes in (None, [])),
    Case(layer("RMSNormalization"), spec(None, 4, 3, 1), built_with=spec(None, 4, 3, 5)),
    Case(layer("LayerNormalization"), spec(None, 1), built_with=spec(None, 4)),
    Case(layer("Normalization"), spec(None, 1), built_with=spec(None, 4)),
    Case(
        layer("EinsumDense", equation="abc,cde->abde", output_shape=(None, 2, 3)),
        spec(None, 4, 3),
        built_with=spec(None, 4, 6),
    ),
    *(Case(normalized("Dense", units=3), spec(size)) for size in (1, 4, None)),
    *(
        Case(normalized("Conv2DTranspose", **TRANSPOSED, data_format=order), x)
        for order in ("channels_last", "channels_first")
        for x in (spec(4), spec(None), spec(None, None), spec(None, 4), spec(None, 4, None))
    ),
    *(
        Case(layer("Bidirectional", layer=inside, merge_mode=mode), spec(2, 8, 6))
        for inside in (layer("RNN", cell=STACK, **STATES), layer("LSTM", units=2, **STATES))
        for mode in ("concat", None)
    ),
    *(
        Case(
            layer(name, units=4, unroll=unroll),
            spec(None, 4, 4),
            call={"initial_state": (spec(None, 4),) * 3},
        )
        for name in ("SimpleRNN", "GRU", "LSTM")
        for unroll in (True, False)
    ),
    *(
        Case(
            layer("TimeDistributed", layer=layer("Conv1D", **CONV, dtype=inner, lora_rank=lora), dtype=outer),
            spec(None, 5, 7, 8),
        )
        for outer in ("float32", "float64", "mixed_float16")
        for inner in ("float32", "float64", "mixed_float16")
        for lora in (None, 2)
    ),
    Case(layer("TimeDistributed", layer=layer("PReLU"), dtype="float16"), spec(None, 5, 7, 8)),
    Case(layer("TimeDistributed", layer=layer("Dense", units=3), dtype="float16"), spec(None, 5, 7, 8)),
    *(
        Case(pipeline(layer("CenterCrop", height=side, width=4, dtype=dtype)), spec(None, 8, 8, 3))
        for side in (4, 12)
        for dtype in ("float32", "mixed_bfloat16")
    ),
    *(
        Case(pipeline(layer("Rescaling", scale=0.5), item), x)
        for item in (layer("Dense", units=2), layer("Flatten"), layer("Resizing", height=4, width=6))
        for x in (
            spec(None, None, 8, 3),
            spec(None, 8, 8, 3, dtype="int32"),
            spec(None, 8, 8, 3, dtype="bool"),
        )
    ),
    *(
        Case(layer("Activation", activation=name), (spec(None, 7, 10),))
        for name in ("sparse_plus", "glu", "soft_shrink", "relu", "gelu")
    ),
    Case(
        layer("MultiHeadAttention", num_heads=2, key_dim=1, attention_axes=1),
        spec(3, 6, 3, 2),
        call={"value": spec(3, 6, 2, 2)},
    ),
    Case(
        layer("MultiHeadAttention", num_heads=2, key_dim=1, attention_axes=(2,)),
        spec(3, 6, 3, 2),
        call={"value": spec(3, 6, 2, 2)},
    ),
    *(
        Case(
            layer("RNN", cell=layer("LSTMCell", units=1), return_sequences=True, stateful=stateful),
            spec(2, 8, features),
            built_with=spec(2, 8),
        )
        for stateful in (True, False)
        for features in (1, 2)
    ),
    *(
        Case(layer("TimeDistributed", layer=layer(name, units=1, dtype="bfloat16")), spec(None, 5, 14, 14, 1))
        for name in ("LSTM", "SimpleRNN", "GRU")
    ),
    Case(layer("PReLU"), (spec(None, dtype="int64"),)),
    Case(
        layer("AdditiveAttention", dtype="float64"),
        (spec(2, 2, 3, 3), spec(2, 2, 3, 3, dtype="int64"), spec(None, 3, 3)),
    ),
    *(
        Case(
            layer(
                "Bidirectional",
                layer=layer("RNN", cell=layer("SimpleRNNCell", units=2), return_state=True),
                merge_mode=mode,
            ),
            spec(1, 4, 4, None, 4, 6),
        )
        for mode in ("concat", None)
    ),
    Case(
        pipeline(
            layer("Resizing", height=8, width=2),
            layer("Dropout", rate=0.5),
            layer("Resizing", height=8, width=6),
        ),
        spec(None, 12, 16, 3, dtype="int64"),
    ),
    Case(layer("TimeDistributed", layer=layer("GRU", units=1), dtype="mixed_bfloat16"), spec(3, None, 1)),
    *(
        Case(
            layer("TimeDistributed", layer=layer(name, units=2)),
            spec(None, *last),
            built_with=spec(None, 1, 3, 2),
        )
        for name in ("Dense", "GRU", "LSTM")
        for last in ((1, 1), (1, 2), (4, 3, 2), (4, 3, 1))
    ),
    *(
        Case(layer("ReLU", **arguments), spec(None, 4, dtype=dtype))
        for dtype in ("int64", "uint8", "bool", "float16")
        for arguments in (
            {"negative_slope": 1, "threshold": 0.1},
            {"negative_slope": 1, "threshold": 1},
            {"negative_slope": 0.1, "max_value": 1},
            {"negative_slope": 0.1},
            {"max_value": 0.1, "threshold": 0.1},
        )
    ),
    Case(layer("AugMix", data_format="channels_first"), spec(None, 8, 6, 3)),
    *(
        Case(layer("AdaptiveMaxPooling3D", output_size=5), spec(None, *sizes, 2, dtype=dtype))
        for sizes in ((16,), (16, 8, 8))
        for dtype in ("int64", "float32")
    ),
    *(
        Case(
            layer("Conv1DTranspose", kernel_size=2, filters=1, padding="same", output_padding=0, dtype=dtype),
            spec(None, size, 4),
        )
        for size in (1, 2)
        for dtype in ("float32", "float64")
    ),
    Case(layer("AutoContrast"), (spec(None, 4, 1), spec(None, 6, 1))),
    Case(layer("AdaptiveMaxPooling3D", output_size=3, dtype="float64"), spec(None, 8, 8, 5, 5)),
    Case(layer("AveragePooling2D", pool_size=2, padding="same"), (spec(None, 8, 4, 7, dtype="uint8"),)),
    Case(layer("ConvLSTM2D", filters=3, kernel_size=(2, 3), return_state=True), spec(None, 2, 2, 6, 6)),
    Case(
        layer("LSTM", units=5, return_state=True, stateful=True, activation="leaky_relu", unroll=True),
        spec(1, 7, 5),
        built_with=spec(3, 7, 5),
    ),
    Case(layer("RandomColorJitter", hue_factor=0.1, data_format="channels_first"), spec(None, 8, 16, 3)),
    Case(
        layer("CategoryEncoding", num_tokens=4, dtype="bfloat16"),
        spec(None, 1, 1, dtype="int64"),
        built_with=spec(None, 1, dtype="int64"),
    ),
    Case(
        layer("IntegerLookup", num_oov_indices=0, vocabulary=(5, 6), mask_token=0), spec(3, 1, dtype="int64")
    ),
    Case(layer("LayerNormalization", scale=False, center=False, rms_scaling=False), spec(1, 28, None)),
    Case(
        layer("TimeDistributed", layer=layer("LSTM", units=4, return_state=True)),
        spec(None, 1, None, None, 2),
    ),
    *(
        Case(layer("TimeDistributed", layer=layer("MaxPooling2D", pool_size=4, padding=padding)), x)
        for padding in ("valid", "same")
        for x in (spec(None, 5, None, 3), spec(None, 5, 2, 3), spec(None, 5, 8, 3), spec(None, 5, 8, 8, 3))
    ),
    Case(layer("TimeDistributed", layer=layer("MaxPooling1D", pool_size=2)), spec(None, 5, 8, 8, 3)),
    Case(layer("TimeDistributed", layer=layer("MaxPooling3D", pool_size=1)), spec(None, 5, 8, 3)),
    *(
        Case(layer("TimeDistributed", layer=layer("GRU", units=1)), spec(None, 1, 4, 3, 2, size))
        for size in (None, 2)
    ),
    *(
        Case(layer(name, **required, value_range=value), spec(None, 8, 8, 3))
        for name, required in {
            "AugMix": {},
            "RandAugment": {},
            "RandomContrast": {"factor": 0.5},
            "RandomElasticTransform": {},
            "RandomErasing": {},
            "RandomGaussianBlur": {},
            "RandomHue": {"factor": 0.5},
            "RandomInvert": {},
            "ContrastLimitedAdaptiveHistogramEqualization": {},
        }.items()
        for value in (255, (0,), None, [0, 1])
    ),
    *(
        Case(layer("RandomColorJitter", **{factor: 0.3}, value_range=value), spec(None, 8, 8, 3))
        for factor in ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")
        for value in (255, [0, 255])
    ),
    *(
        Case(layer(name, **{argument: value}), spec(None, 8, 8, 3))
        for name, argument, values in (
            ("AugMix", "interpolation", ("cubic", "nearest")),
            ("AugMix", "num_chains", (2.0, 2)),
            ("AugMix", "chain_depth", (2.0, 2)),
            ("RandAugment", "interpolation", ("cubic", "nearest")),
            ("RandAugment", "num_ops", (2.0, 1)),
            ("MixUp", "alpha", (None, 1)),
            ("Equalization", "bins", (2.5, 16)),
            ("RandomGaussianBlur", "kernel_size", (0, 2, 2.5, (3,), (3, 5), (3, 4), None)),
            ("RandomPerspective", "scale", (2, -0.5, (0.1, 0.4), None, "0.1", 0.5)),
            ("RandomPerspective", "fill_value", (None, 1)),
            ("ContrastLimitedAdaptiveHistogramEqualization", "clip_limit", (None, 0)),
            ("ContrastLimitedAdaptiveHistogramEqualization", "tile_grid_size", (4, (1,), None, (2, 2))),
        )
        for value in values
    ),
    *(
        Case(layer(name, **{factor: 0.3}, fill_value=value), spec(None, 8, 8, 3))
        for name, factor in (
            ("RandomElasticTransform", "factor"),
            ("RandomRotation", "factor"),
            ("RandomShear", "x_factor"),
            ("RandomZoom", "height_factor"),
        )
        for value in (None, 1)
    ),
    *(
        Case(layer("Resizing", height=6, width=2, **arguments), spec(3, 16, 6, 3))
        for arguments in (
            {"interpolation": "cubic"},
            {"interpolation": "area"},
            {"fill_mode": "reflect"},
            {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
            {"crop_to_aspect_ratio": True},
        )
    ),
    *(
        Case(
            layer("Resizing", height=2, width=12, pad_to_aspect_ratio=True, **fill),
            spec(1, 12, 16, 1, dtype=dtype),
        )
        for fill in ({}, {"fill_value": 1}, {"fill_value": 300.0}, {"fill_value": None})
        for dtype in ("int64", "uint8", "float32")
    ),
    *(
        Case(layer("RandomElasticTransform", **{name: 0}, value_range=None), spec(None, 16, 12, 1))
        for name in ("factor", "scale")
    ),
    *(
        Case(layer(name, factor=0, value_range=None), spec(None, 8, 8, 3))
        for name in ("RandomContrast", "RandomErasing", "RandomGaussianBlur", "RandomHue", "RandomInvert")
    ),
    *(
        Case(layer(name, **arguments, dropout=rate), spec(None, 6, 4), call={"value": spec(None, 6, 4)})
        for name, arguments in (
            ("MultiHeadAttention", {"num_heads": 2, "key_dim": 2}),
            ("GroupQueryAttention", {"head_dim": 2, "num_query_heads": 2, "num_key_value_heads": 1}),
        )
        for rate in (None, 1.5, -0.1, "0.1", 0.5, 1)
    ),
    *(
        Case(layer("MelSpectrogram", **arguments), spec(None, 2000))
        for arguments in (
            {"window": "box"},
            {"window": None},
            {"top_db": None},
            {"top_db": None, "power_to_db": False},
        )
    ),
    *(
        Case(layer(name, **arguments, epsilon=value), spec(None, 4, 4))
        for name, arguments in (
            ("GroupNormalization", {"groups": 2}),
            ("LayerNormalization", {}),
            ("RMSNormalization", {}),
        )
        for value in (None, "0.1", 0, 1e-6)
    ),
    *(
        Case(layer(name, units=4), x, call={"states": states})
        for name, needed in (("LSTMCell", 2), ("GRUCell", 1), ("SimpleRNNCell", 1))
        for x in (spec(None, 6), spec(None, 5, 6))
        for states in (
            (spec(None, 4),) * needed,
            (spec(None, 4),) * 3,
            (spec(None, 3),) * needed,
            (spec(None, 4),),
        )
    ),
    *(
        Case(layer(name, units=4), spec(2, 6), call={"states": spec(2, 4)})
        for name in ("GRUCell", "SimpleRNNCell")
    ),
    *(
        Case(layer("StackedRNNCells", cells=STACK[:count]), spec(None, 6), call={"states": states})
        for count, states in (
            (2, ((spec(None, 2), spec(None, 2)), spec(None, 4))),
            (2, ((spec(None, 2), spec(None, 2)), (spec(None, 4),))),
            (2, (spec(None, 2), spec(None, 4))),
            (1, ((spec(None, 2), spec(None, 2)),)),
        )
    ),
    Case(
        layer("LSTMCell", units=3, recurrent_activation="threshold"),
        spec(2, 7),
        call={"states": (spec(2, 3),) * 2},
    ),
    *(Case(layer("BatchNormalization", **{name: None}), spec(None, 4)) for name in ("momentum", "epsilon")),
    *(
        Case(layer(name, **arguments, recurrent_activation=activation), spec(None, 3, *inner))
        for name, arguments, inner in (
            ("ConvLSTM1D", {"filters": 3, "kernel_size": 1}, (6, 6)),
            ("ConvLSTM1D", {"filters": 4, "kernel_size": 1}, (6, 6)),
            ("LSTM", {"units": 3}, (4,)),
            ("LSTM", {"units": 4}, (4,)),
            ("GRU", {"units": 3}, (4,)),
            ("GRU", {"units": 2}, (4,)),
        )
        for activation in ("threshold", "glu", "tanh")
    ),
    Case(layer("Bidirectional", layer=layer("LSTM", units=NumpyInteger(3))), spec(None, 4, 2)),
    Case(layer("TimeDistributed", layer=layer("LSTM", units=NumpyInteger(3))), spec(None, 5, 4, 2)),
    Case(
        layer(
            "Bidirectional",
            layer=layer("LSTM", units=3),
            backward_layer=layer("LSTM", units=NumpyInteger(3), go_backwards=True),
        ),
        spec(None, 4, 2),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    from tests.keras.fuzz_layers import Tally, check

    tally = Tally()
    check(case, random.Random(1), tally, rounds=30)
    assert not tally.disagreements, tally.disagreements[0]
