"""EinsumDense: a dense layer whose axes are named by an equation."""

import re
from collections.abc import Mapping

from kerasfix.keras.layers.base import (
    UNKNOWN,
    Inferred,
    LayerConfig,
    Reshaped,
    compute_dtype,
    layer,
    lora,
    plus,
    refuse,
    weights,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Shape, TensorSpec, show
from kerasfix.light import dataclass

Config = Mapping[str, object]

_EQUATION = re.compile(
    r"(?P<left>\.\.\.)?(?P<input>[a-zA-Z]+)(?P<right>\.\.\.)?,(?P<weight>[a-zA-Z]+)->(\.\.\.)?(?P<output>[a-zA-Z]+)"
)


@dataclass(frozen=True)
class Einsum:
    """The arguments of EinsumDense."""

    config: Config
    equation: str | None
    output: Shape | None
    bias_axes: object


def _arguments(layer: LayerConfig) -> Einsum:
    config = layer.config
    given = config["output_shape"]
    output: Shape | None
    if given is UNKNOWN:
        output = None
    elif isinstance(given, int):
        output = (int(given),)
    elif isinstance(given, tuple | list):
        output = tuple(item if isinstance(item, int) or item is None else ANY for item in given)
    else:
        refuse(f"output_shape must be an integer or a tuple of integers, not {given!r}")
    equation = config["equation"]
    return Einsum(config, equation if isinstance(equation, str) else None, output, config.get("bias_axes"))


def _bad(message: str) -> Rejected:
    return Rejected(Reason.ARGUMENT, message, stage="build")


# Equations for which Keras puts the kernel into the shape that the input asks for.
_RESHAPED = frozenset(
    f"{given}->{target}"
    for target, sources in {
        "abde": ("abc,cde", "abc,dce", "abc,dec"),
        "abe": ("abcd,cde", "abcd,ced", "abcd,ecd"),
    }.items()
    for given in sources
)


def _summed(einsum: Einsum, x: TensorSpec) -> dict[int, Dim]:
    """The axes of the input that the kernel shares."""
    match = _EQUATION.match(einsum.equation or "")
    if match is None:
        return {}
    source = match["input"]
    # A bias along an axis that the kernel does not have is broadcast to what comes later.
    stretched = isinstance(einsum.bias_axes, str) and set(einsum.bias_axes) & set(source) - set(
        match["weight"]
    )
    kind = Reshaped if stretched or einsum.equation in _RESHAPED else dict
    if x.shape is None:
        return kind()
    start = len(x.shape) - len(source) if match["left"] else 0
    return kind(
        (start + index, x.shape[start + index])
        for index, name in enumerate(source)
        if name in match["weight"] and 0 <= start + index < len(x.shape)
    )


@layer("EinsumDense", parse=_arguments, fixed_late=_summed, fixed_rank=True)
def einsum_dense(einsum: Einsum, x: TensorSpec) -> Inferred:
    """The kernel has the axes of the equation's second part."""
    dtype = compute_dtype(einsum.config)
    if einsum.equation is None or einsum.output is None or x.shape is None:
        return Inferred(TensorSpec(None, dtype), None)
    match = _EQUATION.match(einsum.equation)
    if match is None or (match["left"] and match["right"]):
        raise _bad(f'equation must look like "ab,bc->ac", not {einsum.equation!r}')
    source, kernel_axes, target = match["input"], match["weight"], match["output"]
    shape, elided = x.shape, len(x.shape) - len(source)
    left = bool(match["left"])
    output = _output(einsum.output, shape, elided, left)
    sizes_in = _named(source, shape, elided if left else 0)
    sizes_out = _named(target, output, elided if left else 0)
    for name in source:
        _check_shared(name, sizes_in, sizes_out, shape)
    missing = next((name for name in target if name not in source and name not in kernel_axes), None)
    if missing is not None:
        raise _bad(f"{missing!r} in the output of {einsum.equation!r} stands in neither of its inputs")
    kernel = tuple(_kernel_size(name, sizes_in, sizes_out, einsum.equation) for name in kernel_axes)
    params = plus(weights(kernel), _bias(einsum.bias_axes, target, sizes_out), lora(einsum.config, kernel))
    if elided and not (left or match["right"]):
        # It depends on the equation whether the backend takes the additional axes.
        return Inferred(TensorSpec(None, dtype), params)
    return Inferred(TensorSpec(output, dtype), params)


def _output(given: Shape, shape: Shape, elided: int, left: bool) -> Shape:
    """The whole output: the batch axis and the axes behind "..." are those of the input."""
    if elided <= 0:
        return (shape[0], *given)
    if left:
        return (shape[0], *reversed(shape[1:elided]), *given)
    return (shape[0], *given, *shape[len(shape) - elided :])


def _named(names: str, shape: Shape, start: int) -> dict[str, Dim]:
    """The sizes of the axes by their letters; refused where the shape is too short."""
    if start < 0 or start + len(names) > len(shape):
        raise Rejected(
            Reason.RANK,
            f"a shape of {show(shape)} has too few axes for {names!r}",
            expected=f"rank {len(names)}",
            stage="build",
        )
    return {name: shape[start + index] for index, name in enumerate(names)}


def _check_shared(name: str, sizes_in: dict[str, Dim], sizes_out: dict[str, Dim], shape: Shape) -> None:
    given, found = sizes_out.get(name), sizes_in[name]
    if given is not None and given is not ANY and found is not ANY and given != found:
        raise Rejected(
            Reason.MISMATCH,
            f"axis {name!r} has size {found} in the input {show(shape)} and {given} in output_shape",
            stage="build",
        )


def _kernel_size(name: str, sizes_in: dict[str, Dim], sizes_out: dict[str, Dim], equation: str) -> Dim:
    if name in sizes_out:
        return sizes_out[name]
    if name in sizes_in:
        return sizes_in[name]
    raise _bad(f"{name!r} of the kernel stands neither in the input nor in the output of {equation!r}")


def _bias(axes: object, target: str, sizes: dict[str, Dim]) -> int | None:
    if axes is None:
        return 0
    if not isinstance(axes, str):
        return None
    if not axes:
        raise _bad("bias_axes must not be empty")
    for name in axes:
        if name not in target:
            raise _bad(f"bias axis {name!r} is not an axis of the output {target!r}")
    return weights(tuple(sizes[name] for name in dict.fromkeys(axes)))
