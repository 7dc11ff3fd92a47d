"""What the data helpers of `keras.utils` do."""

from kerasfix.keras.shape import ANY, Shape
from kerasfix.trace.calls import Call
from kerasfix.trace.library import creation as c
from kerasfix.trace.library import models
from kerasfix.trace.library.arguments import Arguments, Table, facts_of, register
from kerasfix.trace.library.families import classes_in
from kerasfix.trace.values import NO_FACTS, Array, Facts, Labels, Value


def _to_categorical(args: Arguments) -> Value:
    """Integer labels to one-hot rows; a last axis of size 1 goes."""
    x = args.array("x")
    given = args.constant("classes")
    classes = None
    if isinstance(given, (int, float)) and given:
        classes = int(given)
    elif given is None:
        classes = classes_in(x)
    shape: Shape | None = None
    rows = x.spec.shape if x is not None else None
    if rows is not None:
        if len(rows) > 1 and rows[-1] is ANY:
            shape = None  # an axis of size 1 would go
        else:
            rows = rows[:-1] if len(rows) > 1 and rows[-1] == 1 else rows
            shape = (*rows, ANY if classes is None else classes)
    facts = Facts(0, 1, Labels(classes, one_hot=True), facts_of(x).dataset)
    dtype = "float64" if isinstance(x, Array) else None
    return args.give(shape, dtype, x, facts=facts)


def _normalize(args: Arguments) -> Value:
    """Rows of length 1."""
    x = args.array("x")
    if x is None:
        return args.unknown()
    dtype = x.spec.dtype if x.spec.dtype in {"float32", "float64"} else None
    facts = facts_of(x)
    positive = facts.low is not None and facts.low >= 0
    kept = (
        Facts(0.0 if positive else -1.0, 1.0, dataset=facts.dataset)
        if args.value("order") is None
        else NO_FACTS
    )
    return args.give(x.spec.shape, dtype, x, facts=kept, shaped=x.shaped if isinstance(x, Array) else None)


_TABLE: Table = {
    "to_categorical": (_to_categorical, "x classes=num_classes"),
    "normalize": (_normalize, "x axis order"),
    "set_random_seed": (c.nothing, "seed"),
}
register("numpy", "keras.utils.", _TABLE)


@models("keras.utils.get_file")
def _get_file(call: Call) -> Value:
    """A path, only known when it runs."""
    return call.unknown()
