"""The public API of Keras 3, looked up in `api.json` (written by `generate.py`); Keras is never imported.

A name is dotted and starts with `keras.`, whichever of `keras` and `tensorflow.keras` it was imported from:
`via` tells which. Several names may mean one thing; `canonical` picks one of them, the best to import from,
so `keras.Model` and `keras.models.Model` are both `keras.models.Model`.

What Keras keeps private (`keras.src`, names with a leading underscore) is not listed and taken to exist.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from kerasfix.light import dataclass

DATA = Path(__file__).with_name("api.json")
KERAS_2 = Path(__file__).with_name("keras2.json")
NOT_JSON = "..."  # how the file writes a default that is no literal; read back as Ellipsis

Kind = Literal["module", "class", "function", "constant"]
Via = Literal["keras", "tensorflow.keras"]
T = TypeVar("T")

# Where a name is best imported from, best first; other modules come behind, in alphabetical order.
_PREFERRED = (
    "layers",
    "models",
    "optimizers",
    "losses",
    "metrics",
    "activations",
    "initializers",
    "regularizers",
    "constraints",
    "callbacks",
    "datasets",
    "applications",
    "saving",
    "utils",
    "ops",
)


def preference(name: str) -> tuple[bool, int, int, str]:
    """Sort key of names that mean the same: the best to import from first."""
    module = name.split(".")[1]
    rank = _PREFERRED.index(module) if module in _PREFERRED else len(_PREFERRED)
    return "legacy" in name, rank + (name.count(".") == 1), name.count("."), name


@dataclass(frozen=True)
class Parameter:
    """One parameter. `kind` says how it is given: by position, by keyword, either, `*args` or `**kwargs`."""

    name: str
    kind: Literal["positional", "either", "keyword", "args", "kwargs"]
    required: bool = False
    default: Any = None
    """The default's value; `...` where it is no literal. Meaningless where `required`."""


@dataclass(frozen=True)
class Binding(Generic[T]):
    """Which argument of a call goes to which parameter, and what does not fit."""

    arguments: dict[str, T]
    """By parameter; what is taken through `**kwargs` is here too."""
    unknown: tuple[str, ...]
    """Keywords that are not taken: the call raises."""
    surplus: tuple[T, ...]
    """Arguments by position that are too many: the call raises."""
    duplicate: tuple[str, ...]
    """Parameters given by position and by keyword: the call raises."""
    missing: tuple[str, ...]
    """Required parameters that are not given: the call raises."""
    warns: tuple[str, ...]
    """Keywords that Keras takes and warns of."""


@dataclass(frozen=True)
class Signature:
    """The parameters of a class, function or method, without `self`."""

    parameters: tuple[Parameter, ...]
    keywords: frozenset[str] | None = frozenset()
    """What `**kwargs` really takes; None where that is not known, or is any word."""
    warns: frozenset[str] = frozenset()
    """Those of `keywords` that Keras takes with a warning (and mostly ignores)."""

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of this name, if it can be given by keyword."""
        for parameter in self.parameters:
            if parameter.name == name and parameter.kind in {"either", "keyword"}:
                return parameter
        return None

    def takes(self, keyword: str) -> bool:
        """Whether a keyword is taken, as far as known: an unknown `**kwargs` takes all."""
        return self.keywords is None or keyword in self.keywords or self.parameter(keyword) is not None

    @property
    def needs_nothing(self) -> bool:
        """Whether a call without arguments is complete."""
        return not any(parameter.required for parameter in self.parameters)

    @property
    def names(self) -> tuple[str, ...]:
        """All keywords that are known to be taken: the parameters, then those of `**kwargs`."""
        named = tuple(p.name for p in self.parameters if p.kind in {"either", "keyword"})
        return named + tuple(sorted(self.keywords or ()))

    def bind(self, positional: Sequence[T], keywords: Mapping[str, T]) -> Binding[T]:
        """Match the arguments of a call, whatever they are, to the parameters. Never raises."""
        places = [p.name for p in self.parameters if p.kind in {"positional", "either"}]
        arguments = dict(zip(places, positional, strict=False))
        rest = tuple(positional[len(places) :])
        if any(p.kind == "args" for p in self.parameters):
            rest = ()
        duplicate = tuple(name for name in keywords if name in arguments and self.parameter(name))
        unknown = tuple(name for name in keywords if not self.takes(name))
        for name, argument in keywords.items():
            if name not in unknown:
                arguments.setdefault(name, argument)
        missing = tuple(p.name for p in self.parameters if p.required and p.name not in arguments)
        warns = tuple(name for name in keywords if name in self.warns)
        return Binding(arguments, unknown, rest, duplicate, missing, warns)


@cache
def _data() -> dict[str, Any]:
    import json

    data: dict[str, Any] = json.loads(DATA.read_bytes())
    for key in ("modules", "constants", "only_keras", "only_tensorflow"):
        data[key] = frozenset(data[key])
    return data


@cache
def _keras_2() -> dict[str, Any]:
    import json

    data: dict[str, Any] = json.loads(KERAS_2.read_bytes())
    return data


def in_keras_2(name: str) -> bool:
    """Whether Keras 2 had a public name."""
    return name in _keras_2()["names"] or name in _keras_2()["modules"]


def keras_2_signature(name: str) -> Signature | None:
    """The parameters that a class or function of Keras 2 took; None for names that it did not have."""
    text = _keras_2()["names"].get(name)
    return None if text is None else _parse(text, None, "")


@cache
def _bare_names() -> dict[str, list[str]]:
    """All public names by their last word, best home first."""
    data = _data()
    index: dict[str, list[str]] = {}
    for group in ("modules", "constants", "classes", "functions", "aliases"):
        for name in data[group]:
            index.setdefault(name.rpartition(".")[2], []).append(name)
    for names in index.values():
        if len(names) > 1:
            names.sort(key=preference)
    return index


def version() -> str:
    """The version of Keras that the data describe."""
    return str(_data()["keras"])


@cache
def canonical(name: str) -> str:
    """The preferred public name of what a name means, or of a member's class; else the name itself."""
    aliases = _data()["aliases"]
    if name in aliases:
        return str(aliases[name])
    owner, _, member = name.rpartition(".")
    if owner in aliases and aliases[owner] in _data()["classes"]:
        return f"{aliases[owner]}.{member}"
    return name


