"""Cases that runs of 100,000 have shown kerasfix and Keras to see differently, and what is like them."""

from kerasfix.keras.layers import NumpyInteger
from kerasfix.keras.shape import TensorSpec
from tests.keras.layer_cases import Case, Nested


def layer(name: str, **arguments: object) -> Nested:
    """A layer with these arguments."""
    return Nested(name, arguments)


def spec(*shape: int | None, dtype: str = "float32") -> TensorSpec:
    """A tensor of this shape."""
    return TensorSpec(shape, dtype)


def normalized(name: str, **arguments: object) -> Nested:
    """A layer inside of SpectralNormalization."""
    return layer("SpectralNormalization", layer=layer(name, **arguments))


def pipeline(*layers: Nested) -> Nested:
    """Layers one after the other."""
    return layer("Pipeline", layers=list(layers))


HEADS = {"num_heads": 2, "key_dim": 1}
SPARSE_IDF = {"output_mode": "tf_idf", "sparse": True}

RECENT = [
    # A run of 100,000 cases with seed 275644706, and what is like them.
    *(
        Case(layer(name, output_mode="tf_idf", vocabulary=words, idf_weights=idf), spec(None, dtype=dtype))
        for name, words, dtype in (
            ("IntegerLookup", [1, 2, 3], "int64"),
            ("StringLookup", ["a", "b", "c"], "string"),
            ("TextVectorization", ["a", "b", "c"], "string"),
        )
        for idf in ([], (0.5, 1.0), [0.5, 1.0, 1.5])
    ),
    *(
        Case(
            layer("MultiHeadAttention", **HEADS, attention_axes=axes),
            spec(*query),
            call={"value": spec(*value)},
        )
        for axes, query, value in (
            (1, (2, 2, 2, 3, 1, 2), (2, 2, 2, 3, 4, 2)),
            (1, (2, 3, 4, 2), (2, 3, 1, 2)),
            (1, (2, 3, 4, 2), (2, 5, 4, 2)),
            ((2,), (2, 1, 3, 2), (2, 4, 3, 2)),
            (None, (1, 3, 4, 2), (2, 3, 4, 2)),
            (1, (2, 3, 4, 2), (1, 3, 4, 2)),
        )
    ),
    *(
        Case(wrap(layer("RNN", cell=cells, return_state=True)), spec(None, 5, 2))
        for wrap in (lambda inner: inner, lambda inner: layer("Bidirectional", layer=inner))
        for cells in (
            [layer("SimpleRNNCell", units=NumpyInteger(3)), layer("GRUCell", units=2)],
            [layer("LSTMCell", units=NumpyInteger(3)), layer("GRUCell", units=2)],
            [layer("GRUCell", units=2), layer("GRUCell", units=NumpyInteger(3))],
            layer("LSTMCell", units=NumpyInteger(3)),
            layer("GRUCell", units=NumpyInteger(3)),
        )
    ),
    # A run with seed 215394311: the states of a batch may fit the last axis but one of a step.
    *(
        Case(layer("RNN", cell=cell), spec(2, 7, *step))
        for cell in (
            layer("SimpleRNNCell", units=3),
            [layer("SimpleRNNCell", units=1), layer("SimpleRNNCell", units=5)],
        )
        for step in ((3, 7, 2, 5), (2, 5), (3, 5))
    ),
    # A run of 100,000 cases with seed 44871559, and what is like them.
    *(
        Case(layer("LayerNormalization", scale=scale, center=False, rms_scaling=rms, axis=axis), (x,) * count)
        for scale, rms in ((False, False), (True, False), (False, True))
        for axis in (-1, 1, [0, 1])
        for count in (1, 2)
        for x in (spec(None, 7, 1), spec(None, 2))
    ),
    *(
        Case(layer("Normalization", axis=axis, mean=mean, variance=mean), (spec(None, 6),) * count)
        for axis in (None, -1)
        for mean in (None, 0.5)
        for count in (1, 2)
    ),
    # A run of 100,000 cases with seed 73678419, and what is like them.
    *(
        Case(layer(name, **arguments, output_mode=mode, sparse=sparse, dtype=dtype), x)
        for name, arguments in (
            ("CategoryEncoding", {"num_tokens": 6}),
            ("Hashing", {"num_bins": 6}),
            ("Discretization", {"bin_boundaries": [0.0, 1.0]}),
        )
        for mode in ("multi_hot", "count")
        for sparse in (True, False)
        for dtype in ("float16", "bfloat16", "mixed_float16")
        for x in (spec(None, 1, dtype="int32"), spec(None, 3, dtype="int64"), spec(None, 2, 3, dtype="int32"))
    ),
    *(
        Case(layer("HashedCrossing", num_bins=5, output_mode=mode, dtype="mixed_float16"), (x, x))
        for mode in ("int", "one_hot")
        for x in (spec(None, dtype="int32"),)
    ),
    *(
        Case(layer("StringLookup", vocabulary=("x", "y"), idf_weights=(0.5, 1.0), **SPARSE_IDF), x)
        for x in (spec(None, dtype="string"), spec(None, 2, dtype="string"))
    ),
    *(
        Case(
            layer(
                "TextVectorization", vocabulary=("x", "y"), idf_weights=(0.5, 1.0), split=split, **SPARSE_IDF
            ),
            x,
        )
        for split in ("whitespace", None)
        for x in (spec(None, dtype="string"), spec(None, 1, dtype="string"))
    ),
    *(
        Case(layer("TextVectorization", vocabulary=("x", "y"), output_mode=mode, split=split, sparse=True), x)
        for mode in ("one_hot", "count")
        for split in ("character", None)
        for x in (spec(None, dtype="string"), spec(None, 1, dtype="string"), spec(None, 2, 1, dtype="string"))
    ),
    *(
        Case(
            layer(name, units=2, **{argument: activation}, dtype=dtype),
            spec(None, 4),
            call={"states": states},
        )
        for name, argument, states in (
            ("LSTMCell", "activation", (spec(None, 2),) * 2),
            ("LSTMCell", "recurrent_activation", (spec(None, 2),) * 2),
            ("GRUCell", "recurrent_activation", spec(None, 2)),
            ("SimpleRNNCell", "activation", (spec(None, 2),)),
        )
        for activation in ("sparsemax", "softmax")
        for dtype in ("float16", "mixed_float16", "bfloat16", "float32")
    ),
    *(
        case
        for cell in (
            layer("GRUCell", units=3, activation="glu"),
            layer("GRUCell", units=2, activation="threshold"),
            layer("GRUCell", units=2, activation="rleu"),
            layer("GRUCell", units=2, activation="sparsemax", dtype="float16"),
        )
        for case in (
            Case(layer("RNN", cell=cell), spec(None, 3, 4)),
            Case(layer("Bidirectional", layer=layer("RNN", cell=cell)), spec(None, 3, 4)),
            Case(layer("StackedRNNCells", cells=[cell]), spec(None, 4), call={"states": (spec(None, 2),)}),
        )
    ),
    *(
        Case(pipeline(layer("Dense", units=2, activation=activation, dtype=dtype)), spec(None, 4))
        for activation in ("glu", "sparsemax")
        for dtype in ("float16", "float32")
    ),
    *(
        Case(layer("TimeDistributed", layer=layer(name, pool_size=2, padding=padding, strides=strides)), x)
        for name in ("MaxPooling1D", "MaxPooling2D", "AveragePooling2D", "AveragePooling3D")
        for padding, strides in (("full", None), ("SAME", 1), ("same", 0))
        for x in (spec(None, 4, 10, 4), spec(None, 4, 8, 8, 3), spec(None, 4, 4))
    ),
    *(
        Case(
            layer("MultiHeadAttention", **HEADS, sliding_window=2, attention_axes=axes), x, call={"value": x}
        )
        for axes in (None, 1, (2,), (1, 2))
        for x in (spec(None, 4, 3), spec(None, 3, 4, 4), spec(None, 3, 3, 4), spec(None, 2, 3, 2, 4))
        if axes in (None, 1) or len(x.shape or ()) > 3
    ),
    *(
        Case(
            layer("IntegerLookup", vocabulary=words, oov_token=1, num_oov_indices=extra),
            spec(None, dtype="int64"),
        )
        for words in ((1, 1), (1, 1, 2))
        for extra in (1, 2)
    ),
    Case(layer("Resizing", height=4, width=6, pad_to_aspect_ratio=True), spec(None, 8, 1, dtype="bool")),
    *(
        Case(layer("RNN", cell=layer(name, units=2, dropout=0.3)), spec(None, 3, 4, dtype=dtype))
        for name in ("LSTMCell", "SimpleRNNCell")
        for dtype in ("int64", "float32")
    ),
    *(
        Case(
            layer(
                "StackedRNNCells", cells=[layer("GRUCell", units=2, dtype=dtype), layer("LSTMCell", units=3)]
            ),
            spec(None, 4),
            call={"states": (spec(None, 2), (spec(None, 3),) * 2)},
        )
        for dtype in ("float16", "mixed_float16", "float64")
    ),
    # A run of 100,000 cases with seed 434696682.
    *(
        Case(layer(name, invert=invert, oov_token=None), spec(None, 2, dtype=dtype))
        for name, dtype in (("IntegerLookup", "int64"), ("StringLookup", "string"))
        for invert in (False, True)
    ),
    *(
        Case(layer("HashedCrossing", num_bins=5, output_mode="one_hot"), (spec(size, dtype="int32"),) * 2)
        for size in (1, 3)
    ),
    Case(layer("SimpleRNNCell", units=2, activation="glu"), spec(1, 7), call={"states": (spec(1, 2),)}),
    # A run of 100,000 cases with seed 915972211.
    *(
        Case(
            layer("SimpleRNNCell", units=3, dropout=0.3),
            spec(None, 4, dtype=dtype),
            call={"states": (spec(None, 3),)},
        )
        for dtype in ("int32", "bool", "float16")
    ),
    Case(
        layer("SimpleRNNCell", units=3, recurrent_dropout=0.3),
        spec(None, 4, dtype="int32"),
        call={"states": spec(None, 3)},
    ),
    *(
        Case(layer("LSTM", units=1), spec(2, steps, 5), call={"initial_state": (spec(2, 1), spec(2, 2))})
        for steps in (1, 3)
    ),
    *(
        Case(layer("MelSpectrogram", fft_length=256, power_to_db=decibels, dtype="float64"), spec(None, 2000))
        for decibels in (False, True)
    ),
    *(Case(layer("AugMix", num_chains=chains, chain_depth=2.0), spec(1, 16, 16, 1)) for chains in (0, 1)),
    Case(layer("AdditiveAttention"), (spec(1), spec(1, 2))),
    Case(
        layer("AdditiveAttention", use_scale=True),
        (spec(None, None, 2, 4, 1), spec(1, 1, 2, 4, 1, 2), spec(None, None, 2, 4, 1, 2)),
    ),
    *(
        Case(layer("CutMix", dtype="mixed_bfloat16"), images)
        for images in (
            spec(8, 8, 3),
            spec(2, 8, 8, 3),
            spec(8, 8, 3, dtype="int32"),
            spec(8, 8, 3, dtype="bool"),
        )
    ),
    *(
        Case(
            layer("EinsumDense", equation=equation, output_shape=4, bias_axes=bias),
            spec(2, 1, 3),
            built_with=spec(1, 1, 3),
        )
        for equation, bias in (("ab...,bc->ac...", "a"), ("abd,bc->acd", "a"), ("abd,bc->acd", "c"))
    ),
]
