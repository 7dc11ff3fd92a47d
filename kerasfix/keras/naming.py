"""The names that Keras gives to layers and models that have none: `dense`, `dense_1`, ..."""

import re
from collections.abc import Mapping

_AUGMENTING = (
    "random_shear", "random_translation", "random_rotation", "random_brightness", "random_color_degeneration",
    "random_contrast", "random_sharpness", "solarization", "random_posterization", "auto_contrast", "equalization",
)  # fmt: skip

MADE_WITH: Mapping[str, Mapping[str, int]] = {
    "AugMix": dict.fromkeys(_AUGMENTING, 1),
    "RandAugment": dict.fromkeys(_AUGMENTING, 1),
    "TextVectorization": {"string_lookup": 1},
}
"""The layers that a layer makes inside of it, and that take names: when it is made."""
MADE_WHEN_BUILT: Mapping[str, Mapping[str, int]] = {
    "MultiHeadAttention": {"softmax": 1, "dropout": 1},
    "GroupQueryAttention": {"softmax": 1, "dropout": 1},
}
"""The same, when it is built."""


def real_class(class_name: str) -> str:
    """The name of a class where it is defined."""
    return "GroupedQueryAttention" if class_name == "GroupQueryAttention" else class_name


class Names:
    """How many objects of each class a run of the script has named so far; None where that is not known."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken: dict[str, int | None] = {}

    def next(self, class_name: str) -> str | None:
        """The name of one more object of a class; None where it is not known."""
        word = snake_case(class_name)
        count = self.taken.get(word, 0)
        if count is None:
            return None
        self.taken[word] = count + 1
        return f"{word}_{count}" if count else word

    def skip(self, counts: Mapping[str, int]) -> None:
        """Objects that are made out of sight, by their words."""
        for word, count in counts.items():
            taken = self.taken.get(word, 0)
            self.taken[word] = None if taken is None else taken + count


def snake_case(class_name: str) -> str:
    """`GlobalAveragePooling2D` as Keras spells it in names: `global_average_pooling2d`."""
    word = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", word).lower()


_WORDS = {
    "abs": "Absolute", "swish": "Silu", "hard_swish": "HardSilu",
    "cdist": "CDist", "fft": "FFT", "fft2": "FFT2", "ifft2": "IFFT2", "rfft": "RFFT", "irfft": "IRFFT",
    "stft": "STFT", "istft": "ISTFT", "rgb_to_grayscale": "RGBToGrayscale", "rgb_to_hsv": "RGBToHSV",
    "hsv_to_rgb": "HSVToRGB", "ssim": "SSIM", "allclose": "AllClose", "isin": "IsIn",
    "searchsorted": "SearchSorted", "svd": "SVD", "batch_normalization": "BatchNorm", "psnr": "PSNR",
    "rms_normalization": "RMSNorm", "layer_normalization": "LayerNorm",
}  # fmt: skip


def operation_class(function: str) -> str:
    """The class of the operation behind a function of `keras.ops`: `ExpandDims` for `expand_dims`."""
    return _WORDS.get(function) or "".join(part.capitalize() for part in function.split("_"))