def kind(name: str) -> Kind | None:
    """What a public name is, under `keras` or `tensorflow.keras`; None if Keras has no such name."""
    data, name = _data(), canonical(name)
    if name in data["modules"]:
        return "module"
    if name in data["classes"]:
        return "class"
    if name in data["functions"]:
        return "function"
    return "constant" if name in data["constants"] else None


@cache
def exists(name: str, via: Via = "keras") -> bool:
    """Whether `keras`, or `tensorflow.keras`, has this name: a module, what is in it, a member of a class."""
    words = name.split(".")
    if any(word.startswith("_") for word in words) or words[1:2] == ["src"]:
        return True
    data = _data()
    if name in data["only_tensorflow" if via == "keras" else "only_keras"]:
        return False
    if kind(name):
        return True
    owner, _, member = name.rpartition(".")
    if kind(owner) != "class" or not exists(owner, via):
        return False
    return _method(canonical(owner), member) is not None or member in attributes(owner)


@cache
def usable(name: str) -> bool:
    """False for names that exist only to raise when they are called (`keras.optimizers.legacy.Adam`)."""
    return "unusable" not in _data()["classes"].get(canonical(name), {})


@cache
def family(name: str) -> str | None:
    """The base kind of a public class; None for what is no class.

    Layer, Model, Optimizer, LearningRateSchedule, Loss, Metric, Initializer, Regularizer, Constraint,
    Callback or other.
    """
    entry = _data()["classes"].get(canonical(name))
    return str(entry["family"]) if entry else None


@cache
def bases(name: str) -> tuple[str, ...]:
    """The public classes that a class inherits from, nearest first."""
    return tuple(str(_data()["classes"].get(canonical(name), {}).get("bases", "")).split())


@cache
def methods(name: str) -> tuple[str, ...]:
    """The public methods of a class, inherited ones included, in alphabetical order."""
    owned = _methods()
    return tuple(sorted({word for owner in (canonical(name), *bases(name)) for word in owned.get(owner, ())}))


@cache
def _methods() -> dict[str, list[str]]:
    """The methods that each class defines itself."""
    owned: dict[str, list[str]] = {}
    for name in _data()["methods"]:
        owner, _, word = name.rpartition(".")
        owned.setdefault(owner, []).append(word)
    return owned


def attributes(name: str) -> list[str]:
    """The public properties and constants of a class, inherited ones included, in alphabetical order.

    What a constructor sets on the instance (`Dense.units`) is not known here.
    """
    classes = _data()["classes"]
    owners = (canonical(name), *bases(name))
    return sorted({word for owner in owners for word in classes.get(owner, {}).get("attributes", "").split()})


@cache
def signature(name: str) -> Signature | None:
    """The parameters of a function, of a class's constructor, or of a method (`keras.models.Model.fit`)."""
    data, name = _data(), canonical(name)
    if entry := data["classes"].get(name):
        text = entry.get("init")
        if text is None or "unusable" in entry:
            return None
        return _parse(text, entry.get("keywords"), entry.get("warns", ""))
    target: str | None = name
    if name not in data["functions"]:
        owner, _, member = name.rpartition(".")
        target = _method(canonical(owner), member)
    if target is None:
        return None
    text = data["functions"].get(target) or data["methods"][target]
    return _parse(text, data["function_keywords"].get(target), "")


