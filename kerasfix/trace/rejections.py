"""Which argument of a layer Keras refuses."""

from kerasfix.keras.layers import LayerConfig, NumpyInteger, construct
from kerasfix.keras.shape import Rejected
from kerasfix.trace.library import python_value
from kerasfix.trace.library.layers import config
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.values import Argument


def refused_argument(record: LayerRejected) -> tuple[str, object, Argument] | None:
    """The argument that a constructor refuses: its name (the message begins with it), value, and node."""
    name = _refused_name(record.rejected)
    argument = record.layer.arguments.get(name)
    return None if argument is None else (name, python_value(argument.value), argument)


def refused_whole_number(record: LayerRejected) -> tuple[str, float | NumpyInteger, Argument] | None:
    """The argument, as above, that the constructor would take if it were a Python integer of the same value."""
    name, value, argument = refused_argument(record) or ("", None, None)
    if argument is None or not isinstance(value, float | NumpyInteger):
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    layer = config(record.layer)
    try:
        construct(LayerConfig(layer.class_name, {**layer.config, name: int(value)}))
    except Rejected as rejected:
        if _refused_name(rejected) == name:
            return None
    return name, value, argument


def _refused_name(rejected: Rejected) -> str:
    return rejected.message.partition(" ")[0].partition("=")[0].strip("`'\"")
