"""What statements do."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import libcst as cst

from kerasfix.trace import imports
from kerasfix.trace.attributes import assign_attribute, note_old
from kerasfix.trace.calls import call_function
from kerasfix.trace.expressions import binary_operation, decide, element_of, iterate, rounds_of
from kerasfix.trace.flow import MAX_ROUNDS, MAX_WHILE, Flow
from kerasfix.trace.outdated import present_name
from kerasfix.trace.python_numbers import INTEGER, some_number
from kerasfix.trace.returned import Dropped
from kerasfix.trace.scope import Scope, join_all
from kerasfix.trace.tape import Tape
from kerasfix.trace.values import (
    Argument,
    Array,
    Bound,
    Class,
    Const,
    Facts,
    Frame,
    Function,
    Mapping,
    Object,
    Reference,
    Unknown,
    Value,
    taint_of,
)
from kerasfix.trace.values import Sequence as SequenceValue

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter


def execute_body(interp: "Interpreter", body: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> Flow:
    """Run statements until one of them leaves the block."""
    for statement in body:
        interp.spend()
        if isinstance(statement, cst.SimpleStatementLine):
            interp.statement = statement
            flow = execute_body(interp, statement.body)
        else:
            if isinstance(statement, cst.BaseCompoundStatement):
                interp.statement = statement
            handler = _STATEMENTS.get(type(statement))
            flow = handler(interp, statement) if handler else Flow.NEXT
            flow = flow or Flow.NEXT
        if flow is not Flow.NEXT:
            return flow
    return Flow.NEXT


# Simple statements


def _expression(interp: "Interpreter", node: cst.Expr) -> None:
    interp.evaluate(node.value)


def _assign(interp: "Interpreter", node: cst.Assign) -> None:
    value = interp.evaluate(node.value)
    if isinstance(value, Dropped) and value.assignment is None:
        value.assignment = node
    for target in node.targets:
        assign_target(interp, target.target, value)


def _annotated(interp: "Interpreter", node: cst.AnnAssign) -> None:
    if node.value is not None:
        assign_target(interp, node.target, interp.evaluate(node.value))


def _augmented(interp: "Interpreter", node: cst.AugAssign) -> None:
    left = interp.evaluate(node.target)
    right = interp.evaluate(node.value)
    operator = type(node.operator).__name__.removesuffix("Assign")
    if operator == "Add" and isinstance(left, SequenceValue) and left.kind == "list":
        interp.journal.touch(left)
        items = iterate(interp, right)
        if left.items is None or items is None:
            elements = [element_of(interp, left), element_of(interp, right)]
            left.items, left.element = None, join_all(elements) if None not in elements else None
        else:
            left.items = [*left.items, *items]
        return
    assign_target(interp, node.target, binary_operation(interp, operator, left, right, node))


def assign_target(interp: "Interpreter", target: cst.CSTNode, value: Value) -> None:
    """Bind a value to what stands left of an `=`, after `for`, or after `as`."""
    match target:
        case cst.Name(value=name):
            interp.assign(name, value, target)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            _unpack(interp, elements, value)
        case cst.Attribute():
            owner = interp.evaluate(target.value)
            if target.attr.value == "lr":
                note_old(interp, owner, "lr", target)
            assign_attribute(interp, owner, target.attr.value, value)
        case cst.Subscript():
            _assign_item(interp, target, value)
        case cst.StarredElement():
            assign_target(interp, target.value, value)


def _unpack(interp: "Interpreter", elements: Sequence[cst.BaseElement], value: Value) -> None:
    items = iterate(interp, value)
    stars = [place for place, element in enumerate(elements) if isinstance(element, cst.StarredElement)]
    if items is not None and len(stars) == 1 and len(items) >= len(elements) - 1:
        start, count = stars[0], len(items) - len(elements) + 1
        rest = SequenceValue("list", items[start : start + count], value.origin)
        interp.journal.born(rest)
        items = [*items[:start], rest, *items[start + count :]]
    elif items is None or stars or len(items) != len(elements):
        items = [Unknown(value.origin, taint_of(value)) for _ in elements]
    for element, item in zip(elements, items, strict=True):
        assign_target(interp, element.value, item)


def _assign_item(interp: "Interpreter", target: cst.Subscript, value: Value) -> None:
    owner = interp.evaluate(target.value)
    keys = [
        interp.evaluate(element.slice.value) if isinstance(element.slice, cst.Index) else Unknown()
        for element in target.slice
    ]
    if isinstance(owner, (SequenceValue, Mapping)):
        interp.journal.touch(owner)
    match owner, keys:
        case Frame(), _:
            from kerasfix.trace.library.pandas import set_columns

            set_columns(interp, owner, keys)
        case Bound(owner=Frame() as frame), _:  # `df.loc[...] = ...`
            from kerasfix.trace.library.pandas import become

            become(interp, frame, None)
        case Array(), _:  # forgetting is right on every branch
            owner.facts = Facts(dataset=owner.facts.dataset)
        case Mapping(items=dict(items)), [Const(value=key)]:
            owner.items = {**items, key: value}
        case SequenceValue(items=list(items)), [Const(value=int(index))] if -len(items) <= index < len(items):
            changed = list(items)
            changed[index] = value
            owner.items = changed
        case SequenceValue(), [_]:
            known = owner.items if owner.items is not None else [owner.element]
            owner.items, owner.element = None, join_all([*known, value]) if None not in known else None
        case ((Mapping() | SequenceValue()), _):
            owner.items = None


def _delete(interp: "Interpreter", node: cst.Del) -> None:
    targets: Iterable[cst.CSTNode] = (
        [element.value for element in node.target.elements]
        if isinstance(node.target, cst.Tuple)
        else [node.target]
    )
    for target in targets:
        if isinstance(target, cst.Name) and target.value in interp.scope.names:
            interp.journal.touch(interp.scope)
            interp.scope.names.pop(target.value)
        elif isinstance(target, cst.Subscript):
            interp.escape(interp.evaluate(target.value))


def _return(interp: "Interpreter", node: cst.Return) -> Flow:
    value = interp.evaluate(node.value) if node.value is not None else Const(None, node)
    interp.frames[-1].returns.append(value)
    return Flow.RETURN


def _raise(interp: "Interpreter", node: cst.Raise) -> Flow:
    if node.exc is not None:
        interp.evaluate(node.exc)
    return Flow.RAISE


def _break(interp: "Interpreter", node: cst.Break) -> Flow:
    return Flow.BREAK


def _continue(interp: "Interpreter", node: cst.Continue) -> Flow:
    return Flow.CONTINUE


def _global(interp: "Interpreter", node: cst.Global) -> None:
    interp.scope.globals.update(item.name.value for item in node.names)


def _assert(interp: "Interpreter", node: cst.Assert) -> None:
    decide(interp, interp.evaluate(node.test), node.test)


# Compound statements


def _function(interp: "Interpreter", node: cst.FunctionDef) -> None:
    defaults = {
        parameter.name.value: interp.evaluate(parameter.default)
        for parameter in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params)
        if parameter.default is not None
    }
    function = Function(node, interp.scope, defaults)
    interp.functions.append(function)
    interp.assign(node.name.value, _decorated(interp, node, function))


def _decorated(interp: "Interpreter", node: cst.FunctionDef, function: Function) -> Value:
    """What the decorators of a function make of it: the one that stands last is called first.

    One of a library may turn a function into anything; only those known to keep it are looked through.
    """
    value: Value = function
    decorators = [interp.evaluate(decorator.decorator) for decorator in node.decorators]
    for written, decorator in zip(reversed(node.decorators), reversed(decorators), strict=True):
        name = _library_name(interp, written.decorator, decorator)
        if name in _TRANSPARENT_DECORATORS:
            function.kind += _KINDS.get(name, "")
        elif isinstance(decorator, Function):
            value = call_function(interp, decorator, [Argument(value, cst.Arg(node.name))], True, None)
        else:
            value = Unknown(node)
    return value


def _library_name(interp: "Interpreter", node: cst.BaseExpression, value: Value) -> str:
    """The name in its library of the decorator `@name` or `@name(...)`."""
    if isinstance(node, cst.Call):
        value = interp.evaluate(node.func)
    return value.name if isinstance(value, Reference) else ""


_TRANSPARENT_DECORATORS = frozenset(
    {
        "tensorflow.function",
        "builtins.staticmethod",
        "builtins.classmethod",
        "builtins.property",
        "keras.saving.register_keras_serializable",
        "keras.utils.register_keras_serializable",
        "keras.export",
        "functools.wraps",
        "functools.cache",
        "functools.lru_cache",
    }
)

_KINDS = {"builtins.staticmethod": "static", "builtins.classmethod": "class", "builtins.property": "property"}


def _class(interp: "Interpreter", node: cst.ClassDef) -> None:
    bases = [_base(interp.evaluate(base.value)) for base in node.bases]
    scope = Scope("class", interp.scope)
    before = len(interp.functions)
    with interp.within(scope):
        execute_body(interp, node.body.body)
    cls = Class(node.name.value, bases, scope.names, node)
    for function in interp.functions[before:]:
        function.owner = function.owner or cls
    decorators = [interp.evaluate(decorator.decorator) for decorator in node.decorators]
    for value in decorators:
        name = value.name if isinstance(value, Reference) else value.cls if isinstance(value, Object) else ""
        cls.dataclass = cls.dataclass or name == "dataclasses.dataclass"
    if any(name.startswith("keras.") for name in cls.library_bases()):
        from kerasfix.trace.custom import check_class

        check_class(interp, cls)
    made: Value = cls
    for decorator in reversed(decorators):
        if isinstance(decorator, Function):  # those of libraries are taken to give the class back
            made = call_function(interp, decorator, [Argument(made, cst.Arg(node.name))], True, None)
    interp.assign(node.name.value, made)


def _base(value: Value) -> Value:
    """A base class, under its present name where it has moved."""
    if isinstance(value, Reference) and value.name.startswith("?"):
        return Reference(present_name(value.name, value.via), value.via, value.origin)
    return value


def _if(interp: "Interpreter", node: cst.If) -> Flow:
    test = interp.evaluate(node.test)
    known = decide(interp, test, node.test)
    interp.control |= test.taint
    orelse: Callable[[], Flow] = lambda: _orelse(interp, node.orelse)  # noqa: E731
    if known is True:
        return execute_body(interp, node.body.body)
    if known is False:
        return orelse()
    return either(interp, lambda: execute_body(interp, node.body.body), orelse)


def _orelse(interp: "Interpreter", node: "cst.If | cst.Else | None") -> Flow:
    if node is None:
        return Flow.NEXT
    return _if(interp, node) if isinstance(node, cst.If) else execute_body(interp, node.body.body)


def either(interp: "Interpreter", *branches: Callable[[], Flow]) -> Flow:
    """Run alternatives of which one happens, each from the same state, and go on with what they share."""
    states: list[dict[Any, dict[str, Any]]] = []
    left: list[dict[Any, dict[str, Any]]] = []
    flows: list[Flow] = []
    for branch in branches:
        interp.journal.begin()
        try:
            flows.append(branch())
        finally:
            changed = interp.journal.undo()
        (states if flows[-1] is Flow.NEXT else left).append(changed)
    if not states:  # no branch goes on behind the statement
        interp.journal.join(*left)
        kinds = set(flows) - {Flow.RAISE}
        return kinds.pop() if len(kinds) == 1 else Flow.RETURN if kinds else Flow.RAISE
    interp.journal.join(*states)
    gone = [changed for changed, flow in zip(left, (f for f in flows if f is not Flow.NEXT), strict=True)
            if flow is not Flow.RAISE]  # fmt: skip
    if gone:  # a branch that returns may have changed what others hold too
        interp.journal.join({}, *gone, scopes=False)
    return Flow.NEXT


def maybe(interp: "Interpreter", body: Callable[[], Flow]) -> Flow:
    """Run something that may happen or not."""
    return either(interp, body, lambda: Flow.NEXT)


def _for(interp: "Interpreter", node: cst.For) -> Flow:
    iterable = interp.evaluate(node.iter)
    items = rounds_of(interp, iterable, node.iter)
    start = interp.steps
    interp.loops += 1
    try:
        if items is None or len(items) > MAX_ROUNDS:
            some = items[0] if items else element_of(interp, iterable)
            if items and isinstance(iterable, SequenceValue) and iterable.kind == "range":
                some = some_number(node.iter, facts=INTEGER)
            _some_rounds(interp, node, some if some is not None else Unknown(node.iter, taint_of(iterable)))
        else:
            for item in items:
                if interp.tired(start):
                    _some_rounds(interp, node, join_all(items))
                    break
                assign_target(interp, node.target, item)
                flow = execute_body(interp, node.body.body)
                if flow is Flow.BREAK:
                    return Flow.NEXT
                if flow in (Flow.RETURN, Flow.RAISE):
                    return flow
    finally:
        interp.loops -= 1
    return execute_body(interp, node.orelse.body.body) if node.orelse is not None else Flow.NEXT


def _while(interp: "Interpreter", node: cst.While) -> Flow:
    start = interp.steps
    interp.loops += 1
    try:
        for _ in range(MAX_WHILE):
            test = decide(interp, interp.evaluate(node.test), node.test)
            if test is False:
                return Flow.NEXT
            if test is not True or isinstance(node.test, (cst.Name, cst.Integer)):  # `while True`
                break
            if interp.tired(start):
                break
            flow = execute_body(interp, node.body.body)
            if flow is Flow.BREAK:
                return Flow.NEXT
            if flow in (Flow.RETURN, Flow.RAISE):
                return flow
        _some_rounds(interp, node)
    finally:
        interp.loops -= 1
    return Flow.NEXT


def _some_rounds(interp: "Interpreter", node: cst.For | cst.While, item: Value | None = None) -> None:
    """Any number of rounds of a loop, for any item like this one."""

    def once() -> Flow:
        if isinstance(node, cst.For) and item is not None:
            assign_target(interp, node.target, item)
        flow = execute_body(interp, node.body.body)
        return Flow.NEXT if flow in (Flow.BREAK, Flow.CONTINUE) else flow

    grown = interp.journal.grown
    maybe(interp, once)
    _blur(interp, node)
    if interp.journal.grown != grown and item is not None:
        maybe(interp, once)  # what is put into a list may change from round to round


def _blur(interp: "Interpreter", node: cst.For | cst.While) -> None:
    """After a loop of unknown rounds, numbers that it counts up are not known any more."""
    for statement in node.body.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        for small in statement.body:
            if isinstance(small, cst.AugAssign) and isinstance(small.target, cst.Name):
                interp.assign(small.target.value, Unknown(small))


def _try(interp: "Interpreter", node: cst.Try | cst.TryStar) -> Flow:
    interp.guarded += bool(node.handlers)
    try:
        flow = execute_body(interp, node.body.body)
    finally:
        interp.guarded -= bool(node.handlers)
    if flow is Flow.RAISE and node.handlers:
        flow = Flow.NEXT
    if flow is Flow.NEXT and node.orelse is not None:
        flow = execute_body(interp, node.orelse.body.body)
    for handler in node.handlers:
        if handler.type is not None:
            interp.evaluate(handler.type)

        def handle(handler: cst.ExceptHandler | cst.ExceptStarHandler = handler) -> Flow:
            if handler.name is not None:
                assign_target(interp, handler.name.name, Unknown(handler))
            return execute_body(interp, handler.body.body)

        interp.guarded += 1
        try:
            maybe(interp, handle)
        finally:
            interp.guarded -= 1
    if node.finalbody is not None:
        ending = execute_body(interp, node.finalbody.body.body)
        flow = ending if ending is not Flow.NEXT else flow
    return flow


def _with(interp: "Interpreter", node: cst.With) -> Flow:
    tapes: list[Tape] = []
    for item in node.items:
        value = interp.evaluate(item.item)
        entered: Value = Unknown(item, taint_of(value))
        if isinstance(value, Tape):
            entered, value.block = value, node
            tapes.append(value)
        if item.asname is not None:
            assign_target(interp, item.asname.name, entered)
    before = interp.tapes
    interp.tapes = [*before, *tapes]
    try:
        return execute_body(interp, node.body.body)
    finally:
        interp.tapes = before


def _match(interp: "Interpreter", node: cst.Match) -> Flow:
    interp.evaluate(node.subject)

    def run(case: cst.MatchCase) -> Flow:
        for name in _captured(case.pattern):
            interp.assign(name, Unknown(case))
        return execute_body(interp, case.body.body)

    branches = [lambda case=case: run(case) for case in node.cases]
    return either(interp, *branches, lambda: Flow.NEXT)


def _captured(pattern: cst.CSTNode) -> Iterable[str]:
    """The names that a pattern binds."""
    stack = [pattern]
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
            yield node.name.value
        stack.extend(node.children)


_STATEMENTS: dict[type[cst.CSTNode], Callable[["Interpreter", Any], Any]] = {
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Del: _delete,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Global: _global,
    cst.Assert: _assert,
    cst.Import: imports.execute_import,
    cst.ImportFrom: imports.execute_import_from,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
    cst.If: _if,
    cst.For: _for,
    cst.While: _while,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.With: _with,
    cst.Match: _match,
}
