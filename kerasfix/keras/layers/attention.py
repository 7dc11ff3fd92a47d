"""Attention. The query is the layer's input; value and key come as call-time arguments, or in one list."""

from collections.abc import Iterator, Mapping

from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    differ,
    flag,
    is_integer,
    layer,
    need_min_rank,
    plus,
    positive,
    refuse,
    weights,
    when,
)
from kerasfix.keras.shape import (
    ANY,
    Dim,
    Reason,
    Rejected,
    Shape,
    Structure,
    TensorSpec,
    broadcast,
    show,
)
from kerasfix.light import dataclass

Config = Mapping[str, object]


def _shapes(tensors: list[TensorSpec]) -> list[Shape] | None:
    shapes = [tensor.shape for tensor in tensors if tensor.shape is not None]
    return shapes if len(shapes) == len(tensors) else None


def _cannot_meet(message: str, stage: str = "call") -> Rejected:
    return Rejected(Reason.MISMATCH, message, stage="build" if stage == "build" else "call")


# --- Attention and AdditiveAttention: a list of query, value and perhaps key ----------------------------


def _list_arguments(layer: LayerConfig) -> tuple[Config, bool]:
    config = layer.config
    mode = config.get("score_mode", "dot")
    if mode not in ("dot", "concat", UNKNOWN):
        refuse(f'score_mode must be "dot" or "concat", not {mode!r}')
    return config, layer.class_name == "AdditiveAttention"


@layer("Attention", "AdditiveAttention", parse=_list_arguments, takes="structure")
def attention(arguments: tuple[Config, bool], inputs: Structure, call: Config) -> Inferred:
    """For each step of the query, a mixture of the values."""
    config, additive = arguments
    if isinstance(inputs, dict):
        return OPAQUE
    if isinstance(inputs, TensorSpec) or not 2 <= len(inputs) <= 3:
        raise Rejected(
            Reason.ARITY,
            "the layer takes a list of two or three tensors: [query, value] or [query, value, key]",
            expected="a list [query, value] or [query, value, key]",
            stage="build",
        )
    tensors = [item for item in inputs if isinstance(item, TensorSpec)]
    if len(tensors) != len(inputs):
        return OPAQUE
    dtype = compute_dtype(config)
    shapes = _shapes(tensors)
    query = tensors[0].shape
    scale = flag(config, "use_scale", additive)
    if additive:
        params = when(scale, weights((query[-1],)) if scale and query else None if query is None else 0)
    else:
        mode = config.get("score_mode", "dot")
        params = plus(when(scale, 1), None if mode is UNKNOWN else int(mode == "concat"))
    if shapes is None:
        return Inferred(OPAQUE.output, params)
    _, value, key = shapes if len(shapes) == 3 else (*shapes, shapes[1])
    assert query is not None
    if not query or not value:
        raise _cannot_meet("query and value need a batch axis and more", "build")
    if len(value) < 2 <= len(key):
        return Inferred(OPAQUE.output, params)  # One value for each step may fit.
    stretched = additive or config.get("score_mode", "dot") != "dot"
    if stretched and (
        len(query) < 2 <= len(key) or (len(query) != len(key) and ANY in (*query, *value, *key))
    ):
        return Inferred(OPAQUE.output, params)  # One may be stretched to the axes of the other.
    _meet(query, value, key, stretched)
    if len({len(query), len(value), len(key)}) > 1 and None in (query[0], value[0], key[0]):
        return Inferred(OPAQUE.output, params)  # The batch axis of one is the axis of steps of another.
    output = TensorSpec((*query[:-1], value[-1]), dtype)
    scores = call.get("return_attention_scores", False)
    if scores is UNKNOWN:
        return Inferred(OPAQUE.output, params)
    if not scores:
        return Inferred(output, params)
    return Inferred((output, TensorSpec((*query[:-1], key[-2]), dtype)), params)


def _meet(query: Shape, value: Shape, key: Shape, stretched: bool) -> None:
    """Refuses a query, value and key that cannot be multiplied."""
    if min(len(query), len(key)) < 2:
        raise Rejected(
            Reason.RANK,
            "query, value and key each need a batch axis, steps and features",
            expected="rank 3: (batch, steps, features)",
            rank=3,
            stage="call",
        )
    if differ(query[-1], key[-1]) and not (stretched and 1 in (query[-1], key[-1])):
        raise _cannot_meet(f"the query {show(query)} and the key {show(key)} have other numbers of features")
    if differ(key[-2], value[-2]):
        raise _cannot_meet(f"the key {show(key)} and the value {show(value)} have other numbers of steps")
    if len(query) != len(key) and _open_against_fixed(query[:-2], key[:-2]):
        if stretched and None in (query[0], value[0], key[0]):
            return  # The batch size may be one that fits.
        raise _cannot_meet(f"query {show(query)} and key {show(key)} have other numbers of axes")
    before = broadcast(query[:-2], key[:-2])
    if before is None or broadcast(before, value[:-2]) is None:
        raise _cannot_meet(f"query {show(query)}, value {show(value)} and key {show(key)} cannot be matched")


