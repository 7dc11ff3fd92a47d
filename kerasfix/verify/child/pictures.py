"""Pictures that are not there: made up; and what OpenCV does with pictures where it is not installed."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from .patching import replace_everywhere, same_signature
from .placeholders import Placeholder, placeholders
from .record import Record

HEIGHT, WIDTH = 192, 128


def install(record: Record) -> None:
    """Let readers of pictures find one wherever there is none; they need Pillow."""
    try:
        from PIL import Image
    except ImportError:
        return
    opened, loaded = Image.open, keras.utils.load_img

    def open_(fp: Any, *args: Any, **kwargs: Any) -> Any:
        return opened(_made_up(fp, record), *args, **kwargs)

    def load_img(path: Any, *args: Any, **kwargs: Any) -> Any:
        return loaded(_made_up(path, record), *args, **kwargs)

    pillow: Any = Image
    pillow.open = functools.wraps(opened)(open_)
    replace_everywhere({loaded: same_signature(loaded, load_img)})


def values(seed: int = 0) -> Any:
    """A picture of a few soft shapes: bytes, (height, width, 3)."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [np.sin(rows / a + b) + np.cos(columns / c + d) for a, b, c, d in random.uniform(5, 40, (3, 4))]
    return (np.stack(waves, axis=-1) * 63 + 127).astype("uint8")


def _missing(path: Any, record: Record) -> bool:
    """Whether a path leads to no file; says that a picture is made up then."""
    if not isinstance(path, str | os.PathLike) or Path(path).exists():
        return False
    record.stub(f"{os.fspath(path)} (missing: a made-up picture)")
    record.assumed.setdefault(str(os.fspath(path)))
    return True


def _made_up(path: Any, record: Record) -> Any:
    """The path, or that of a picture which is made up for it."""
    if not _missing(path, record):
        return path
    from PIL import Image

    place = Path("made_up", f"{Path(path).stem}.png")
    place.parent.mkdir(exist_ok=True)
    Image.fromarray(values(len(list(place.parent.iterdir())))).save(place)
    return str(place)


def opencv(record: Record) -> dict[str, Callable[..., Any]]:
    """Functions of `cv2` that data comes from, for the module that stands in for it."""

    def imread(filename: Any, flags: Any = 1) -> Any:
        if _missing(filename, record):
            picture = values()
        else:
            from PIL import Image

            picture = np.asarray(Image.open(filename).convert("RGB"))[..., ::-1]
        grey = flags == 0 if isinstance(flags, int) else "GRAY" in repr(flags)
        return picture.mean(axis=-1).astype("uint8") if grey else picture

    def resize(src: Any, dsize: Any, dst: Any = None, fx: float = 0, fy: float = 0, **_: Any) -> Any:
        if placeholders([src, dsize]):
            return placeholders([src, dsize])[0]
        width, height = dsize or (round(src.shape[1] * fx), round(src.shape[0] * fy))
        rows = np.arange(height) * src.shape[0] // height
        columns = np.arange(width) * src.shape[1] // width
        return src[rows][:, columns]

    def cvt_color(src: Any, code: Any, *_: Any) -> Any:
        if isinstance(src, Placeholder):
            return src
        if "2GRAY" in repr(code):
            return src.mean(axis=-1).astype(src.dtype)
        return src[..., ::-1] if src.ndim == 3 else np.stack([src] * 3, axis=-1)

    return {"imread": imread, "resize": resize, "cvtColor": cvt_color}
