"""Files that a script reads and that are not there: made up from how the script uses them, and always said."""

import functools
import glob
import os
import re
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from . import frames, tables, usage
from .patching import replace_everywhere, same_signature
from .paths import place_inside
from .placeholders import Placeholder
from .record import Record
from .stubs import TEXT

PICTURES, SIDE = 8, 64  # of each class, and their size
PICTURED = re.compile(
    r"flow_from_directory|image_dataset_from_directory|load_img|imread|Image\.open|decode_(?:jpe?g|png|image)"
)
"""What scripts have that read pictures."""
OF_CLASSES = re.compile(r"(?i)(train|test|val|valid).*")
"""Names of folders that have one for each class."""
WRITTEN: dict[str, Callable[[Any], Any]] = {
    ".jpg": lambda io: io.encode_jpeg,
    ".jpeg": lambda io: io.encode_jpeg,
    ".png": lambda io: io.encode_png,
}
CLASS_FOLDERS = (
    "image_dataset_from_directory",
    "text_dataset_from_directory",
    "audio_dataset_from_directory",
)


def install(record: Record, text: str, folder: str) -> None:
    """Put makers of data behind what reads files; they do nothing where a file is there.

    Args:
        record: of the run.
        text: the script, which tells what it expects.
        folder: the temporary folder.
    """
    maker = _Maker(record, usage.read(text), tables.read(text), folder)
    maker.readers_of_numpy()
    maker.archives()
    maker.folders()
    if PICTURED.search(text):
        maker.listings()
    _when_imported("pandas", maker.readers_of_pandas)


