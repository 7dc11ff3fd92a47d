"""What expressions are worth."""

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import libcst as cst

from kerasfix.keras.shape import TensorSpec
from kerasfix.trace.arithmetic import COMPARISONS, elementwise, with_number
from kerasfix.trace.attributes import attribute
from kerasfix.trace.flow import MAX_ITEMS, MAX_NUMBER
from kerasfix.trace.fstrings import formatted
from kerasfix.trace.gradients import after_operator
from kerasfix.trace.library.arguments import computed
from kerasfix.trace.operands import check_operands
from kerasfix.trace.python import compare_version
from kerasfix.trace.python_numbers import is_python_number
from kerasfix.trace.returned import Log
from kerasfix.trace.scope import Scope, join, join_all
from kerasfix.trace.subscripts import subscript
from kerasfix.trace.symbolic import symbolic
from kerasfix.trace.values import (
    NO_FACTS,
    Argument,
    Array,
    Bound,
    Class,
    Const,
    Frame,
    Function,
    Layer,
    Mapping,
    Model,
    Object,
    Reference,
    Sequence,
    Tensor,
    Unknown,
    Value,
    taint_of,
)

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


def evaluate(interp: "Interpreter", node: cst.BaseExpression) -> Value:
    """The value of an expression; Unknown for what is not followed."""
    handler = _EXPRESSIONS.get(type(node))
    if handler is not None:
        return handler(interp, node)
    return Unknown(node)


def _name(interp: "Interpreter", node: cst.Name) -> Value:
    constant = _KEYWORDS.get(node.value, _KEYWORDS)
    if constant is not _KEYWORDS:
        return Const(constant, node)
    return interp.lookup(node.value, node)


_KEYWORDS: dict[str, Any] = {"True": True, "False": False, "None": None}


def _integer(interp: "Interpreter", node: cst.Integer) -> Value:
    try:
        return Const(int(node.value, 0), node)
    except ValueError:  # more digits than Python converts
        return Unknown(node)


def _float(interp: "Interpreter", node: cst.Float) -> Value:
    return Const(float(node.value), node)


def _string(interp: "Interpreter", node: cst.SimpleString) -> Value:
    if "\\" not in node.value and node.value[0] in "'\"":
        return Const(node.raw_value, node)
    try:
        return Const(node.evaluated_value, node)
    except (ValueError, SyntaxError):
        return Unknown(node)


def _strings(interp: "Interpreter", node: cst.ConcatenatedString) -> Value:
    """Strings side by side, of which some may be f-strings."""
    parts: list[cst.BaseExpression] = []
    rest: cst.BaseExpression = node
    while isinstance(rest, cst.ConcatenatedString):
        parts.append(rest.left)
        rest = rest.right
    values = [interp.evaluate(part) for part in (*parts, rest)]
    texts = [value.value for value in values if isinstance(value, Const)]
    if len(texts) < len(values) or len({type(text) for text in texts}) > 1:
        return Unknown(node, taint_of(*values))
    return Const(type(texts[0])().join(texts), node, taint_of(*values))


def _collection(interp: "Interpreter", node: cst.Tuple | cst.List | cst.Set) -> Value:
    kind = type(node).__name__.lower()
    items: list[Value] | None = []
    for element in node.elements:
        value = interp.evaluate(element.value)
        if isinstance(element, cst.StarredElement):
            more = iterate(interp, value)
            items = None if items is None or more is None else items + more
        elif items is not None:
            items.append(value)
    made = Sequence(kind, distinct(items) if kind == "set" and items is not None else items, node)
    if kind == "list":
        interp.journal.born(made)
    return made


def distinct(items: list[Value]) -> list[Value] | None:
    """Constants without repetition, as a set holds them; None where there are other values."""
    found: dict[Any, Value] = {}
    for item in items:
        if not isinstance(item, Const) or not _hashable(item.value) or item.value != item.value:
            return None
        found.setdefault(item.value, item)
    return list(found.values())


def _dict(interp: "Interpreter", node: cst.Dict) -> Value:
    items: dict[Any, Value] | None = {}
    for element in node.elements:
        value = interp.evaluate(element.value)
        match element:
            case cst.DictElement():
                key = interp.evaluate(element.key)
                if items is not None and isinstance(key, Const) and _hashable(key.value):
                    items[key.value] = value
                else:
                    items = None
            case _ if isinstance(value, Mapping) and value.items is not None and items is not None:
                items.update(value.items)
            case _:
                items = None
    made = Mapping(items, node)
    interp.journal.born(made)
    return made


def _hashable(value: Any) -> bool:
    return value is None or isinstance(value, (str, bytes, int, float, bool))


