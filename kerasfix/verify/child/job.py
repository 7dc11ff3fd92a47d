"""One script, run once, with everything in place; its record becomes the report."""

import ast
import linecache
import math
import os
import random
import sys
import threading
import time
import types
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras.src.backend.common import global_state

from . import (
    datasets,
    errors,
    evidence,
    loops,
    made_up,
    paths,
    pictures,
    placeholders,
    sandbox,
    solvers,
    stubs,
    training,
    usage,
)
from .gradients import Listener
from .record import Record

Report = dict[str, Any]
MOST_PARAMETERS = 1 << 24  # of models that are asked for predictions
MOST_VALUES = 32


def run(job: dict[str, Any], folder: str, progress: Callable[[Report], None]) -> Report:
    """Run a script in this process, which is good for nothing else afterwards.

    Args:
        job: `text`, `filename`, `folder` (of the script, or None), `assumed`, `device`, `timeout`, `cpu`,
            `seed`, `predictions`, `isolate`.
        folder: the temporary folder; its `work` folder becomes the working directory.
        progress: takes what is known so far, for runs that do not come to their end.

    Returns:
        The parts of the verdict that only this process knows; `cannot` where it could not start.
    """
    filename: str = job["filename"]
    record = Record(filename)
    record.deadline = time.monotonic() + job["timeout"]
    record.cpu_limit = time.process_time() + (job["cpu"] or math.inf)
    device = _device(job["device"])
    if device is None:
        name = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}[keras.backend.backend()]
        return {"cannot": f"{name} sees no GPU in this Python. Use --device auto or cpu."}
    work = Path(folder, "work")
    work.mkdir()
    os.chdir(work)
    if job["folder"]:
        paths.bring(job["text"], job["folder"], str(work))
    listener = Listener(record)
    listener.install()
    datasets.install(record)
    training.install(record, listener)
    stubs.install(record, usage.options(job["text"]))
    pictures.install(record)
    solvers.install(record, job["text"])
    paths.install(record, folder)
    placeholders.install()
    made_up.install(record, job["text"], folder)
    sandbox.limit_resources(job["timeout"], job["cpu"], gpu=device != "cpu")
    isolation = sandbox.enter(folder, job["folder"], job["isolate"])
    names = _names_by_line(job["text"])

    def shown() -> Report:
        return {
            "assumed": list(record.assumed),
            "stubs": sorted(record.stubs),
            "models": _models(record, names),
            "skipped": list(record.skipped),
            "fits": [vars(fit) for fit in record.fits.values()],
            "device": device,
            "isolation": isolation,
        }

    record.changed = lambda: progress(shown())
    progress(shown())
    seen = evidence.Evidence()
    error, remaining = _execute(job, record, seen)
    known = shown() | {"error": error, "remaining": remaining}
    known["evidence"] = [] if record.assumed else seen.report()  # nothing follows from what was made up
    if job["predictions"] and error is None:
        for entry, (model, _) in zip(known["models"], record.models, strict=True):
            entry["predictions"] = _predictions(model)
    return known


