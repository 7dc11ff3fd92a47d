"""Write `api.json`, the public API of Keras as data, and `keras2.json`, that of Keras 2, from what is installed.

    python -m kerasfix.keras.generate

Names are found by walking the modules, signatures by introspection; what `**kwargs` and string identifiers
really accept is measured by trying (`probe.py`). Keras 2 is the package `tf-keras`, installed with `--no-deps`.
"""

import ast
import importlib
import inspect
import json
import pkgutil
import types
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from kerasfix.keras.api import DATA, KERAS_2, NOT_JSON, preference

FAMILIES = (
    "models.Model",
    "layers.Layer",
    "optimizers.Optimizer",
    "optimizers.schedules.LearningRateSchedule",
    "losses.Loss",
    "metrics.Metric",
    "initializers.Initializer",
    "regularizers.Regularizer",
    "constraints.Constraint",
    "callbacks.Callback",
)
# One class is what two signatures say: `Model(inputs, outputs)` becomes a Functional.
FUNCTIONAL_MODEL = "keras.models.Model"
PASSED_ON = "(*args, **kwargs)"


def walk(module: types.ModuleType, name: str = "keras") -> Iterator[tuple[str, Any]]:
    """The public names under a module with what they are, modules before what they hold."""
    for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not _private(found.name):  # some are only there once imported: `tensorflow.keras.saving`
            importlib.import_module(f"{module.__name__}.{found.name}")
    for attribute, value in sorted(vars(module).items()):
        if _private(attribute):
            continue
        yield f"{name}.{attribute}", value
        if inspect.ismodule(value):
            yield from walk(value, f"{name}.{attribute}")


def _private(word: str) -> bool:
    return word.startswith("_") or word == "src"


def literal(value: Any) -> str:
    """A default as Python text, or the marker of one that has none."""
    text = repr(value)
    try:
        same = ast.literal_eval(text) == value
    except (ValueError, SyntaxError):
        same = False
    return text if same else NOT_JSON


def signature_text(function: Callable[..., Any], *, bound: bool) -> str | None:
    """The parameters of a function as Python text, without `self` or `cls` if `bound`."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[bound:]
    except (TypeError, ValueError):
        return None
    return parameters_text(parameters)


def parameters_text(parameters: list[inspect.Parameter]) -> str:
    """Parameters as Python text: `(units, activation=None, *, name=None, **kwargs)`."""
    parts: list[str] = []
    kinds = inspect.Parameter
    previous = None
    for parameter in parameters:
        kind = parameter.kind
        if previous is kinds.POSITIONAL_ONLY and kind is not kinds.POSITIONAL_ONLY:
            parts.append("/")
        if kind is kinds.KEYWORD_ONLY and previous not in {kinds.KEYWORD_ONLY, kinds.VAR_POSITIONAL}:
            parts.append("*")
        stars = "*" if kind is kinds.VAR_POSITIONAL else "**" if kind is kinds.VAR_KEYWORD else ""
        default = "" if parameter.default is kinds.empty else f"={literal(parameter.default)}"
        parts.append(f"{stars}{parameter.name}{default}")
        previous = kind
    if previous is kinds.POSITIONAL_ONLY:
        parts.append("/")
    return f"({', '.join(parts)})"


class Api:
    """The public API: every name, what it means, and the preferred name of each meaning."""

    def __init__(self) -> None:
        import keras
        import keras._tf_keras.keras as tensorflow_keras

        plain = dict(walk(keras))
        legacy = dict(walk(tensorflow_keras))
        self.keras = keras
        self.only_keras = sorted(plain.keys() - legacy.keys())
        self.only_tensorflow = sorted(legacy.keys() - plain.keys())
        self.objects = legacy | plain
        self.modules = [
            "keras",
            *sorted(name for name, value in self.objects.items() if inspect.ismodule(value)),
        ]
        names: dict[tuple[int, str], list[str]] = {}
        for name, value in self.objects.items():
            if not inspect.ismodule(value):
                names.setdefault(self.identity(name, value), []).append(name)
        self.names = {
            key: sorted(known, key=lambda name: (name not in plain, *preference(name)))
            for key, known in names.items()
        }

    def identity(self, name: str, value: Any) -> tuple[int, str]:
        """Equal for names that mean the same; one placeholder class stands for all legacy optimizers."""
        placeholder = value.__name__ == "LegacyOptimizerWarning"
        return id(value), name.rpartition(".")[2] if placeholder else ""

    def canonical(self, value: Any) -> str | None:
        """The preferred public name of an object."""
        known = self.names.get((id(value), ""))
        return known[0] if known else None

    def distinct(self) -> dict[str, Any]:
        """Each object once, under its preferred name."""
        return {known[0]: self.objects[known[0]] for known in sorted(self.names.values())}

    def find(self, name: str) -> Any:
        """The object behind `layers.Layer`."""
        return self.objects[f"keras.{name}"]

    def family(self, cls: type) -> str:
        """The public base kind of a class."""
        return next((name.split(".")[-1] for name in FAMILIES if issubclass(cls, self.find(name))), "other")

    def bases(self, cls: type) -> list[tuple[str, type]]:
        """The public classes a class inherits from, nearest first."""
        return [(name, base) for base in cls.__mro__[1:] if (name := self.canonical(base))]

    def constructor(self, cls: type) -> str | None:
        """The constructor's parameters."""
        if self.canonical(cls) == FUNCTIONAL_MODEL:
            layer = inspect.signature(self.find("layers.Layer").__init__).parameters
            positional = [
                inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
                for name in ("inputs", "outputs")
            ]
            return parameters_text(positional + list(layer.values())[1:])
        texts = [
            signature_text(vars(base)["__init__"], bound=True)
            for base in cls.__mro__[:-1]
            if "__init__" in vars(base)
        ]
        # A backend's mix-in may just hand on what it is given to the constructor that says what it takes.
        return next((text for text in texts if text != PASSED_ON), texts[0] if texts else "()")

    def members(self, cls: type) -> tuple[dict[str, str], list[str]]:
        """The public methods with their parameters, and other attributes, that no public base has alike."""
        bases = [base for _, base in self.bases(cls)]
        methods: dict[str, str] = {}
        attributes: list[str] = []
        for name in dir(cls):
            static = inspect.getattr_static(cls, name)
            inherited = (inspect.getattr_static(base, name, None) for base in bases)
            if name.startswith("_") or static is next(filter(None, inherited), None):
                continue
            function = getattr(static, "__func__", static)
            if (getattr(function, "__module__", None) or "").startswith("sklearn."):
                continue  # there or not as scikit-learn is installed or not
            if inspect.isroutine(function) and not isinstance(static, property):
                text = signature_text(function, bound=not isinstance(static, staticmethod))
                if text is not None:
                    methods[name] = text
            else:
                attributes.append(name)
        return methods, attributes