def _attribute(interp: "Interpreter", node: cst.Attribute) -> Value:
    if isinstance(node.value, cst.Name) and node.value.value not in _KEYWORDS:
        owner = interp.lookup(node.value.value, node.value, attribute=node.attr.value)
    else:
        owner = interp.evaluate(node.value)
    return attribute(interp, owner, node.attr.value, node)


def _call(interp: "Interpreter", node: cst.Call) -> Value:
    if isinstance(node.func, cst.Name):
        function = interp.lookup(node.func.value, node.func, called=True)
    else:
        function = interp.evaluate(node.func)
    arguments: list[Argument] = []
    complete = True
    for arg in node.args:
        value = interp.evaluate(arg.value)
        if arg.star == "*":
            items = iterate(interp, value)
            complete = complete and items is not None
            arguments += [Argument(item, arg) for item in items or ()]
        elif arg.star == "**":
            known = isinstance(value, Mapping) and value.items is not None
            complete = complete and known
            if isinstance(value, Mapping) and value.items is not None:
                arguments += [Argument(item, arg, str(key)) for key, item in value.items.items()]
        else:
            arguments.append(Argument(value, arg, arg.keyword.value if arg.keyword else None))
    return interp.call(function, arguments, complete, node)


def _subscript(interp: "Interpreter", node: cst.Subscript) -> Value:
    return subscript(interp, interp.evaluate(node.value), node)


def _binary(interp: "Interpreter", node: cst.BinaryOperation) -> Value:
    # Long sums lean to the left: walk down in a loop, not in recursion.
    spine: list[cst.BinaryOperation] = []
    inner: cst.BaseExpression = node
    while isinstance(inner, cst.BinaryOperation):
        spine.append(inner)
        inner = inner.left
    value = interp.evaluate(inner)
    for step in reversed(spine):
        interp.spend()
        right = interp.evaluate(step.right)
        value = binary_operation(interp, type(step.operator).__name__, value, right, step)
    return value


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "Divide": operator.truediv,
    "FloorDivide": operator.floordiv,
    "Modulo": operator.mod,
    "BitAnd": operator.and_,
    "BitOr": operator.or_,
    "LeftShift": lambda a, b: a << b if b < 64 else None,
    "RightShift": operator.rshift,
    "Power": lambda a, b: a**b if abs(b) < 64 and abs(a) < 10**6 else None,
}


def binary_operation(interp: "Interpreter", name: str, left: Value, right: Value, node: cst.CSTNode) -> Value:
    """`left <operator> right`; `name` is libcst's name of the operator, such as `Add`."""
    taint = taint_of(left, right)
    match left, right:
        case Const(value=a), Const(value=b) if _small(a) and _small(b) and name in _OPERATORS:
            if _grows(name, a, b):
                return Unknown(node, taint)
            try:
                result = _OPERATORS[name](a, b)
            except (ArithmeticError, TypeError, ValueError):
                return Unknown(node, taint)
            return (
                Const(result, node, taint) if result is not None and _small(result) else Unknown(node, taint)
            )
        case Sequence(items=list(a)), Sequence(items=list(b)) if name == "Add" and left.kind == right.kind:
            return Sequence(left.kind, a + b, node) if len(a) + len(b) <= MAX_ITEMS else Unknown(node, taint)
        case Sequence(items=list(a)), Const(value=int(times)) if name == "Multiply":
            known = 0 <= times * max(len(a), 1) <= MAX_ITEMS
            return Sequence(left.kind, a * times if known else None, node)
    numbers = is_python_number(left) or is_python_number(right)
    if numbers and (result := with_number(name, left, right, node, taint)) is not None:
        return result
    if isinstance(left, (Array, Tensor)) or isinstance(right, (Array, Tensor)):
        check_operands(interp, name, left, right, node)
        return after_operator(interp, name, elementwise(name, left, right, node), node)
    return Unknown(node, taint)


def _grows(name: str, left: Any, right: Any) -> bool:
    """Whether an operation may make a text that is far longer than what goes in: `"a" * 10**9`, `"%99999d" % 1`."""
    text, other = (left, right) if isinstance(left, (str, bytes)) else (right, left)
    if not isinstance(text, (str, bytes)):
        return False
    if name == "Multiply":
        return isinstance(other, int) and len(text) * other > MAX_ITEMS
    return name == "Modulo" and not {*str(text)}.isdisjoint("*0123456789")


