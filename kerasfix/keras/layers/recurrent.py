"""Recurrent layers and their cells."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from kerasfix.keras.layers import running
from kerasfix.keras.layers.base import (
    OPAQUE,
    UNKNOWN,
    Inferred,
    LayerConfig,
    NumpyInteger,
    check_bfloat16,
    compute,
    compute_dtype,
    differ,
    flag,
    is_number,
    layer,
    loose_positive,
    need_min_rank,
    need_rank,
    one_tensor,
    plus,
    positive,
    refuse,
    weights,
    when,
)
from kerasfix.keras.shape import ANY, Dim, Reason, Rejected, Structure, TensorSpec, show
from kerasfix.light import dataclass

Config = Mapping[str, object]
State: TypeAlias = "Dim | tuple[State, ...]"


@dataclass(frozen=True)
class Cell:
    """One step of a recurrent layer."""

    parts: tuple[tuple[Config, Dim], ...]
    """The arguments of each cell in it, and its size."""
    output: Dim
    states: tuple[State, ...]
    """The sizes of the states; those of a cell of cells are nested."""
    weights: Callable[[Dim], int | None]
    """The number of weights for inputs of this size."""
    single: bool
    """The cell has one state and gives it bare where it was given bare."""
    dtype: str | None
    python: bool = True
    """The sizes are Python integers: an RNN layer refuses others."""
    inside: tuple["Cell", ...] = ()
    """The cells of a cell of cells."""
    floats: bool = False
    """It takes no integers: it drops parts of its input, whether it trains or not."""


def _python(config: Config) -> bool:
    return not isinstance(config.get("units"), NumpyInteger)


def _gated(config: Config, units: Dim, gates: int, biases: int | None) -> Callable[[Dim], int | None]:
    """The weights of `gates` matrices on the input and as many on the state."""
    width = compute(lambda u: u * gates, units)
    use_bias = flag(config, "use_bias", True)

    def count(features: Dim) -> int | None:
        check_bfloat16(config)
        bias = weights((ANY if biases is None else biases, width)) if use_bias else 0
        return plus(weights((features, width), (units, width)), when(use_bias, bias))

    return count


def _lstm(config: Config) -> Cell:
    _dropouts(config)
    units = loose_positive(config, "units")
    return Cell(
        ((config, units),),
        units,
        (units, units),
        _gated(config, units, 4, 1),
        False,
        compute_dtype(config),
        _python(config),
    )


def _gru(config: Config) -> Cell:
    _dropouts(config)
    units = loose_positive(config, "units")
    after = flag(config, "reset_after", True)
    biases = None if after is None else 2 if after else 1
    return Cell(
        ((config, units),),
        units,
        (units,),
        _gated(config, units, 3, biases),
        True,
        compute_dtype(config),
        _python(config),
    )


def _simple(config: Config) -> Cell:
    _dropouts(config)
    units = loose_positive(config, "units")
    return Cell(
        ((config, units),),
        units,
        (units,),
        _gated(config, units, 1, 1),
        True,
        compute_dtype(config),
        _python(config),
        floats=_drops(config),
    )


def _drops(config: Config) -> bool:
    """Whether parts of the input are dropped for certain."""
    rate = config.get("dropout", 0.0)
    return isinstance(rate, int | float) and rate > 0


def _dropouts(config: Config) -> None:
    for name in ("dropout", "recurrent_dropout"):
        value = config.get(name, 0.0)
        if value is not UNKNOWN and not is_number(value):
            refuse(f"{name} must be a number from 0 to 1, not {value!r}")


_CELLS: Mapping[str, Callable[[Config], Cell]] = {
    "LSTMCell": _lstm,
    "GRUCell": _gru,
    "SimpleRNNCell": _simple,
}


def _stacked(cells: object) -> Cell | None:
    """Cells on top of each other; None where one is not known."""
    if not isinstance(cells, tuple | list) or not cells:
        return None
    known = [_cell(cell) for cell in cells]
    found = [cell for cell in known if cell is not None]
    if len(found) != len(known):
        return None

    def count(features: Dim) -> int | None:
        total: int | None = 0
        for cell in found:
            total = plus(total, cell.weights(features))
            features = cell.output
        return total

    states = tuple(cell.states[0] if cell.single else cell.states for cell in found)
    return Cell(
        tuple(part for cell in found for part in cell.parts),
        found[-1].output,
        states,
        count,
        False,
        found[-1].dtype,
        found[-1].python,
        inside=tuple(found),
        floats=found[0].floats,
    )


def _cell(value: object) -> Cell | None:
    """The cell of an RNN layer; None where it is not known (a cell of the user's own)."""
    if isinstance(value, tuple | list):
        return _stacked(value)
    if not isinstance(value, LayerConfig):
        return None
    if value.class_name == "StackedRNNCells":
        return _stacked(value.config.get("cells"))
    running.check_names(value.config)
    make = _CELLS.get(value.class_name)
    return None if make is None else make(value.config)


# --- layers ---------------------------------------------------------------------------------------------

Arguments: TypeAlias = tuple[Config, Cell | None]


def _named_arguments(layer: LayerConfig) -> Arguments:
    config = layer.config
    if layer.class_name != "LSTM":
        # The state size must be a Python integer; LSTM, with two of them, does not look.
        positive(config, "units")
    if config.get("use_cudnn", "auto") not in ("auto", True, False, UNKNOWN):
        refuse(f'use_cudnn must be "auto", True or False, not {config["use_cudnn"]!r}')
    return config, _CELLS[f"{layer.class_name}Cell"](config)


def _rnn_arguments(layer: LayerConfig) -> Arguments:
    cell = layer.config["cell"]
    if cell is None or isinstance(cell, str | int | float | dict):
        refuse(f"cell must be a recurrent cell (LSTMCell, GRUCell ...), not {cell!r}")
    if isinstance(cell, LayerConfig) and cell.class_name in ("GRUCell", "SimpleRNNCell"):
        units = cell.config.get("units")
        if isinstance(units, float) and units > 0:
            refuse(f"units of the cell must be an integer, not {units}: wrap it in int(...)")
    known = _cell(cell)
    if known is not None and known.single and not known.python:
        refuse("units of the cell must be a Python integer, not a NumPy one: wrap it in int(...)")
    return layer.config, known


def _features(arguments: Arguments, x: TensorSpec) -> dict[int, Dim]:
    """The features, and of a stateful layer the batch size, that it was built with."""
    if x.shape is None or len(x.shape) < 2:
        return {}
    if len(x.shape) == 2:
        return {2: x.shape[0]}  # The batch size was taken for the features.
    batch = {0: x.shape[0]} if flag(arguments[0], "stateful", False) else {}
    return {2: x.shape[2], **batch}


def _need_batch(config: Config, batch: Dim) -> None:
    if flag(config, "stateful", False) and batch is None:
        raise Rejected(
            Reason.ARGUMENT,
            "a stateful layer needs a fixed batch size: give the model Input(batch_shape=...)",
            stage="build",
        )


@layer("LSTM", "GRU", "SimpleRNN", parse=_named_arguments, fixed_late=_features, takes="structure")
def named_recurrent(arguments: Arguments, inputs: Structure, call: Config) -> Inferred:
    """Reads sequences step by step, perhaps from a given initial state."""
    x = one_tensor(inputs)
    if x is None:
        return OPAQUE
    result = recurrent(arguments, x)
    config, cell = arguments
    given = call.get("initial_state")
    if cell is not None and isinstance(given, TensorSpec | tuple):
        # A GRU, or a loop that is unrolled, reads its own states and leaves what comes after them.
        more = "reset_after" in config or flag(config, "unroll", False) is not False
        _check_states(cell, given, x.shape[1] if x.shape else ANY, more=more)
    return result


def _check_states(cell: Cell, given: TensorSpec | tuple[Structure, ...], steps: Dim, *, more: bool) -> None:
    """Refuses initial states that the cell cannot start from; Keras sees it when data flow."""
    states = (given,) if isinstance(given, TensorSpec) else given
    takes = len(cell.states)
    if len(states) < takes or (len(states) > takes and not more):
        raise Rejected(
            Reason.ARITY,
            f"initial_state holds {len(states)} tensor{'s' * (len(states) != 1)}, but the layer has"
            f" {takes} state{'s' * (takes != 1)}" + (": give [h, c]" if takes == 2 else ""),
            stage="call",
        )
    for index, (state, size) in enumerate(zip(states, cell.states, strict=False)):
        if not isinstance(state, TensorSpec) or not state.shape or isinstance(size, tuple):
            continue
        # c is only multiplied and added.
        stretched = index == 1 and (state.shape[-1] == 1 or (size == 1 and steps in (1, ANY)))
        if differ(state.shape[-1], size) and not stretched:
            raise Rejected(
                Reason.MISMATCH,
                f"initial_state has {state.shape[-1]} units, but the layer has {size}: the layer that gives"
                " the states and the one that takes them need the same number of units",
                stage="call",
            )


def recurrent(arguments: Arguments, x: TensorSpec) -> Inferred:
    """The last output, or one a step with `return_sequences`; and the states with `return_state`."""
    config, cell = arguments
    batch, steps, features = need_rank(x, 3)
    _need_batch(config, batch)
    dtype = compute_dtype(config)
    sequences, states = flag(config, "return_sequences", False), flag(config, "return_state", False)
    width = ANY if cell is None else cell.output
    params = None if cell is None else cell.weights(features)
    if cell is not None and not cell.python:
        raise _not_python()
    if sequences is None:
        output = TensorSpec(None, dtype)
    else:
        output = TensorSpec((batch, steps, width) if sequences else (batch, width), dtype)
    if states is None or (states and cell is None):
        return Inferred(OPAQUE.output, params)
    even = (
        [isinstance(size, int) and size % 2 == 0 and halves(part) for part, size in cell.parts]
        if cell
        else []
    )
    if any(even):
        return Inferred(OPAQUE.output, params)  # Halved states may still be stretched to the others.
    if not states or cell is None:
        return Inferred(output, params)
    sizes = cell.states
    if any(not item.python and not item.single for item in cell.inside):
        raise _not_python()
    if cell.inside:  # Keras declares no single state of a NumPy size.
        sizes = tuple(size for item, size in zip(cell.inside, sizes, strict=True) if item.python)
    return Inferred((output, *(_state(batch, size, dtype) for size in sizes)), params)


def _not_python() -> Rejected:
    message = "units must be a Python integer, not a NumPy one: wrap it in int(...)"
    return Rejected(Reason.ARGUMENT, message, stage="build")


def halves(config: Config) -> bool:
    """Whether an activation halves what a step is made of."""
    return "glu" in (config.get("activation"), config.get("recurrent_activation"))


def _state(batch: Dim, size: State, dtype: str | None) -> Structure:
    if isinstance(size, tuple):
        return tuple(_state(batch, item, dtype) for item in size)
    return TensorSpec((batch, size), dtype)


@layer("RNN", parse=_rnn_arguments, fixed_late=_features, late_rank=lambda arguments: 2)
def rnn(arguments: Arguments, x: TensorSpec) -> Inferred:
    """Any cell, step by step."""
    config, cell = arguments
    if x.shape is not None:
        if len(x.shape) == 2 and x.shape[0] is ANY:
            return OPAQUE
        try:
            need_min_rank(x.shape, 3, "(batch, steps, features)")
        except Rejected as rejected:
            if len(x.shape) == 2 and isinstance(x.shape[0], int):
                rejected.stage = "call"  # The batch size is taken for the features.
            raise
        _need_batch(config, x.shape[0])
        if len(x.shape) > 3:
            if cell is None:
                return OPAQUE
            params = cell.weights(x.shape[-1])
            batch, size = x.shape[0], x.shape[-2]
            if 1 in (batch, size) or ANY in (batch, size) or size is None or size == batch:
                return Inferred(OPAQUE.output, params)  # The states are stretched to the step.
            raise Rejected(
                Reason.RANK,
                f"the input has shape {show(x.shape)}, but the cell takes (batch, features) at each step",
                expected="rank 3: (batch, steps, features)",
                rank=3,
                stage="call",
            )
        steps = x.shape[1] if len(x.shape) == 3 else None
        unrolled = isinstance(steps, int) and steps > 1 and flag(config, "unroll", False)
        if unrolled and cell is not None and len(cell.inside) == 1 and isinstance(cell.states[0], tuple):
            recurrent(arguments, x)
            raise Rejected(
                Reason.ARGUMENT,
                "unroll=True does not work with a list of one cell: give the cell itself",
                stage="call",
            )
    result = recurrent(arguments, x)
    if cell is not None:
        _check_activations(cell, "call")
        if _drops(cell.parts[0][0]):
            _need_floats(x, "call")
    return result


def _need_floats(x: TensorSpec, stage: Literal["build", "call"]) -> None:
    if x.dtype is not None and "float" not in x.dtype:
        raise Rejected(Reason.DTYPE, f"dropout needs an input of floats, not of {x.dtype}", stage=stage)


def _check_activations(cell: Cell, stage: Literal["build", "call"]) -> None:
    for config, units in cell.parts:
        running.check_activation(config, TensorSpec((ANY, units)), stage)


def _cell_arguments(layer: LayerConfig) -> Arguments:
    return layer.config, _cell(layer)


@layer("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells", parse=_cell_arguments, takes="structure")
def cell_step(arguments: Arguments, inputs: Structure, call: Config) -> Inferred:
    """One step: the output and the new states."""
    _, cell = arguments
    if cell is None or not isinstance(inputs, TensorSpec) or inputs.shape is None:
        return OPAQUE
    if "states" not in call:
        raise Rejected(
            Reason.ARITY,
            "a cell is one step of a recurrent layer: it takes the input and the states; wrap it in RNN(...)"
            " to read sequences",
            stage="build",
        )
    if cell.floats:
        _need_floats(inputs, "build")
    batch, *rest = inputs.shape or (None,)
    given, new = call["states"], None
    if len(rest) != 1:
        return OPAQUE  # What has other axes may still be added to the states.
    _check_activations(cell, "build")
    if any(halves(part) or part.get("activation") is UNKNOWN for part, _ in cell.parts):
        return OPAQUE
    params = cell.weights(rest[0])
    if cell.inside:
        if not isinstance(given, tuple) or len(given) != len(cell.states):
            return OPAQUE
        every = [
            _next(size, part, batch, item.dtype)
            for item, size, part in zip(cell.inside, cell.states, given, strict=True)
        ]
        parts = tuple(part for part in every if part is not None)
        new = None if len(parts) < len(every) else parts[0] if len(parts) == 1 else parts
    elif not cell.single and isinstance(given, TensorSpec):
        return OPAQUE  # Samples are taken for states.
    else:
        new = _next(cell.states[0] if cell.single else cell.states, given, batch, cell.dtype)
    if new is None:
        return Inferred(OPAQUE.output, params)
    return Inferred((TensorSpec((batch, cell.output), cell.dtype), new), params)


def _next(size: State, given: object, batch: Dim, dtype: str | None) -> Structure | None:
    """The states after a step, in the form in which they were given; None where it is not known."""
    if not isinstance(given, TensorSpec | tuple):
        return None
    sizes = size if isinstance(size, tuple) else (size,)
    if isinstance(given, tuple) or isinstance(size, tuple):
        parts = given if isinstance(given, tuple) else (given,)
        if len(parts) < len(sizes):
            message = f"the cell takes {len(sizes)} states, but is given {len(parts)}"
            raise Rejected(Reason.ARITY, message, stage="build")
        every = [_next_one(one, part, batch, dtype) for one, part in zip(sizes, parts, strict=False)]
        found = tuple(spec for spec in every if spec is not None)
        return found if len(found) == len(sizes) else None
    return _next_one(size, given, batch, dtype)


def _next_one(size: State, given: object, batch: Dim, dtype: str | None) -> TensorSpec | None:
    if isinstance(size, tuple) or not isinstance(given, TensorSpec) or given.shape is None:
        return None
    if len(given.shape) != 2 or given.shape[0] != batch or "float" not in (given.dtype or ""):
        return None
    width = given.shape[1]
    if isinstance(size, int) and isinstance(width, int) and size != width:
        raise Rejected(
            Reason.MISMATCH,
            f"a state of {show(given.shape)} does not fit a cell of {size} units",
            expected=f"(batch, {size})",
            stage="build",
        )
    return TensorSpec((batch, size), dtype) if isinstance(width, int) and isinstance(size, int) else None