def _open_against_fixed(left: Shape, right: Shape) -> bool:
    """Whether a batch axis meets an axis of a fixed size."""
    pairs = zip(reversed(left), reversed(right), strict=False)
    return any((a is None) != (b is None) and ANY not in (a, b) and 1 not in (a, b) for a, b in pairs)


# --- layers with heads ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heads:
    """The arguments of an attention layer with several heads."""

    config: Config
    query_heads: Dim
    heads: Dim
    key_dim: Dim
    value_dim: Dim
    output: Shape | None
    """The given output shape, empty for that of the query; None where it is not known."""


def _window(config: Config) -> None:
    window = config.get("sliding_window")
    if window is None or window is UNKNOWN:
        return
    if not is_integer(window) or (isinstance(window, int) and window <= 0):
        refuse(f"sliding_window must be None or a positive integer, not {window!r}")


def _check_dropout(config: Config) -> None:
    """Refuses what is no rate when the `Dropout` inside is made, with the weights."""
    rate = config.get("dropout", UNKNOWN)
    if rate is not UNKNOWN and not (isinstance(rate, int | float) and 0 <= rate <= 1):
        raise Rejected(Reason.ARGUMENT, f"dropout must be a number from 0 to 1, not {rate!r}", stage="build")


def _multi_head_arguments(layer: LayerConfig) -> Heads:
    config = layer.config
    heads, key_dim = positive(config, "num_heads"), positive(config, "key_dim")
    value_dim = key_dim if config.get("value_dim") is None else positive(config, "value_dim")
    given = config.get("output_shape")
    output: Shape | None
    if given is UNKNOWN:
        output = None
    elif isinstance(given, int):
        output = (int(given),) if given else ()
    elif isinstance(given, tuple | list):
        output = tuple(item if isinstance(item, int) or item is None else ANY for item in given)
    elif not given:
        output = ()
    else:
        refuse(f"output_shape must be an integer or a tuple of integers, not {given!r}")
    axes = config.get("attention_axes")
    if axes and axes is not UNKNOWN and not isinstance(axes, int | tuple | list):
        refuse(f"attention_axes must be an integer or a tuple of integers, not {axes!r}")
    _window(config)
    return Heads(config, heads, heads, key_dim, value_dim, output)


def _grouped_arguments(layer: LayerConfig) -> Heads:
    config = layer.config
    sizes = [config[name] for name in ("head_dim", "num_query_heads", "num_key_value_heads")]
    for name, value in zip(("head_dim", "num_query_heads", "num_key_value_heads"), sizes, strict=True):
        if value is not UNKNOWN and not isinstance(value, int | float):
            refuse(f"{name} must be a positive integer, not {value!r}")
    dim, queries, groups = (int(size) if isinstance(size, int | float) else ANY for size in sizes)
    if groups == 0:
        refuse("num_key_value_heads must be a positive integer, not 0")
    if isinstance(queries, int) and isinstance(groups, int) and queries % groups:
        refuse(f"num_query_heads ({queries}) must be a multiple of num_key_value_heads ({groups})")
    _window(config)
    return Heads(config, queries, groups, dim, dim, ())


def _three(inputs: Structure, call: Config) -> list[TensorSpec] | None:
    """Query, value and key; None where they are not known."""
    if "value" not in call:
        raise Rejected(
            Reason.ARITY,
            "the layer is called as layer(query, value), but there is no value; for self-attention give the"
            " same tensor twice: layer(x, x)",
            expected="query and value",
            stage="build",
        )
    value, key = call["value"], call.get("key")
    if not isinstance(inputs, TensorSpec) or not isinstance(value, TensorSpec):
        return None
    if key is None:
        return [inputs, value, value]
    return [inputs, value, key] if isinstance(key, TensorSpec) else None


def _projections(heads: Heads, query: Dim, value: Dim, key: Dim, output: Shape) -> int | None:
    """The weights of query, key, value (and gate) projections and of the output."""
    bias = flag(heads.config, "use_bias", True)
    gate = flag(heads.config, "use_gate", False)
    q_width, v_width = (heads.query_heads, heads.key_dim), (heads.heads, heads.value_dim)
    k_width = (heads.heads, heads.key_dim)
    g_width = (heads.query_heads, heads.value_dim)
    kernels = weights((query, *q_width), (key, *k_width), (value, *v_width), (*g_width, *output))
    biases = weights(q_width, k_width, v_width, output)
    gates = plus(weights((query, *g_width)), when(bias, weights(g_width)))
    return plus(kernels, when(bias, biases), when(gate, gates))


def _same_steps(value: Shape, key: Shape) -> None:
    one, other = value[1:-1], key[1:-1]
    if ANY in one or ANY in other:
        bad = len(one) != len(other) or any(differ(a, b) for a, b in zip(one, other, strict=True))
    else:
        bad = one != other
    if bad:
        raise _cannot_meet(
            f"value {show(value)} and key {show(key)} must be the same but for their last axis", "build"
        )


