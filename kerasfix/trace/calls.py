"""What calls do: functions of the script are followed, those of libraries are known or left alone."""

from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from kerasfix.trace import library
from kerasfix.trace.flow import MAX_DEPTH, Flow
from kerasfix.trace.gradients import after_call
from kerasfix.trace.outdated import modernised, present_name
from kerasfix.trace.records import KerasCall
from kerasfix.trace.returned import DatasetSplit, Dropped, Log
from kerasfix.trace.scope import Scope, join_all
from kerasfix.trace.symbolic import builtin_on_tensor
from kerasfix.trace.tape import Tape
from kerasfix.trace.values import (
    Argument,
    Array,
    Bound,
    Class,
    Const,
    Frame,
    Function,
    Instance,
    Layer,
    Mapping,
    Model,
    Object,
    Partial,
    Reference,
    Super,
    Taint,
    Tensor,
    Unknown,
    Value,
    taint_of,
)
from kerasfix.trace.values import Sequence as SequenceValue

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


GENERATOR: Final = "types.GeneratorType"
"""What a function of the script with a `yield` returns: an `Object` whose `element` is what it yields."""


class Call:
    """One call of a library's function, class or method, as its handler sees it."""

    __slots__ = ("arguments", "complete", "interp", "name", "node", "owner", "via")

    def __init__(
        self,
        interp: "Interpreter",
        name: str,
        arguments: list[Argument],
        complete: bool,
        node: cst.Call,
        owner: Value | None = None,
        via: str = "",
    ) -> None:
        self.interp = interp
        self.name = name
        """The canonical name: `numpy.expand_dims`, `keras.layers.Dense`, `Array.reshape`."""
        self.arguments = arguments
        self.complete = complete
        """Whether all arguments are seen; False after an unknown `*args` or `**kwargs`."""
        self.node = node
        self.owner = owner
        """The value whose method is called."""
        self.via = via

    def argument(self, name: str, position: int | None = None) -> Argument | None:
        """An argument by keyword or position (from 0, `self` not counted)."""
        positional = 0
        for argument in self.arguments:
            if argument.keyword == name:
                return argument
            if argument.keyword is None:
                if positional == position:
                    return argument
                positional += 1
        return None

    def get(self, name: str, position: int | None = None) -> Value | None:
        """The value of an argument, None where it is not given."""
        argument = self.argument(name, position)
        return argument.value if argument else None

    def constant(self, name: str, position: int | None = None, default: Any = None) -> Any:
        """A constant argument as a Python value (tuples and lists too); `library.UNKNOWN` where not known."""
        value = self.get(name, position)
        if value is None:
            return default if self.complete else library.UNKNOWN
        return library.python_value(value)

    @property
    def positional(self) -> list[Value]:
        """The values of the positional arguments."""
        return [argument.value for argument in self.arguments if argument.keyword is None]

    @property
    def values(self) -> list[Value]:
        """The values of all arguments."""
        return [argument.value for argument in self.arguments]

    @property
    def taint(self) -> Taint:
        """What the arguments and the owner depend on."""
        return taint_of(self.owner, *self.values)

    def unknown(self) -> Unknown:
        """A result of which nothing is known."""
        return Unknown(self.node, self.taint)


def call_value(
    interp: "Interpreter", value: Value, arguments: list[Argument], complete: bool, node: cst.Call
) -> Value:
    """The result of calling a value."""
    if interp.tapes:
        from kerasfix.trace.library.tapes import notice

        notice(interp.tapes, value, arguments, node)
    match value:
        case Reference():
            return _call_reference(interp, value, arguments, complete, node)
        case Bound():
            return _call_method(interp, value, arguments, complete, node)
        case Function():
            return call_function(interp, value, arguments, complete, node)
        case Class():
            return _instantiate(interp, value, arguments, complete, node)
        case Partial():
            named = {argument.keyword for argument in arguments}
            kept = [given for given in value.arguments if given.keyword is None or given.keyword not in named]
            return call_value(interp, value.function, [*kept, *arguments], complete, node)
        case Layer() | Model():
            handler = library.find("Layer.__call__" if isinstance(value, Layer) else "Model.__call__")
            call = Call(interp, "__call__", arguments, complete, node, value)
            return handler(call) if handler else call.unknown()
        case Object(cls=cls) if cls.startswith("keras.losses.") and (
            handler := library.find("Loss.__call__")
        ):
            return handler(Call(interp, "Loss.__call__", arguments, complete, node, value))
        case Instance():
            method = value.cls.find("__call__")
            if isinstance(method, Function):
                return call_function(interp, method, [_self(value, node), *arguments], complete, node)
    interp.escape(*(argument.value for argument in arguments))
    return Unknown(node, taint_of(value, *(argument.value for argument in arguments)))


