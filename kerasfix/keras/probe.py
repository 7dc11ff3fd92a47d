"""Measure in the installed Keras what signatures do not tell: keywords behind `**kwargs`, identifiers."""

import ast
import contextlib
import inspect
import re
import textwrap
import warnings
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

PROBED_FAMILIES = ("Model", "Layer", "Optimizer", "Loss", "Metric", "LearningRateSchedule", "Callback")
# Keywords that Keras 1 and 2 knew, and that nothing in Keras 3 needs to mention.
HISTORIC = """
    alpha batch_input_shape batch_size bias border_mode data_format decay dilation_rate dim_ordering dtype
    dynamic fused go_backwards implementation init inner_activation input_dim input_dtype input_length
    input_shape lr mode nb_col nb_filter nb_row output_dim p renorm schedule_decay sparse stateful subsample
    time_major trainable unroll updates virtual_batch_size weights
"""
ANY_KEYWORD = "*"
NEEDS_OTHERS = {"STFTSpectrogram"}  # SciPy: the data must not depend on whether it is installed
_NONSENSE = "kerasfix_nonsense"
_POPPED = re.compile(r"""kwargs\.(?:pop|get)\(\s*["'](\w+)["']|["'](\w+)["'] (?:not )?in kwargs""")
_VALUES: tuple[Any, ...] = (None, 1, 0.5, True, "sum", "float32", (4, 4), {})


def _samples() -> dict[str, Any]:
    """A value for each parameter that some constructor requires."""
    import keras

    def dense() -> Any:
        return keras.layers.Dense(2)

    return {
        "activation": "relu",
        "axes": 1,
        "boundaries": [1],
        "cell": keras.layers.LSTMCell(2),
        "cells": [keras.layers.LSTMCell(2)],
        "decay_rate": 0.5,
        "decay_steps": 10,
        "default_optimizer": keras.optimizers.SGD(),
        "dims": (2, 1),
        "equation": "ab,bc->ac",
        "factor": 0.5,
        "filters": 4,
        "first_decay_steps": 10,
        "fn": keras.losses.mean_squared_error,
        "function": abs,
        "head_dim": 4,
        "height": 4,
        "height_factor": 0.5,
        "initial_learning_rate": 0.1,
        "inner_optimizer": keras.optimizers.SGD(),
        "input_dim": 8,
        "kernel_size": 3,
        "key_dim": 4,
        "layer": dense(),
        "learning_rate": 0.1,
        "layers": [dense()],
        "max_number": 4,
        "n": 2,
        "num_bins": 4,
        "num_classes": 4,
        "num_heads": 2,
        "num_key_value_heads": 2,
        "num_query_heads": 2,
        "output_dim": 4,
        "output_shape": 4,
        "output_size": 4,
        "pool_size": 2,
        "precision": 0.5,
        "rate": 0.5,
        "recall": 0.5,
        "scale": 0.5,
        "sensitivity": 0.5,
        "specificity": 0.5,
        "stddev": 0.5,
        "target_class_ids": [0],
        "target_shape": (4,),
        "units": 4,
        "values": [0.1, 0.2],
        "width": 4,
        "width_factor": 0.5,
    }


samples = cache(_samples)
# What single classes need besides, or instead.
_SPECIAL: dict[str, dict[str, Any]] = {
    "CategoryEncoding": {"num_tokens": 4},
    "InputLayer": {"shape": (4,)},
    "RandomPosterization": {"factor": 4},
}


def keywords(cls: type, family: str) -> dict[str, str]:
    """What a constructor takes through `**kwargs`: `keywords`, and those of them that warn, `warns`.

    `keywords` is `*` where any word passes. Nothing is returned for a class without `**kwargs`, of a family
    that is not probed, or that cannot be built here. A class that is there only to raise is `unusable`.
    """
    if cls.__name__ == "LegacyOptimizerWarning":
        return {"unusable": "raises ImportError when called"}
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    if family not in PROBED_FAMILIES or all(p.kind is not p.VAR_KEYWORD for p in parameters.values()):
        return {}
    import keras

    known = samples()
    required = [
        name
        for name, p in list(parameters.items())[1:]
        if p.default is p.empty and p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}
    ]
    if cls.__name__ in NEEDS_OTHERS or not all(name in known for name in required):
        return {}
    arguments = {name: known[name] for name in required}
    arguments |= _SPECIAL.get(cls.__name__, {})
    if cls is keras.layers.Bidirectional:
        arguments["layer"] = keras.layers.SimpleRNN(2)
    error, usual = _attempt(cls, arguments)
    if error is not None:
        return {}
    if _attempt(cls, arguments | {_NONSENSE: 1})[0] is None:
        return {"keywords": ANY_KEYWORD}
    accepted: list[str] = []
    warned: list[str] = []
    for keyword in sorted(_candidates(cls) - parameters.keys()):
        attempts = [
            messages
            for value in (*_VALUES, *([known[keyword]] if keyword in known else ()))
            for failure, messages in [_attempt(cls, arguments | {keyword: value})]
            if failure is None
        ]
        if attempts:
            accepted.append(keyword)
            if any(set(messages) - set(usual) for messages in attempts):
                warned.append(keyword)
    return {"keywords": " ".join(accepted), "warns": " ".join(warned)}