def _with_scores(output: TensorSpec, scores: Shape, call: Config, params: int | None) -> Inferred:
    wanted = call.get("return_attention_scores", False)
    if wanted is UNKNOWN:
        return Inferred(OPAQUE.output, params)
    return Inferred((output, TensorSpec(scores, output.dtype)) if wanted else output, params)


@layer("MultiHeadAttention", parse=_multi_head_arguments, takes="structure")
def multi_head_attention(heads: Heads, inputs: Structure, call: Config) -> Inferred:
    """Several attentions side by side, mixed by a last projection."""
    _check_dropout(heads.config)
    tensors = _three(inputs, call)
    shapes = _shapes(tensors) if tensors is not None else None
    if shapes is None:
        return OPAQUE
    query, value, key = shapes
    if min(len(shape) for shape in shapes) < 2:
        weights(*(shape[-1:] for shape in shapes))
        return OPAQUE
    _same_steps(value, key)
    given = heads.output
    output = (query[-1],) if given == () else given if given is not None else (ANY,)
    params = _projections(heads, query[-1], value[-1], key[-1], output)
    dtype = compute_dtype(heads.config)
    if given is None:
        return Inferred(TensorSpec(None, dtype), None)
    if len(query) != len(value) or len(value) != len(key):
        raise Rejected(
            Reason.RANK,
            f"query {show(query)}, value {show(value)} and key {show(key)} need the same number of axes",
            stage="call",
        )
    if len(query) < 3 and heads.config.get("attention_axes") is None:
        raise Rejected(
            Reason.RANK,
            f"the query {show(query)} has no axis of steps to attend to",
            expected="rank 3: (batch, steps, features)",
            rank=3,
            stage="call",
        )
    # Only three axes are multiplied in a way that stretches a batch of one.
    if differ(query[0], value[0]) and (len(query) > 3 or 1 not in (query[0], value[0])):
        raise _cannot_meet(f"query {show(query)} and value {show(value)} have other batch sizes")
    for axis in _axes_apart(heads.config.get("attention_axes"), len(query)):
        if differ(query[axis], value[axis]):
            raise _cannot_meet(
                f"query {show(query)} and value {show(value)} differ in axis {axis}, which is none of attention_axes"
            )
    attended = _attended_axes(heads.config.get("attention_axes"), len(query))
    if heads.config.get("sliding_window") not in (None, UNKNOWN) and attended not in (None, (1,)):
        if len(attended) == 1:
            return Inferred(OPAQUE.output, params)  # The window slides over axis 1, which may fit the other.
        raise Rejected(
            Reason.RANK,
            f"sliding_window slides over one axis of steps, but the query {show(query)} has more:"
            " give attention_axes=1",
            expected="rank 3: (batch, steps, features)",
            rank=3,
            stage="call",
        )
    scores = (query[0], heads.heads, query[1], query[1])
    return _with_scores(TensorSpec((*query[:-1], *(given or query[-1:])), dtype), scores, call, params)


def _attended_axes(given: object, rank: int) -> tuple[int, ...] | None:
    """The axes that are attended to; None where they are not known."""
    if given is None:
        return tuple(range(1, rank - 1))
    axes = (given,) if isinstance(given, int) else given
    if isinstance(axes, tuple | list) and all(isinstance(axis, int) and axis > 0 for axis in axes):
        return tuple(axes)
    return None


def _axes_apart(given: object, rank: int) -> Iterator[int]:
    """The axes between batch and features that are not attended to, where that is known."""
    axes = _attended_axes(given, rank)
    if axes is not None:
        yield from (axis for axis in range(1, rank - 1) if axis not in axes)


@layer("GroupQueryAttention", parse=_grouped_arguments, takes="structure")
def group_query_attention(heads: Heads, inputs: Structure, call: Config) -> Inferred:
    """As MultiHeadAttention, with fewer heads of keys and values than of queries."""
    _check_dropout(heads.config)
    tensors = _three(inputs, call)
    shapes = _shapes(tensors) if tensors is not None else None
    if shapes is None:
        return OPAQUE
    query, value, key = shapes
    for shape in shapes:
        need_min_rank(shape, 3, "(batch, steps, features)")
    params = _projections(heads, query[-1], value[-1], key[-1], (query[-1],))
    if query[-1] is not ANY and value[-1] is not ANY and query[-1] != value[-1]:
        raise _cannot_meet(
            f"query {show(query)} and value {show(value)} must have the same number of features", "build"
        )
    _same_steps(value, key)
    if max(len(shape) for shape in shapes) > 3:
        weights(tuple(shape[2] for shape in shapes))
        raise Rejected(
            Reason.RANK,
            f"the query {show(query)} and the value {show(value)} must have 3 axes each",
            expected="rank 3: (batch, steps, features)",
            rank=3,
            stage="call",
        )
    if differ(query[0], value[0]) and 1 not in (query[0], value[0]):
        raise _cannot_meet(f"query {show(query)} and value {show(value)} have other batch sizes")
    scores = (query[0], heads.query_heads, query[1], key[1])
    return _with_scores(TensorSpec(query, compute_dtype(heads.config)), scores, call, params)
