"""The place in the text of a name that Keras does not have: an import, or an attribute."""

import libcst as cst

from kerasfix.finding import Edit
from kerasfix.light import dataclass
from kerasfix.syntax.imports import canonical, dotted_name
from kerasfix.syntax.module import Module
from kerasfix.syntax.moves import drop_alias, rename_alias, write_name
from kerasfix.syntax.references import parent, reads
from kerasfix.trace.records import UnknownKerasName


@dataclass(frozen=True)
class Place:
    """Where an unknown name stands. Exactly one of `alias`, `attribute` and `path` is set."""

    node: cst.ImportFrom | cst.Import | None = None
    """The import that it is part of."""
    alias: cst.ImportAlias | None = None
    """It is a name that `node` imports."""
    attribute: cst.Attribute | None = None
    """It is the attribute of an expression."""
    path: str = ""
    """It is a part of the module that `node` imports from: the canonical name of that module."""


def place_of(module: Module, record: UnknownKerasName) -> Place | None:
    """Where a record's name stands."""
    child: cst.CSTNode = record.node
    above = parent(module, child)
    if not record.imported:
        return Place(attribute=above) if isinstance(above, cst.Attribute) and above.attr is child else None
    alias: cst.ImportAlias | None = None
    while above is not None:
        match above:
            case cst.ImportAlias():
                alias = above
            case cst.ImportFrom(module=path) if path is child:
                return Place(node=above, path=canonical(dotted_name(path)))
            case cst.ImportFrom() | cst.Import():
                return Place(node=above, alias=alias) if alias is not None else None
        child, above = above, parent(module, above)
    return None


def uses(module: Module, place: Place) -> list[cst.Name] | None:
    """Where an imported name is read; None where that cannot be told."""
    if place.alias is None:
        return None
    return reads(module, place.alias.evaluated_alias or place.alias.evaluated_name)


def drop_unused(module: Module, place: Place) -> tuple[Edit, ...] | None:
    """The edits that remove an import whose name nothing uses (any more); None where something does."""
    if place.alias is None or not isinstance(place.node, cst.ImportFrom) or uses(module, place) != []:
        return None
    return drop_alias(module, place.node, place.alias)


def rename_edits(module: Module, place: Place, home: str, new: str) -> tuple[Edit, ...] | None:
    """Write a full new name in the place of an unknown one of the module `home`, its uses included.

    An import that nothing uses is dropped. None where the new name cannot be written there.
    """
    if place.attribute is not None:
        return write_name(module, place.attribute, home, new)
    if place.alias is None or not isinstance(place.node, cst.ImportFrom):
        return None
    if uses(module, place) == []:
        return drop_alias(module, place.node, place.alias)
    return rename_alias(module, place.node, place.alias, new)
