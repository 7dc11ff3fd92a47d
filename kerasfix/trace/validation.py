"""What a model is validated with: other data than it is trained on, one hopes."""

from typing import TYPE_CHECKING, Final

import libcst as cst

from kerasfix.keras.losses import BINARY, SPARSE
from kerasfix.trace.data_records import Leak, ScaledLabels, UnevenData
from kerasfix.trace.library import UNKNOWN
from kerasfix.trace.records import Feed, Training
from kerasfix.trace.values import Argument, Array, Sequence, Value

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call


def check_validation(call: "Call", record: Feed) -> None:
    """Report a `fit` that validates on what it trains on, or that splits labels that come class by class."""
    _check_ranges(call, record)
    x, y = record.x, record.y
    if record.method != "fit" or x is None or not isinstance(x.value, Array):
        return
    given = call.argument("validation_data")
    match given.value if given is not None else None:
        case Sequence(items=[Array() as held, *_]) if given is not None:
            if held is x.value:
                call.interp.report(Leak("same", x, held, given.node), given.node)
            elif _shares(x.value, held):
                call.interp.report(Leak("part", x, held, given.node), given.node)
    split = call.constant("validation_split", 6, 0.0)
    if split is UNKNOWN or not split or given is not None or y is None or not isinstance(y.value, Array):
        return
    if y.value.facts.grouped:
        node = call.argument("validation_split", 6)
        assert node is not None
        call.interp.report(Leak("by-class", y, y.value, node.node), node.node)


def _check_ranges(call: "Call", record: Feed) -> None:
    """Report data of the data set that the model was trained on, in another range."""
    training = record.compiled.training if record.compiled is not None else None
    if training is None:
        return
    fit = next((feed for feed in (*training.feeds, record) if feed.method == "fit"), None)
    trained = fit.x.value if fit is not None and fit.x is not None else None
    if fit is None or not isinstance(trained, Array):
        return
    _check_labels(call, record, training)
    for value, node in _others(call, record):
        if isinstance(value, Array) and _uneven(trained, value):
            call.interp.report(UnevenData(trained, fit.node, value, node), node)


def _others(call: "Call", record: Feed) -> list[tuple[Value, cst.BaseExpression]]:
    """The data that a model is judged with, and where they are written."""
    if record.method != "fit":
        return [] if record.x is None else [(record.x.value, record.x.node.value)]
    given = call.argument("validation_data")
    match given:
        case Argument(value=Sequence(items=[x, *_]), node=cst.Arg(value=cst.Tuple(elements=[first, *_]))):
            return [(x, first.value)]
        case Argument(value=Sequence(items=[x, *_]), node=node):
            return [(x, node.value)]
    return []


def _uneven(trained: Array, given: Array) -> bool:
    """Whether two arrays of one data set have ranges that no sample accounts for."""
    one, other = trained.facts, given.facts
    if one.dataset is None or one.dataset != other.dataset or one.labels or other.labels:
        return False
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    spans = sorted([one.high - one.low, other.high - other.low])
    return spans[1] > 10 * spans[0] > 0


def _check_labels(call: "Call", record: Feed, training: Training) -> None:
    """Report class labels that were divided by something."""
    y, loss = record.y, training.loss
    if y is None or loss is None or loss.name not in SPARSE | BINARY or not isinstance(y.value, Array):
        return
    facts, shape = y.value.facts, y.value.spec.shape
    column = shape is not None and (len(shape) == 1 or shape[1:] == (1,))
    scaled = facts.low == 0 and facts.high is not None and 0 < facts.high < 1
    if facts.dataset in _CLASSES and facts.labels is None and column and scaled:
        call.interp.report(ScaledLabels(y.value, y.node), y.node)


_CLASSES: Final = frozenset(
    f"keras.datasets.{name}" for name in ("mnist", "fashion_mnist", "cifar10", "cifar100")
)


def _shares(trained: Array, held: Array) -> bool:
    """Whether two arrays have samples in common for certain: slices of one array that overlap."""
    base, kept = trained.part or (trained, slice(None))
    other, part = held.part or (held, slice(None))
    if base is not other:
        return False
    count = base.spec.shape[0] if base.spec.shape else None
    if not isinstance(count, int):
        return held.part is not None and trained.part is None and part != slice(0, 0)
    one, two = (range(count)[some] for some in (kept, part))
    return bool(one) and bool(two) and max(one[0], two[0]) <= min(one[-1], two[-1])
