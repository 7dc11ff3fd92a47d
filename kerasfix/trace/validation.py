"""What a model is validated with: other data than it is trained on, one hopes."""

from typing import TYPE_CHECKING

from kerasfix.trace.library import UNKNOWN
from kerasfix.trace.records import Feed, Leak
from kerasfix.trace.values import Array, Sequence

if TYPE_CHECKING:
    from kerasfix.trace.calls import Call


def check_validation(call: "Call", record: Feed) -> None:
    """Report a `fit` that validates on what it trains on, or that splits labels that come class by class."""
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