def _self(value: Value, node: cst.Call) -> Argument:
    return Argument(value, cst.Arg(node.func))


def _call_reference(
    interp: "Interpreter", value: Reference, arguments: list[Argument], complete: bool, node: cst.Call
) -> Value:
    call = Call(interp, value.name, arguments, complete, node, via=value.via)
    if value.via:
        record = _note_call(call, value.name.lstrip("?"), exists=not value.name.startswith("?"))
        call.arguments = modernised(value.name, value.via, arguments)
        call.name = present_name(value.name, value.via)
        record.result = _result(call, value)
        return record.result
    return _result(call, value)


def _result(call: Call, value: Reference) -> Value:
    """What a call of something of a library gives."""
    interp = call.interp
    if call.name.startswith("?"):
        return _call_missing(call)
    if value.name.startswith("numpy.") and interp.graph:
        from kerasfix.trace.graph import numpy_on_tensor

        if (result := numpy_on_tensor(interp, value, call.arguments, call.node)) is not None:
            return after_call(call, result)
    if call.name.startswith(("numpy.", "tensorflow.", "keras.backend.")) and not interp.graph:
        from kerasfix.trace.graph import on_keras_tensor

        if (result := on_keras_tensor(call)) is not None:
            return result
    if call.name.startswith(("builtins.", "math.")):
        builtin_on_tensor(call)
    if handler := library.find(call.name):
        return after_call(call, handler(call)) if interp.graph else handler(call)
    if call.name.partition(".")[0] not in library.HARMLESS and not _is_class_name(call.name):
        interp.escape(*call.values)
    return call.unknown()


def _is_class_name(name: str) -> bool:
    """Whether a name is that of a class, as everybody writes them: its objects keep what they are given as it is."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper()


def _note_call(call: Call, name: str, *, exists: bool) -> KerasCall:
    record = KerasCall(
        name, exists, call.via, call.arguments, call.complete, call.node, call.interp.statement, call.owner
    )
    call.interp.report(record, call.node)
    return record


def _call_missing(call: Call) -> Value:
    """Something that Keras does not have: every dataset's `load_data()` still returns a pair of pairs."""
    if call.name.startswith("?keras.datasets.") and call.name.endswith(".load_data"):
        pairs: list[Value] = [
            SequenceValue("tuple", [Unknown(call.node), Unknown(call.node)], call.node) for _ in range(2)
        ]
        return DatasetSplit(call.name[1:].removesuffix(".load_data"), pairs, call.node)
    if handler := library.find(call.name):  # what has moved still does what it did
        return after_call(call, handler(call)) if call.interp.graph else handler(call)
    return call.unknown()


# How the methods of a kind of value are called in the library's tables.
_OWNERS: dict[type[Value], str] = {
    Array: "Array",
    Frame: "Frame",
    Tensor: "Tensor",
    Model: "Model",
    Layer: "Layer",
    Object: "Object",
    SequenceValue: "Sequence",
    DatasetSplit: "Sequence",
    Mapping: "Mapping",
    Log: "Mapping",
    Const: "Const",
    Tape: "Tape",
}


def _call_method(
    interp: "Interpreter", value: Bound, arguments: list[Argument], complete: bool, node: cst.Call
) -> Value:
    owner, method = value.owner, own_method(value)
    if isinstance(owner, Super):
        owner = owner.owner
    if method is not None:
        result = call_function(interp, method, [_self(owner, node), *arguments], complete, node)
        if isinstance(owner, Model) and value.name == "compile" and not isinstance(value.owner, Super):
            return _compiled_by_itself(interp, owner, result, node)
        return result
    kind = _OWNERS.get(type(owner), "")
    if isinstance(owner, Object) and (
        not owner.cls.startswith("keras.") or owner.cls.startswith("keras.preprocessing.")
    ):
        kind = owner.cls
    call = Call(interp, f"{kind}.{value.name}", arguments, complete, node, owner)
    if cls := _keras_class(owner):
        from kerasfix.keras import api

        exists = value.name in api.methods(cls)
        if exists or not _may_have_more(owner):
            _note_call(call, f"{cls}.{value.name}", exists=exists)
    if handler := library.find(call.name) or library.find(f"{kind}.*"):
        return handler(call)
    interp.escape(owner, *call.values)
    return call.unknown()


def _compiled_by_itself(interp: "Interpreter", model: Model, result: Value, node: cst.Call) -> Value:
    """What a `compile` of the script's own gives; it may do without that of Keras."""
    if model.compiled is None:
        interp.journal.touch(model)
        model.in_sight = False
    nothing = isinstance(result, Const) and result.value is None
    return Dropped(model, "compile", node) if nothing else result


