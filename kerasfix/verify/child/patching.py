"""Replacing functions of Keras wherever modules hold them, with their signatures kept."""

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def same_signature(original: Function, replacement: Function) -> Function:
    """A replacement that still refuses arguments which the original does not take."""
    signature = inspect.signature(original)

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        signature.bind(*args, **kwargs)
        return replacement(*args, **kwargs)

    return wrapper


def replace_everywhere(replacements: dict[Any, Any]) -> None:
    """Put functions or classes in place of others, in every loaded module of Keras and TensorFlow's Keras.

    Keras exports one object under many paths (`keras.src`, `keras`, `keras._tf_keras`).
    """
    by_id = {id(original): replacement for original, replacement in replacements.items()}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] != "keras" or module is None:
            continue
        for attribute, value in list(vars(module).items()):
            if id(value) in by_id:
                setattr(module, attribute, by_id[id(value)])