def _method(owner: str, member: str) -> str | None:
    """The full name of a method where it is defined: `Sequential.fit` is `keras.models.Model.fit`."""
    for cls in (owner, *bases(owner)):
        if f"{cls}.{member}" in _data()["methods"]:
            return f"{cls}.{member}"
    return None


@cache
def _parse(text: str, keywords: str | None, warns: str) -> Signature:
    """Read `(units, *, name=None, **kwargs)`. `keywords` is what `**kwargs` takes, `*` is any word."""
    import ast

    definition = ast.parse(f"def f{text}: ...").body[0]
    assert isinstance(definition, ast.FunctionDef)
    given = definition.args
    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    parameters: list[Parameter] = []
    for place, (argument, default) in enumerate(zip(plain, defaults, strict=True)):
        kind: Literal["positional", "either"] = "positional" if place < len(given.posonlyargs) else "either"
        value = None if default is None else ast.literal_eval(default)
        parameters.append(Parameter(argument.arg, kind, default is None, value))
    if given.vararg:
        parameters.append(Parameter(given.vararg.arg, "args"))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        value = None if default is None else ast.literal_eval(default)
        parameters.append(Parameter(argument.arg, "keyword", default is None, value))
    if given.kwarg is None:
        return Signature(tuple(parameters))
    parameters.append(Parameter(given.kwarg.arg, "kwargs"))
    known = None if keywords in {None, "*"} else frozenset((keywords or "").split())
    return Signature(tuple(parameters), known, frozenset(warns.split()))


def members(module: str, via: Via = "keras") -> list[str]:
    """The public words directly under a module, in alphabetical order: `["Activation", "Add", ...]`."""
    prefix = module + "."
    return sorted(
        word
        for word, names in _bare_names().items()
        for name in names
        if name == prefix + word and exists(name, via)
    )


def homes(bare: str, via: Via = "keras") -> list[str]:
    """All public names that end in this word, the best to import from first; without unusable ones.

    They need not mean the same: `relu` is `keras.activations.relu` and `keras.ops.relu`.
    """
    return [name for name in _bare_names().get(bare, ()) if exists(name, via) and usable(name)]


def identifiers(kind: str) -> frozenset[str]:
    """The strings that Keras takes for a kind: loss, metric, optimizer, activation, initializer, regularizer,
    constraint. Those of losses and metrics include the ones that only `compile` knows.

    Some are taken in any case: ask `is_identifier`.
    """
    return frozenset(_data()["identifiers"][kind])


def is_identifier(kind: str, text: str) -> bool:
    """Whether Keras takes this string for a loss, metric, optimizer, activation and so on."""
    known = _data()["identifiers"][kind]
    any_case = kind == "optimizer" or known.get(text.lower()) == ""
    return text in known or (any_case and text.lower() in known)


def identified(kind: str, text: str) -> str | None:
    """The canonical name of what a string stands for: `("loss", "mse")` is `keras.losses.mean_squared_error`.

    None for a string that Keras does not take, and for those that `compile` turns into what fits the model's
    output: the metrics `accuracy` and `acc`, the losses `crossentropy` and `ce`.
    """
    known = _data()["identifiers"][kind]
    return known.get(text) or (known.get(text.lower()) if kind == "optimizer" else None) or None


def likeness(one: str, other: str) -> float:
    """How alike two words are, from 0 to 1: `adma` is very much like `adam`, though `difflib` prefers `adamax`."""
    import difflib

    differ = [place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
    if len(one) == len(other) and len(differ) == 2 and differ[1] == differ[0] + 1:
        first, second = differ
        if (one[first], one[second]) == (other[second], other[first]):
            return _SWAPPED
    return difflib.SequenceMatcher(None, one, other).ratio()


_SWAPPED = 0.95
"""Of words in which two neighbours have changed places."""


def closest(where: str, misspelt: str, via: Via = "keras") -> list[str]:
    """Up to three words like a misspelt one, most alike first, from a module, the members of a class or the
    strings of a kind (`loss`, `optimizer`, ...)."""
    import difflib

    if where in _data()["identifiers"]:
        words = sorted(identifiers(where))
    elif kind(where) == "class":
        words = sorted({*methods(where), *attributes(where)})
    else:
        words = members(where, via)
    folded: dict[str, list[str]] = {}
    for word in words:
        folded.setdefault(word.lower(), []).append(word)
    low = misspelt.lower()
    same = {word for word in folded if len(word) == len(low) and sorted(word) == sorted(low)}
    near = {*same, *difflib.get_close_matches(low, folded, n=3, cutoff=0.7)}
    ratios = {word: likeness(low, word) for word in near}
    alike = sorted((word for word in near if ratios[word] >= 0.7), key=lambda word: -ratios[word])[:3]
    # Among spellings that differ by case only, the one in the case of the misspelt word.
    return [min(folded[word], key=lambda spelling: spelling[:1] != misspelt[:1]) for word in alike]
