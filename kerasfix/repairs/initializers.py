"""Initializers that are functions of the script: Keras 3 calls them as `f(shape, dtype=...)`."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.syntax.edits import insert
from kerasfix.syntax.module import Module
from kerasfix.trace.values import Argument, Function

_OLD = frozenset({"init", "inner_init", "forget_bias_init", "beta_init", "gamma_init"})


def without_dtype(argument: Argument) -> Function | None:
    """The function given as an initializer, where it cannot be called as Keras does."""
    keyword, function = argument.keyword or "", argument.value
    if not isinstance(function, Function) or not (keyword.endswith("initializer") or keyword in _OLD):
        return None
    parameters = function.node.params
    names = {parameter.name.value for parameter in (*parameters.params, *parameters.kwonly_params)}
    return None if "dtype" in names or parameters.star_kwarg is not None else function


def take_dtype(module: Module, function: Function) -> tuple[Edit, ...] | None:
    """The parameter `dtype`, and a default for the `name` of Keras 1; None where there are others."""
    parameters = function.node.params
    plain = parameters.params
    if not plain or parameters.star_arg != cst.MaybeSentinel.DEFAULT or parameters.kwonly_params:
        return None
    edits: list[Edit] = []
    for parameter in plain[1:]:
        if parameter.default is None:
            if parameter.name.value != "name":
                return None
            edits.append(insert(module.span(parameter.name)[1], "=None"))
    last = plain[-1]
    end = module.span(last.default if last.default is not None else last.annotation or last.name)[1]
    return (*edits, insert(end, ", dtype=None"))