def _may_have_more(owner: Value) -> bool:
    """Whether an object of a class of the script may have methods that are not seen: from a base, or made by hand."""
    instance = getattr(owner, "instance", None)
    if not isinstance(instance, Instance):
        return False
    others = {name for name in instance.cls.library_bases() if not name.startswith("keras.")} - {
        "builtins.object"
    }
    return bool(others) or instance.cls.find("__getattr__") is not None


def own_method(bound: Bound) -> Function | None:
    """The method that the script itself defines, seen from an object, from a class, or by `super()`."""
    found: Value | None = None
    match bound.owner:
        case Instance(cls=cls) | Model(instance=Instance(cls=cls)) | Layer(instance=Instance(cls=cls)):
            found = cls.find(bound.name)
        case Class() as cls:
            found = cls.find(bound.name)
        case Super(cls=cls):
            above = (base.find(bound.name) for base in cls.bases if isinstance(base, Class))
            found = next((member for member in above if member is not None), None)
    return found if isinstance(found, Function) else None


def _keras_class(owner: Value) -> str | None:
    """The class of Keras whose method is called."""
    match owner:
        case Model():
            return "keras.models.Sequential" if owner.kind == "Sequential" else "keras.models.Model"
        case Layer():
            return f"keras.layers.{owner.cls}"  # `Layer` for classes of the script's own
        case Object(cls=cls) if cls.startswith("keras."):
            return cls
    return None


def _instantiate(
    interp: "Interpreter", cls: Class, arguments: list[Argument], complete: bool, node: cst.Call
) -> Value:
    if any(name.startswith("keras.") for name in cls.library_bases()):
        from kerasfix.trace.library.subclassing import instantiate

        if (made := instantiate(interp, cls, arguments, complete, node)) is not None:
            return made
    instance = Instance(cls, {}, node)
    interp.journal.born(instance)
    init = cls.find("__init__")
    if isinstance(init, Function):
        call_function(interp, init, [_self(instance, node), *arguments], complete, node)
    elif cls.dataclass:
        from kerasfix.trace.library.configuration import fill_fields

        fill_fields(Call(interp, cls.name, arguments, complete, node), cls, instance)
    else:
        interp.escape(*(argument.value for argument in arguments))
    return instance


def call_function(
    interp: "Interpreter",
    function: Function,
    arguments: list[Argument],
    complete: bool,
    node: cst.CSTNode | None,
) -> Value:
    """Follow a function of the script; `complete` is False where arguments are missing that nobody knows."""
    from kerasfix.trace.interpreter import Frame

    function.called = True
    depth = sum(frame.function is function for frame in interp.frames)
    if len(interp.frames) > MAX_DEPTH or depth > 2:
        interp.escape(*(argument.value for argument in arguments))
        return Unknown(node, taint_of(*(argument.value for argument in arguments)))
    scope = Scope("function", function.scope)
    scope.names = _bind(function, arguments, complete)
    frame = Frame(function)
    interp.frames.append(frame)
    statement, loops = interp.statement, interp.loops
    try:
        with interp.within(scope):
            if isinstance(function.node, cst.Lambda):
                return interp.evaluate(function.node.body)
            flow = interp.execute(function.node.body.body)
    finally:
        interp.frames.pop()
        interp.statement, interp.loops = statement, loops
    if frame.generator:
        return Object(GENERATOR, {"element": join_all(frame.yielded)}, node)
    if flow is Flow.RAISE and not frame.returns:
        return Unknown(node)
    return join_all(frame.returns) if frame.returns else Const(None, node)


def parameters_of(function: Function) -> list[str]:
    """The names that a function's arguments may be given by."""
    parameters = function.node.params
    several = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
    return [parameter.name.value for parameter in several]


def _bind(function: Function, arguments: list[Argument], complete: bool) -> dict[str, Value]:
    """The parameters of a function with their values."""
    parameters = function.node.params
    plain = [parameter.name.value for parameter in (*parameters.posonly_params, *parameters.params)]
    named = [*plain, *(parameter.name.value for parameter in parameters.kwonly_params)]
    names: dict[str, Value] = {}
    rest: list[Value] = []
    extra: dict[Any, Value] = {}
    positional = [argument for argument in arguments if argument.keyword is None]
    for position, argument in enumerate(positional):
        if position < len(plain):
            names[plain[position]] = argument.value
        else:
            rest.append(argument.value)
    for argument in arguments:
        if argument.keyword is not None:
            (names if argument.keyword in named else extra)[argument.keyword] = argument.value
    for name in named:
        if name not in names:
            default = function.defaults.get(name)
            names[name] = default if default is not None and complete else Unknown(function.node)
    if isinstance(parameters.star_arg, cst.Param):
        names[parameters.star_arg.name.value] = SequenceValue("tuple", rest if complete else None)
    if parameters.star_kwarg is not None:
        names[parameters.star_kwarg.name.value] = Mapping(extra if complete else None)
    return names
