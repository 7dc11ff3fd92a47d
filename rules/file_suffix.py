"""A file name whose suffix Keras 3 refuses.

## Why is this bad?
The suffix decides the format, and others stop with `ValueError`: `save` takes `.keras` (or the old `.h5`),
`save_weights` takes `.weights.h5`, and `ModelCheckpoint` the one or the other, depending on `save_weights_only`.
`ModelCheckpoint(period=)` is gone: `save_freq` counts batches.

## Fix safety
Safe: the name gets the suffix, at every place of the file where it is written. Files that were written before keep
their old names. `period=1` was the default.

Unsafe where a name that had no suffix is written elsewhere, too, as in `flow_from_directory("flowers")`: only what
saves and loads gets the new name, and the other place may mean the same file, or another thing.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import migrations
from kerasfix.repairs.calls import given, keyword_node
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import remove_argument
from kerasfix.syntax.module import Module
from kerasfix.syntax.references import parents, reads
from kerasfix.trace.records import KerasCall
from kerasfix.trace.values import Argument, Const

rule = Rule(__name__, "KF607", Severity.ERROR, fixable=Fixable.SOMETIMES)

_MODEL: tuple[str, ...] = (".keras", ".h5", ".hdf5")
_WEIGHTS: tuple[str, ...] = (".weights.h5",)
_HDF5 = frozenset({"h5", "hdf5", "h5py"})
"""What `save_format` was called for files that end in `.h5`."""
_FUNCTIONS = frozenset(
    {"save", "save_model", "save_weights", "load_model", "load_weights", "ModelCheckpoint"}
)
"""What takes the name of such a file: elsewhere, a name without a suffix may mean anything."""
_OLD = (".weights.h5", ".hdf5", ".hdf", ".h5", ".keras", ".hd5", ".model", ".weights", ".tf", ".ckpt")


@rule.on(KerasCall)
def check(record: KerasCall, module: Module) -> Iterator[Finding]:
    target = migrations.call_target(record.name, record.via)
    position = 1 if target.endswith(".save_model") else 0
    match target.rpartition(".")[2]:
        case "save" | "save_model" if "keras.models." in target or "saving" in target:
            allowed = _MODEL
        case "save_weights" if "keras.models." in target:
            allowed = _WEIGHTS
        case "ModelCheckpoint":
            yield from _check_period(module, record)
            only = given(record, "save_weights_only")
            weights = only.value.value if only and isinstance(only.value, Const) else only and None
            if weights is None and (only or not record.complete):
                return
            allowed = _WEIGHTS if weights else _MODEL[:2]
        case _:
            return
    if given(record, "zipped") or given(record, "max_shard_size"):
        return
    argument = given(record, "filepath") or _positional(record, position)
    if argument is None or not isinstance(argument.value, Const) or not isinstance(argument.value.value, str):
        return
    path = argument.value.value
    if path.endswith(allowed) or path.startswith("hf://"):
        return
    form = given(record, "save_format")
    old_form = isinstance(form.value, Const) and form.value.value in _HDF5 if form is not None else False
    new = _renamed(path, ".h5" if old_form and allowed is _MODEL else allowed[0])
    edits, applicability = _edits(module, argument, path, new)
    if edits and form is not None:
        edits = (
            (*edits, remove_argument(module, record.node, form.node)) if keyword_node(record, form) else ()
        )
    yield rule.finding(
        module.span(argument.node.value),
        f"Keras 3 refuses the file name `{path}` here: it must end in `{'` or `'.join(allowed)}`",
        fixes=(Fix(f"Rename to `{new}`", edits, applicability),) if edits else (),
    )


def _check_period(module: Module, record: KerasCall) -> Iterator[Finding]:
    period = given(record, "period")
    if period is None:
        return
    every = isinstance(period.value, Const) and period.value.value == 1
    fix = Fix("Remove `period`", (remove_argument(module, record.node, period.node),)) if every else None
    yield rule.finding(
        module.span(period.node),
        "`ModelCheckpoint` takes no `period` in Keras 3: `save_freq` is `'epoch'` or a number of batches",
        fixes=(fix,) if fix and keyword_node(record, period) else (),
    )


def _positional(record: KerasCall, position: int) -> Argument | None:
    positional = [argument for argument in record.arguments if argument.keyword is None]
    return positional[position] if len(positional) > position else None


def _renamed(path: str, suffix: str) -> str:
    stem = path
    for old in _OLD:
        if stem.lower().endswith(old) and len(stem) > len(old):
            stem = stem[: -len(old)]
            break
    if suffix == ".weights.h5":
        for word in ("_weights", "-weights"):
            stem = stem.removesuffix(word) or stem
    return stem + suffix


def _edits(module: Module, argument: Argument, path: str, new: str) -> tuple[tuple[Edit, ...], Applicability]:
    """The name by its new suffix wherever the file has it; none where it is put together from parts."""
    above = parents(module)
    written = [node for node in above if isinstance(node, cst.SimpleString) and node.evaluated_value == path]
    by_name = any(
        isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "by_name"
        for node in above
    )
    source = argument.node.value if argument.node.value in written else argument.value.origin
    if by_name or source not in written:
        return (), Applicability.SAFE
    applicability = Applicability.SAFE
    if not path.lower().endswith(_OLD):
        names = [node for node in written if _names_file(module, node)]
        if len(names) < len(written):
            applicability, written = Applicability.UNSAFE, names
        if source not in written:
            return (), applicability
    tail = len(path) - len(_common(path, new))
    edits = []
    for node in written:
        end = module.span(node)[1] - len(node.quote)
        if module.text[end - tail : end] != path[len(path) - tail :]:
            return (), applicability
        edits.append(Edit(end - tail, end, new[len(_common(path, new)) :]))
    return tuple(edits), applicability


def _names_file(module: Module, node: cst.BaseExpression) -> bool:
    """Whether a value is given to what saves and loads, by itself or by the name that it has."""
    above = parents(module)
    holder = above[node]
    if isinstance(holder, cst.Arg):
        call = above[holder]
        name = call.func if isinstance(call, cst.Call) else None
        name = name.attr if isinstance(name, cst.Attribute) else name
        return isinstance(name, cst.Name) and name.value in _FUNCTIONS
    if isinstance(holder, cst.Assign) and len(holder.targets) == 1:
        target = holder.targets[0].target
        uses = (reads(module, target.value) if isinstance(target, cst.Name) else None) or []
        return bool(uses) and all(
            isinstance(above[use], cst.Arg) and _names_file(module, use) for use in uses
        )
    return False


def _common(one: str, other: str) -> str:
    """What two names begin with."""
    size = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return one[:size]


EXAMPLES = (
    Example(
        """\
