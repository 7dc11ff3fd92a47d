"""Records of lists and dicts that do not have an entry for each input or output of a model."""

from typing import TYPE_CHECKING, Literal

from kerasfix.light import dataclass
from kerasfix.trace.values import Argument

if TYPE_CHECKING:
    from kerasfix.trace.records import Feed


@dataclass(eq=False, repr=False)
class InputStructure:
    """A model is given another number of arrays than it has inputs, or a dict without one of them.

    Where there is neither `count` nor `missing`: a list, for inputs that are a dict in no alphabetic order.
    """

    feed: "Feed"
    inputs: tuple[str | None, ...]
    """The names of the inputs, as far as they are known."""
    argument: Argument
    count: int = 0
    """How many arrays are given, where that is the fault."""
    missing: str = ""
    """The name that the dict lacks."""
    keys: tuple[object, ...] = ()
    """The keys of the dict."""


Part = Literal["loss", "loss_weights", "metrics", "weighted_metrics", "labels", "class_weight"]


@dataclass(eq=False, repr=False)
class OutputStructure:
    """What `compile` or `fit` is given for the outputs of a model is not for these outputs."""

    part: Part
    argument: Argument
    outputs: tuple[str | None, ...]
    """The names of the outputs, as far as they are known."""
    feed: "Feed | None" = None
    count: int = 0
    """How many entries a list has, or 1 for what is no list; 0 for a dict."""
    unknown: tuple[str, ...] = ()
    """Keys that no output has."""
    missing: tuple[str, ...] = ()
    """Outputs that a dict has nothing for."""
    alone: bool = False
    """A dict for a model with one output, which takes none."""
    weighs: int = 0
    """How many losses there are to weigh."""
    loss: Argument | None = None
    """The one loss for all outputs, where the weights are for each."""
