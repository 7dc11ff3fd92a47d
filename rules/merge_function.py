"""The `merge` function of Keras 1.

## Why is this bad?
The import stops with an `ImportError`. There is a function for each of its modes: `add`, `multiply`, `concatenate`,
`average`, `maximum`, `dot`.

## Fix safety
Safe for a mode that is written out, and for a function as mode, which becomes a `Lambda`; its `output_shape` goes,
since Keras 3 finds out by itself. Unsafe for `dot` and `cos`, whose axes may mean another thing.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import old_arguments
from kerasfix.repairs.calls import given, has_comments
from kerasfix.repairs.unknown import place_of, uses
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.imports import imports
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import drop_alias, spell_new
from kerasfix.syntax.references import parent
from kerasfix.trace.records import KerasCall, UnknownKerasName
from kerasfix.trace.values import Const, Function

rule = Rule(__name__, "KF612", Severity.ERROR, fixable=Fixable.SOMETIMES)

_HOMES = ("keras.layers", "keras.engine", "keras.engine.topology", "keras.layers.core", "keras.layers.merge")


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    if record.exists or record.name not in {f"{home}.merge" for home in _HOMES}:
        return
    positional = [argument for argument in record.arguments if argument.keyword is None]
    mode = given(record, "mode") or (positional[1] if len(positional) > 1 else None)
    value = "sum" if mode is None else mode.value.value if isinstance(mode.value, Const) else None
    function = old_arguments.MERGE_MODES.get(value) if isinstance(value, str) else None
    if function is None:
        message = "Keras 3 has no `merge`: what `mode` computes becomes a `Lambda` layer"
        edits = _lambda(module, record) if mode is not None and isinstance(mode.value, Function) else None
        fixes = (Fix("Use a `Lambda`", edits),) if edits else ()
        yield rule.finding(module.span(record.node.func), message, fixes=fixes)
        return
    edits = _edits(module, record, str(value), function)
    level = Applicability.UNSAFE if function == "dot" else Applicability.SAFE
    yield rule.finding(
        module.span(record.node.func),
        f"Keras 3 has no `merge`: use `keras.layers.{function}`",
        fixes=(Fix(f"Use `{function}`", edits, level),) if edits else (),
    )


@rule.on(UnknownKerasName)
def check_import(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    """The import that is left when all calls are rewritten."""
    if record.name != "merge" or not record.imported or record.module not in _HOMES:
        return
    place = place_of(module, record)
    if place is None or place.alias is None or not isinstance(place.node, cst.ImportFrom):
        return
    found = uses(module, place)
    if found is not None and any(isinstance(parent(module, use), cst.Attribute) for use in found):
        return  # the module `keras.layers.merge` of Keras 2
    edits = drop_alias(module, place.node, place.alias) if found == [] else None
    fixes = (Fix("Remove the import", edits),) if edits else ()
    message = "Keras 3 has no `merge`: it has a function for each mode, such as `keras.layers.add`"
    yield rule.finding(module.span(record.node), message, fixes=fixes)


_PARAMETERS = (
    "inputs",
    "mode",
    "concat_axis",
    "dot_axes",
    "output_shape",
    "output_mask",
    "arguments",
    "name",
)
_IGNORED = frozenset({"mode", "concat_axis", "dot_axes"})


def _given(module: Module, record: KerasCall) -> dict[str, str] | None:
    """The text of each argument, by its name; None where that cannot be told."""
    if has_comments(module, record.node):
        return None
    texts: dict[str, str] = {}
    positional = iter(_PARAMETERS)
    for argument in record.arguments:
        name = argument.keyword or next(positional, "")
        if argument.node not in record.node.args or argument.node.star or name not in _PARAMETERS:
            return None
        texts[name] = module.code(argument.node.value)
    return texts if "inputs" in texts else None


def _edits(module: Module, record: KerasCall, mode: str, function: str) -> tuple[Edit, ...] | None:
    """The call with the arguments that the new function takes."""
    texts = _given(module, record)
    kept = {"inputs": "", "name": "name="}
    if function == "concatenate":
        kept["concat_axis"] = "axis="
    if function == "dot":
        kept["dot_axes"] = "axes="
    if texts is None or texts.keys() - kept.keys() - _IGNORED:
        return None
    parts = [kept[name] + text for name, text in texts.items() if name in kept]
    if function == "dot" and "dot_axes" not in texts:
        parts.append("axes=-1")
    if mode == "cos":
        parts.append("normalize=True")
    spelled = _spell(module, record, f"keras.layers.{function}")
    if spelled is None:
        return None
    return (Edit(*module.span(record.node), f"{spelled[0]}({', '.join(parts)})"), *spelled[1])


def _lambda(module: Module, record: KerasCall) -> tuple[Edit, ...] | None:
    """A `Lambda` with the function, called on the inputs."""
    texts = _given(module, record)
    spelled = _spell(module, record, "keras.layers.Lambda")
    if texts is None or spelled is None or "output_mask" in texts:
        return None
    parts = [texts["mode"], *(f"{name}={texts[name]}" for name in ("arguments", "name") if name in texts)]
    text = f"{spelled[0]}({', '.join(parts)})({texts['inputs']})"
    return (Edit(*module.span(record.node), text), *spelled[1])


def _spell(module: Module, record: KerasCall, name: str) -> tuple[str, tuple[Edit, ...]] | None:
    func = record.node.func
    if isinstance(func, cst.Attribute) and record.name == "keras.layers.merge":
        return f"{module.code(func.value)}.{name.rpartition('.')[2]}", ()
    named = any(item.written.endswith("keras.layers") and item.bound != "*" for item in imports(module))
    return spell_new(module, name, bare=named) or spell_new(module, name)


EXAMPLES = (
    Example(
        """\
from keras.layers import Input, Dense, merge  # <- KF612
a, b = Input((3,)), Input((3,))
x = merge([a, b], mode='concat', concat_axis=-1)  # <- KF612
y = merge([Dense(3)(x), a], 'sum', name='total')  # <- KF612
""",
        """\
from keras.layers import Input, Dense, concatenate, add
a, b = Input((3,)), Input((3,))
x = concatenate([a, b], axis=-1)
y = add([Dense(3)(x), a], name='total')
""",
    ),
    Example(
        """\
import keras
from keras.layers import Input
from keras import layers
a, b = Input((3,)), Input((3,))
x = layers.merge([a, b], mode=lambda x: x[0] - x[1], output_shape=(3,), name='difference')  # <- KF612
""",
        """\
import keras
from keras.layers import Input
from keras import layers
a, b = Input((3,)), Input((3,))
x = layers.Lambda(lambda x: x[0] - x[1], name='difference')([a, b])
""",
    ),
    Example(
        """\
from keras.layers import Input
from keras import layers
print(layers.merge([Input((3,)), Input((3,))], mode=input()))  # <- KF612
"""
    ),
    Example(
        """\
from keras.layers import Input
from keras import layers
y = layers.merge([Input((3,)), Input((3,))], mode='mul')  # <- KF612
""",
        """\
from keras.layers import Input
from keras import layers
y = layers.multiply([Input((3,)), Input((3,))])
""",
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Input, add
def merge(tensors, mode):
    return add(tensors)
print(merge([Input((3,)), Input((3,))], mode='sum'))
""",
    """\
import keras
import pandas as pd
print(pd.merge(pd.DataFrame(), pd.DataFrame()), keras.layers.Concatenate)
""",
)
