"""Random cases for the fuzz: a layer, its arguments (sometimes wrong ones) and its inputs."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerasfix.keras.layers import NumpyInteger
from kerasfix.keras.layers.running import ACTIVATIONS
from kerasfix.keras.shape import Structure, TensorSpec


@dataclass(frozen=True)
class Nested:
    """A layer by its class and the arguments that are given."""

    class_name: str
    arguments: Mapping[str, object]

    def __repr__(self) -> str:
        return (
            f"{self.class_name}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"
        )


@dataclass(frozen=True)
class Case:
    """A layer called on inputs; `built_with` is what it was called on before."""

    layer: Nested
    inputs: Structure
    built_with: Structure | None = None
    call: Mapping[str, Structure] = field(default_factory=dict)

    def __str__(self) -> str:
        text = f"{self.layer} on {self.inputs}"
        if self.built_with is not None:
            text += f", built with {self.built_with}"
        return text + (f", {dict(self.call)}" if self.call else "")


Make = Callable[[random.Random], Case]
CASES: dict[str, Make] = {}

SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 28)
WRONG = (0, -1, 2.5, 2.0, "3", None, (), (1,), (2, 3, 4, 5), True, NumpyInteger(3), [2, 2])


def chance(rng: random.Random, p: float) -> bool:
    """True with this probability."""
    return rng.random() < p


def size(rng: random.Random, *, good: tuple[int, ...] = (1, 2, 3, 4, 8), wrong: float = 0.04) -> Any:
    """A size argument, sometimes a wrong one."""
    return rng.choice(WRONG) if chance(rng, wrong) else rng.choice(good)


def sizes(
    rng: random.Random, count: int, *, good: tuple[int, ...] = (1, 2, 3, 5), wrong: float = 0.04
) -> Any:
    """A size for each axis, or one for all."""
    if chance(rng, wrong):
        return rng.choice(WRONG)
    if chance(rng, 0.6):
        return rng.choice(good)
    many = [rng.choice(good) for _ in range(count)]
    return many if chance(rng, 0.3) else tuple(many)


def shape(
    rng: random.Random, rank: int, *, strict: float = 0.9, sizes: tuple[int, ...] = SIZES
) -> TensorSpec:
    """An input of (mostly) this rank; some sizes are None."""
    rank = rank if chance(rng, strict) else rng.choice((1, 2, 3, 4, 5, 6))
    batch = None if chance(rng, 0.85) else rng.choice((1, 2, 3))
    small = (tuple(item for item in sizes if item <= 8) or (2,)) if rank > 4 else sizes
    rest = [None if chance(rng, 0.06) else rng.choice(small) for _ in range(rank - 1)]
    return TensorSpec((batch, *rest), dtype(rng))


def dtype(rng: random.Random) -> str:
    """Mostly the common one."""
    return (
        "float32"
        if chance(rng, 0.8)
        else rng.choice(("int32", "int64", "float16", "float64", "uint8", "bool"))
    )


def flag(rng: random.Random) -> bool:
    """True or False."""
    return rng.choice((True, False))


def some(
    rng: random.Random, p: float = 0.4, **values: Callable[[random.Random], object]
) -> dict[str, object]:
    """Each of the arguments with probability p."""
    return {name: make(rng) for name, make in values.items() if chance(rng, p)}


def base(rng: random.Random) -> dict[str, object]:
    """Arguments that every layer takes."""
    return some(
        rng,
        0.08,
        dtype=lambda r: r.choice(
            ("float32", "float16", "mixed_float16", "bfloat16", "mixed_bfloat16", "float64")
        ),
    )


def choose(*values: object) -> Callable[[random.Random], object]:
    """One of the values."""
    return lambda rng: rng.choice(values)


def again(rng: random.Random, x: Structure) -> Structure | None:
    """Sometimes, another input for the layer that was built with this one."""
    if not isinstance(x, TensorSpec) or x.shape is None or not chance(rng, 0.1):
        return None
    dims = list(x.shape)
    if dims and chance(rng, 0.7):
        dims[rng.randrange(len(dims))] = rng.choice((1, 2, 3, 8))
    elif chance(rng, 0.5):
        dims.append(rng.choice((1, 2, 3)))
    return TensorSpec(tuple(dims), x.dtype)


def register(
    name: str,
    arguments: Callable[[random.Random], dict[str, object]],
    inputs: Callable[[random.Random], Structure],
) -> None:
    """A layer whose arguments and inputs are drawn apart."""

    def make(rng: random.Random) -> Case:
        x = inputs(rng)
        other = again(rng, x)
        layer = Nested(name, {**arguments(rng), **base(rng)})
        if isinstance(x, TensorSpec) and chance(rng, 0.01):
            return Case(layer, (x,) * rng.choice((1, 2)))
        return Case(layer, x) if other is None else Case(layer, other, built_with=x)

    CASES[name] = make


def ranks(*choices: int, strict: float = 0.9) -> Callable[[random.Random], Structure]:
    """Inputs of one of these ranks."""
    return lambda rng: shape(rng, rng.choice(choices), strict=strict)


ACTIVATION = choose(
    None, "relu", "relu", "softmax", "sigmoid", "tanh", "gelu", *sorted(ACTIVATIONS), "rleu", "ReLU", "lrelu"
)
"""Names of activations, some of them wrong; threshold() has arguments and cannot be given by its name."""
FORMAT = choose("channels_last", "channels_last", "channels_first", None, "channels_middle")
PADDING = choose("valid", "same", "same", "SAME", "causal", "full")


def _conv(
    n: int, *, filters: bool, multiplier: bool, **extra: Any
) -> Callable[[random.Random], dict[str, object]]:
    def draw(rng: random.Random) -> dict[str, object]:
        result: dict[str, object] = {"kernel_size": sizes(rng, n)}
        if filters:
            result["filters"] = size(rng, good=(1, 2, 4, 6, 8))
        if chance(rng, 0.5):
            result["strides"] = sizes(rng, n, good=(1, 2, 3))
        if chance(rng, 0.2):
            result["dilation_rate"] = sizes(rng, n, good=(1, 2, 3))
        if chance(rng, 0.6):
            result["padding"] = rng.choice(("valid", "same")) if chance(rng, 0.85) else PADDING(rng)
        if multiplier and chance(rng, 0.5):
            result["depth_multiplier"] = size(rng, good=(1, 2, 3))
        if chance(rng, 0.1):
            result["data_format"] = FORMAT(rng)
        return {**result, **some(rng, 0.25, use_bias=flag, **extra), **some(rng, 0.15, activation=ACTIVATION)}

    return draw


GROUPS = choose(1, 2, 2, 4, 0, -1)
for n in (1, 2, 3):
    register(
        f"Conv{n}D",
        _conv(n, filters=True, multiplier=False, groups=GROUPS, lora_rank=choose(None, 2)),
        ranks(n + 2),
    )
    register(
        f"Conv{n}DTranspose",
        _conv(
            n, filters=True, multiplier=False, output_padding=lambda r, n=n: sizes(r, n, good=(0, 0, 1, 2))
        ),
        ranks(n + 2),
    )
for n in (1, 2):
    register(f"DepthwiseConv{n}D", _conv(n, filters=False, multiplier=True), ranks(n + 2))
    register(f"SeparableConv{n}D", _conv(n, filters=True, multiplier=True), ranks(n + 2))


def _pool(n: int, *, required: bool) -> Callable[[random.Random], dict[str, object]]:
    def draw(rng: random.Random) -> dict[str, object]:
        result: dict[str, object] = {}
        if required or chance(rng, 0.7):
            result["pool_size"] = sizes(rng, n, good=(1, 2, 3, 4))
        if chance(rng, 0.4):
            result["strides"] = None if chance(rng, 0.3) else sizes(rng, n, good=(1, 2, 3))
        if chance(rng, 0.5):
            result["padding"] = rng.choice(("valid", "same")) if chance(rng, 0.9) else PADDING(rng)
        return {**result, **some(rng, 0.1, data_format=FORMAT)}

    return draw


for n in (1, 2, 3):
    register(f"MaxPooling{n}D", _pool(n, required=False), ranks(n + 2))
    register(f"AveragePooling{n}D", _pool(n, required=True), ranks(n + 2))
    for mode in ("Max", "Average"):
        register(
            f"Global{mode}Pooling{n}D",
            lambda r: some(r, 0.3, keepdims=flag, data_format=FORMAT),
            ranks(n + 2),
        )
        register(
            f"Adaptive{mode}Pooling{n}D",
            lambda r, n=n: {"output_size": sizes(r, n), **some(r, 0.1, data_format=FORMAT)},
            ranks(n + 2),
        )

# --- core -----------------------------------------------------------------------------------------------

register(
    "Dense",
    lambda r: {
        "units": size(r, good=(1, 2, 5, 10)),
        **some(r, 0.2, use_bias=flag, lora_rank=choose(None, 0, 2), activation=ACTIVATION),
        **some(r, 0.05, lora_alpha=choose(None, 2, 0.5)),
    },
    ranks(2, 2, 3, 4, strict=0.8),
)
register(
    "Embedding",
    lambda r: {
        "input_dim": size(r, good=(5, 10)),
        "output_dim": size(r, good=(1, 2, 8)),
        **some(r, 0.2, mask_zero=flag, lora_rank=choose(None, 2)),
    },
    ranks(1, 2, 3),
)
register("Identity", lambda r: {}, ranks(1, 2, 3, 4))
register("Masking", lambda r: some(r, 0.3, mask_value=choose(0.0, -1.0)), ranks(1, 2, 3, 4))
register("Rescaling", lambda r: {"scale": 1 / 255, **some(r, 0.3, offset=choose(0.0, -1.0))}, ranks(2, 4))
register("Flatten", lambda r: some(r, 0.2, data_format=FORMAT), ranks(1, 2, 3, 4, 5))
register("RepeatVector", lambda r: {"n": size(r, wrong=0.1)}, ranks(2, strict=0.8))


def _permute(rng: random.Random) -> Case:
    rank = rng.choice((1, 2, 3, 4))
    dims: Any = rng.sample(range(1, rank + 1), rank)
    if chance(rng, 0.1):
        dims = rng.choice(((0, 1, 2), (1, 1), (2, 3), 2, "12", (1, 2, -1), (1.0, 2.0), ()))
    return Case(
        Nested("Permute", {"dims": tuple(dims) if isinstance(dims, list) else dims, **base(rng)}),
        shape(rng, rank + 1),
    )


CASES["Permute"] = _permute


def _reshape(rng: random.Random) -> Case:
    x = shape(rng, rng.choice((2, 3, 4)), sizes=(1, 2, 3, 4, 6, 8))
    assert x.shape is not None
    dims: list[Any] = [dim for dim in x.shape[1:] if dim is not None]
    if chance(rng, 0.4) and len(dims) > 1:
        dims = [dims[0] * dims[1], *dims[2:]]
    if chance(rng, 0.3):
        dims = [1, *dims]
    rng.shuffle(dims)
    if chance(rng, 0.4) and dims:
        dims[rng.randrange(len(dims))] = -1
    if chance(rng, 0.15):
        dims = rng.choice(([-1, -1], [-2, 3], [0], [7, 5], [-1, 5], [None, 2], [2.0, 3], [-1], []))
    target: Any = tuple(dims)
    if chance(rng, 0.03):
        target = rng.choice((784, None))
    return Case(Nested("Reshape", {"target_shape": target, **base(rng)}), x)


CASES["Reshape"] = _reshape


def _pairs(n: int) -> Callable[[random.Random], object]:
    def draw(rng: random.Random) -> object:
        if n == 1 or chance(rng, 0.4):
            return sizes(rng, max(n, 2) if n == 1 else n, good=(0, 1, 2))
        if chance(rng, 0.1):
            return rng.choice((((1, 2), 3), ((1, 2, 3),) * n, -1, (1, -1, 1)[:n], "ab", ((1, 1),)))
        return tuple((rng.choice((0, 1, 2)), rng.choice((0, 1, 3))) for _ in range(n))

    return draw


for n in (1, 2, 3):
    register(
        f"ZeroPadding{n}D",
        lambda r, n=n: some(r, 0.8, padding=_pairs(n)) | some(r, 0.1, data_format=FORMAT),
        ranks(n + 2),
    )
    register(
        f"Cropping{n}D",
        lambda r, n=n: (
            some(r, 0.8, cropping=_pairs(n)) | ({} if n == 1 else some(r, 0.1, data_format=FORMAT))
        ),
        ranks(n + 2),
    )
    register(
        f"UpSampling{n}D",
        lambda r, n=n: (
            some(r, 0.8, size=(lambda q: size(q, wrong=0.1)) if n == 1 else lambda q, n=n: sizes(q, n))
            | ({} if n == 1 else some(r, 0.1, data_format=FORMAT))
            | (some(r, 0.2, interpolation=choose("nearest", "bilinear", "lanczos3", 3)) if n == 2 else {})
        ),
        ranks(n + 2),
    )

# --- normalization, activations, regularization ---------------------------------------------------------

AXIS = choose(-1, -1, 1, 2, -2, 3, 0, 5)
AXES = choose(-1, 1, (1, 2), [1, -1], (-1,), 2.0, "1", (1, 5), 0, None)
ANY_RANK = ranks(2, 3, 4, strict=0.85)
SCALES: dict[str, Any] = {"scale": flag, "center": flag}
SMALL = choose(1e-3, 1e-6, 0, -1.0, None, "0.1")
register(
    "BatchNormalization",
    lambda r: (
        some(r, 0.25, axis=AXIS, **SCALES, renorm=flag)
        | some(r, 0.05, momentum=choose(0.9, 0, 1, 2.0, -0.5, None), epsilon=SMALL, synchronized=flag)
    ),
    ANY_RANK,
)
register(
    "GroupNormalization",
    lambda r: {
        "groups": size(r, good=(1, 2, 4, -1)),
        **some(r, 0.25, axis=AXIS, **SCALES),
        **some(r, 0.05, epsilon=SMALL),
    },
    ANY_RANK,
)
register(
    "LayerNormalization",
    lambda r: some(r, 0.3, axis=AXES, **SCALES, rms_scaling=flag) | some(r, 0.05, epsilon=SMALL),
    ANY_RANK,
)
register("RMSNormalization", lambda r: some(r, 0.4, axis=AXES) | some(r, 0.05, epsilon=SMALL), ANY_RANK)
register("UnitNormalization", lambda r: some(r, 0.5, axis=AXES), ANY_RANK)

SLOPE = choose(0.1, 0, 1, -0.5, None)
register("Activation", lambda r: {"activation": ACTIVATION(r)}, ANY_RANK)
register("ELU", lambda r: some(r, alpha=SLOPE), ANY_RANK)
register("LeakyReLU", lambda r: some(r, negative_slope=SLOPE), ANY_RANK)
register("ReLU", lambda r: some(r, max_value=SLOPE, negative_slope=SLOPE, threshold=SLOPE), ANY_RANK)
register("Softmax", lambda r: some(r, axis=choose(-1, 1, 2, 3, (1, 2), (-1,), -3)), ANY_RANK)
register("PReLU", lambda r: some(r, shared_axes=choose(None, 1, [1, 2], (1,), [3], [], [-1])), ANY_RANK)

RATE = choose(0.5, 0, 1, 0.2, 1.5, -0.1, 50, "0.5", None)
register("GaussianDropout", lambda r: {"rate": RATE(r)}, ANY_RANK)
NOISE = choose(None, (None, 1), [2, 1], 3, "ab", (0, 1), (1.5,))
for name in ("AlphaDropout", "Dropout"):
    register(name, lambda r: {"rate": RATE(r), **some(r, 0.3, noise_shape=NOISE)}, ANY_RANK)
register("GaussianNoise", lambda r: {"stddev": RATE(r)}, ANY_RANK)
register("ActivityRegularization", lambda r: some(r, l1=choose(0.1), l2=choose(0.0, 0.2)), ANY_RANK)
for n in (1, 2, 3):
    register(
        f"SpatialDropout{n}D",
        lambda r, n=n: {"rate": RATE(r), **({} if n == 1 else some(r, 0.2, data_format=FORMAT))},
        ranks(n + 2),
    )

# --- merging --------------------------------------------------------------------------------------------


def _several(rng: random.Random, *, same: float, count: int | None = None) -> Structure:
    """Tensors that often go together."""
    first = shape(rng, rng.choice((2, 3, 4)), strict=0.95, sizes=(1, 2, 3, 4, 6))
    assert first.shape is not None
    if chance(rng, 0.03):
        return first
    many = [first]
    for _ in range((count or rng.choice((2, 2, 2, 3, 1, 4))) - 1 + (chance(rng, 0.05))):
        dims = list(first.shape)
        for axis in range(len(dims)):
            if chance(rng, 1 - same):
                dims[axis] = rng.choice((1, 2, 3, 4, None))
        if chance(rng, 0.08):
            dims = dims[1:] if chance(rng, 0.5) and len(dims) > 1 else [*dims, 2]
        many.append(TensorSpec(tuple(dims), dtype(rng)))
    return tuple(many)


for name in ("Add", "Average", "Maximum", "Minimum", "Multiply"):
    register(name, lambda r: {}, lambda r: _several(r, same=0.85))
register("Subtract", lambda r: {}, lambda r: _several(r, same=0.85, count=2))
register(
    "Concatenate", lambda r: some(r, axis=choose(-1, 1, 2, -2, 0, 3, -3)), lambda r: _several(r, same=0.9)
)
register(
    "Dot",
    lambda r: {
        "axes": r.choice((1, 2, -1, (1, 1), (2, 1), [1, 2], (-1, -1), (-1, 1), 0))
        if chance(r, 0.95)
        else r.choice((None, (1,), "ab", (1.0, 1), 2.0)),
        **some(r, 0.1, normalize=flag),
    },
    lambda r: _several(r, same=0.9, count=2),
)

# --- recurrent ------------------------------------------------------------------------------------------

RECURRENT: dict[str, Any] = {
    "return_sequences": flag,
    "return_state": flag,
    "go_backwards": flag,
    "use_bias": flag,
    "stateful": choose(False, False, True),
    "dropout": choose(0.0, 0.3, None),
    "recurrent_dropout": choose(0.0, 0.0, 0.3, None),
    "activation": ACTIVATION,
    "recurrent_activation": ACTIVATION,
    "unroll": choose(False, False, True),
}
UNITS = (1, 2, 4, 5)


def _recurrent(name: str) -> dict[str, Any]:
    """The arguments of a recurrent layer."""
    given = dict(RECURRENT)
    if name == "SimpleRNN":
        del given["recurrent_activation"]
    else:
        given["use_cudnn"] = choose("auto", True, False)
        given["reset_after" if name == "GRU" else "unit_forget_bias"] = flag
    return given


for name in ("LSTM", "GRU", "SimpleRNN"):
    register(
        name,
        lambda r, name=name: {
            "units": size(r, good=UNITS),
            **some(r, 0.2, **_recurrent(name)),
        },
        ranks(3, strict=0.85),
    )


def _with_states(name: str) -> Make:
    make = CASES[name]

    def draw(rng: random.Random) -> Case:
        case = make(rng)
        units, x = case.layer.arguments["units"], case.inputs
        if not chance(rng, 0.15) or not isinstance(units, int) or not isinstance(x, TensorSpec):
            return case
        if x.shape is None:
            return case

        def state() -> TensorSpec:
            assert x.shape is not None
            return TensorSpec((x.shape[0], int(units) if chance(rng, 0.85) else rng.choice((1, 2, 3))))

        count = (2 if name == "LSTM" else 1) if chance(rng, 0.85) else rng.choice((1, 2, 3))
        states: Structure = tuple(state() for _ in range(count))
        if count == 1 and chance(rng, 0.5):
            states = state()
        return replace(case, call={"initial_state": states})

    return draw


for name in ("LSTM", "GRU", "SimpleRNN"):
    CASES[name] = _with_states(name)


def cell(rng: random.Random, name: str = "", wrong: float = 0.02) -> Nested:
    """A cell of a recurrent layer."""
    name = name or rng.choice(("LSTMCell", "GRUCell", "SimpleRNNCell"))
    given = _recurrent(name.removesuffix("Cell"))
    wanted = ("use_bias", "dropout", "recurrent_dropout", "activation", "recurrent_activation",
              "reset_after", "unit_forget_bias")  # fmt: skip
    extra = some(rng, 0.15, **{key: given[key] for key in wanted if key in given})
    return Nested(name, {"units": size(rng, good=UNITS, wrong=wrong), **extra, **base(rng)})


def _cells(rng: random.Random) -> object:
    if chance(rng, 0.04):
        return rng.choice((None, "LSTM", 4))
    if chance(rng, 0.6):
        return cell(rng)
    cells = [cell(rng) for _ in range(rng.choice((1, 2, 3)))]
    return cells if chance(rng, 0.5) else Nested("StackedRNNCells", {"cells": cells})


register(
    "RNN",
    lambda r: {
        "cell": _cells(r),
        **some(
            r,
            0.2,
            **{
                k: RECURRENT[k]
                for k in ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")
            },
            zero_output_for_mask=flag,
        ),
    },
    ranks(3, strict=0.9),
)


def _step(name: str) -> Make:
    """A cell that is called by hand, with its states."""

    def draw(rng: random.Random) -> Case:
        inside = [cell(rng) for _ in range(rng.choice((1, 2, 3)))]
        if name != "StackedRNNCells":
            inside = [cell(rng, name, wrong=0.03)]
        x = shape(rng, 2, strict=0.95)
        assert x.shape is not None
        batch = x.shape[0]

        def state(of: Nested) -> Structure:
            units: Any = of.arguments["units"]
            width = int(units) if isinstance(units, int) and chance(rng, 0.93) else rng.choice((1, 2, 3))
            count = (2 if of.class_name == "LSTMCell" else 1) if chance(rng, 0.95) else rng.choice((1, 2, 3))
            states = tuple(TensorSpec((batch, width), "float32") for _ in range(count))
            bare = count == 1 and of.class_name != "LSTMCell" and chance(rng, 0.5)
            return states[0] if bare else states

        states = tuple(state(of) for of in inside)
        layer = Nested(name, {"cells": inside, **base(rng)}) if name == "StackedRNNCells" else inside[0]
        call: dict[str, Structure] = {}
        if chance(rng, 0.95):
            call["states"] = states if name == "StackedRNNCells" else states[0]
        return Case(layer, x, call=call)

    return draw


for name in ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"):
    CASES[name] = _step(name)

for n in (1, 2, 3):
    register(
        f"ConvLSTM{n}D",
        lambda r, n=n: {
            "filters": size(r, good=(1, 2, 3), wrong=0.03),
            "kernel_size": sizes(r, n, good=(1, 2, 3)),
            **some(r, 0.25, strides=lambda q, n=n: sizes(q, n, good=(1, 2)), padding=choose("valid", "same")),
            **some(r, 0.1, dilation_rate=choose(1, 2), data_format=FORMAT),
            **some(r, 0.2, **{k: v for k, v in RECURRENT.items() if k != "unroll"}, unit_forget_bias=flag),
        },
        lambda r, n=n: shape(r, n + 3, strict=0.9, sizes=(2, 3, 4) if n == 3 else (2, 3, 4, 5, 6)),
    )

# --- attention ------------------------------------------------------------------------------------------

register(
    "AdditiveAttention",
    lambda r: some(r, 0.3, use_scale=flag, dropout=choose(0.0, 0.2)),
    lambda r: _several(r, same=0.93, count=2 if chance(r, 0.6) else 3),
)
register(
    "Attention",
    lambda r: some(
        r, 0.3, use_scale=flag, score_mode=choose("dot", "concat", "sum"), dropout=choose(0.0, 0.2)
    ),
    lambda r: _several(r, same=0.93, count=2 if chance(r, 0.6) else 3),
)


def _heads(name: str, arguments: Callable[[random.Random], dict[str, object]], strict: float) -> Make:
    def make(rng: random.Random) -> Case:
        query = shape(rng, 3, strict=strict, sizes=(1, 2, 3, 4, 6))
        assert query.shape is not None

        def near(p: float) -> TensorSpec:
            assert query.shape is not None
            dims = list(query.shape)
            for axis in range(1, len(dims)):
                if chance(rng, p):
                    dims[axis] = rng.choice((1, 2, 3, 4, None))
            return TensorSpec(tuple(dims), dtype(rng))

        call: dict[str, Structure] = {}
        if chance(rng, 0.97):
            call["value"] = near(0.15)
        if chance(rng, 0.3) and "value" in call:
            call["key"] = call["value"] if chance(rng, 0.6) else near(0.15)
        return Case(Nested(name, {**arguments(rng), **base(rng)}), query, call=call)

    return make


CASES["MultiHeadAttention"] = _heads(
    "MultiHeadAttention",
    lambda r: {
        "num_heads": size(r, good=(1, 2, 4)),
        "key_dim": size(r, good=(1, 2, 8)),
        **some(
            r,
            0.15,
            value_dim=choose(None, 2, 4, 0),
            use_bias=flag,
            output_shape=choose(None, 5, (3,), (2, 3)),
            use_gate=flag,
            attention_axes=choose(None, 1, (1,)),
            dropout=choose(0.0, 0.2, None),
            sliding_window=choose(None, 2, 0),
            flash_attention=choose(None, False),
        ),
    },
    0.9,
)
CASES["GroupQueryAttention"] = _heads(
    "GroupQueryAttention",
    lambda r: {
        "head_dim": r.choice((1, 2, 4)),
        "num_query_heads": r.choice((2, 4, 6)),
        "num_key_value_heads": r.choice((1, 2, 3)),
        **some(r, 0.15, use_bias=flag, use_gate=flag, dropout=choose(0.0, 0.2, None)),
        **some(r, 0.1, sliding_window=choose(None, 2, 0), flash_attention=choose(None, False)),
    },
    0.9,
)

# --- EinsumDense, ReversibleEmbedding, wrappers ---------------------------------------------------------

EQUATIONS: tuple[tuple[str, object, int, str], ...] = (
    ("ab,bc->ac", 4, 2, "c"),
    ("abc,cd->abd", (None, 4), 3, "d"),
    ("...x,xy->...y", 4, 3, "y"),
    ("abc,cde->abde", (None, 2, 3), 3, "de"),
    ("abcd,cde->abe", (None, 5), 4, "e"),
    ("ab...,bc->ac...", 4, 3, "c"),
    ("abc,ca->ab", (None,), 3, "b"),
    ("ab,bd->ac", 4, 2, "c"),
    ("ab->ab", 4, 2, "b"),
)


def _einsum(rng: random.Random) -> Case:
    equation, output, rank, bias = rng.choice(EQUATIONS if chance(rng, 0.2) else EQUATIONS[:6])
    arguments: dict[str, object] = {"equation": equation, "output_shape": output}
    if chance(rng, 0.4):
        arguments["bias_axes"] = bias if chance(rng, 0.85) else rng.choice(("z", "", "a"))
    if chance(rng, 0.1):
        arguments["output_shape"] = rng.choice((3, (3, 4), (None, 4), ()))
    if chance(rng, 0.1):
        arguments["lora_rank"] = 2
    arguments |= some(rng, 0.1, activation=ACTIVATION)
    x = shape(rng, rank, strict=0.85)
    other = again(rng, x)
    layer = Nested("EinsumDense", {**arguments, **base(rng)})
    return Case(layer, x) if other is None else Case(layer, other, built_with=x)


CASES["EinsumDense"] = _einsum
register(
    "ReversibleEmbedding",
    lambda r: {
        "input_dim": size(r, good=(5, 10)),
        "output_dim": size(r, good=(1, 2, 8)),
        **some(r, 0.3, tie_weights=flag, mask_zero=flag, reverse_dtype=choose(None, "float16")),
        **some(r, 0.1, logit_soft_cap=choose(None, 2.0)),
    },
    ranks(1, 2, 3),
)

INSIDE: tuple[str, ...] = (
    *("Dense", "Dense", "Conv1D", "Conv2D", "Flatten", "MaxPooling2D", "GlobalAveragePooling2D"),
    *("Dropout", "BatchNormalization", "Embedding", "Reshape", "LSTM", "GRU", "Activation"),
)


def _time_distributed(rng: random.Random) -> Case:
    inside = CASES[rng.choice(INSIDE)](rng)
    x = inside.inputs if isinstance(inside.inputs, TensorSpec) else TensorSpec((None, 4, 4, 3))
    assert x.shape is not None
    steps = None if chance(rng, 0.2) else rng.choice((1, 2, 5))
    dims = (x.shape[0], steps, *x.shape[1:]) if chance(rng, 0.95) else x.shape
    layer: object = inside.layer if chance(rng, 0.97) else rng.choice((None, "Dense", 3))
    return Case(Nested("TimeDistributed", {"layer": layer, **base(rng)}), TensorSpec(dims, x.dtype))


CASES["TimeDistributed"] = _time_distributed


def _bidirectional(rng: random.Random) -> Case:
    inside = CASES[rng.choice(("LSTM", "LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM2D"))](rng)
    if chance(rng, 0.05):
        inside = CASES["Dense"](rng)
    arguments: dict[str, object] = {"layer": inside.layer}
    if chance(rng, 0.5):
        arguments["merge_mode"] = rng.choice(("concat", "sum", "mul", "ave", None, "add"))
    if chance(rng, 0.1):
        flipped = not inside.layer.arguments.get("go_backwards", False)
        arguments["backward_layer"] = Nested(
            inside.layer.class_name,
            {**inside.layer.arguments, **({"go_backwards": flipped} if chance(rng, 0.8) else {})},
        )
    return Case(Nested("Bidirectional", {**arguments, **base(rng)}), inside.inputs)


CASES["Bidirectional"] = _bidirectional


def _spectral(rng: random.Random) -> Case:
    inside = CASES[
        rng.choice(("Dense", "Conv2D", "Conv2DTranspose", "DepthwiseConv2D", "Embedding", "LSTM"))
    ](rng)
    extra = some(rng, 0.2, power_iterations=choose(1, 2, 0))
    return Case(Nested("SpectralNormalization", {"layer": inside.layer, **extra, **base(rng)}), inside.inputs)


CASES["SpectralNormalization"] = _spectral

# --- images ---------------------------------------------------------------------------------------------

FACTOR = choose(0.1, 0.5, 0.3, 0, 1, (0.1, 0.4), [0.2, 0.9], 1.5, -0.5, (0.1,), None, "0.1", (-0.5, 1.5), 2)
SIDE = choose(2, 4, 8, 6, 12, 2.5, None)
FILL = choose(0.0, 1, 300.0, None)
RANGE = choose((0, 255), (0, 1), [0.0, 1.0], 255, (0,), None)
WARP: dict[str, Any] = {
    "fill_mode": choose("reflect", "wrap", "constant", "nearest", "mirror"),
    "interpolation": choose("nearest", "bilinear", "cubic"),
}
IMAGE_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "AugMix": {
        "factor": FACTOR,
        "value_range": RANGE,
        "num_chains": choose(1, 3, 0, 2.0),
        "chain_depth": choose(1, 3, 0, 2.0),
        "alpha": choose(1.0, 0, -1),
        "all_ops": flag,
        "interpolation": WARP["interpolation"],
    },
    "AutoContrast": {"value_range": RANGE},
    "CutMix": {"factor": FACTOR},
    "Equalization": {"value_range": RANGE, "bins": choose(256, 16, 0, 2.5)},
    "MixUp": {"alpha": choose(0.2, 1, 0, None, -1)},
    "RandAugment": {
        "factor": FACTOR,
        "value_range": RANGE,
        "num_ops": choose(1, 2, 0, 20, 2.0),
        "interpolation": WARP["interpolation"],
    },
    "RandomBrightness": {"factor!": FACTOR, "value_range": RANGE},
    "RandomColorDegeneration": {"factor!": FACTOR, "value_range": RANGE},
    "RandomColorJitter": {
        "brightness_factor": FACTOR,
        "contrast_factor": FACTOR,
        "hue_factor": FACTOR,
        "saturation_factor": FACTOR,
        "value_range": RANGE,
    },
    "RandomContrast": {"factor!": FACTOR, "value_range": RANGE},
    "RandomElasticTransform": {
        "factor": FACTOR,
        "scale": FACTOR,
        **WARP,
        "value_range": RANGE,
        "fill_value": FILL,
    },
    "RandomErasing": {
        "factor": FACTOR,
        "scale": FACTOR,
        "value_range": RANGE,
        "fill_value": choose(None, 0, 0.5, 300),
    },
    "RandomFlip": {"mode": choose("horizontal", "vertical", "horizontal_and_vertical")},
    "RandomGaussianBlur": {
        "factor": FACTOR,
        "sigma": FACTOR,
        "kernel_size": choose(3, 5, (3, 5), 2, 2.5, (3,), 0),
        "value_range": RANGE,
    },
    "RandomGrayscale": {"factor": choose(0, 0.5, 1, 2, -1)},
    "RandomHue": {"factor!": FACTOR, "value_range": RANGE},
    "RandomInvert": {"factor": FACTOR, "value_range": RANGE},
    "RandomPerspective": {
        "factor": FACTOR,
        "scale": FACTOR,
        "interpolation": WARP["interpolation"],
        "fill_value": FILL,
    },
    "RandomPosterization": {"factor!": choose(1, 4, 8, 9, 0, (2, 5), (1,), None), "value_range": RANGE},
    "RandomRotation": {"factor!": FACTOR, **WARP, "fill_value": FILL},
    "RandomSaturation": {"factor!": FACTOR, "value_range": RANGE},
    "RandomSharpness": {"factor!": FACTOR, "value_range": RANGE},
    "RandomShear": {"x_factor": FACTOR, "y_factor": FACTOR, **WARP, "fill_value": FILL},
    "RandomTranslation": {"height_factor!": FACTOR, "width_factor!": FACTOR, **WARP, "fill_value": FILL},
    "RandomZoom": {"height_factor!": FACTOR, "width_factor": FACTOR, **WARP, "fill_value": FILL},
    "Solarization": {"addition_factor": FACTOR, "threshold_factor": FACTOR, "value_range": RANGE},
    "ContrastLimitedAdaptiveHistogramEqualization": {
        "value_range": RANGE,
        "clip_limit": choose(4.0, 0, None, -1),
        "tile_grid_size": choose((8, 8), (2, 2), (2, 4), 4, (1,), None),
    },
    "MaxNumBoundingBoxes": {"max_number!": choose(1, 3), "fill_value": choose(-1, 0)},
    "RandomCrop": {"height!": SIDE, "width!": SIDE},
    "Resizing": {
        "height!": SIDE,
        "width!": SIDE,
        "interpolation": choose("nearest", "bilinear", "bicubic", "lanczos3", "area", "cubic"),
        "crop_to_aspect_ratio": flag,
        "pad_to_aspect_ratio": flag,
        "fill_mode": choose("constant", "reflect"),
        "fill_value": FILL,
        "antialias": flag,
    },
    "CenterCrop": {"height!": SIDE, "width!": SIDE},
}


def _image(rng: random.Random) -> Structure:
    x = shape(rng, 4, strict=0.85, sizes=(4, 6, 8, 12, 16))
    assert x.shape is not None
    channels = rng.choice((3, 3, 3, 1)) if len(x.shape) > 1 else None
    return TensorSpec((*x.shape[:-1], channels), x.dtype)


def _image_case(name: str, arguments: Mapping[str, Any]) -> None:
    def draw(rng: random.Random) -> dict[str, object]:
        result = {
            key.removesuffix("!"): make(rng)
            for key, make in arguments.items()
            if key.endswith("!") or chance(rng, 0.3)
        }
        return {**result, **({} if name == "MaxNumBoundingBoxes" else some(rng, 0.05, data_format=FORMAT))}

    if name in ("AugMix", "RandAugment"):  # With other channels than 1 or 3 they fail by chance.
        CASES[name] = lambda rng: Case(Nested(name, {**draw(rng), **base(rng)}), _image(rng))
    else:
        register(name, draw, _image)


for name, image_arguments in IMAGE_ARGUMENTS.items():
    _image_case(name, image_arguments)

# --- numbers, categories, texts, sounds -----------------------------------------------------------------

MODE = choose("int", "one_hot", "multi_hot", "count", "one_hot", "binary", "tf_idf", "two_hot")


def _typed(*dtypes: str, ranks: tuple[int, ...] = (1, 2, 2, 3)) -> Callable[[random.Random], Structure]:
    def draw(rng: random.Random) -> Structure:
        x = shape(rng, rng.choice(ranks), sizes=(1, 1, 2, 3, 5))
        return TensorSpec(x.shape, rng.choice(dtypes))

    return draw


def plain(
    name: str,
    arguments: Callable[[random.Random], dict[str, object]],
    inputs: Callable[[random.Random], Structure],
) -> None:
    """A layer that is not given the common arguments."""
    CASES[name] = lambda rng: Case(Nested(name, arguments(rng)), inputs(rng))


VOCABULARY = choose(
    None, ["a", "b", "c"], ("x", "y"), ["a", "a"], [], ["", "[UNK]", "a"], ["[UNK]", "a", "b"]
)
IDF = choose(None, [0.5, 1.0, 1.5], (0.5, 1.0), [])
NUMBERS = choose(None, [1, 2, 3], (5, 6), [-1, 1, 2], [1, 1])
LOOKUP: dict[str, Any] = {
    "max_tokens": choose(None, 5, 10, 3, 1),
    "num_oov_indices": choose(1, 0, 2, -1),
    "output_mode": MODE,
    "pad_to_max_tokens": flag,
    "invert": choose(False, False, True),
}
plain(
    "StringLookup",
    lambda r: (
        some(r, 0.35, **LOOKUP, vocabulary=VOCABULARY, mask_token=choose(None, ""))
        | some(
            r,
            0.07,
            oov_token=choose("[UNK]", "?", None, "a"),
            idf_weights=IDF,
            sparse=choose(False, False, True),
            encoding=choose("utf-8", "latin-1"),
        )
    ),
    _typed("string"),
)
plain(
    "IntegerLookup",
    lambda r: (
        some(r, 0.35, **LOOKUP, vocabulary=NUMBERS, mask_token=choose(None, 0))
        | some(
            r,
            0.07,
            oov_token=choose(-1, -2, None, 1),
            vocabulary_dtype=choose("int64", "int32", "float32"),
            idf_weights=IDF,
            sparse=choose(False, False, True),
        )
    ),
    _typed("int64"),
)
plain(
    "TextVectorization",
    lambda r: (
        some(
            r,
            0.25,
            max_tokens=choose(None, 10, 5, 1),
            output_mode=MODE,
            output_sequence_length=choose(None, 4, 2.0),
            vocabulary=VOCABULARY,
            split=choose("whitespace", "character", None, "word"),
            standardize=choose("lower", None, "upper"),
            pad_to_max_tokens=flag,
            ngrams=choose(None, 2, (1, 2), 2.0),
        )
        | some(
            r,
            0.07,
            idf_weights=IDF,
            sparse=choose(False, False, True),
            ragged=choose(False, False, True),
            encoding=choose("utf-8", "latin-1"),
        )
    ),
    _typed("string"),
)
register(
    "CategoryEncoding",
    lambda r: {
        "num_tokens": r.choice((4, 6, 6, 0, None)),
        **some(r, 0.6, output_mode=MODE),
        **some(r, 0.05, sparse=flag),
    },
    _typed("int32", "int64"),
)
register(
    "Hashing",
    lambda r: {
        "num_bins": r.choice((3, 10, 0, None)) if chance(r, 0.3) else 5,
        **some(r, 0.5, output_mode=MODE),
        **some(r, 0.1, salt=choose(None, 3, (1, 2), (1,), "s"), mask_value=choose(None, 0), sparse=flag),
    },
    _typed("int32", "int64"),
)
plain(
    "HashedCrossing",
    lambda r: {"num_bins": 5, **some(r, 0.5, output_mode=MODE), **some(r, 0.1, sparse=flag)},
    lambda r: _crossed(r),
)


def _crossed(rng: random.Random) -> Structure:
    x = _typed("int32", "string", ranks=(1, 2, 2))(rng)
    assert isinstance(x, TensorSpec)
    other = _typed("int32", ranks=(1, 2))(rng) if chance(rng, 0.2) else x
    return x if chance(rng, 0.05) else (x, other)


plain(
    "Discretization",
    lambda r: {
        **some(r, 0.85, bin_boundaries=choose([0.0, 1.0], (1.0, 2.0, 3.0), None)),
        **some(r, 0.2, num_bins=choose(4, -1, None)),
        **some(r, 0.6, output_mode=MODE),
        **some(r, 0.07, epsilon=choose(0.01, 0.5), sparse=flag),
    },
    _typed("float32", "int32"),
)
register(
    "Normalization",
    lambda r: {
        **some(r, 0.5, axis=choose(-1, 1, None, (1, 2), (-1,), 0, 3)),
        **some(r, 0.1, invert=flag),
        **some(
            r,
            0.3,
            mean=choose(0.5, [1.0, 2.0], None, [[1.0]]),
            variance=choose(0.5, [1.0, 2.0], None, [[1.0]]),
        ),
    },
    ranks(2, 3, 4),
)
register(
    "MelSpectrogram",
    lambda r: some(
        r,
        0.3,
        fft_length=choose(512, 256),
        sequence_stride=choose(64, 128),
        num_mel_bins=choose(8, 16),
        sequence_length=choose(None, 256, 1024),
        window=choose("hann", "hamming", "box", None),
        sampling_rate=choose(16000, 8000),
        min_freq=choose(20.0, 0),
        max_freq=choose(None, 4000),
        power_to_db=flag,
        top_db=choose(80.0, None),
        mag_exp=choose(2.0, 1.0),
    ),
    lambda r: shape(r, r.choice((2, 2, 2, 3)), strict=1.0, sizes=(200, 2000, 4096)),
)


def _pipeline(rng: random.Random) -> Case:
    names = ("Rescaling", "RandomFlip", "Dense", "Flatten", "Dropout", "Resizing", "CenterCrop")
    layers = [CASES[rng.choice(names)](rng).layer for _ in range(rng.choice((1, 2, 3)))]
    # A pipeline trains by default, and a noise_shape that does not fit is seen only in training.
    layers = [item for item in layers if "noise_shape" not in item.arguments]
    return Case(Nested("Pipeline", {"layers": layers}), _image(rng))


CASES["Pipeline"] = _pipeline

register(
    "STFTSpectrogram",
    lambda r: (
        some(
            r,
            0.3,
            mode=choose("log", "magnitude", "psd", "real", "imag", "angle", "stft", "phase"),
            frame_step=choose(None, 4, 8, 40, 0),
            fft_length=choose(None, 32, 64, 8),
            padding=choose("valid", "same", "full"),
            window=choose("hann", "tukey", "box", None),
            periodic=flag,
            scaling=choose("density", "spectrum", None),
            expand_dims=flag,
            data_format=FORMAT,
        )
        | some(r, 0.7, frame_length=choose(16, 32, 20))
    ),
    lambda r: shape(r, 3, strict=0.85, sizes=(1, 2, 300, 100, 20)),
)
