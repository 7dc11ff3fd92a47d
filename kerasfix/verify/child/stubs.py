"""What a script asks of the world outside, replaced: missing modules, plots, downloads, questions."""

import argparse
import builtins
import concurrent.futures
import email.message
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import multiprocessing.context
import multiprocessing.pool
import shutil
import sys
import types
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import keras
import numpy as np

from .patching import replace_everywhere, same_signature
from .pictures import opencv
from .placeholders import Placeholder
from .record import Record

ALWAYS = frozenset(
    ("matplotlib", "pylab", "seaborn", "tensorboard", "pydot", "graphviz")
)  # shows, and proves nothing
TEXT = "the quick brown fox jumps over the lazy dog and runs away from the old grey wolf.\n"
IF_MISSING = (  # noqa: SIM905
    "pandas sklearn cv2 PIL tqdm tensorflow_datasets tensorflow_hub tensorflow_addons scipy skimage IPython "
    "google kagglehub kaggle keras_hub keras_cv keras_nlp keras_tuner kerastuner requests nltk librosa wandb "
    "mlflow optuna gdown dotenv plotly imageio albumentations networkx statsmodels xgboost transformers "
    "tokenizers datasets nibabel pydicom joblib psutil gym gymnasium yfinance termcolor tabulate torch "
    "torchvision bs4 spacy gensim xlrd openpyxl bokeh altair umap lightgbm mlxtend missingno regex"
).split()


def install(record: Record, needed: frozenset[str]) -> None:
    """Put all replacements in place; each names itself in the record when it is used.

    Args:
        record: of the run.
        needed: options of the command line that the script cannot do without (`usage.options`).
    """
    _answers(record)
    _arguments(record, needed)
    replace_everywhere({**_drawings(record), **_downloads(record), **_pretrained(record), ThreadPool: Pool})
    _pools(record)
    sys.meta_path.insert(0, _Finder(record, ALWAYS, always=True))
    sys.meta_path.append(_Finder(record, frozenset(IF_MISSING), always=False))


class _StubModule(types.ModuleType):
    """A module in which every name is a placeholder."""

    kerasfix_record: Record

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Placeholder(f"{self.__name__}.{name}", self.kerasfix_record, data=False)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds stub modules for known names, before or after the real ones."""

    def __init__(self, record: Record, names: frozenset[str], always: bool) -> None:
        self.record = record
        self.names = names
        self.always = always

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top, _, _ = fullname.partition(".")
        if top not in self.names or not self._wanted(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def _wanted(self, fullname: str) -> bool:
        """Only whole packages: a real package that lacks a module says so itself, but a mere folder does not."""
        above = sys.modules.get(fullname.rpartition(".")[0])
        folder = above is not None and getattr(above, "__file__", None) is None  # google, of google.colab
        return above is None or folder or isinstance(above, _StubModule)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        why = "" if self.always else " (not installed)"
        above = sys.modules.get(spec.name.rpartition(".")[0])
        if not isinstance(above, _StubModule):  # which has been named
            self.record.stub(f"module {spec.name}{why}")
        module = _StubModule(spec.name)
        module.kerasfix_record = self.record
        if spec.name == "cv2":
            vars(module).update(opencv(self.record))
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class Pool(ThreadPoolExecutor):
    """A pool of threads that needs no semaphores of the system, which would outlive the script.

    What `multiprocessing.pool.ThreadPool` does, as far as scripts and Keras use it.
    """

    def __init__(
        self, processes: int | None = None, initializer: Any = None, initargs: Any = (), *_: Any, **__: Any
    ) -> None:
        super().__init__(processes or 4, initializer=initializer, initargs=initargs)

    def apply_async(self, func: Any, args: Any = (), kwds: Any = None, *_: Any) -> Any:
        future = self.submit(func, *args, **(kwds or {}))
        return types.SimpleNamespace(get=future.result, wait=future.exception, ready=future.done)

    def apply(self, func: Any, args: Any = (), kwds: Any = None) -> Any:
        return func(*args, **(kwds or {}))

    def map(self, func: Any, iterable: Any, *_: Any) -> Any:  # type: ignore[override]
        return list(super().map(func, iterable))

    def imap(self, func: Any, iterable: Any, *_: Any) -> Any:
        return super().map(func, iterable)

    imap_unordered = imap

    def starmap(self, func: Any, iterable: Any, *_: Any) -> Any:
        return [func(*arguments) for arguments in iterable]

    def map_async(self, func: Any, iterable: Any, *_: Any) -> Any:
        return self.apply_async(self.map, (func, iterable))

    def starmap_async(self, func: Any, iterable: Any, *_: Any) -> Any:
        return self.apply_async(self.starmap, (func, iterable))

    def close(self) -> None:
        self.shutdown(wait=False)

    terminate = close

    def join(self) -> None:
        self.shutdown()


def _pools(record: Record) -> None:
    """Pools of processes, which a script may not start, become pools of threads."""
    multiprocessing.pool.ThreadPool = Pool  # type: ignore[assignment,misc]

    def pool(*args: Any, **kwargs: Any) -> Pool:
        record.stub("pools of processes (threads instead)")
        return Pool(*args, **kwargs)

    class ProcessPoolExecutor(ThreadPoolExecutor):
        def __init__(
            self, max_workers: int | None = None, mp_context: Any = None, *args: Any, **kwargs: Any
        ) -> None:
            record.stub("pools of processes (threads instead)")
            kwargs.pop("max_tasks_per_child", None)
            super().__init__(max_workers or 4, "", *args, **kwargs)

    multiprocessing.Pool = pool  # type: ignore[assignment]
    multiprocessing.context.BaseContext.Pool = staticmethod(pool)  # type: ignore[assignment,method-assign]
    concurrent.futures.ProcessPoolExecutor = ProcessPoolExecutor  # type: ignore[assignment,misc]


def _answers(record: Record) -> None:
    def answer(prompt: object = "", /) -> str:
        record.stub("input()")
        return "1"

    builtins.input = answer


class Arguments(list[str]):
    """`sys.argv`: the script's name, and "1" for whatever else it is asked for."""

    def __init__(self, filename: str, record: Record) -> None:
        super().__init__([filename])
        self._record = record

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, int) and index >= len(self):
            self._record.stub(f'sys.argv[{index}] ("1")')
            return "1"
        return super().__getitem__(index)


