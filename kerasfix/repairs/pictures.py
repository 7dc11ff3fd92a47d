"""Pictures that are read from files in other colors than the model takes."""

from collections.abc import Mapping
from typing import Final

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras.shape import ANY
from kerasfix.repairs.calls import append_argument
from kerasfix.repairs.training import quoted
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import InputMismatch

COLOR_MODES: Final[Mapping[object, str]] = {1: "grayscale", 3: "rgb", 4: "rgba"}
"""Keras's `color_mode` for each number of channels."""

# The readers, and the place of `color_mode` among their arguments.
_READERS: Final = {"flow_from_directory": 2, "flow_from_dataframe": 6, "image_dataset_from_directory": 4}


def read_in_other_colors(record: InputMismatch) -> cst.Call | None:
    """The call that reads the pictures, where only their number of channels is not the model's."""
    data, expected, reader = record.data.spec.shape, record.expected.shape, record.data.shaped
    if not isinstance(reader, cst.Call) or _name(reader) not in _READERS:
        return None
    if data is None or expected is None or len(data) != 4 or len(expected) != 4:
        return None
    if data[3] not in COLOR_MODES or expected[3] not in COLOR_MODES or data[3] == expected[3]:
        return None
    sides = zip(data[1:3], expected[1:3], strict=True)
    return reader if all(a == b or ANY in (a, b) or b is None for a, b in sides) else None


def color_mode(reader: cst.Call) -> cst.Arg | None:
    """The argument `color_mode`, where it is given."""
    for index, argument in enumerate(reader.args):
        if argument.keyword is not None:
            if argument.keyword.value == "color_mode":
                return argument
        elif index == _READERS[_name(reader)] and not any(item.star for item in reader.args[: index + 1]):
            return argument
    return None


def read_in(module: Module, reader: cst.Call, mode: str) -> Edit | None:
    """Read the pictures in this mode; None where arguments are not written out."""
    given = color_mode(reader)
    if given is None:
        starred = any(argument.star for argument in reader.args)
        return None if starred else append_argument(module, reader, f"color_mode={quoted(module, mode)}")
    if not isinstance(given.value, cst.SimpleString):
        return None
    return replace(module, given.value, quoted(module, mode, given.value))


def _name(call: cst.Call) -> str:
    match call.func:
        case cst.Attribute(attr=cst.Name(value=name)) | cst.Name(value=name):
            return name
    return ""
