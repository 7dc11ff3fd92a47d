"""What methods of models and datasets return, as far as scripts mistake it for something else."""

import libcst as cst

from kerasfix.trace.values import Mapping, Model, Sequence, Value


class Log(Mapping):
    """`History.history`: lists of numbers by name; only these names are there, unless it is `open`."""

    __slots__ = ("fit", "open")

    def __init__(self, names: frozenset[str], fit: cst.CSTNode, *, is_open: bool = False) -> None:
        super().__init__({name: Sequence("list", None, fit) for name in sorted(names)}, fit)
        self.fit = fit
        self.open = is_open
        """Callbacks may add names that are not known."""


class Dropped(Value):
    """What a method that returns None (or a History) gives, where the script may go on as if it were the model."""

    __slots__ = ("assignment", "call", "log", "method", "model", "reported")

    def __init__(self, model: Model, method: str, call: cst.Call) -> None:
        super().__init__(call)
        self.model = model
        self.method = method
        self.call = call
        self.assignment: cst.CSTNode | None = None
        self.reported = False
        self.log: Log | None = None
        """Of `fit`: what its history holds, where that is known."""


class DatasetSplit(Sequence):
    """What `load_data()` of a Keras dataset returns, before it is unpacked: a pair of pairs."""

    __slots__ = ("dataset",)

    def __init__(self, dataset: str, items: list[Value], origin: cst.CSTNode) -> None:
        super().__init__("tuple", items, origin)
        self.dataset = dataset


class InnerLayers(Sequence):
    """The layers of a ready model: all alike as far as is known, but that the last one gives what the model gives."""

    __slots__ = ("last",)

    def __init__(self, some: Value, last: Value, origin: cst.CSTNode) -> None:
        super().__init__("list", None, origin, element=some)
        self.last = last
