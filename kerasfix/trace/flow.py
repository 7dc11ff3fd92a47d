"""How blocks end, and the budgets that make every run end."""

from enum import Enum

MAX_STEPS = 200_000
"""Statements and expressions in all."""
MAX_LOOP_STEPS = 10_000
"""Steps in a loop, with all that it calls; half of that in a loop within it, and so on. What the rounds left over
change becomes unknown."""
RERUN_STEPS = 10
"""What it costs to look at a layer of a model that is called once more."""
MAX_DEPTH = 12
"""Calls of the script's functions within each other."""
MAX_ROUNDS = 256
"""Loops of more rounds are not unrolled: what they change becomes unknown."""
MAX_WHILE = 32
"""Rounds of a `while` whose condition is known: what counts that far makes layers, what goes on trains."""
MAX_MODELS = 8
"""How many models that come by one line of the text are judged there."""
MAX_ITEMS = 4096
"""Longer lists are not held item by item."""
MAX_NUMBER = 10**12
"""Larger integers are not computed."""


class Flow(Enum):
    """How a block of statements ends."""

    NEXT = 0
    RETURN = 1
    BREAK = 2
    CONTINUE = 3
    RAISE = 4


class OutOfBudget(Exception):
    """The script is too long to follow to its end."""
