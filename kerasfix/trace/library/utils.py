"""What the data helpers of `keras.utils` do."""

from kerasfix.keras.shape import ANY, Shape
from kerasfix.trace.calls import Call
from kerasfix.trace.library import creation as c
from kerasfix.trace.library import models
from kerasfix.trace.library.arguments import Arguments, Table, facts_of, register
from kerasfix.trace.values import NO_FACTS, Array, Facts, Labels, Sequence, Value


def _to_categorical(args: Arguments) -> Value:
    """Integer labels to one-hot rows; a last axis of size 1 goes."""
    x = args.array("x")
    given = args.constant("classes")
    labels = facts_of(x).labels
    classes = None
    if isinstance(given, (int, float)) and given:
        classes = int(given)
    elif given is None and labels is not None and not labels.one_hot:
        classes = labels.classes
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


def _pad_sequences(args: Arguments) -> Value:
    """Lists of different lengths to one matrix."""
    given = args.value("x")
    width = args.constant("maxlen")
    rows = None
    if isinstance(given, Sequence) and given.items is not None:
        rows = len(given.items)
    elif isinstance(given, Array) and given.spec.shape:
        rows = given.spec.shape[0] if isinstance(given.spec.shape[0], int) else None
    if isinstance(given, Array) and given.spec.shape is not None and len(given.spec.shape) > 2:
        return args.unknown()
    known = isinstance(width, int)
    return args.give(
        (ANY if rows is None else rows, width if known else ANY),
        args.dtype("int32"),
        facts=Facts(dataset=facts_of(given).dataset),
    )


_TABLE: Table = {
    "to_categorical": (_to_categorical, "x classes=num_classes"),
    "normalize": (_normalize, "x axis order"),
    "pad_sequences": (_pad_sequences, "x=sequences maxlen dtype padding truncating value"),
    "set_random_seed": (c.nothing, "seed"),
}
register("numpy", "keras.utils.", _TABLE)
register("numpy", "keras.preprocessing.sequence.", {"pad_sequences": _TABLE["pad_sequences"]})
# Where older Keras had them.
register("numpy", "?keras.utils.np_utils.", _TABLE)


@models("keras.utils.get_file")
def _get_file(call: Call) -> Value:
    """A path, only known when it runs."""
    return call.unknown()