def _small(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return abs(value) <= MAX_NUMBER
    return isinstance(value, (str, bytes)) and len(value) <= MAX_ITEMS


def _unary(interp: "Interpreter", node: cst.UnaryOperation) -> Value:
    value = interp.evaluate(node.expression)
    match node.operator, value:
        case cst.Not(), _ if (known := decide(interp, value, node.expression)) is not None:
            return Const(not known, node, value.taint)
        case cst.Minus(), Const(value=int() | float() as number):
            return Const(-number, node, value.taint)
        case cst.Plus() | cst.Minus() | cst.BitInvert(), Array():
            return Array(value.spec, node, NO_FACTS, value.shaped, value.taint)
        case cst.Plus() | cst.Minus(), Tensor():
            return computed(value.spec, [value], node, value.taint, interp.statement)
    return Unknown(node, taint_of(value))


def _comparison(interp: "Interpreter", node: cst.Comparison) -> Value:
    left = interp.evaluate(node.left)
    values = [left, *(interp.evaluate(part.comparator) for part in node.comparisons)]
    name = type(node.comparisons[0].operator).__name__
    if len(values) == 2 and name in COMPARISONS:
        right = values[1]
        if isinstance(left, Reference) and left.name == "builtins.__name__":
            return Const(True, node)  # the file is run as a script: `if __name__ == "__main__"`
        if isinstance(left, Const) and isinstance(right, Const):
            try:
                return Const(bool(COMPARISONS[name](left.value, right.value)), node, taint_of(*values))
            except TypeError:
                return Unknown(node, taint_of(*values))
        if (known := compare_version(COMPARISONS[name], left, right)) is not None:
            return Const(known, node)
        plain = [isinstance(value, Const) or is_python_number(value) for value in values]
        arrays = not all(plain) and any(isinstance(value, (Array, Tensor)) for value in values)
        if name not in ("Is", "IsNot") and arrays:
            check_operands(interp, name, left, right, node)
            return after_operator(interp, name, elementwise(name, left, right, node), node)
    match name, values:
        case "Is" | "IsNot", [Array() | Tensor(), Const(value=None)]:
            return Const(name == "IsNot", node)
        case "In" | "NotIn", [Const(value=str(text)), Log(items=dict(items), open=False)]:
            return Const((text in items) is (name == "In"), node)
    return Unknown(node, taint_of(*values))


def _boolean(interp: "Interpreter", node: cst.BooleanOperation) -> Value:
    left = interp.evaluate(node.left)
    known = decide(interp, left, node.left)
    stops = known is (not isinstance(node.operator, cst.And)) if known is not None else None
    if stops is True:
        return left
    if stops is False:
        return interp.evaluate(node.right)
    return join(left, interp.evaluate(node.right))


def _conditional(interp: "Interpreter", node: cst.IfExp) -> Value:
    known = decide(interp, interp.evaluate(node.test), node.test)
    if known is not None:
        return interp.evaluate(node.body if known else node.orelse)
    return join(interp.evaluate(node.body), interp.evaluate(node.orelse))


def _lambda(interp: "Interpreter", node: cst.Lambda) -> Value:
    defaults = {
        parameter.name.value: interp.evaluate(parameter.default)
        for parameter in (*node.params.params, *node.params.kwonly_params)
        if parameter.default is not None
    }
    function = Function(node, interp.scope, defaults)
    interp.functions.append(function)
    return function


def _named(interp: "Interpreter", node: cst.NamedExpr) -> Value:
    value = interp.evaluate(node.value)
    if isinstance(node.target, cst.Name):
        interp.assign(node.target.value, value)
    return value


def _comprehension(interp: "Interpreter", node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Value:
    made: list[Value] = []

    def element() -> Value:
        made.append(interp.evaluate(node.elt))
        return made[-1]

    results = _comprehend(interp, node.for_in, element)
    if isinstance(node, cst.SetComp):
        return Sequence("set", distinct(results) if results is not None else None, node)
    return Sequence("list", results, node, element=join_all(made) if results is None and made else None)


def _dict_comprehension(interp: "Interpreter", node: cst.DictComp) -> Value:
    pairs = _comprehend(
        interp,
        node.for_in,
        lambda: Sequence("tuple", [interp.evaluate(node.key), interp.evaluate(node.value)]),
    )
    items: dict[Any, Value] = {}
    for pair in pairs or ():
        match pair:
            case Sequence(items=[Const(value=key), value]) if _hashable(key):
                items[key] = value
            case _:
                return Mapping(None, node)
    return Mapping(items if pairs is not None else None, node)


def _comprehend(
    interp: "Interpreter", clause: cst.CompFor, element: Callable[[], Value]
) -> list[Value] | None:
    """The elements of a comprehension; None where its rounds are not known (it is tried once all the same)."""
    from kerasfix.trace.statements import assign_target

    iterable = interp.evaluate(clause.iter)
    items = rounds_of(interp, iterable, clause.iter)
    known = items is not None and len(items) <= MAX_ITEMS
    some = element_of(interp, iterable) if items is None else None
    rounds = items if items is not None and known else [some or Unknown(clause, taint_of(iterable))]
    results: list[Value] = []
    start = interp.steps
    interp.loops += 1
    with interp.within(Scope("comprehension", interp.scope)):
        for item in rounds:
            tired = interp.tired(start)
            known = known and not tired
            assign_target(interp, clause.target, join_all(rounds) if tired else item)
            tests = [decide(interp, interp.evaluate(test.test), test.test) for test in clause.ifs]
            if False in tests:
                continue
            known = known and None not in tests
            if clause.inner_for_in is not None:
                inner = _comprehend(interp, clause.inner_for_in, element)
                known = known and inner is not None
                results += inner or []
            else:
                results.append(element())
            known = known and len(results) <= MAX_ITEMS
            if tired or len(results) > MAX_ITEMS:
                break
    interp.loops -= 1
    return results if known else None


def _await(interp: "Interpreter", node: cst.Await) -> Value:
    return Unknown(node, taint_of(interp.evaluate(node.expression)))


def _yield(interp: "Interpreter", node: cst.Yield) -> Value:
    interp.frames[-1].generator = True
    inner = node.value.item if isinstance(node.value, cst.From) else node.value
    value = interp.evaluate(inner) if inner is not None else Const(None, node)
    some = element_of(interp, value) if isinstance(node.value, cst.From) else value
    interp.frames[-1].yielded.append(some if some is not None else Unknown(node))
    return Unknown(node, taint_of(value))


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; None where it is not known."""
    match value:
        case Const(value=constant):
            return bool(constant)
        case Sequence(items=list(items)):
            return bool(items)
        case Mapping(items=dict(items)):
            return bool(items)
        case Layer() | Model() | Function() | Class():
            return True  # what is imported (`from settings import DEBUG`) may be anything
    return None


def decide(interp: "Interpreter", value: Value, node: cst.CSTNode) -> bool | None:
    """`truth` of what Python itself asks for, as `if` does: symbolic tensors have none."""
    if isinstance(value, Tensor):
        symbolic(interp, value, node, "truth")
    return truth(value)


def rounds_of(interp: "Interpreter", value: Value, node: cst.CSTNode) -> list[Value] | None:
    """`iterate` for a loop of the script: there are no rounds over a symbolic tensor."""
    if isinstance(value, Tensor):
        symbolic(interp, value, node, "items")
    return iterate(interp, value)


_FEW_ROWS = 16
"""Loops over the rows of longer arrays are not unrolled: the rows are all alike."""


def iterate(interp: "Interpreter", value: Value) -> list[Value] | None:
    """The items that a loop over a value would see; None where they are not known."""
    match value:
        case Array(spec=TensorSpec(shape=(int(rows), *_))) if rows <= _FEW_ROWS:
            row = element_of(interp, value)
            return [row] * rows if row is not None else None
        case Sequence(kind="set", items=[_, _, *_] as items):  # in an order that nobody knows
            return [Unknown(value.origin, taint_of(value)) for _ in items]
        case Sequence(items=items):
            return items
        case Mapping(items=dict(items)):
            return [Const(key, value.origin) for key in items]
        case Const(value=str(text)) if len(text) <= MAX_ITEMS:
            return [Const(character, value.origin) for character in text]
        case Bound(owner=Mapping(items=dict(items)), name="items"):
            return None
    return None


def element_of(interp: "Interpreter", value: Value) -> Value | None:
    """What holds of each item that a loop over a value would see; None where nothing is known of them."""
    match value:
        case Frame():  # a loop sees the names of its columns
            return None
        case Array(spec=TensorSpec(shape=(_, *rest), dtype=dtype)) if dtype != "object":
            facts = replace(value.facts, labels=None)
            return Array(TensorSpec(tuple(rest), dtype), value.origin, facts, taint=value.taint)
        case Sequence(items=None):
            return value.element
        case Object(arguments={"element": element}):  # a pipeline of data
            return element
    items = iterate(interp, value)
    return join_all(items) if items else None


_EXPRESSIONS: dict[type[cst.CSTNode], Callable[["Interpreter", Any], Value]] = {
    cst.Name: _name,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _strings,
    cst.FormattedString: formatted,
    cst.Tuple: _collection,
    cst.List: _collection,
    cst.Set: _collection,
    cst.Dict: _dict,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Subscript: _subscript,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.Comparison: _comparison,
    cst.BooleanOperation: _boolean,
    cst.IfExp: _conditional,
    cst.Lambda: _lambda,
    cst.NamedExpr: _named,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.DictComp: _dict_comprehension,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.Ellipsis: lambda interp, node: Const(..., node),
}
