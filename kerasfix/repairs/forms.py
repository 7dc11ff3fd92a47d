"""Calls written in another form: `K.flatten(x)` as `keras.ops.reshape(x, (-1,))`."""

import re
from collections.abc import Mapping, Sequence

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.keras import api
from kerasfix.keras.old_backend import FUNCTIONS, KEEP_SIGN, NOT_NEGATIVE, Function
from kerasfix.repairs.calls import has_comments
from kerasfix.syntax.edits import replace
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import spell_new
from kerasfix.syntax.references import call_of, enclosing_function, parent, parents

Edits = tuple[Edit, ...]

_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.Tuple, cst.List, cst.Integer, cst.Float)
_PARAMETER = re.compile(r"(?P<name>\w+)(?:\|(?P<other>\w+))?(?P<mark>[!?-]?)(?P<equals>=?)(?P<default>.*)")


def rewrite_call(module: Module, call: cst.Call, function: Function) -> Edits | None:
    """The call in its new form; None where an argument has no place in it."""
    if any(argument.star for argument in call.args):
        return None
    if not function.form or (function.target == "keras.ops.sqrt" and _not_negative(call.args)):
        return _rename(module, call, function)
    given = None if has_comments(module, call) else _bind(call, function)
    if given is None:
        return None
    text = re.sub(r"<([^<>]*)>", lambda part: _optional(part[1], given), function.form)
    # Inside of a module of its own the old name's owner is spelled as it stands: `K.image_data_format`.
    backend = module.code(call.func.value) if isinstance(call.func, cst.Attribute) else None
    spelled = spell_names(module, text, backend)
    if spelled is None:
        return None
    text, edits = spelled
    text = re.sub(
        r"\{(\w+)(!?)\}", lambda part: _fill(module, given[part[1]], bool(part[2]), function.literals), text
    )
    return (*edits, replace(module, call, text), *_compared(module, call, function.literals))


def starting_value(module: Module, call: cst.Call) -> Edits | None:
    """`loss = K.variable(0.)` as `loss = 0.`, where the sum that it starts is what the name means then."""
    if not call.args or not isinstance(call.args[0].value, (cst.Integer, cst.Float)):
        return None
    match parent(module, call):
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
            if any(_adds_to(node, name) for node in parents(module)):
                return (replace(module, call, module.code(call.args[0].value)),)
    return None


def shape_of_a_graph(module: Module, function: cst.Attribute) -> bool:
    """Whether a `K.shape(x)` outside of functions is given to a function of `K`, or to what it is now: as a tensor."""
    call = call_of(module, function)
    user = parent(module, parent(module, call) or call) if call is not None else None
    return (
        isinstance(user, cst.Call)
        and isinstance(user.func, cst.Attribute)
        and user.func.attr.value in FUNCTIONS
        and enclosing_function(module, user) is None
    )


def _adds_to(node: cst.CSTNode, name: str) -> bool:
    """Whether a statement is `name += ...` or `name = name + ...`."""
    match node:
        case cst.AugAssign(target=cst.Name(value=value)):
            return value == name
        case cst.Assign(
            targets=[cst.AssignTarget(target=cst.Name(value=value))],
            value=cst.BinaryOperation(left=cst.Name(value=left)),
        ):
            return value == left == name
    return False


def spell_names(module: Module, text: str, backend: str | None = None) -> tuple[str, Edits] | None:
    """A text with the full names of Keras in it spelled as the file does, and the imports that they need.

    `backend` is what `keras.backend` is called here. None where a name cannot be spelled.
    """
    edits: list[Edit] = []
    for name in dict.fromkeys(re.findall(r"\bkeras(?:\.\w+)+", text)):
        home = name.rpartition(".")[0]
        if home == "keras.backend" and backend is not None:
            spelled = backend + name.removeprefix(home)
        elif (found := spell_new(module, name)) is not None:
            spelled, imported = found
            edits += imported
        else:
            return None
        text = re.sub(rf"(?<![\w.]){re.escape(name)}\b", spelled, text)
    return text, tuple(edits)


def rename_function(module: Module, function: cst.BaseExpression, target: str) -> Edits | None:
    """Another function in the place of one that is named: `K.mean`, `mean`."""
    spelled = spell_new(module, target)
    return None if spelled is None else (replace(module, function, spelled[0]), *spelled[1])