def _predictions(model: Any) -> list[float] | None:
    """Some of the values that a model puts out for made-up input; None where it takes long or cannot be asked."""
    with suppress(Exception):
        if model.built and model.count_params() <= MOST_PARAMETERS:
            outputs = model(placeholders.inputs_for(model, 2), training=False)
            parts = [keras.ops.convert_to_numpy(part).ravel() for part in keras.tree.flatten(outputs)]
            values = np.concatenate(parts)
            return [float(value) for value in values[:: max(1, len(values) // MOST_VALUES)][:MOST_VALUES]]
    return None


def _device(wanted: str) -> str | None:
    """The name of what computes; None where a GPU is wanted and there is none."""
    if wanted == "cpu":
        return "cpu"
    if sys.platform.startswith("linux") and not sandbox.devices():
        # Not asked: the backend would start threads, and those that are there before are not shut in with the script.
        return None if wanted == "gpu" else "cpu"
    found = {"tensorflow": _of_tensorflow, "jax": _of_jax, "torch": _of_torch}[keras.backend.backend()]()
    return found or (None if wanted == "gpu" else "cpu")


def _of_tensorflow() -> str | None:
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "gpu")) if gpus else None


def _of_jax() -> str | None:
    import jax

    device = jax.devices()[0]
    return None if device.platform == "cpu" else str(device.device_kind)


def _of_torch() -> str | None:
    import torch

    return str(torch.cuda.get_device_name(0)) if torch.cuda.is_available() else None


def _execute(
    job: dict[str, Any], record: Record, seen: evidence.Evidence
) -> tuple[dict[str, Any] | None, int]:
    """Run the text as `__main__`; returns its error and how many of its statements were not reached."""
    filename, text = job["filename"], job["text"]
    _seed(job["seed"])
    # Tracebacks and AutoGraph read the source by name: they must find this text, not what is on the disk.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    main = types.ModuleType("__main__")
    main.__file__ = filename
    names = main.__dict__
    names |= loops.helpers(record) | {evidence.SAW: seen.saw}
    names |= {name: placeholders.Placeholder(name, record, data=True) for name in job["assumed"]}
    sys.modules["__main__"], sys.argv = main, stubs.Arguments(filename, record)
    if job["folder"]:
        sys.path.insert(0, job["folder"])
    tree: ast.Module | None = None
    before = set(threading.enumerate())
    try:
        tree = ast.parse(text, filename)
        evidence.watch(tree)
        exec(compile(loops.cut(tree), filename, "exec"), names)
        for thread in set(threading.enumerate()) - before:
            if not thread.daemon:  # Python waits for these, too
                thread.join()
    except SystemExit as error:
        if error.code not in (None, 0):
            return errors.describe(error, filename), _after(tree, error, filename)
    except BaseException as error:
        return errors.describe(error, filename), _after(tree, error, filename)
    return None, 0


def _seed(seed: int) -> None:
    """Start all random numbers anew. (Keras's own function imports TensorFlow, whatever the backend.)"""
    if keras.backend.backend() == "tensorflow":
        keras.utils.set_random_seed(seed)
        return
    random.seed(seed)
    np.random.seed(seed)
    global_state.set_global_attribute("global_random_seed", seed)
    if keras.backend.backend() == "torch":
        import torch

        torch.manual_seed(seed)


def _after(tree: ast.Module | None, error: BaseException, filename: str) -> int:
    """How many top-level statements come after the one that failed."""
    line = None
    trace = error.__traceback__
    while trace is not None and line is None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == filename else None
        trace = trace.tb_next
    if tree is None or line is None:
        return 10**6
    return sum(statement.lineno > line for statement in tree.body)


def _models(record: Record, names: dict[int | None, str]) -> list[dict[str, Any]]:
    """What became of the models that the script made."""
    found = []
    for model, line in record.models:
        entry: dict[str, Any] = {
            "name": names.get(line),
            "line": line,
            "built": bool(getattr(model, "built", False)),
        }
        entry |= {"output_shape": None, "params": None}
        with suppress(Exception):
            entry["name"] = entry["name"] or model.name
        if entry["built"]:
            with suppress(Exception):
                entry["params"] = int(model.count_params())
            with suppress(Exception):
                shape = _plain(model.output_shape)
                free = id(model) in record.built_from_data and isinstance(shape[0], int)
                entry["output_shape"] = [None, *shape[1:]] if free else shape
        found.append(entry)
    return found


def _names_by_line(text: str) -> dict[int | None, str]:
    """The variable that each line of an assignment gives a value to."""
    names: dict[int | None, str] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Attribute):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                names[line] = ast.unparse(node.targets[0])
    return names


def _plain(shape: Any) -> Any:
    """A shape, or a structure of shapes, as JSON has it."""
    if isinstance(shape, dict):
        return {name: _plain(part) for name, part in shape.items()}
    if isinstance(shape, list | tuple):
        return [_plain(part) for part in shape]
    return None if shape is None else int(shape)
