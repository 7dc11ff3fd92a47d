"""The abstract interpreter: runs a script on abstract values, in order, without executing any of it."""

import builtins
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import libcst as cst

from kerasfix.keras.naming import Names
from kerasfix.syntax.module import Module
from kerasfix.trace import statements, unbound
from kerasfix.trace.calls import call_function, call_value, parameters_of
from kerasfix.trace.expressions import evaluate
from kerasfix.trace.flow import MAX_LOOP_STEPS, MAX_MODELS, MAX_STEPS, Flow, OutOfBudget
from kerasfix.trace.graph import from_outside
from kerasfix.trace.records import Compile, NotFollowed, Program, Record
from kerasfix.trace.scope import Journal, Scope
from kerasfix.trace.tape import Tape
from kerasfix.trace.values import (
    CLEAN,
    Argument,
    Class,
    Const,
    Function,
    Instance,
    Mapping,
    Model,
    Object,
    Reference,
    Taint,
    Tensor,
    Unknown,
    Value,
)
from kerasfix.trace.values import Frame as TableValue
from kerasfix.trace.values import Sequence as SequenceValue

_BUILTINS = frozenset(dir(builtins)) | {
    "__name__",
    "__file__",
    "__doc__",
    "__builtins__",
    "__path__",
    "__package__",
    "__spec__",
    "__loader__",
    "get_ipython",
    "display",
    "WindowsError",
}


_SETTINGS = {
    "image_data_format": "channels_last",
    "floatx": "float32",
    "epsilon": 1e-7,
    "dtype_policy": "float32",
}