def _rename(module: Module, call: cst.Call, function: Function) -> Edits | None:
    edits = rename_function(module, call.func, function.target)
    signature = api.signature(function.target.removeprefix("tensorflow."))
    if edits is None or signature is None:
        return None
    for argument in call.args:
        if argument.keyword is None:
            continue
        keyword = function.keywords.get(argument.keyword.value, argument.keyword.value)
        if not signature.takes(keyword):
            return None
        if keyword != argument.keyword.value:
            edits = (*edits, replace(module, argument.keyword, keyword))
    return edits


def _bind(call: cst.Call, function: Function) -> dict[str, cst.BaseExpression | str | None] | None:
    """Each old parameter with what is given for it, its default, or None; None where an argument fits nowhere."""
    given: dict[str, cst.BaseExpression | str | None] = {}
    positional = [argument for argument in call.args if argument.keyword is None]
    named = {argument.keyword.value: argument for argument in call.args if argument.keyword is not None}
    for text in re.split(r", (?=[a-z])", function.parameters) if function.parameters else ():
        match = _PARAMETER.fullmatch(text)
        assert match is not None
        name = match["name"]
        argument = (
            positional.pop(0)
            if positional
            else named.pop(name, None) or named.pop(match["other"] or "", None)
        )
        if argument is not None and match["mark"] == "?" and not _is_none(argument.value):
            return None
        if match["mark"] == "!" and (argument is None or _is_none(argument.value)):
            return None
        if argument is None and not match["mark"] and not match["equals"]:
            return None
        given[name] = argument.value if argument is not None else match["default"] or None
    return None if positional or named else given


def _is_none(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Name) and value.value == "None"


def _optional(part: str, given: Mapping[str, object]) -> str:
    return part if all(given[name] is not None for name in re.findall(r"\{(\w+)!?\}", part)) else ""


def _fill(
    module: Module, value: cst.BaseExpression | str | None, operand: bool, literals: Mapping[str, str]
) -> str:
    if not isinstance(value, cst.CSTNode):
        return str(value)
    for edit in literal_edits(module, value, literals):
        return edit.content
    text = module.code(value)
    # The learning rate of an optimizer was called `lr` where these functions were used on it.
    text = re.sub(r"\b(opt\w*)\.lr$", r"\1.learning_rate", text)
    return f"({text})" if operand and not isinstance(value, _ATOMS) and not value.lpar else text


def _compared(module: Module, call: cst.Call, literals: Mapping[str, str]) -> Edits:
    """Strings that the result is compared with, by their new names."""
    above = parent(module, call)
    if isinstance(above, cst.ComparisonTarget):
        above = parent(module, above)
    if not literals or not isinstance(above, cst.Comparison):
        return ()
    edits: list[Edit] = []
    for value in (above.left, *(target.comparator for target in above.comparisons)):
        edits += literal_edits(module, value, literals)
    return tuple(edits)


def literal_edits(module: Module, value: cst.BaseExpression, literals: Mapping[str, str]) -> Edits:
    """The strings of an expression, or of a set of them, by their new names."""
    if isinstance(value, (cst.Set, cst.Tuple, cst.List)):
        return tuple(e for element in value.elements for e in literal_edits(module, element.value, literals))
    if isinstance(value, cst.SimpleString) and value.raw_value in literals:
        return (replace(module, value, f"{value.quote}{literals[value.raw_value]}{value.quote}"),)
    return ()


def _not_negative(arguments: Sequence[cst.Arg]) -> bool:
    return len(arguments) == 1 and _sign(arguments[0].value)


def _sign(value: cst.BaseExpression) -> bool:
    """Whether an expression is never negative, as far as its text tells."""
    match value:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="maximum")), args=arguments):
            return any(_sign(argument.value) for argument in arguments)
        case cst.Call(func=cst.Attribute(attr=cst.Name(value=name)), args=arguments):
            return name in NOT_NEGATIVE or (
                name in KEEP_SIGN and bool(arguments) and _sign(arguments[0].value)
            )
        case cst.BinaryOperation(operator=cst.Add() | cst.Multiply(), left=left, right=right):
            return _sign(left) and _sign(right)
        case cst.BinaryOperation(operator=cst.Power(), right=cst.Integer(value=exponent)):
            return int(exponent, 0) % 2 == 0
    return isinstance(value, (cst.Integer, cst.Float))
