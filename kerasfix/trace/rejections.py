"""Which argument of a layer Keras refuses."""

from kerasfix.trace.library import python_value
from kerasfix.trace.records import LayerRejected
from kerasfix.trace.values import Argument


def refused_argument(record: LayerRejected) -> tuple[str, object, Argument] | None:
    """The argument that a constructor refuses: its name (the message begins with it), value, and node."""
    name = record.rejected.message.partition(" ")[0].partition("=")[0].strip("`'\"")
    argument = record.layer.arguments.get(name)
    return None if argument is None else (name, python_value(argument.value), argument)
