"""What the functions of `keras.backend` did (most are gone), and the settings that `keras.config` tells."""

from functools import partial
from typing import TYPE_CHECKING, Final

from kerasfix.keras.shape import ANY
from kerasfix.trace.library import creation as c
from kerasfix.trace.library import families as f
from kerasfix.trace.library import models, shapes
from kerasfix.trace.library import rearranging as r
from kerasfix.trace.library.arguments import Arguments, Table, register
from kerasfix.trace.library.ops import TABLE as KERAS
from kerasfix.trace.library.ops import with_axis
from kerasfix.trace.values import Const, Value

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call


def _batch_flatten(args: Arguments) -> Value:
    """All axes but the first become one."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    shape = x.spec.shape
    known = (shape[0], shapes.product(shape[1:])) if shape else (ANY, ANY)
    return args.give(known, x.spec.dtype, x)


_SAME_NAME: Final = (
    "abs exp log sqrt square sign round sin cos tanh sigmoid softplus softsign softmax relu elu stop_gradient"
    " reshape transpose squeeze cast zeros ones zeros_like ones_like one_hot stack shape ndim"
)
_REDUCTIONS: Final = "sum mean max min prod std var any all logsumexp"
_BINARY: Final = "maximum minimum equal not_equal greater greater_equal less less_equal"

_TABLE: Table = {
    **{name: KERAS[name] for name in _SAME_NAME.split()},
    **{name: (KERAS[name][0], "x axis keepdims") for name in _REDUCTIONS.split()},
    **{name: (KERAS[name][0], "x y") for name in _BINARY.split()},
    "pow": (KERAS["power"][0], "x y=a"),
    "clip": (f.clip, "x low=min_value high=max_value"),
    "argmax": (with_axis(f.position, -1), "x axis"),
    "argmin": (with_axis(f.position, -1), "x axis"),
    "concatenate": (with_axis(r.join, -1), "arrays=tensors axis"),
    "expand_dims": (with_axis(partial(r.rearrange, how="expand_dims"), -1), "x axis"),
    "flatten": (partial(r.rearrange, how="ravel"), "x"),
    "batch_flatten": (_batch_flatten, "x"),
    "permute_dimensions": (partial(r.rearrange, how="transpose"), "x axes=pattern"),
    "repeat_elements": (partial(r.rearrange, how="repeat"), "x repeats=rep axis"),
    "tile": (partial(r.rearrange, how="tile"), "x repeats=n"),
    "reverse": (r.rearrange, "x axis=axes"),
    "gather": (with_axis(r.take, 0), "x=reference indices"),
    "dot": (partial(r.product, how=shapes.dotted), "x y"),
    "int_shape": (partial(f.dimensions, static=True), "x"),
    "identity": (r.rearrange, "x"),
    "constant": (c.array, "x=value dtype shape"),
    "variable": (c.array, "x=value dtype"),
    "eye": (c.eye, "rows=size dtype"),
    "random_normal": (c.random, "shape mean stddev dtype seed"),
    "random_uniform": (c.uniform, "shape low=minval high=maxval dtype seed"),
}
# Under `tensorflow.keras` they are still there, and do not take tensors of Keras.
register("tensorflow", "keras.backend.", _TABLE)
register("keras", "?keras.backend.", _TABLE)

_SETTINGS: Final = ("image_data_format", "floatx", "epsilon", "dtype_policy")
_MODULES: Final = ("keras.backend", "keras.config")


@models(
    *(f"{module}.{name}" for module in _MODULES for name in _SETTINGS), "?keras.backend.image_dim_ordering"
)
def _setting(call: "Call") -> Value:
    """A setting, as it stands."""
    name = call.name.rpartition(".")[2]
    settings = call.interp.settings.items or {}
    if name == "image_dim_ordering":  # the word of Keras 1 for channels last
        return _ordering(settings.get("image_data_format"), call)
    return settings.get(name, call.unknown())


def _ordering(value: Value | None, call: "Call") -> Value:
    words = {"channels_last": "tf", "channels_first": "th"}
    known = words.get(value.value) if isinstance(value, Const) else None
    return Const(known, call.node) if known is not None else call.unknown()


@models(
    *(f"{module}.set_{name}" for module in _MODULES for name in _SETTINGS),
    "?keras.backend.set_image_dim_ordering",
)
def _set(call: "Call") -> Value:
    """`set_image_data_format("channels_first")`: holds for all layers that are made from here on."""
    name = call.name.rpartition(".")[2].removeprefix("set_")
    value = call.arguments[0].value if call.arguments and call.complete else call.unknown()
    if name == "image_dim_ordering":
        name = "image_data_format"
        words = {"tf": "channels_last", "th": "channels_first"}
        known = words.get(value.value) if isinstance(value, Const) else None
        value = Const(known, call.node) if known is not None else call.unknown()
    call.interp.journal.touch(call.interp.settings)
    changed = {name: value} if name != "floatx" else {name: value, "dtype_policy": call.unknown()}
    call.interp.settings.items = {**(call.interp.settings.items or {}), **changed}
    return Const(None, call.node)


@models("keras.backend.clear_session", "keras.utils.clear_session")
def _clear_session(call: "Call") -> Value:
    """Done for its effect."""
    return Const(None, call.node)
