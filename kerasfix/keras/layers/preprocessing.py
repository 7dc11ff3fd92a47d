"""Preprocessing of numbers, categories and texts."""

from collections.abc import Mapping
from typing import Final

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    differ,
    elementwise,
    flag,
    layer,
    normal_axis,
    one_tensor,
    plus,
    refuse,
    size_of,
    stretched,
    weights,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, Structure, TensorSpec, show

Config = Mapping[str, object]


@layer("Rescaling", takes="structure")
def rescaling(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Multiplies and adds; integers come out as floats."""
    return elementwise(config, inputs)


# --- Normalization --------------------------------------------------------------------------------------


def _array_shape(value: object) -> tuple[int, ...] | None:
    """The shape of a number or of nested sequences; None for anything else."""
    if isinstance(value, int | float):
        return ()
    if isinstance(value, tuple | list):
        inner = _array_shape(value[0]) if value else ()
        return None if inner is None else (len(value), *inner)
    return None


def _kept_axes(arguments: tuple[Config, tuple[int, ...] | None], x: TensorSpec) -> Mapping[int, Dim]:
    _, axes = arguments
    shape = x.shape
    if axes is None or shape is None:
        return stretched({})
    # Mean and variance meet the input at its last axis.
    return stretched({axis % len(shape) - len(shape): shape[axis] for axis in axes})


def _normalization_arguments(layer: LayerConfig) -> tuple[Config, tuple[int, ...] | None]:
    config = layer.config
    axis = config.get("axis", -1)
    axes: tuple[int, ...] | None
    if axis is UNKNOWN:
        axes = None
    elif isinstance(axis, int) or axis is None:
        axes = () if axis is None else (axis,)
    elif isinstance(axis, tuple | list):
        axes = tuple(item for item in axis if isinstance(item, int)) if UNKNOWN not in axis else None
    else:
        refuse(f"axis must be an integer, a tuple of integers or None, not {axis!r}")
    mean, variance = config.get("mean"), config.get("variance")
    if UNKNOWN in (mean, variance):
        return config, axes
    if (mean is None) != (variance is None):
        refuse("mean and variance must be given together")
    one, other = _array_shape(mean), _array_shape(variance)
    if one is not None and other is not None and one != other:
        refuse(f"mean and variance must have the same shape, not {one} and {other}")
    if one is not None and axes is not None and len(one) > len(axes):
        refuse(f"mean has {len(one)} axes, more than the {len(axes)} of axis={axis!r}")
    return config, axes


@layer("Normalization", parse=_normalization_arguments, fixed_late=_kept_axes, takes="structure")
def normalization(
    arguments: tuple[Config, tuple[int, ...] | None], inputs: Structure, call: Config
) -> Inferred:
    """Shifts and scales; without given mean and variance it has them, and a count, as weights."""
    config, axes = arguments
    x = None if isinstance(inputs, tuple) and not axes else one_tensor(inputs)
    if x is None:
        return OPAQUE  # With axis=None, tensors in a list are stacked when data flow.
    dtype = compute_dtype(config)
    mean = config.get("mean")
    if x.shape is None or axes is None:
        return Inferred(TensorSpec(x.shape, dtype), 0 if mean not in (None, UNKNOWN) else None)
    kept = tuple(x.shape[normal_axis(axis, len(x.shape))] for axis in axes)
    one = weights(kept)
    if mean is UNKNOWN:
        return Inferred(TensorSpec(x.shape, dtype), None)
    if mean is None:
        return Inferred(TensorSpec(x.shape, dtype), plus(one, one, 1))
    given = _array_shape(mean)
    size = given[0] if given else 1
    if kept and isinstance(kept[-1], int) and given == (size,) and size not in (1, kept[-1]):
        raise Rejected(
            Reason.MISMATCH,
            f"mean has {size} values, but axis {axes[-1]} of the input {show(x.shape)} has {kept[-1]}",
            stage="build",
        )
    return Inferred(TensorSpec(x.shape, dtype), 0)


# --- categories -----------------------------------------------------------------------------------------

_MODES: Final = ("int", "one_hot", "multi_hot", "count")
_SAME_MODE: Final = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def _mode(config: Config, allowed: tuple[str, ...], *, aliases: bool = True) -> str | None:
    """The output mode; None where it is not known."""
    value = config.get("output_mode", UNKNOWN)
    if value is UNKNOWN:
        return None
    mode = _SAME_MODE.get(value, value) if aliases and isinstance(value, str) else value
    if not isinstance(mode, str) or mode not in allowed:
        refuse(f"output_mode must be one of {', '.join(allowed)}, not {value!r}")
    if mode == "int" and flag(config, "sparse", False):
        refuse('sparse=True needs another output_mode than "int"')
    return mode


def _at_least(config: Config, name: str, least: int, *, none: bool = False) -> None:
    value = config.get(name, UNKNOWN)
    if value is UNKNOWN or (value is None and none):
        return
    if not isinstance(value, int | float) or value < least:
        refuse(f"{name} must be an integer of at least {least}, not {value!r}")


def _encoded(shape: Shape, mode: str, depth: Dim, *, squeeze: bool = True) -> Shape:
    """The shape of encoded categories: one_hot keeps the last axis unless it has size 1."""
    if mode == "int":
        return shape
    if mode != "one_hot":
        return (*shape[:-1], depth)
    if squeeze and len(shape) > 1 and shape[-1] == 1:
        return (*shape[:-1], depth)
    return (*shape, depth)


def _encode(
    x: TensorSpec, mode: str | None, depth: Dim, dtype: str | None, *, squeeze: bool = True
) -> Inferred:
    if x.shape is None or mode is None:
        return Inferred(TensorSpec(None, dtype), 0)
    if mode == "one_hot" and squeeze and len(x.shape) > 1 and x.shape[-1] is ANY:
        return Inferred(TensorSpec(None, dtype), 0)  # The rank depends on the size.
    return Inferred(TensorSpec(_encoded(x.shape, mode, depth, squeeze=squeeze), dtype), 0)


def _need_precision(config: Config, x: TensorSpec, mode: str | None, dtype: str | None) -> None:
    """Refuses half precision: up to rank 2, the operation that counts categories does not have it.

    The one that gives a sparse tensor counts in integers and casts them.
    """
    if flag(config, "sparse", False) is not False:
        return
    if mode in ("multi_hot", "count") and dtype in ("float16", "bfloat16") and x.rank in (0, 1, 2):
        raise Rejected(
            Reason.DTYPE, f'categories cannot be counted in {dtype}: use dtype="float32"', stage="call"
        )


def _category_arguments(layer: LayerConfig) -> tuple[Config, str | None]:
    mode = _mode(layer.config, ("count", "one_hot", "multi_hot"))
    if layer.config.get("num_tokens") is None:
        refuse("num_tokens must be given")
    _at_least(layer.config, "num_tokens", 1)
    return layer.config, mode


@layer("CategoryEncoding", parse=_category_arguments)
def category_encoding(arguments: tuple[Config, str | None], x: TensorSpec) -> Inferred:
    """Numbers of categories as vectors."""
    config, mode = arguments
    given = config.get("dtype")  # A mixed policy counts in its full precision.
    _need_precision(config, x, mode, given if isinstance(given, str) else None)
    return _encode(x, mode, size_of(config["num_tokens"]), compute_dtype(config))


def _hashing_arguments(layer: LayerConfig) -> tuple[Config, str | None]:
    config = layer.config
    _at_least(config, "num_bins", 1)
    mode = _mode(config, _MODES, aliases=False)
    dtype = config.get("dtype")
    if mode == "int" and isinstance(dtype, str) and dtype not in ("int32", "int64"):
        refuse(f'dtype must be "int32" or "int64" with output_mode="int", not {dtype!r}')
    salt = config.get("salt")
    pair = isinstance(salt, tuple | list) and len(salt) == 2
    if salt is not None and salt is not UNKNOWN and not isinstance(salt, int) and not pair:
        refuse(f"salt must be an integer or two integers, not {salt!r}")
    return config, mode


def _integer_dtype(config: Config, mode: str | None) -> str | None:
    """int64 for numbers of categories, unless a dtype is given."""
    if config.get("dtype") is not None:
        return compute_dtype(config)
    return None if mode is None else "int64" if mode == "int" else "float32"


@layer("Hashing", parse=_hashing_arguments)
def hashing(arguments: tuple[Config, str | None], x: TensorSpec) -> Inferred:
    """Anything to one of `num_bins` numbers."""
    config, mode = arguments
    given = config.get("dtype")  # A mixed policy encodes in its full precision.
    mixed = isinstance(given, str) and given.startswith("mixed_")
    dtype = "float32" if mixed else _integer_dtype(config, mode)
    if mode == "one_hot" and x.shape is not None:
        return Inferred(TensorSpec((*x.shape[:-1], size_of(config["num_bins"])), dtype), 0)
    _need_precision(config, x, mode, dtype)
    return _encode(x, mode, size_of(config["num_bins"]), dtype)


def _crossing_arguments(layer: LayerConfig) -> tuple[Config, str | None]:
    value = layer.config.get("output_mode", UNKNOWN)
    if value not in ("int", "one_hot", UNKNOWN):
        refuse(f'output_mode must be "int" or "one_hot", not {value!r}')
    return layer.config, value if isinstance(value, str) else None


@layer("HashedCrossing", parse=_crossing_arguments, takes="structure")
def hashed_crossing(arguments: tuple[Config, str | None], inputs: Structure, call: Config) -> Inferred:
    """Two features at once to one of `num_bins` numbers."""
    config, mode = arguments
    if isinstance(inputs, dict):
        return OPAQUE
    if isinstance(inputs, TensorSpec) or len(inputs) != 2:
        raise Rejected(
            Reason.ARITY, "the layer takes two tensors", expected="a list of two tensors", stage="build"
        )
    first, second = inputs
    if not isinstance(first, TensorSpec) or not isinstance(second, TensorSpec):
        return OPAQUE
    dtype = _integer_dtype(config, mode)
    if first.shape is None or second.shape is None:
        return Inferred(TensorSpec(None, dtype), 0)
    if not first.shape or not second.shape or ANY in (first.shape[-1], second.shape[-1]):
        if first.shape and mode == "one_hot":
            return Inferred(TensorSpec(None, dtype), 0)  # An axis of size 1 would go.
        return _encode(first, mode, size_of(config["num_bins"]), dtype)
    if first.shape[-1] != second.shape[-1]:
        raise Rejected(
            Reason.MISMATCH,
            f"the two inputs must have the same shape, not {show(first.shape)} and {show(second.shape)}",
            stage="build",
        )
    one, other = first.shape, second.shape
    known = len(one) != len(other) or any(differ(a, b) for a, b in zip(one, other, strict=True))
    if known or len(one) > 2 or (len(one) == 2 and differ(one[1], 1)):
        raise Rejected(
            Reason.RANK,
            f"both inputs must be (batch,) or (batch, 1), not {show(first.shape)} and {show(second.shape)}",
            expected="(batch,) or (batch, 1)",
            stage="call",
        )
    depth = size_of(config["num_bins"])
    if mode == "one_hot" and first.shape[-1] == 1:
        return Inferred(TensorSpec((*first.shape[:-1], depth), dtype), 0)
    return _encode(first, mode, depth, dtype, squeeze=False)


def _discretization_arguments(layer: LayerConfig) -> tuple[Config, str | None]:
    config = layer.config
    mode = _mode(config, _MODES, aliases=False)
    _at_least(config, "num_bins", 0, none=True)
    bins, edges = config.get("num_bins"), config.get("bin_boundaries")
    if bins is not None and edges is not None and UNKNOWN not in (bins, edges):
        refuse("num_bins and bin_boundaries cannot both be given")
    if bins is None and edges is None:
        refuse("num_bins or bin_boundaries must be given")
    return config, mode


@layer("Discretization", parse=_discretization_arguments)
def discretization(arguments: tuple[Config, str | None], x: TensorSpec) -> Inferred:
    """Numbers to the number of the bin that they fall into."""
    config, mode = arguments
    edges = config.get("bin_boundaries")
    depth: Dim = ANY
    if isinstance(edges, tuple | list):
        depth = len(edges) + 1
    elif edges is None:
        depth = size_of(config.get("num_bins"))
    dtype = None if mode is None else "int32" if mode == "int" else compute_dtype(config)
    _need_precision(config, x, mode, dtype)
    if mode in ("multi_hot", "count") and x.shape is not None:
        shape = (x.shape[0], *x.shape[2:], depth) if len(x.shape) >= 2 else (depth,)
        return Inferred(TensorSpec(shape, dtype), 0)
    return _encode(x, mode, depth, dtype)


# --- vocabularies ---------------------------------------------------------------------------------------

_LOOKUP_MODES: Final = (*_MODES, "tf_idf")


def _check_lookup(config: Config) -> str | None:
    _at_least(config, "max_tokens", 2, none=True)
    if config.get("pad_to_max_tokens") is True and config.get("max_tokens") is None:
        refuse("pad_to_max_tokens=True needs max_tokens")
    return _mode(config, _LOOKUP_MODES)


def _lookup_arguments(layer: LayerConfig) -> tuple[Config, str | None]:
    config = layer.config
    mode = _check_lookup(config)
    _at_least(config, "num_oov_indices", 0)
    if flag(config, "invert", False) and mode not in ("int", None):
        refuse('invert=True needs output_mode="int"')
    if config.get("invert") is True and config.get("oov_token", "[UNK]") is None:
        refuse("oov_token must be given with invert=True: it stands for numbers of no word")
    _check_idf(config, mode)
    if config.get("vocabulary_dtype", "int64") not in ("int64", UNKNOWN):
        refuse('vocabulary_dtype must be "int64"')
    _vocabulary(config, mode, config.get("mask_token"), config.get("oov_token", "[UNK]"))
    return config, mode


def _check_idf(config: Config, mode: str | None) -> None:
    idf, vocabulary = config.get("idf_weights"), config.get("vocabulary")
    if idf is not None and idf is not UNKNOWN and mode not in ("tf_idf", None):
        refuse('idf_weights need output_mode="tf_idf"')
    if mode == "tf_idf" and idf is None and vocabulary is not None and vocabulary is not UNKNOWN:
        refuse('output_mode="tf_idf" with a vocabulary needs idf_weights')
    if mode != "tf_idf" or not isinstance(idf, tuple | list) or not isinstance(vocabulary, tuple | list):
        return
    if len(idf) != len(vocabulary):
        refuse(f"idf_weights must be one for each word: {len(idf)} are given for {len(vocabulary)} words")


def _vocabulary(config: Config, mode: str | None, mask: object, oov: object) -> Dim:
    """The number of tokens, with those for masks and unknown words; None before it is learnt."""
    tokens = config.get("vocabulary")
    if tokens is None:
        return None
    extra = config.get("num_oov_indices", 1)
    if not isinstance(tokens, tuple | list) or mode is None or not isinstance(extra, int):
        return ANY
    if not tokens:
        refuse("vocabulary must not be empty")
    if UNKNOWN in tokens or UNKNOWN in (mask, oov):
        return ANY
    special = [mask] * int(mask is not None and mode == "int") + [oov] * extra
    words = tokens[len(special) :] if list(tokens[: len(special)]) == special else tokens
    if not words:
        refuse("vocabulary holds no words but those for masks and unknown ones")
    if len({*words}) < len(words):
        refuse("vocabulary holds a token twice")
    if mask is not None and mask in words:
        refuse(f"vocabulary must not hold the mask token {mask!r}")
    if oov is not None and oov in words and flag(config, "invert", False):
        refuse(f"vocabulary must not hold the token for unknown words, {oov!r}")
    size, most = len(special) + len(words), config.get("max_tokens")
    if isinstance(most, int) and size > most:
        refuse(f"vocabulary needs {size} tokens, more than max_tokens={most}")
    return size


def _lookup_depth(config: Config, mode: str | None, mask: object, oov: object) -> Dim:
    pad = flag(config, "pad_to_max_tokens", False)
    if pad is None:
        return ANY
    return size_of(config.get("max_tokens")) if pad else _vocabulary(config, mode, mask, oov)


def _lookup_dtype(mode: str | None) -> str | None:
    return None if mode is None else "int64" if mode == "int" else "float32"


def _need_dense(config: Config, mode: str | None, rank: int | None, *, ragged: bool = False) -> None:
    """Refuses sparse outputs that Keras cannot make of tokens with so many axes."""
    if flag(config, "sparse", False) is not True or rank is None:
        return
    if mode == "tf_idf" and rank > 1:
        message = 'output_mode="tf_idf" cannot weigh a sparse matrix: leave out sparse=True'
        raise Rejected(Reason.ARGUMENT, message, stage="call")
    if ragged and (mode == "one_hot" or rank > 2):
        message = f'output_mode="{mode}" of texts of unlike lengths cannot be sparse: leave out sparse=True'
        raise Rejected(Reason.ARGUMENT, message, stage="call")


@layer("IntegerLookup", "StringLookup", parse=_lookup_arguments)
def lookup(arguments: tuple[Config, str | None], x: TensorSpec) -> Inferred:
    """Tokens to their numbers."""
    config, mode = arguments
    _need_dense(config, mode, x.rank)
    depth = _lookup_depth(config, mode, config.get("mask_token"), config.get("oov_token", "[UNK]"))
    return _encode(x, mode, depth, _lookup_dtype(mode))


def _text_arguments(layer: LayerConfig) -> tuple[Config, str | None]:
    config = layer.config
    for name, allowed in (
        ("standardize", ("lower_and_strip_punctuation", "lower", "strip_punctuation")),
        ("split", ("whitespace", "character")),
    ):
        value = config.get(name)
        if isinstance(value, str | int | float | tuple | list) and value not in allowed:
            refuse(f"{name} must be one of {', '.join(allowed)}, None or a function, not {value!r}")
    mode = _check_lookup(config)
    ngrams = config.get("ngrams")
    if isinstance(ngrams, str | float | list):
        refuse(f"ngrams must be None, an integer or a tuple of integers, not {ngrams!r}")
    length = config.get("output_sequence_length")
    if mode == "int" and length is not None and length is not UNKNOWN and not isinstance(length, int):
        refuse(f"output_sequence_length must be an integer or None, not {length!r}")
    if mode not in ("int", None) and length is not None and length is not UNKNOWN:
        refuse('output_sequence_length needs output_mode="int"')
    if flag(config, "ragged", False) and mode not in ("int", None):
        refuse('ragged=True needs output_mode="int"')
    _check_idf(config, mode)
    _vocabulary(config, mode, "", "[UNK]")
    return config, mode


@layer("TextVectorization", parse=_text_arguments)
def text_vectorization(arguments: tuple[Config, str | None], x: TensorSpec) -> Inferred:
    """Texts to the numbers of their words, or to vectors that count them."""
    config, mode = arguments
    dtype = _lookup_dtype(mode)
    if mode is None or x.shape is None or not x.shape:
        return Inferred(TensorSpec(None, dtype), 0)
    if (
        config.get("split", "whitespace") not in (None, UNKNOWN)
        and len(x.shape) > 1
        and differ(x.shape[-1], 1)
    ):
        raise Rejected(
            Reason.RANK,
            f"the input has shape {show(x.shape)}, but texts come one by one: (batch,) or (batch, 1)",
            expected="rank 1: (batch,), or a last axis of size 1",
            stage="call",
        )
    if mode == "int":
        return Inferred(TensorSpec((x.shape[0], size_of(config.get("output_sequence_length"))), dtype), 0)
    split = config.get("split", "whitespace")
    if split is UNKNOWN:
        return Inferred(TensorSpec(None, dtype), 0)
    words = isinstance(split, str)
    _need_dense(config, mode, max(2, len(x.shape)) if words else len(x.shape), ragged=words)
    shape = (*x.shape, None) if split is not None else x.shape if len(x.shape) > 1 else (*x.shape, 1)
    return _encode(TensorSpec(shape), mode, _lookup_depth(config, mode, "", "[UNK]"), dtype)