def function_keywords(function: Callable[..., Any]) -> str | None:
    """What a function takes through `**kwargs`, read from its code.

    Those it pops before it raises on the rest; `*` where it never looks at them; None where it has no
    `**kwargs` or hands them on.
    """
    if find := _HANDS_ON.get(function.__qualname__):
        function = find()
    function = inspect.unwrap(function)
    try:
        definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (TypeError, OSError, SyntaxError):
        return None
    if not isinstance(definition, ast.FunctionDef) or definition.args.kwarg is None:
        return None
    name = definition.args.kwarg.arg
    body = "\n".join(ast.unparse(statement) for statement in definition.body if not _is_docstring(statement))
    if not re.search(rf"\b{name}\b", body):
        return ANY_KEYWORD
    if re.search(rf"if {name}:\n\s+raise", body):
        return " ".join(sorted(_popped(body)))
    return None


def _popped(code: str) -> set[str]:
    """The keywords that code takes out of, or looks for in, its `kwargs`."""
    return {word for match in _POPPED.findall(code) for word in match if word}


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _saving(name: str) -> Callable[[], Any]:
    def find() -> Any:
        import keras

        return getattr(keras.saving, name)

    return find


# Methods that only hand their keywords on to a function.
_HANDS_ON = {"Model.save": _saving("save_model"), "Model.load_weights": _saving("load_weights")}


def _attempt(cls: type, arguments: dict[str, Any]) -> tuple[Exception | None, list[str]]:
    """Build an object: the error, if any, and the texts of the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            cls(**arguments)
        except Exception as error:
            return error, []
    return None, [str(warning.message) for warning in caught]


def _candidates(cls: type) -> set[str]:
    """Words that a constructor could know: of its bases, of their code, of older versions of Keras."""
    words = set(HISTORIC.split())
    for base in cls.__mro__:
        if base is object:
            continue
        with contextlib.suppress(TypeError, ValueError):
            words |= inspect.signature(base.__init__).parameters.keys()  # type: ignore[misc]
        for method in ("__init__", "__new__"):
            with contextlib.suppress(TypeError, OSError, KeyError):
                words |= _popped(inspect.getsource(vars(base)[method]))
    return words - {"self", "args", "kwargs"}


# Spellings from older versions or from users, tried with every kind beside the public names.
_SPELLINGS = """
    mse mae mape msle kld bce MSE MAE MAPE MSLE KLD BCE mean_squared_error logcosh log_cosh cosine
    cosine_proximity cosine_similarity kullback_leibler_divergence huber huber_loss acc accuracy ce
    crossentropy auc cce scce uniform normal one zero zeros ones identity orthogonal gaussian glorot lecun he
    l1 l2 l1l2 l1_l2 L1L2 maxnorm max_norm nonneg non_neg unitnorm unit_norm min_max_norm
    tanh swish silu gelu leakyrelu leaky_relu LeakyReLU linear none hard_swish hard_silu relu6
    adam nadam rmsprop RMSProp sgd
"""
_MODULES = {
    "activation": "activations",
    "constraint": "constraints",
    "initializer": "initializers",
    "loss": "losses",
    "metric": "metrics",
    "optimizer": "optimizers",
    "regularizer": "regularizers",
}
# `compile` looks at these itself, in any case: which loss or metric they are depends on the model's output.
COMPILED = {"loss": ("ce", "crossentropy"), "metric": ("acc", "accuracy")}


def identifiers(canonical: Callable[[Any], str | None], public: Iterable[str]) -> dict[str, dict[str, str]]:
    """For each kind the strings that its `get` takes, and the public name of what each one gives."""
    import keras

    names = list(public)
    result: dict[str, dict[str, str]] = {}
    for kind, module_name in _MODULES.items():
        get = getattr(keras, module_name).get
        bare = {name.split(".")[-1] for name in names if name.startswith(f"keras.{module_name}.")}
        inner = inspect.getmodule(get)
        for table in ("ALL_OBJECTS_DICT", "ALL_OBJECTS"):
            content = getattr(inner, table, ())
            bare |= {key if isinstance(key, str) else key.__name__ for key in content}
        found: dict[str, str] = {}
        for word in sorted(
            spelling for name in {*bare, *_SPELLINGS.split()} for spelling in _spellings(name)
        ):
            with contextlib.suppress(Exception):
                given = get(word)
                if callable(given) or kind == "optimizer":
                    found[word] = canonical(given) or canonical(type(given)) or ""
        result[kind] = {word: target for word, target in found.items() if target}
    for kind, words in COMPILED.items():
        result[kind] |= dict.fromkeys(words, "")
    return result


def _spellings(name: str) -> set[str]:
    """A name in its own, snake, camel, lower and upper case."""
    from keras.src.utils.naming import to_snake_case

    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return {name, to_snake_case(name), camel, name.lower(), name.upper()}
