"""What import statements bind, and the names that Keras does not have."""

from typing import TYPE_CHECKING

import libcst as cst

from kerasfix.trace.old_names import RemovedName
from kerasfix.trace.python import constant
from kerasfix.trace.records import UnknownKerasName
from kerasfix.trace.values import Reference, Unknown, Value

if TYPE_CHECKING:
    from kerasfix.trace.interpreter import Interpreter

# Where the whole of `tensorflow.keras` lies too, in scripts that reach for it there.
_TF_ALIASES = ("tensorflow.keras", "tensorflow.compat.v2.keras")

# Libraries of which names are known that are gone.
_LIBRARIES = ("numpy", "tensorflow")

# Modules of Keras that TensorFlow has under its own name as well: `tf.optimizers.Adam`.
_TF_MODULES = ("initializers", "losses", "metrics", "optimizers")


def reference(dotted: str, origin: cst.CSTNode | None = None, via: str = "") -> Reference:
    """A library name as written (`tensorflow.keras.layers`), as a reference to its canonical name."""
    for root in _TF_ALIASES:
        if dotted == root or dotted.startswith(root + "."):
            return Reference("keras" + dotted[len(root) :], "tensorflow.keras", origin)
    for alias in _TF_MODULES:
        if dotted == f"tensorflow.{alias}" or dotted.startswith(f"tensorflow.{alias}."):
            return Reference("keras" + dotted[len("tensorflow") :], "tensorflow.keras", origin)
    if dotted == "keras" or dotted.startswith("keras."):
        return Reference(dotted, via or "keras", origin)
    return Reference(dotted, via, origin)


def member(
    interp: "Interpreter", owner: Reference, name: str, node: cst.CSTNode, *, imported: str | None = None
) -> Value:
    """`owner.name`, for a library's module, class or function; `imported` is the name an import binds to it."""
    found = reference(f"{owner.name}.{name}", node, owner.via)
    if owner.name in _LIBRARIES and imported is None:
        from kerasfix.keras.old_libraries import GONE

        if found.name in GONE:
            interp.report(RemovedName(found.name, node), node)
            return Unknown(node)
    if (known := constant(found.name)) is not None:
        return known
    if found.name.startswith("keras.") and not _exists(found):
        if _is_module(owner):
            uses = interp.program.reads.setdefault(imported, []) if imported == name else []
            interp.report(
                UnknownKerasName(
                    owner.name, name, owner.via, node, interp.statement, imported is not None, uses
                ),
                node,
            )
            found.name = "?" + found.name  # known to be missing: only what all of its kind do is still told
        elif owner.name.startswith("keras.") and "?" not in owner.name:
            return Unknown(node)
    return found


def _exists(found: Reference) -> bool:
    from kerasfix.keras import api

    name = found.name
    if name.startswith(("keras.src", "keras._tf_keras")):  # private: not ours to judge
        return True
    return api.exists(name, "tensorflow.keras" if found.via == "tensorflow.keras" else "keras")


def _is_module(owner: Reference) -> bool:
    from kerasfix.keras import api

    return api.kind(owner.name) == "module" and not owner.name.startswith(("keras.src", "keras._tf_keras"))


def dotted_name(node: cst.BaseExpression | None) -> str:
    """`a.b.c` as a string."""
    match node:
        case cst.Name(value=name):
            return name
        case cst.Attribute(value=owner, attr=attr):
            return f"{dotted_name(owner)}.{attr.value}"
    return ""


def execute_import(interp: "Interpreter", node: cst.Import) -> None:
    """`import a.b`, `import a.b as c`."""
    for alias in node.names:
        module = _module(interp, alias.name)
        if alias.asname is not None:
            assert isinstance(alias.asname.name, cst.Name)
            interp.assign(alias.asname.name.value, module)
        else:
            root = dotted_name(alias.name).partition(".")[0]
            interp.assign(root, reference(root, alias))


def _module(interp: "Interpreter", node: cst.BaseExpression) -> Value:
    """The module of an import, with a report where Keras has no such module."""
    if isinstance(node, cst.Attribute):
        owner = _module(interp, node.value)
        if isinstance(owner, Reference):
            return member(interp, owner, node.attr.value, node.attr, imported="")
        return owner
    return reference(dotted_name(node), node)


def execute_import_from(interp: "Interpreter", node: cst.ImportFrom) -> None:
    """`from a.b import c as d`, `from a import *`."""
    if node.relative or node.module is None:
        if isinstance(node.names, cst.ImportStar):
            interp.open_names = True
        else:
            for alias in node.names:
                interp.assign(_bound_name(alias), Unknown(alias))
        return
    module = _module(interp, node.module)
    if isinstance(node.names, cst.ImportStar):
        _import_star(interp, module)
        return
    for alias in node.names:
        name = dotted_name(alias.name)
        value = (
            member(interp, module, name, alias.name, imported=_bound_name(alias))
            if isinstance(module, Reference)
            else Unknown(alias)
        )
        interp.assign(_bound_name(alias), value)


def _bound_name(alias: cst.ImportAlias) -> str:
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return dotted_name(alias.name)


def _import_star(interp: "Interpreter", module: Value) -> None:
    from kerasfix.keras import api

    if isinstance(module, Reference) and api.kind(module.name) == "module":
        for name in api.members(module.name):
            interp.assign(name, reference(f"{module.name}.{name}", via=module.via))
        return
    from kerasfix.keras.star_names import may_be_builtin, star_names

    names = star_names(module.name) if isinstance(module, Reference) else None
    if names is None or not isinstance(module, Reference):
        interp.open_names = True
        return
    for name in names:
        known = constant(f"{module.name}.{name}")
        value = known or reference(f"{module.name}.{name}")
        interp.assign(name, Unknown() if may_be_builtin(module.name, name) else value)
