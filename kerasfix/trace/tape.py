"""The value that a `tf.GradientTape` is."""

import libcst as cst

from kerasfix.trace.values import Value


class Tape(Value):
    """A `tf.GradientTape`, and what is done while it records."""

    __slots__ = ("block", "forward", "opaque", "predicted")

    def __init__(self, origin: cst.CSTNode | None = None) -> None:
        super().__init__(origin)
        self.block: cst.With | None = None
        """Its `with`."""
        self.forward = False
        """A layer or a model was called."""
        self.opaque = False
        """Something was called that may have called one."""
        self.predicted: cst.CSTNode | None = None
        """The call of `predict`, which gives arrays of NumPy."""
