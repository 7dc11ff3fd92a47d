"""The basic layers: Dense, Embedding, InputLayer and the like."""

from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute_dtype,
    differ,
    elementwise,
    flag,
    kept_dtype,
    layer,
    lora,
    need_min_rank,
    not_a_list,
    plus,
    positive,
    refuse,
    weights,
    when,
)
from kerasfix.keras.shape import ANY, UNKNOWN_SPEC, Dim, Reason, Rejected, Shape, Structure, TensorSpec, show

Config = Mapping[str, object]


def _dense_arguments(layer: LayerConfig) -> Config:
    positive(layer.config, "units")
    return layer.config


def _last_axis(_: object, x: TensorSpec) -> dict[int, Dim]:
    return {-1: x.shape[-1]} if x.shape else {}


@layer("Dense", parse=_dense_arguments, fixed=_last_axis)
def dense(config: Config, x: TensorSpec) -> Inferred:
    """Works on the last axis, and keeps all others."""
    units = positive(config, "units")
    if x.shape is None:
        return Inferred(TensorSpec(None, compute_dtype(config)), None)
    need_min_rank(x.shape, 2, "(batch, ..., features)")
    kernel = (x.shape[-1], units)
    params = plus(
        weights(kernel), when(flag(config, "use_bias", True), weights((units,))), lora(config, kernel)
    )
    return Inferred(TensorSpec((*x.shape[:-1], units), compute_dtype(config)), params)


def _embedding_arguments(layer: LayerConfig) -> tuple[Config, Shape]:
    config = layer.config
    table = tuple(positive(config, name, booleans=False) for name in ("input_dim", "output_dim"))
    given = config.get("weights")
    given = given[0] if isinstance(given, tuple) and len(given) == 1 else given
    shape = given.shape if isinstance(given, TensorSpec) else None
    if shape is not None and (len(shape) != 2 or any(map(differ, shape, table))):
        raise Rejected(
            Reason.MISMATCH,
            f"the given weights are of shape {show(shape)}, and those of the layer of shape {show(table)}:"
            " (input_dim, output_dim)",
            stage="construct",
        )
    return config, table


@layer("Embedding", parse=_embedding_arguments)
def embedding(arguments: tuple[Config, Shape], x: TensorSpec) -> Inferred:
    """Each number of the input becomes a vector: one more axis."""
    config, table = arguments
    shape = None if x.shape is None else (*x.shape, table[1])
    return Inferred(TensorSpec(shape, compute_dtype(config)), plus(weights(table), lora(config, table)))


@layer("ReversibleEmbedding", parse=_embedding_arguments, takes="structure")
def reversible_embedding(arguments: tuple[Config, Shape], inputs: Structure, call: Config) -> Inferred:
    """An embedding that can be called with `reverse=True`, from vectors back to scores of the numbers."""
    config, table = arguments
    tied = flag(config, "tie_weights", True)
    params = plus(
        weights(table), lora(config, table), when(None if tied is None else not tied, weights(table))
    )
    dtype = compute_dtype(config)
    reverse = call.get("reverse", False)
    if not isinstance(inputs, TensorSpec) or inputs.shape is None or reverse is UNKNOWN:
        return Inferred(UNKNOWN_SPEC, params)
    if not reverse:
        return Inferred(TensorSpec((*inputs.shape, table[1]), dtype), params)
    need_min_rank(inputs.shape, 1, "(batch, ..., features)")
    if differ(inputs.shape[-1], table[1]):
        raise Rejected(
            Reason.MISMATCH,
            f"the input {show(inputs.shape)} must have output_dim={table[1]} features to be reversed",
            stage="call",
        )
    return Inferred(TensorSpec((*inputs.shape[:-1], table[0]), dtype), params)


@layer("Identity", takes="structure")
def identity(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Hands on its input as it is."""
    return Inferred(_kept(config, inputs), 0)


def _kept(config: Config, inputs: Structure) -> Structure:
    if isinstance(inputs, TensorSpec):
        return TensorSpec(inputs.shape, kept_dtype(config, inputs))
    if isinstance(inputs, dict):
        return {key: _kept(config, value) for key, value in inputs.items()}
    return tuple(_kept(config, value) for value in inputs)


@layer("Masking", takes="structure")
def masking(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Marks the steps to skip; the shape stays."""
    not_a_list(inputs, "build")
    return elementwise(config, inputs)


def _input_arguments(layer: LayerConfig) -> TensorSpec:
    config = layer.config
    shape = config.get("shape", config.get("input_shape"))
    batch_shape = config.get("batch_shape", config.get("batch_input_shape"))
    batch = config.get("batch_size")
    tensor = config.get("input_tensor", config.get("tensor"))
    dtype = config.get("dtype")
    name = "float32" if dtype is None else dtype if isinstance(dtype, str) else None
    if isinstance(tensor, TensorSpec):
        return tensor
    if tensor is not None:
        return UNKNOWN_SPEC
    if shape is not None and batch_shape is not None:
        refuse("shape and batch_shape cannot both be given")
    if batch is not None and batch_shape is not None:
        refuse("batch_size and batch_shape cannot both be given")
    if batch_shape is not None:
        whole = _shape(batch_shape, "batch_shape")
        return TensorSpec(whole, name)
    if shape is None:
        refuse("an input needs its shape, without the batch axis: shape=(...)")
    rest = _shape(shape, "shape")
    if rest is None:
        return TensorSpec(None, name)
    (first,) = _shape((batch,), "batch_size") or (ANY,)
    return TensorSpec((first, *rest), name)


def _shape(value: object, name: str) -> Shape | None:
    """A shape as given; None where it is not known."""
    if value is UNKNOWN:
        return None
    if not isinstance(value, tuple | list):
        instead = f"({value},)" if isinstance(value, int) else ""
        hint = f": write {instead}" if instead else ""
        refuse(f"{name} must be a tuple of sizes, not {value!r}{hint}", instead)
    dims: list[Dim] = []
    for item in value:
        if item is None:
            dims.append(None)
        elif item is UNKNOWN or item is ANY:
            dims.append(ANY)
        elif isinstance(item, int):
            if item < 0:
                refuse(f"{name} holds a negative size: {value!r}; use None for any size")
            dims.append(int(item))
        else:
            refuse(f"{name} must hold integers or None, not {item!r}")
    return tuple(dims)


@layer("InputLayer", parse=_input_arguments, takes="structure")
def input_layer(spec: TensorSpec, inputs: Structure, call: Config) -> Inferred:
    """What the model will be given; the inputs of the call are not looked at."""
    return Inferred(spec, 0)


@layer("Lambda", takes="structure")
def lambda_layer(config: Config, inputs: Structure, call: Config) -> Inferred:
    """Runs code of the user: only a declared `output_shape` tells what comes out."""
    given = config.get("output_shape")
    dtype = compute_dtype(config)
    if isinstance(given, tuple | list) and isinstance(inputs, TensorSpec) and inputs.shape:
        dims = tuple(item if isinstance(item, int) or item is None else ANY for item in given)
        return Inferred(TensorSpec((inputs.shape[0], *dims), dtype), 0)
    return Inferred(UNKNOWN_SPEC, 0)
