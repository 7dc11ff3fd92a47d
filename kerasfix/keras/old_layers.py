"""Names of layers that the ready models of old Keras had, and those of the same layers now."""

import re
from typing import Final

_RESNET: Final = {
    "conv1": "conv1_conv",
    "bn_conv1": "conv1_bn",
    "max_pooling2d_1": "pool1_pool",
    "fc1000": "predictions",
}
_BLOCKS: Final = {2: 3, 3: 4, 4: 6, 5: 3}
_IN_ORDER: Final = [
    f"conv{stage}_block{block}" for stage, blocks in _BLOCKS.items() for block in range(1, blocks + 1)
]
_BRANCHES: Final = {"1": "0", "2a": "1", "2b": "2", "2c": "3"}


def resnet50(old: str) -> str | None:
    """The name now of a layer of the `ResNet50` of Keras until 2.3; None where it had none of this name.

    Those of `Activation` and `Add` were numbered through the program: they hold for its first model.
    """
    if old in _RESNET:
        return _RESNET[old]
    if (found := re.fullmatch(r"(res|bn)([2-5])([a-f])_branch(1|2[abc])", old)) is not None:
        kind, stage, letter, branch = found.groups()
        name = f"conv{stage}_block{ord(letter) - ord('a') + 1}"
        return (
            f"{name}_{_BRANCHES[branch]}_{'conv' if kind == 'res' else 'bn'}" if name in _IN_ORDER else None
        )
    if (found := re.fullmatch(r"(activation|add)_([1-9]\d?)", old)) is None:
        return None
    number = int(found[2])
    if found[1] == "add":
        return f"{_IN_ORDER[number - 1]}_add" if number <= len(_IN_ORDER) else None
    if number == 1:
        return "conv1_relu"
    block, part = divmod(number - 2, 3)
    return f"{_IN_ORDER[block]}_{('1_relu', '2_relu', 'out')[part]}" if block < len(_IN_ORDER) else None