class _Maker:
    def __init__(self, record: Record, used: usage.Usage, asked: tables.Tables, folder: str) -> None:
        self.record = record
        self.temporary = os.path.realpath(folder)
        self.made: set[Path] = set()  # folders
        self.used = used
        self.tables = frames.Maker(asked, used)

    def _missing(self, path: Any) -> str | None:
        """The name of a file that is not there; None for one that is, and for what is no local path."""
        if not isinstance(path, str | os.PathLike):
            return None
        name = os.fspath(path)
        if isinstance(name, bytes) or Path(name).exists():
            return None
        return name

    def _note(self, name: str, what: str) -> None:
        self.record.stub(f"{name} ({what})")
        self.record.assumed.setdefault(name)

    # Tables

    def readers_of_numpy(self) -> None:
        """`np.load`, `np.loadtxt`, `np.genfromtxt`."""
        for name in ("loadtxt", "genfromtxt"):
            original = getattr(np, name)

            def read(path: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
                missing = self._missing(path)
                if missing is None:
                    return _original(path, *args, **kwargs)
                values = self.tables.numbers()
                self._note(missing, f"missing: a made-up table of {values.shape[1]} columns")
                return values.T if kwargs.get("unpack") else values

            setattr(np, name, functools.wraps(original)(read))
        load: Any = np.load

        def load_(path: Any, *args: Any, **kwargs: Any) -> Any:
            missing = self._missing(path)
            if missing is None:
                return load(path, *args, **kwargs)
            self.record.stub(f"{missing} (missing: arrays made up to fit the model)")
            return Placeholder(missing, self.record, data=True, root=missing)

        numpy: Any = np
        numpy.load = functools.wraps(load)(load_)

    def readers_of_pandas(self, pandas: Any) -> None:
        """`pd.read_csv` and its kin, and drawings, which show nothing."""
        for name in tables.READERS:
            original = getattr(pandas, name)

            def read(path: Any, *args: Any, _original: Any = original, **kwargs: Any) -> Any:
                missing = path if _is_url(path) else self._missing(path)
                if missing is None:
                    return _original(path, *args, **kwargs)
                frame = self.tables.frame(pandas, self.record.line(), kwargs)
                self._note(missing, f"missing: a made-up table of {frame.shape[1]} columns")
                return frame

            setattr(pandas, name, functools.wraps(original)(read))

        def draw(*_: Any, **__: Any) -> Placeholder:
            self.record.stub("drawings of pandas")
            return Placeholder("drawing", self.record, data=False)

        for kind in (pandas.DataFrame, pandas.Series):
            kind.plot = property(draw)
            kind.hist = draw
        pandas.DataFrame.boxplot = draw

    # Archives and folders

    def archives(self) -> None:
        """Zip and tar files that are not there are empty."""
        zips: Any = zipfile.ZipFile
        tars: Any = tarfile
        opened, tar = zips.__init__, tars.open

        def open_zip(zip_: Any, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> None:
            missing = self._missing(file) if mode == "r" and self._asked() else None
            if missing is not None:
                self.record.stub(f"{missing} (missing: an empty archive)")
                file = Path(missing).name
                opened(zip_, file, "w")
                zip_.close()
            opened(zip_, file, mode, *args, **kwargs)

        def open_tar(name: Any = None, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            missing = self._missing(name) if mode.startswith("r") and self._asked() else None
            if missing is not None:
                self.record.stub(f"{missing} (missing: an empty archive)")
                name, mode = Path(missing).name, "r"
                tar(name, "w").close()
            return tar(name, mode, *args, **kwargs)

        zips.__init__ = open_zip
        tars.open = open_tar

    def _asked(self) -> bool:
        """Whether the script opens the archive, by itself or with `shutil`; Python looks for some of its own."""
        return sys._getframe(2).f_code.co_filename in (self.record.filename, shutil.__file__)

    def folders(self) -> None:
        """Folders with a folder for each class."""
        replacements: dict[Any, Any] = {}
        for name in CLASS_FOLDERS:
            original = getattr(keras.utils, name)
            replacements[original] = same_signature(
                original, self._with_folder(original, name.partition("_")[0])
            )
        replace_everywhere(replacements)
        from keras.src.legacy.preprocessing.image import ImageDataGenerator

        flow = ImageDataGenerator.flow_from_directory

        def flow_(generator: Any, directory: Any, *args: Any, **kwargs: Any) -> Any:
            directory = self._folder(directory, kwargs.get("classes"), "image")
            return flow(generator, directory, *args, **kwargs)

        ImageDataGenerator.flow_from_directory = functools.wraps(flow)(flow_)

    def _with_folder(self, original: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def read(directory: Any, *args: Any, **kwargs: Any) -> Any:
            return original(self._folder(directory, kwargs.get("class_names"), kind), *args, **kwargs)

        return read

    def _folder(self, directory: Any, classes: Any, kind: str) -> Any:
        """The folder, or one with made-up files in the place of one that is not there, or is empty."""
        if not isinstance(directory, str | os.PathLike):
            return directory
        name = os.fsdecode(directory)
        place = self._place(name)
        if Path(name).exists() and place not in self.made and any(Path(name).iterdir()):
            return directory
        self._fill(place, kind, list(classes or ()))
        count = len(list(place.iterdir()))
        self._note(name, f"missing: {PICTURES} made-up {kind} files in each of {count} folders")
        return str(place)

    def _place(self, name: str) -> Path:
        return place_inside(self.temporary, name) if Path(name).is_absolute() else Path(name)

    def _fill(self, place: Path, kind: str, classes: list[str]) -> None:
        """Files in a folder for each class: those that are asked for, or as many as the last layer has."""
        known = [each.name for each in place.iterdir()] if place.is_dir() else []
        names = classes or [*known, *(f"class_{number}" for number in range(self.used.classes - len(known)))]
        for number, each in enumerate(names):
            self._files(place / each, kind, number)

    def _files(self, place: Path, kind: str, number: int = 0, suffix: str = ".jpg") -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.made |= {place, place.parent}
        for item in range(PICTURES):
            _write(place / f"{kind}_{item}", kind, number * PICTURES + item, suffix)

    def listings(self) -> None:
        """The script's own listings of folders with pictures: `os.listdir`, `glob.glob`."""
        listdir, find = os.listdir, glob.glob

        def listdir_(path: Any = ".") -> Any:
            if (
                sys._getframe(1).f_code.co_filename == self.record.filename
                and self._missing(path) is not None
            ):
                place = self._place(os.fsdecode(path))
                if OF_CLASSES.fullmatch(place.name):
                    self._fill(place, "image", [])
                else:
                    self._files(place, "image")
                self._note(os.fsdecode(path), "missing: made-up pictures")
            return listdir(path)

        def glob_(pathname: Any, *args: Any, **kwargs: Any) -> Any:
            found = find(pathname, *args, **kwargs)
            suffix = Path(str(pathname)).suffix.lower()
            if found or suffix not in WRITTEN or Path(str(pathname)).stem != "*":
                return found
            above = Path(str(pathname)).parent
            classes = glob.has_magic(above.name)
            top = above.parent if classes else above
            if glob.has_magic(str(top)):
                return found
            place = self._place(str(top))
            for number in range(self.used.classes if classes else 1):
                self._files(place / f"class_{number}" if classes else place, "image", number, suffix)
            self._note(str(top), "missing: made-up pictures")
            return [str(path) for path in sorted(place.rglob(f"*{suffix}"))]

        os.listdir = functools.wraps(listdir)(listdir_)
        glob.glob = functools.wraps(find)(glob_)


def _write(path: Path, kind: str, seed: int, suffix: str = ".jpg") -> None:
    """A small file of a kind, written by TensorFlow, which is what reads it."""
    if kind == "text":
        path.with_suffix(".txt").write_text(TEXT * (1 + seed % 3), encoding="utf-8")
        return
    import tensorflow as tf

    random = np.random.default_rng(seed)
    if kind == "image":
        data = WRITTEN[suffix](tf.io)(random.integers(0, 256, (SIDE, SIDE, 3)).astype("uint8"))
        path.with_suffix(suffix).write_bytes(data.numpy())
    else:
        data = tf.audio.encode_wav(random.uniform(-1, 1, (8000, 1)).astype("float32"), 8000)
        path.with_suffix(".wav").write_bytes(data.numpy())


def _is_url(path: Any) -> bool:
    return isinstance(path, str) and path.startswith(("http://", "https://", "ftp://", "s3://", "gs://"))


def _when_imported(name: str, then: Callable[[Any], None]) -> None:
    """Call a function with a module, as soon as the script imports it: not earlier, since it may be slow."""
    if name in sys.modules:
        then(sys.modules[name])
        return

    class Finder:
        """Lets the others find the module, and looks at it when it has been loaded."""

        def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
            if fullname != name:
                return None
            sys.meta_path.remove(finder)
            import importlib.util

            spec = importlib.util.find_spec(name)
            if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
                return None
            run = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                run(module)
                if module.__dict__.get("read_csv") is not None:
                    then(module)

            vars(spec.loader)["exec_module"] = exec_module
            return spec

    finder: Any = Finder()
    sys.meta_path.insert(0, finder)