def generate() -> dict[str, Any]:
    """The content of `api.json`."""
    import tensorflow

    from kerasfix.keras import probe

    api = Api()
    classes: dict[str, Any] = {}
    methods: dict[str, str] = {}
    functions: dict[str, str] = {}
    function_keywords: dict[str, str | None] = {}
    for name, value in api.distinct().items():
        if not inspect.isclass(value):
            functions[name] = signature_text(value, bound=False) or PASSED_ON
            function_keywords[name] = probe.function_keywords(value)
            continue
        own, attributes = api.members(value)
        for method, text in own.items():
            methods[f"{name}.{method}"] = text
            function_keywords[f"{name}.{method}"] = probe.function_keywords(getattr(value, method))
        entry = {
            "family": api.family(value),
            "bases": " ".join(base for base, _ in api.bases(value)),
            "init": api.constructor(value),
            "attributes": " ".join(attributes),
            **probe.keywords(value, api.family(value)),
        }
        classes[name] = {key: text for key, text in entry.items() if text not in {"", None}}
    aliases = {name: known[0] for known in api.names.values() for name in known[1:]}
    return {
        "keras": api.keras.__version__,
        "tensorflow": tensorflow.__version__,
        "modules": api.modules,
        "constants": ["keras.__version__"],
        "only_keras": api.only_keras,
        "only_tensorflow": api.only_tensorflow,
        "aliases": aliases,
        "classes": classes,
        "methods": methods,
        "functions": functions,
        "function_keywords": {name: words for name, words in function_keywords.items() if words is not None},
        "identifiers": probe.identifiers(api.canonical, chain(aliases, classes, functions)),
    }


def generate_keras_2() -> dict[str, Any]:
    """The content of `keras2.json`: the public names of Keras 2, with the parameters of what can be called."""
    import tf_keras

    names: dict[str, str] = {}
    modules: list[str] = []
    for name, value in walk(tf_keras):
        if inspect.ismodule(value):
            modules.append(name)
        elif inspect.isclass(value):
            init = next((vars(base)["__init__"] for base in value.__mro__ if "__init__" in vars(base)), None)
            names[name] = (init is not None and signature_text(init, bound=True)) or PASSED_ON
        elif callable(value):
            names[name] = signature_text(value, bound=False) or PASSED_ON
    return {"keras": tf_keras.__version__, "modules": sorted(modules), "names": names}


def render(data: dict[str, Any]) -> str:
    """The data as JSON, sorted, one name a line."""

    def lines(value: Any, indent: int) -> str:
        if not isinstance(value, (dict, list)) or indent > 2 or "family" in value:
            return json.dumps(value)
        pad = " " * (indent + 1)
        if isinstance(value, list):
            return "[\n" + ",\n".join(pad + json.dumps(item) for item in value) + "\n" + " " * indent + "]"
        items = value.items() if not indent else sorted(value.items())
        body = (f"{pad}{json.dumps(key)}: {lines(item, indent + 1)}" for key, item in items)
        return "{\n" + ",\n".join(body) + "\n" + " " * indent + "}"

    return lines(data, 0) + "\n"


def main() -> None:
    """Write the files."""
    DATA.write_text(render(generate()), encoding="utf-8")
    KERAS_2.write_text(render(generate_keras_2()), encoding="utf-8")


if __name__ == "__main__":
    main()
