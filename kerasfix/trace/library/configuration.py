"""Where scripts keep their settings: `argparse`, dataclasses."""

from typing import Any

import libcst as cst

from kerasfix.trace.calls import Call
from kerasfix.trace.library import models, python_value
from kerasfix.trace.values import (
    Bound,
    Class,
    Const,
    Function,
    Instance,
    Mapping,
    Object,
    Reference,
    Sequence,
    Unknown,
    Value,
)

# --- argparse: what holds when the script is run without arguments --------------------------------------


@models("argparse.ArgumentParser")
def _parser(call: Call) -> Value:
    return Object("argparse.ArgumentParser", {"options": Mapping({}, call.node)}, call.node)


@models("argparse.ArgumentParser.add_argument_group", "argparse.ArgumentParser.add_mutually_exclusive_group")
def _group(call: Call) -> Value:
    return call.owner or call.unknown()


@models("argparse.ArgumentParser.add_argument")
def _add_argument(call: Call) -> Value:
    """Numbers are taken at their default; a word or a flag often chooses what the script does: both ways are open."""
    options = _options(call)
    names = [
        value.value for value in call.positional if isinstance(value, Const) and isinstance(value.value, str)
    ]
    if options is None or options.items is None or not names:
        return call.unknown()
    given = call.constant("dest")
    long = next((name for name in names if name.startswith("--")), names[0])
    name = given if isinstance(given, str) else long.lstrip("-").replace("-", "_")
    default = call.get("default")
    plain = default is not None and _is_number(default) and names[0].startswith("-")
    call.interp.journal.touch(options)
    value = default if plain and default is not None else Unknown(call.node)
    options.items = {**options.items, name: value}
    return call.unknown()


def _is_number(value: Value) -> bool:
    match value:
        case Const(value=bool()):
            return False
        case Const(value=int() | float()):
            return True
        case Sequence(items=list(items)):
            return bool(items) and all(map(_is_number, items))
    return False


def _options(call: Call) -> Mapping | None:
    found = call.owner.arguments.get("options") if isinstance(call.owner, Object) else None
    return found if isinstance(found, Mapping) else None


@models("argparse.ArgumentParser.set_defaults")
def _set_defaults(call: Call) -> Value:
    options = _options(call)
    if options is not None:
        call.interp.journal.touch(options)
        options.items = None
    return call.unknown()


@models("argparse.ArgumentParser.parse_args", "argparse.ArgumentParser.parse_known_args")
def _parse(call: Call) -> Value:
    options = _options(call)
    known = dict(options.items) if options is not None and options.items is not None else {}
    empty = len(call.positional) == 1 and python_value(call.positional[0]) in ([], ())
    if call.arguments and not empty:  # the arguments are written out: no default need hold
        known = {}
    parsed = Object("argparse.Namespace", known, call.node)
    if call.name.endswith("known_args"):
        return Sequence("tuple", [parsed, Unknown(call.node)], call.node)
    return parsed


@models("argparse.ArgumentParser.*", "argparse.Namespace.*")
def _other(call: Call) -> Value:
    return call.unknown()


# --- dataclasses ----------------------------------------------------------------------------------------


@models("dataclasses.dataclass")
def _dataclass(call: Call) -> Value:
    """`@dataclass(frozen=True)`."""
    return Object("dataclasses.dataclass", {}, call.node)


@models("dataclasses.field")
def _field(call: Call) -> Value:
    """What a field holds that is not given: its `default`, or what its `default_factory` makes."""
    return Object("dataclasses.field", {a.keyword: a.value for a in call.arguments if a.keyword}, call.node)


def fill_fields(call: Call, cls: Class, instance: Instance) -> None:
    """What the constructor of a dataclass does."""
    names = _field_names(cls)
    given: dict[str, Value] = dict(zip(names, call.positional, strict=False))
    given |= {argument.keyword: argument.value for argument in call.arguments if argument.keyword}
    for name in names:
        value = given.get(name)
        if value is None:
            value = _default(call, cls.find(name)) if call.complete else Unknown(call.node)
        instance.attributes[name] = value
    method = cls.find("__post_init__")
    if isinstance(method, Function):
        call.interp.call(Bound(instance, "__post_init__"), [], True, call.node)


def _default(call: Call, value: Value | None) -> Value:
    if not isinstance(value, Object) or value.cls != "dataclasses.field":
        return value or Unknown(call.node)
    if (default := value.arguments.get("default")) is not None:
        return default
    factory = value.arguments.get("default_factory")
    if isinstance(factory, (Function, Reference, Class)):
        return call.interp.call(factory, [], True, call.node)
    return Unknown(call.node)


def _field_names(cls: Class) -> list[str]:
    """The annotated names in the bodies of a class and of those that it derives from, these first."""
    names: dict[str, Any] = {}
    for base in reversed(cls.bases):
        if isinstance(base, Class):
            names |= dict.fromkeys(_field_names(base))
    assert isinstance(cls.origin, cst.ClassDef)
    for line in cls.origin.body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
                names[small.target.value] = None
    return list(names)