def _arguments(record: Record, needed: frozenset[str]) -> None:
    """Arguments of the command line that a parser insists on, or the script itself, are made up."""
    parser: Any = argparse.ArgumentParser
    original = parser.parse_known_args

    def parse_known_args(self: Any, args: Any = None, namespace: Any = None) -> Any:
        for action in self._actions if args is None else ():
            wanted = action.required or (action.dest in needed and action.default is None)
            if not wanted or isinstance(action, argparse._SubParsersAction):
                continue
            value = next(iter(action.choices)) if action.choices else (action.type or str)("1")
            several = action.nargs not in (None, "?")
            action.required, action.default = False, [value] if several else value
            if not action.option_strings:
                action.nargs = "*" if several else "?"
            record.stub(f"argument {action.dest} ({action.default!r})")
        return original(self, args, namespace)

    parser.parse_known_args = parse_known_args


def _drawings(record: Record) -> dict[Any, Any]:
    """Diagrams of models and TensorBoard: nothing is drawn."""

    def nothing(name: str) -> Any:
        def stub(*args: Any, **kwargs: Any) -> None:
            record.stub(name)

        return stub

    replacements = {}
    for name in ("plot_model", "model_to_dot"):
        original = getattr(keras.utils, name)
        replacements[original] = same_signature(original, nothing(name))
    real = keras.callbacks.TensorBoard
    signature = inspect.signature(real.__init__)

    class TensorBoard(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            signature.bind(self, *args, **kwargs)
            super().__init__()
            record.stub("TensorBoard")

    replacements[real] = TensorBoard
    if importlib.util.find_spec("PIL") is None:
        for name in ("load_img", "save_img", "array_to_img"):
            original = getattr(keras.utils, name)

            def picture(*args: Any, _name: str = name, **kwargs: Any) -> Any:
                record.stub(f"{_name} (Pillow is not installed)")
                return Placeholder(_name, record, data=False)

            replacements[original] = same_signature(original, picture)
    return replacements


def _downloads(record: Record) -> dict[Any, Any]:
    """No file is fetched: one that lies beside the script is taken, and a text is made up.

    Other files are left to whatever reads them (see `made_up`).
    """
    original = keras.utils.get_file

    def get_file(
        fname: Any = None,
        origin: Any = None,
        untar: bool = False,
        *args: Any,
        extract: bool = False,
        **kwargs: Any,
    ) -> Any:
        name = Path(str(fname or origin)).name
        if Path(name).exists():
            record.stub("get_file")
            if untar or extract:
                shutil.unpack_archive(name)
            return str(Path(name).absolute())
        record.stub(f"get_file: {name} (not downloaded)")
        if untar or extract:
            return str(Path(name.partition(".")[0]).absolute())
        _write_text(record, name)
        return str(Path(name).absolute())

    def urlretrieve(url: Any, filename: Any = None, *_: Any, **__: Any) -> tuple[str, Any]:
        name = str(filename or Path(str(url)).name)
        if not Path(name).exists():
            record.stub(f"urlretrieve: {name} (not downloaded)")
            _write_text(record, name)
        return name, email.message.Message()

    urllib.request.urlretrieve = urlretrieve
    return {original: same_signature(original, get_file)}


def _write_text(record: Record, name: str) -> None:
    """Make up what would have been downloaded, where that is a text."""
    if Path(name).suffix == ".txt":
        record.stub(f"{name} (missing: a made-up text)")
        record.assumed.setdefault(name)
        Path(name).write_text(TEXT * 200, encoding="utf-8")


def _pretrained(record: Record) -> dict[Any, Any]:
    """Applications with random weights instead of downloaded ones; class names that are numbers."""
    replacements: dict[Any, Any] = {}
    for name, module in list(sys.modules.items()):
        if not name.startswith("keras.src.applications."):
            continue
        for attribute, function in vars(module).items():
            if not isinstance(function, types.FunctionType) or function.__module__ != name:
                continue
            if attribute == "decode_predictions":
                replacements[function] = same_signature(function, _numbered)
            elif attribute[0].isupper() and "weights" in inspect.signature(function).parameters:
                replacements[function] = _unweighted(function, record)
    return replacements


def _unweighted(function: Any, record: Record) -> Any:
    signature = inspect.signature(function)

    @functools.wraps(function)
    def build(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.arguments["weights"] is not None:
            record.stub(f"weights={bound.arguments['weights']!r} of {function.__name__} (random instead)")
            bound.arguments["weights"] = None
        return function(*bound.args, **bound.kwargs)

    return build


def _numbered(preds: Any, top: int = 5) -> Any:
    best = np.argsort(preds, axis=-1)[:, ::-1][:, :top]
    return [
        [(f"n{index:08}", f"class_{index}", float(row[index])) for index in indices]
        for row, indices in zip(preds, best, strict=True)
    ]
