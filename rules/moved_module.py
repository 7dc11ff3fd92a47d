"""A module of Keras 1, Keras 2 or tf.keras whose contents have moved.

## Why is this bad?
The import stops with `ModuleNotFoundError`, `ImportError` or `AttributeError`. `keras.layers.core` and the like are
now `keras.layers`, `keras.utils.np_utils` is `keras.utils`, `keras.objectives` is `keras.losses`; `ImageDataGenerator`,
`Tokenizer` and their neighbours are left under `tensorflow.keras.preprocessing` only; the optimizers of
`keras.optimizers.legacy` are there and raise when they are called.

## Fix safety
Safe: the names are the same, and come from where Keras 3 has them. Names of one module are imported by one
statement. Unsafe where one of the names is gone from Keras 3: it needs another fix, which is unsafe itself. There is no
fix where it is not known what became of a name.
"""

from collections.abc import Iterator

import libcst as cst

from kerasfix.finding import Applicability, Edit, Finding, Fix, Severity
from kerasfix.keras import api, migrations
from kerasfix.repairs.unknown import Place, place_of, rename_edits, uses
from kerasfix.rule import Example, Fixable, Rule
from kerasfix.syntax.edits import replace
from kerasfix.syntax.imports import canonical, dotted_name, imports
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import (
    alias_span,
    drop_alias,
    import_from,
    is_bound,
    move_names,
    write_name,
    written_like,
)
from kerasfix.syntax.references import call_of, parent
from kerasfix.syntax.references import reads as reads_of
from kerasfix.trace.records import KerasCall, UnknownKerasName

rule = Rule(__name__, "KF601", Severity.ERROR, fixable=Fixable.SOMETIMES)


@rule.on(UnknownKerasName)
def check(record: UnknownKerasName, module: Module) -> Iterator[Finding]:
    old = f"{record.module}.{record.name}"
    via = migrations.as_via(record.via)
    place = place_of(module, record)
    if place is None:
        return
    found = migrations.successor(old, via)
    if found is not None:
        if found.kind == "module":  # its module is there, the name has left it
            edits = rename_edits(module, place, record.module, found.name)
            yield _finding(module, record.node, old, f"`{found.name}`", edits)
    elif place.attribute is not None:
        yield from _check_attribute(module, record, place.attribute, old, via)
    elif migrations.moved_module(place.path or old):
        yield from _check_import(module, record, place, place.path or old, via)


@rule.on(KerasCall)
def check_call(record: KerasCall, module: Module) -> Iterator[Finding]:
    """What is there only to raise when it is called."""
    if not record.exists or migrations.usable(record.name, migrations.as_via(record.via)):
        return
    found = migrations.successor(record.name, migrations.as_via(record.via))
    if found is None or found.kind != "module":
        return
    home, _, word = record.name.rpartition(".")
    edits: tuple[Edit, ...] | None = None
    match record.node.func:
        case cst.Attribute(attr=cst.Name(value=name)) as func if name == word:
            edits = write_name(module, func, home, found.name)
        case cst.Name(value=name):
            for node, alias in _aliases(module):
                if (alias.evaluated_alias or alias.evaluated_name) == name:
                    edits = move_names(module, node, {alias: found.name})
    yield _finding(module, record.node.func, record.name, f"`{found.name}`", edits)


def _check_attribute(
    module: Module, record: UnknownKerasName, attribute: cst.Attribute, old: str, via: api.Via
) -> Iterator[Finding]:
    """`keras.layers.core.Dense`: the record is of `core`, what follows says what is meant."""
    above = parent(module, attribute)
    while isinstance(above, cst.Attribute) and above.value is attribute:
        home, old, attribute = old, f"{old}.{above.attr.value}", above
        found = migrations.successor(old, via)
        if found is not None:
            edits = write_name(module, attribute, home, found.name) if found.kind == "module" else None
            advice = f"`{found.name}`" if found.name else found.advice
            yield _finding(module, record.node, home, advice, edits)
            return
        above = parent(module, attribute)


def _check_import(
    module: Module, record: UnknownKerasName, place: Place, old: str, via: api.Via
) -> Iterator[Finding]:
    advice = f"`{migrations.homes(old)[0]}`"
    if place.path and isinstance(place.node, cst.ImportFrom):
        inner = _only_module(place.node, old)
        if inner is None:
            if old == _INITIALIZATIONS and (edits := _left_over(module, place.node)) is not None:
                yield _finding(module, record.node, old, advice, edits)
                return
            if lost := _lost(place.node, old, via):
                advice += f", which has no `{'`, no `'.join(lost)}`"
            level = Applicability.UNSAFE if _gone(place.node, old, via) else Applicability.SAFE
            yield _finding(module, record.node, old, advice, _move_path(module, place.node, old, via), level)
            return
        place, old = inner
    reads = uses(module, place)
    if old == _INITIALIZATIONS and any(call_of(module, parent(module, read) or read) for read in reads or ()):
        reads = None  # its functions are rewritten first
    words = {_word(module, read) for read in reads or ()}
    if None in words and place.alias is not None and old.rpartition(".")[2] == "merge":
        return  # the function of Keras 1
    if place.alias is not None:
        edits = _move_module(
            module, place, old, None if reads is None or None in words else words, reads or []
        )
        yield _finding(module, record.node, old, advice, edits)


