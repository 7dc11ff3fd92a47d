"""Arguments of calls: renamed, put in, taken out."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.syntax.edits import insert, remove_argument
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument

Edits = tuple[Edit, ...]


def keyword_node(record: KerasCall, argument: Argument) -> cst.Name | None:
    """The keyword of an argument as it stands in the call; None where it comes out of a `**` or by position."""
    keyword = argument.node.keyword
    written = argument.node in record.node.args and not argument.node.star
    return keyword if written and keyword is not None and keyword.value == argument.keyword else None


def given(record: KerasCall, keyword: str) -> Argument | None:
    """The argument of this keyword."""
    return next((argument for argument in record.arguments if argument.keyword == keyword), None)


def has_comments(module: Module, call: cst.Call) -> bool:
    """Whether there are comments between the arguments, which new text for the call would lose."""
    start, end = module.span(call)
    between = module.text[start:end]
    for argument in reversed(call.args):
        first, last = (offset - start for offset in module.span(argument.value))
        between = between[:first] + between[last:]
    return "#" in between


def append_argument(module: Module, call: cst.Call, code: str) -> Edit:
    """One more argument behind the last one."""
    if not call.args:
        return insert(module.span(call)[1] - 1, code)
    return insert(module.span(call.args[-1].value)[1], f", {code}")


def remove_arguments(module: Module, call: cst.Call, arguments: list[cst.Arg]) -> Edits:
    """Several arguments taken out at once; those that are left keep their commas."""
    kept = [argument for argument in call.args if argument not in arguments]
    if not kept or len(arguments) == 1:
        return tuple(remove_argument(module, call, argument) for argument in arguments)
    last = call.args.index(kept[-1])
    edits: list[Edit] = []
    for number, argument in enumerate(call.args):
        if argument in arguments and number < last:
            edits.append(Edit(module.span(argument)[0], module.span(call.args[number + 1])[0], ""))
    if last + 1 < len(call.args):
        edits.append(Edit(module.span(kept[-1].value)[1], module.span(call.args[-1].value)[1], ""))
    return tuple(edits)


def write_argument(module: Module, argument: cst.Arg, code: str) -> Edit:
    """Other text in the place of an argument, keyword included."""
    return Edit(module.span(argument)[0], module.span(argument.value)[1], code)


def translated(module: Module, value: cst.BaseExpression, values: dict[str, str]) -> str | None:
    """The new text of a value that is called something else now; quotes stay as they are."""
    text = module.code(value)
    quote = text[0] if text[:1] in {"'", '"'} else ""
    new = values.get(text.replace(quote, '"') if quote else text)
    return new.replace('"', quote) if new is not None and quote else new
