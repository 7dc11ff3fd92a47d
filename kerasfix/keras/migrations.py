"""From what Keras 1 and 2 had to what Keras 3 has: names and arguments, looked up in tables.

Names are dotted and canonical (`keras.layers.core.Dense`), as in `api`; a successor under
`tensorflow.keras` is written in full, since plain `keras` does not have it.
"""

from functools import cache
from typing import Literal

from kerasfix.keras import api, old_arguments, old_backend, old_names
from kerasfix.light import dataclass

Kind = Literal["module", "class", "function", "graph", "removed"]


@dataclass(frozen=True)
class Successor:
    """What became of a name that Keras 3 lacks."""

    kind: Kind
    """What changed: its `module` only, the name of a `class` or `function`; `graph` and `removed` have no name."""
    name: str = ""
    """The full new name, empty where there is none."""
    advice: str = ""
    """What else to know, or to write instead."""


@cache
def successor(old: str, via: api.Via = "keras") -> Successor | None:
    """What became of a name; None for names that the tables do not know, and for those that Keras 3 has."""
    if usable(old, via):
        return None
    places = [old]
    home, _, word = old.rpartition(".")
    for place in old_names.MODULES.get(home, ()):
        if place.startswith("tensorflow."):
            if exists(f"{place}.{word}"):
                return Successor("module", f"{place}.{word}")
            continue
        if usable(f"{place}.{word}", via):
            return Successor("module", f"{place}.{word}")
        places.append(f"{place}.{word}")
    for place in places:
        if place in old_names.CLASSES:
            return Successor("class", old_names.CLASSES[place], old_names.INEXACT.get(place, ""))
        if place in old_names.DEFINED:
            return Successor("class", advice=old_names.DEFINED[place])
        if place in old_names.GRAPH:
            return Successor("graph", advice=old_names.GRAPH[place])
        if place in old_names.FUNCTIONS:
            return Successor("function", old_names.FUNCTIONS[place])
        if place in old_names.ADVICE:
            removed = place.rpartition(".")[2]
            return Successor("function" if removed.islower() else "removed", advice=old_names.ADVICE[place])
    if home == "keras.backend":
        if word in old_backend.FUNCTIONS:
            entry = old_backend.FUNCTIONS[word]
            return Successor("function", entry.target, entry.note)
        if word in old_backend.ADVICE:
            return Successor("function", advice=old_backend.ADVICE[word])
    return None


def function(old: str) -> old_backend.Function | None:
    """How the calls of a function are written now."""
    home, _, word = old.rpartition(".")
    if home == "keras.backend":
        return old_backend.FUNCTIONS.get(word)
    found = successor(old)
    return old_backend.Function(found.name) if found and found.kind == "function" and found.name else None


def moved_module(name: str) -> bool:
    """Whether a module is gone whose contents the tables know."""
    return name in old_names.MODULES and not api.exists(name)


def homes(module: str) -> tuple[str, ...]:
    """Where the contents of such a module are now, best first."""
    return old_names.MODULES[module]


def usable(name: str, via: api.Via = "keras") -> bool:
    """Whether Keras 3 has a name, and it does more than raise."""
    return api.exists(name, via) and api.usable(name)


def exists(name: str) -> bool:
    """Whether a full name is there: `keras.ops.mean`, `tensorflow.keras.preprocessing.text.Tokenizer`."""
    if name.startswith("tensorflow."):
        return api.exists(name.removeprefix("tensorflow."), "tensorflow.keras")
    return api.exists(name)


def current(name: str, via: api.Via = "keras") -> str:
    """The canonical name in Keras 3 of something called under an old one; unknown names as they are."""
    found = successor(name, via)
    return api.canonical(found.name if found is not None and found.name else name)


def knows(module: str, name: str, via: str) -> bool:
    """Whether the tables know what became of a name that is not there."""
    found = successor(f"{module}.{name}", as_via(via))
    return moved_module(f"{module}.{name}") or (found is not None and found.kind != "removed")


def as_via(via: str) -> api.Via:
    """The root that a record tells, as one that `api` knows."""
    return "tensorflow.keras" if via == "tensorflow.keras" else "keras"


@cache
def call_target(name: str, via: str) -> str:
    """The canonical name in Keras 3 of what a call means: `keras.models.Model.fit` for `Sequential.fit_generator`."""
    name = current(name, as_via(via))
    owner, _, method = name.rpartition(".")
    method = old_arguments.METHODS.get(method, method) if api.family(owner) == "Model" else method
    for place in (owner, *api.bases(owner)):
        if f"{place}.{method}" in old_arguments.RENAMED or f"{place}.{method}" in old_arguments.REMOVED:
            return f"{place}.{method}"
    return f"{owner}.{method}"


def renamed_argument(target: str, keyword: str) -> str | None:
    """The new name of an argument; None where it has none, or still is one."""
    signature = api.signature(target)
    if signature is None or signature.parameter(keyword) is not None:
        return None
    for scope in _scopes(target):
        for new in old_arguments.RENAMED.get(scope, {}).get(keyword, "").split():
            if signature.parameter(new) is not None:
                return new
    return None


def packed_argument(target: str, keyword: str) -> tuple[str, tuple[str, ...]] | None:
    """The tuple that an argument became a part of: its name, and all its parts."""
    signature = api.signature(target)
    if signature is None or signature.takes(keyword):
        return None
    for new, parts in old_arguments.PACKED:
        if keyword in parts and signature.parameter(new) is not None:
            return new, parts
    return None


def removed_argument(target: str, keyword: str) -> old_arguments.Removed | None:
    """What became of an argument without a successor; None where it still is one, or the tables do not know it."""
    signature = api.signature(target)
    if signature is None or signature.parameter(keyword) is not None:
        return None
    if signature.takes(keyword) and keyword not in signature.warns:
        return None
    for scope in _scopes(target):
        if keyword in old_arguments.REMOVED.get(scope, {}):
            return old_arguments.REMOVED[scope][keyword]
    return None


def knows_argument(target: str, keyword: str) -> bool:
    """Whether the tables know what became of an argument."""
    return (
        renamed_argument(target, keyword) is not None
        or packed_argument(target, keyword) is not None
        or removed_argument(target, keyword) is not None
        or (target, keyword) in old_arguments.ELSEWHERE
    )


def _scopes(target: str) -> tuple[str, ...]:
    family = api.family(target)
    return (target, *((family,) if family else ()))