_INITIALIZATIONS = "keras.initializations"
"""A module of functions, whose names mean classes now."""


def _left_over(module: Module, node: cst.ImportFrom) -> tuple[Edit, ...] | None:
    """Initializers that nothing calls any more; no edits while one is called, None where all are just named."""
    aliases = () if isinstance(node.names, cst.ImportStar) else node.names
    found = {alias: reads_of(module, alias.evaluated_alias or alias.evaluated_name) for alias in aliases}
    for alias, reads in found.items():
        if reads == []:
            return drop_alias(module, node, alias) or ()
    called = any(call_of(module, read) for reads in found.values() for read in reads or ())
    return () if called else None


def _only_module(node: cst.ImportFrom, old: str) -> tuple[Place, str] | None:
    """`from keras.layers.experimental import preprocessing`: what is imported has moved, too."""
    if isinstance(node.names, cst.ImportStar) or len(node.names) != 1:
        return None
    name = f"{old}.{node.names[0].evaluated_name}"
    return (Place(node=node, alias=node.names[0]), name) if migrations.moved_module(name) else None


def _move_path(module: Module, node: cst.ImportFrom, old: str, via: api.Via) -> tuple[Edit, ...] | None:
    """`from keras.layers.core import Dense`."""
    assert node.module is not None
    written = dotted_name(node.module)
    if isinstance(node.names, cst.ImportStar):
        return (replace(module, node.module, written_like(migrations.homes(old)[0], written)),)
    moves = _moves(node, old, via)
    hosts = []
    for other, _ in _aliases(module):
        if other is node or other.module is None or isinstance(other.names, cst.ImportStar):
            continue
        path = dotted_name(other.module)
        theirs = _moves(other, canonical(path), via) if migrations.moved_module(canonical(path)) else None
        targets = {written_like(new, path).rpartition(".")[0] for new in (theirs or {}).values()}
        if theirs and len(targets) == 1 and (edits := move_names(module, other, theirs)) is not None:
            hosts.append((other, targets.pop(), edits))
    return None if moves is None else move_names(module, node, moves, hosts=hosts)


def _lost(node: cst.ImportFrom, old: str, via: api.Via) -> list[str]:
    """Names that the tables do not know."""
    names = [] if isinstance(node.names, cst.ImportStar) else [alias.evaluated_name for alias in node.names]
    return [name for name in names if migrations.successor(f"{old}.{name}", via) is None]


def _gone(node: cst.ImportFrom, old: str, via: api.Via) -> bool:
    """Whether a name has no successor: what another rule can make of it is unsafe."""
    names = [] if isinstance(node.names, cst.ImportStar) else [alias.evaluated_name for alias in node.names]
    found = (migrations.successor(f"{old}.{name}", via) for name in names)
    return any(each is not None and not each.name for each in found)


def _moves(node: cst.ImportFrom, old: str, via: api.Via) -> dict[cst.ImportAlias, str] | None:
    """Where the names of an import are now; None where the tables do not know one of them."""
    assert not isinstance(node.names, cst.ImportStar)
    moves: dict[cst.ImportAlias, str] = {}
    for alias in node.names:
        found = migrations.successor(f"{old}.{alias.evaluated_name}", via)
        if found is None:
            return None
        # What was renamed or removed besides is what other rules tell once its module is right.
        kept = f"{migrations.homes(old)[0]}.{alias.evaluated_name}"
        moves[alias] = found.name if found.kind == "module" else kept
    return moves


def _move_module(
    module: Module, place: Place, old: str, words: set[str | None] | None, reads: list[cst.Name]
) -> tuple[Edit, ...] | None:
    """`from keras.utils import np_utils`, `import keras.utils.np_utils as np_utils`; `words` is what it is used for."""
    assert place.node is not None
    assert place.alias is not None
    if words == set() and isinstance(place.node, cst.ImportFrom):
        return drop_alias(module, place.node, place.alias)
    if isinstance(place.node, cst.Import) and place.alias.asname is None:
        home = written_like(migrations.homes(old)[0], place.alias.evaluated_name)
        return (replace(module, place.alias.name, home),)
    if words is None:
        return None
    for home in migrations.homes(old):
        if all(migrations.exists(f"{home}.{word}") for word in words):
            break
    else:
        return None
    if isinstance(place.node, cst.Import):
        return (replace(module, place.alias.name, written_like(home, place.alias.evaluated_name)),)
    if home.startswith("tensorflow."):
        return move_names(module, place.node, {place.alias: home})
    return _unfold(module, place, home, reads)