def _does_something(body: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> bool:
    """Whether code is there to be run, and not only to define what others import."""
    for statement in body:
        match statement:
            case (
                cst.SimpleStatementLine(body=[cst.Expr(value=cst.Call()), *_])
                | cst.For()
                | cst.While()
                | cst.With()
            ):
                return True
            case cst.If(body=cst.IndentedBlock(body=inner)) if _does_something(inner):
                return True
    return False


def _is_left_alone(function: Function, used: set[str]) -> bool:
    """Whether nothing can call a function of a script in which only these names are used."""
    if not isinstance(function.node, cst.FunctionDef) or function.node.decorators:
        return False
    owner = function.owner
    if owner is not None:  # what derives from a class of a library is called from there
        return owner.name not in used and not owner.library_bases()
    return function.name not in used


class Frame:
    """One call of a function under way."""

    __slots__ = ("function", "generator", "returns", "yielded")

    def __init__(self, function: Function | None) -> None:
        self.function = function
        self.returns: list[Value] = []
        self.yielded: list[Value] = []
        self.generator = False


class Interpreter:
    """The state of one run. What expressions, statements and calls mean is in the modules beside this one."""

    def __init__(self, module: Module) -> None:
        assert module.tree is not None
        self.module = module
        self.program = Program()
        self.journal = Journal()
        self.globals = Scope("module")
        self.scope = self.globals
        self.frames = [Frame(None)]
        self.statement: cst.CSTNode | None = None
        self.functions: list[Function] = []
        self.names = unbound.UnboundNames(self)
        self.steps = 0
        self.loops = 0
        self.guarded = 0
        """Inside a `try` whose errors are handled, nothing is reported: the author expects it to fail."""
        self.graph: list[tuple[str, Function | None]] = []
        """What part of a graph is being run: `the loss custom_loss`, ..."""
        self.outside: list[cst.CSTNode] = []
        """Where the loss under way names tensors of the model that are no parameters of its own."""
        self.control: Taint = CLEAN
        """What the conditions met in the function under way depend on."""
        self.tapes: list[Tape] = []
        """The gradient tapes that record what is done."""
        self.made: list[tuple[Object, str, cst.CSTNode | None]] = []
        """Optimizers, regularizers ...: of which kind, and by which statement."""
        self.cuts: list[tuple[cst.CSTNode, str]] = []
        """Where the gradient of the loss under way was lost, and in which function."""
        self.labels = Names()
        """The names that Keras gives to layers and models."""
        self.settings = Mapping({name: Const(value) for name, value in _SETTINGS.items()})
        """What `keras.config` tells, as far as the script changes it: else Keras's own settings."""
        self.unreached = False
        """In a function that nothing in the script calls, or hands on to what might."""
        self.open_names = False
        """Names may be bound in ways that cannot be seen (`from x import *`, `exec`)."""
        self._reported: dict[tuple[type, int], list[Model | None]] = {}

    def run(self) -> Program:
        """Follow the script to its end, then the functions that nothing has called."""
        assert self.module.tree is not None
        try:
            statements.execute_body(self, self.module.tree.body)
            self._run_uncalled()
        except OutOfBudget:
            self._stopped(f"it takes more than {MAX_STEPS:,} steps")
        except RecursionError:
            self._stopped("it is nested too deeply")
        except Exception as error:  # a bug of ours: what was found until here is true all the same
            self.program.failure = error
        self.names.settle()
        if self.made:
            from kerasfix.trace.unused import settle

            settle(self)
        return self.program

    def _stopped(self, reason: str) -> None:
        self.program.records.append(NotFollowed(reason, self.statement))

    def _run_uncalled(self) -> None:
        """What stands in a function that the script never calls is looked at with unknown arguments."""
        assert self.module.tree is not None
        runs = bool(self.program.models) or _does_something(self.module.tree.body)
        runs = runs and "__all__" not in self.module.bound_names
        used = set(self.program.reads)
        for function in self.functions:
            if not function.called:
                function.called = True
                self.unreached = runs and _is_left_alone(function, used)
                self.journal.begin()
                try:
                    call_function(self, function, self._likely_arguments(function), complete=False, node=None)
                finally:
                    self.journal.undo()

    def _likely_arguments(self, function: Function) -> list[Argument]:
        """`history`, given to a function, is that of a training in this script."""
        from kerasfix.trace.logs import any_log

        named = [name for name in ("history", "hist") if name in parameters_of(function)]
        compiles = [record for record in self.program.records if isinstance(record, Compile)]
        log = any_log(compiles) if named and compiles else None
        if log is None:
            return []
        history = Object("keras.callbacks.History", {"log": log}, function.node)
        return [Argument(history, cst.Arg(cst.Name(name)), name) for name in named]

    # What the other modules of the trace use.

    def evaluate(self, node: cst.BaseExpression) -> Value:
        """The value of an expression."""
        self.spend()
        return evaluate(self, node)

    def execute(self, body: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> Flow:
        """Run a block of statements."""
        return statements.execute_body(self, body)

    def call(self, value: Value, arguments: list[Argument], complete: bool, node: cst.Call) -> Value:
        """The result of calling a value."""
        return call_value(self, value, arguments, complete, node)

    def spend(self, steps: int = 1) -> None:
        """Count steps.

        Raises:
            OutOfBudget: there were too many.
        """
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise OutOfBudget

    def tired(self, start: int) -> bool:
        """Whether the innermost loop, entered at the step `start`, has had its share: half of the one around it."""
        return self.steps - start > MAX_LOOP_STEPS >> (self.loops - 1)

    def report(self, record: Record, node: cst.CSTNode, model: Model | None = None) -> None:
        """Note a fault, or a fact: once for each place in the text, or for each of a few models there."""
        places = self._reported.setdefault((type(record), id(node)), [])
        known = places if model is None else [other for other in places if other is model]
        if self.guarded or known or len(places) >= MAX_MODELS:
            return
        places.append(model)
        self.program.records.append(record)

    def note(self, model: Model) -> None:
        """A new model."""
        self.journal.born(model)
        self.program.models.append(model)

    def assign(self, name: str, value: Value, node: cst.CSTNode | None = None) -> None:
        """Bind a name in the scope under way; `node` is where it is written, if it is."""
        scope = self.globals if name in self.scope.globals else self.scope
        self.journal.touch(scope)
        scope.names[name] = value
        scope.maybe.discard(name)
        if isinstance(value, Model) and value.name is None:
            value.name = name

    def lookup(
        self, name: str, node: cst.CSTNode, attribute: str | None = None, called: bool = False
    ) -> Value:
        """The value a name is bound to; `attribute` is what is asked of it, where that is known."""
        scope = self.scope.find(name)
        if scope is not None:
            self.program.reads.setdefault(name, []).append(node)
            found = scope.names[name]
            if self.graph and isinstance(found, Tensor) and not found.graph:
                return from_outside(self, found, node)
            return found
        if name in _BUILTINS:
            return Reference(f"builtins.{name}", origin=node)
        return self.names.resolve(name, node, attribute, called)

    def in_module(self) -> bool:
        """Whether module-level code is being run, not a function."""
        return len(self.frames) == 1

    @contextmanager
    def within(self, scope: Scope) -> Iterator[None]:
        """Run something in another scope."""
        before, self.scope = self.scope, scope
        try:
            yield
        finally:
            self.scope = before

    def escape(self, *values: Value | None) -> None:
        """These values are given to code that cannot be followed: it may change them."""
        seen: set[int] = set()  # a list may hold another many times, or itself
        stack = list(values)
        while stack:
            value = stack.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            match value:
                case Model():
                    self.journal.touch(value)
                    value.known = value.in_sight = False
                case TableValue():
                    from kerasfix.trace.library.pandas import become

                    become(self, value, None)
                case SequenceValue():
                    stack += value.items or ()
                    if value.kind in {"list", "set"}:
                        self.journal.touch(value)
                        value.items = value.element = None
                case Mapping():
                    stack += (value.items or {}).values()
                    self.journal.touch(value)
                    value.items = None
                case Function() if not value.called:  # it may compile any model when it is called
                    for model in self.program.models:
                        self.journal.touch(model)
                        model.in_sight = False
                case Instance():
                    self.journal.touch(value)
                    stack += value.attributes.values()
                    value.attributes = {name: Unknown() for name in value.attributes}

    def class_is(self, cls: Class, *names: str) -> bool:
        """Whether a class of the script derives from one of these library classes."""
        return not cls.library_bases().isdisjoint(names)
