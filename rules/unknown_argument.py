"""A keyword that the layer, optimizer, loss or method does not take.

## Why is this bad?
The call stops with `TypeError` or `ValueError`. The keyword is misspelt, belongs to another call, or to another
version of Keras. Keywords are looked up in the signatures of Keras 3, where they are known to the last one.

## Fix safety
Safe where a single keyword of the call differs in case, underscores or one letter, and where a keyword stands one
bracket too far out: `model.add(Dense(3), input_shape=(4,))`. Unsafe where the nearest keyword is less alike.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Finding, Fix, Severity
from kerasfix.keras import api, migrations
from kerasfix.repairs.calls import append_argument, given, keyword_node
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument, replace
from kerasfix.syntax.module import Module
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Layer

rule = Rule(__name__, "KF103", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    if not migrations.usable(record.name, migrations.as_via(record.via)):
        return
    target = migrations.call_target(record.name, record.via)
    signature = api.signature(target)
    if signature is None:
        return
    for argument in record.arguments:
        keyword = argument.keyword
        if keyword is None or signature.takes(keyword) or migrations.knows_argument(target, keyword):
            continue
        if (inner := _inner(record, keyword)) is not None:
            advice, fixes = (
                f"it belongs into `{module.code(inner.func)}(...)`",
                _move(module, record, argument, inner),
            )
        else:
            near = _nearest(keyword, [name for name in signature.names if not given(record, name)])
            advice = f"did you mean `{near}`?" if near else _history(target, keyword)
            fixes = _rename(module, record, argument, near) if near else ()
        owner, _, name = target.rpartition(".")
        shown = (
            record.name.rpartition(".")[2]
            if api.kind(target) == "class"
            else f"{owner.rpartition('.')[2]}.{name}"
        )
        yield rule.finding(
            module.span(argument.node), f"`{shown}` takes no `{keyword}`: {advice}", fixes=fixes
        )


def _history(target: str, keyword: str) -> str:
    """What is known of an argument that has no successor."""
    old = api.keras_2_signature(target)
    taken = old is not None and old.parameter(keyword) is not None
    return "Keras 2 took it, and it was removed" if taken else "it has no such argument"


def _inner(record: KerasCall, keyword: str) -> cst.Call | None:
    """The call of a layer in `model.add(...)` that takes the keyword."""
    if not record.name.endswith(".add") or not record.arguments:
        return None
    layer = record.arguments[0].value
    call = record.arguments[0].node.value
    if not isinstance(layer, Layer) or layer.call is not call or keyword in layer.arguments:
        return None
    signature = api.signature(f"keras.layers.{layer.cls}")
    return layer.call if signature is not None and signature.takes(keyword) else None


def _move(module: Module, record: KerasCall, argument: Argument, inner: cst.Call) -> tuple[Fix, ...]:
    if keyword_node(record, argument) is None:
        return ()
    code = f"{argument.keyword}={module.code(argument.node.value)}"
    edits = (append_argument(module, inner, code), remove_argument(module, record.node, argument.node))
    return (Fix(f"Move `{argument.keyword}` into `{module.code(inner.func)}(...)`", edits),)


def _rename(module: Module, record: KerasCall, argument: Argument, near: str) -> tuple[Fix, ...]:
    keyword = keyword_node(record, argument)
    if keyword is None:
        return ()
    level = Applicability.SAFE if _alike(keyword.value, near) else Applicability.UNSAFE
    return (Fix(f"Replace with `{near}`", (replace(module, keyword, near),), level),)


def _nearest(keyword: str, names: list[str]) -> str | None:
    import difflib

    near = difflib.get_close_matches(keyword.lower(), names, n=2, cutoff=0.75)
    return near[0] if near and (len(near) == 1 or _alike(keyword, near[0])) else None


def _alike(written: str, meant: str) -> bool:
    """Whether two words differ in case, underscores or one letter."""
    one, other = (word.lower().replace("_", "") for word in (written, meant))
    if one == other:
        return True
    start = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    rests = {one[start:], one[start + 1 :]}, {other[start:], other[start + 1 :]}
    return len(one) > 4 and bool(rests[0] & rests[1]) and abs(len(one) - len(other)) < 2


EXAMPLES = (
    Example(
        """\
from keras.models import Sequential
from keras.layers import Conv2D, Dense
model = Sequential()
model.add(Conv2D(32, 3, activation='relu'), input_shape=(28, 28, 1))  # <- KF103
model.add(Dense(10, activaton='softmax'))  # <- KF103
model.compile(optimiser='adam', loss='mse')  # <- KF103
""",
        """\
from keras.models import Sequential
from keras.layers import Conv2D, Dense
model = Sequential()
model.add(Conv2D(32, 3, activation='relu', input_shape=(28, 28, 1)))
model.add(Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='mse')
""",
    ),
    Example(
        """\
import keras
layer = keras.layers.Dense(3, colour='red')  # <- KF103
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
settings = {'activation': 'relu'}
print(keras.layers.Dense(3, **settings), keras.layers.Dense(3, name='a', dtype='float32', trainable=False))
""",
    """\
import keras
class Dense(keras.layers.Dense):
    def __init__(self, units, colour=None):
        super().__init__(units)
print(Dense(3, colour='red'))
""",
)