def _unfold(module: Module, place: Place, home: str, reads: list[cst.Name]) -> tuple[Edit, ...] | None:
    """Import the names themselves: `np_utils.to_categorical` becomes `to_categorical`."""
    assert isinstance(place.node, cst.ImportFrom)
    assert place.node.module is not None
    assert place.alias is not None
    path = dotted_name(place.node.module)
    edits: list[Edit] = []
    names: list[str] = []
    for read in reads:
        attribute = parent(module, read)
        assert isinstance(attribute, cst.Attribute)
        word = attribute.attr.value
        bound = is_bound(module, word, f"{home}.{word}")
        if bound is None:
            return None
        if not bound and word not in names:
            names.append(word)
        edits.append(replace(module, attribute, word))
    home = written_like(home, path)
    elsewhere = any(item.written == home and item.node is not place.node for item in imports(module))
    assert not isinstance(place.node.names, cst.ImportStar)
    if names and path == home:
        return (*edits, Edit(*alias_span(module, place.alias), ", ".join(names)))
    if names and len(place.node.names) == 1 and not elsewhere:
        return (*edits, replace(module, place.node, f"from {home} import {', '.join(names)}"))
    dropped = drop_alias(module, place.node, place.alias)
    if dropped is None:
        return None
    for name in names:
        edits += import_from(module, home, name)
    return (*edits, *dropped)


def _word(module: Module, read: cst.Name) -> str | None:
    """What of a module is used here: `to_categorical` of `np_utils.to_categorical`."""
    above = parent(module, read)
    return above.attr.value if isinstance(above, cst.Attribute) and above.value is read else None


def _aliases(module: Module) -> Iterator[tuple[cst.ImportFrom, cst.ImportAlias]]:
    """Every name that an import statement at the top level brings in."""
    for item in imports(module):
        if isinstance(item.node, cst.ImportFrom) and not isinstance(item.node.names, cst.ImportStar):
            for alias in item.node.names:
                yield item.node, alias


def _finding(
    module: Module,
    node: cst.CSTNode,
    old: str,
    new: str,
    edits: tuple[Edit, ...] | None,
    level: Applicability = Applicability.SAFE,
) -> Finding:
    fixes = (Fix(f"Use {new}", edits, level),) if edits else ()
    return rule.finding(module.span(node), f"Keras 3 has no `{old}`: use {new}", fixes=fixes)


EXAMPLES = (
    Example(
        """\
from keras.layers.core import Dense, Dropout  # <- KF601
from keras.layers.convolutional import Conv2D  # <- KF601
from keras.utils import np_utils  # <- KF601
print(Dense(3), Dropout(0.5), Conv2D(3, 3))
print(np_utils.to_categorical([0, 1]))
""",
        """\
from keras.layers import Dense, Dropout, Conv2D
from keras.utils import to_categorical
print(Dense(3), Dropout(0.5), Conv2D(3, 3))
print(to_categorical([0, 1]))
""",
    ),
    Example(
        """\
import keras
from keras.layers import Dense
from keras.layers.core import Dense, Activation as Act  # <- KF601
from keras.preprocessing.image import ImageDataGenerator, load_img  # <- KF601
from keras.preprocessing import sequence, text  # <- KF601
from keras.engine.topology import Layer, Input  # <- KF601
print(Dense(3), Act("relu"), keras.layers.pooling.MaxPooling2D(), Layer)  # <- KF601
print(ImageDataGenerator(), load_img, text.Tokenizer(), sequence.pad_sequences([[1]]))
""",
        """\
import keras
from keras.layers import Dense, Activation as Act, Layer, Input
from keras.preprocessing.image import load_img
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from keras.preprocessing import sequence
from tensorflow.keras.preprocessing import text
print(Dense(3), Act("relu"), keras.layers.MaxPooling2D(), Layer)
print(ImageDataGenerator(), load_img, text.Tokenizer(), sequence.pad_sequences([[1]]))
""",
    ),
    Example(
        """\
import tensorflow as tf
from tensorflow.keras.layers.experimental import preprocessing  # <- KF601
optimizer = tf.keras.optimizers.legacy.Adam(learning_rate=0.01)  # <- KF601
layer = tf.keras.layers.experimental.preprocessing.Rescaling(1 / 255)  # <- KF601
print(preprocessing.Resizing(8, 8))
""",
        """\
import tensorflow as tf
from tensorflow.keras.layers import Resizing
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
layer = tf.keras.layers.Rescaling(1 / 255)
print(Resizing(8, 8))
""",
    ),
    Example(
        """\
from keras.layers.core import Dense, NoSuchLayer  # <- KF601
print(Dense(3), NoSuchLayer)
"""
    ),
)
NEAR_MISSES = (
    """\
from keras.layers import Dense
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.image import load_img, img_to_array
print(Dense(3), pad_sequences, load_img, img_to_array)
""",
    """\
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.preprocessing import text, sequence
print(ImageDataGenerator(), text.Tokenizer(), sequence.TimeseriesGenerator)
""",
    """\
try:
    from keras.layers.core import Dense
except ImportError:
    from keras.layers import Dense
print(Dense(3))
""",
    """\
import tensorflow as tf
optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
print(optimizer, tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
""",
)