import keras
from keras.callbacks import ModelCheckpoint
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.save_weights('model_weights.h5')  # <- KF607
model.load_weights('model_weights.h5')
model.save('model')  # <- KF607
model.save('saved', save_format='tf')  # <- KF607
model.save('one_file', save_format='h5')  # <- KF607
path = "best.hdf5"
callbacks = [
    ModelCheckpoint(path, monitor='loss', period=1),  # <- KF607, KF607
    ModelCheckpoint('w.{epoch:02d}.h5', save_weights_only=True),  # <- KF607
]
""",
        """\
import keras
from keras.callbacks import ModelCheckpoint
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.save_weights('model.weights.h5')
model.load_weights('model.weights.h5')
model.save('model.keras')
model.save('saved.keras')
model.save('one_file.h5')
path = "best.keras"
callbacks = [
    ModelCheckpoint(path, monitor='loss'),
    ModelCheckpoint('w.{epoch:02d}.weights.h5', save_weights_only=True),
]
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
train = keras.utils.image_dataset_from_directory('flowers')
model.save('flowers')  # <- KF607
""",
        """\
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
train = keras.utils.image_dataset_from_directory('flowers')
model.save('flowers.keras')
""",
    ),
    Example(
        """\
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
name = 'garden'
train = keras.utils.image_dataset_from_directory(name)
model.save(name)  # <- KF607
""",
    ),
    Example(
        """\
import keras
print(keras.callbacks.ModelCheckpoint('model.keras', period=5))  # <- KF607
"""
    ),
)
NEAR_MISSES = (
    """\
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.save('model.keras')
model.save('model.h5')
model.save_weights('model.weights.h5')
model.load_weights('old.h5')
""",
    """\
import keras
import sys
from keras.callbacks import ModelCheckpoint
print(ModelCheckpoint('a.h5'), ModelCheckpoint(sys.argv[1]), ModelCheckpoint('a.weights.h5', save_weights_only=True))
""",
)
