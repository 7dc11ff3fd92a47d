"""The import-only fork server: Keras is imported once, every job runs in its own forked process.

Lines of JSON come in on standard input and go out on standard output; the end of the input ends the server.
The server itself never runs an operation of the backend: a fork after one hangs. Each job has two processes: one
that watches over it, and one that runs the script. Where there is no fork (Windows), this process takes a single job
and ends.
"""

import contextlib
import faulthandler
import json
import math
import os
import re
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import kernel, sandbox

Message = dict[str, Any]
MAX_OUTPUT = 1 << 16  # bytes kept of what a script prints
MAX_REPORT = 1 << 24
MAX_DISK, MAX_FILES = 2 << 30, 20000  # of the temporary folder
FORKS = hasattr(os, "fork")
TICK = 0.25  # seconds between looks at the clock and the disk
GRACE = 1.0  # seconds before the limit at which the child notes where it is
OUT_OF_CPU = (signal.SIGPROF, signal.SIGXCPU) if FORKS else ()
OUT_OF_MEMORY = "bad_alloc|OOM|out of memory|ResourceExhausted|Cannot allocate memory|Unable to allocate"


def main() -> None:
    """Say hello, then do jobs until the input ends; the argument is a folder for everything temporary."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print at import must not reach the protocol
    hello = _import_keras()
    _send(out, hello)
    if "error" in hello:
        return
    if FORKS:
        _serve(out)
    else:
        job = json.loads(sys.stdin.buffer.readline() or "null")
        if job is not None:
            folder = tempfile.mkdtemp(prefix="job-")
            _send(out, {**_here(job, folder), "id": job["id"]})
    _remove(sys.argv[1])  # whoever asked may not be there to do it


@dataclass
class _Running:
    """A job under way: the process that watches over it, and what that has said so far."""

    pid: int
    number: int
    folder: str
    said: bytearray


def _serve(out: Any) -> None:
    """Take jobs and send their replies as they come, several at a time if so many are asked for."""
    _adopt()
    running: dict[int, _Running] = {}
    asked = bytearray()
    while True:
        for source in select.select([0, *running], [], [])[0]:
            data = os.read(source, 1 << 16)
            if source != 0:
                if data:
                    running[source].said += data
                else:
                    os.close(source)
                    _finish(running.pop(source), out)
                continue
            if not data:
                for left in running.values():
                    os.kill(left.pid, signal.SIGTERM)
                for left in running.values():
                    os.waitpid(left.pid, 0)
                _end_children()
                return
            asked += data
            *lines, rest = asked.split(b"\n")
            asked = bytearray(rest)
            for line in lines:
                source, job = _start(json.loads(line))
                running[source] = job


_told_to_end: list[bool] = []


def _adopt() -> None:
    """Whatever a script leaves behind becomes this process's to end."""
    if sys.platform.startswith("linux"):
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)


def _start(job: Message) -> tuple[int, _Running]:
    """Start a process that watches over a job; where to read its reply."""
    folder = tempfile.mkdtemp(prefix="job-")
    source, target = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            # Only a flag: what a handler raises is lost where Python runs other callbacks, as it does at forks.
            signal.signal(signal.SIGTERM, lambda *_: _told_to_end.append(True))
            _adopt()
            if sys.platform.startswith("linux"):
                kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            data = json.dumps(_forked(job, folder), default=str).encode()
            while data:
                data = data[os.write(target, data) :]
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(target)
    return source, _Running(pid, job["id"], folder, bytearray())


def _finish(job: _Running, out: Any) -> None:
    os.waitpid(job.pid, 0)
    _remove(job.folder)
    try:
        reply = json.loads(job.said)
    except (ValueError, RecursionError):
        error = {
            "type": "Crash",
            "line": None,
            "message": "the process that watches over the script has died",
        }
        reply = {"error": error, "seconds": 0.0}
    _send(out, {**reply, "id": job.number})


def _remove(folder: str) -> None:
    """Remove a folder, however deep a script has made it, and closed."""
    try:
        for place, folders, _ in os.walk(folder):
            for path in (Path(place, name) for name in folders if not Path(place, name).is_symlink()):
                with contextlib.suppress(OSError):
                    path.chmod(stat.S_IRWXU)
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:
        subprocess.run(["rm", "-rf", "--", folder], check=False)


def _send(out: Any, message: Message) -> None:
    out.write(json.dumps(message, default=str) + "\n")
    out.flush()


def _import_keras() -> Message:
    """Import what every job needs; the versions, or `error`."""
    try:
        import keras
        import keras.applications
        import keras.datasets
    except ImportError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    except Exception as error:
        return {"error": f"importing Keras failed with {type(error).__name__}: {error}"}
    version = getattr(keras, "__version__", "?")
    if not version.startswith("3."):
        return {"error": f"Keras {version} is not Keras 3"}
    from . import job  # noqa: F401  (and with it all hooks)

    return {
        "keras": version,
        "backend": keras.backend.backend(),
        "isolation": kernel.isolation(),
        "forks": FORKS,
    }


def _settle(folder: str) -> None:
    """Make the temporary folder the home of this process."""
    for name in (
        "HOME",
        "USERPROFILE",
        "TMPDIR",
        "TEMP",
        "TMP",
        "KERAS_HOME",
        "MPLCONFIGDIR",
        "XDG_CACHE_HOME",
    ):
        os.environ[name] = folder
    tempfile.tempdir = folder


def _here(job: Message, folder: str) -> Message:
    """Run a job in this process."""
    from .job import run

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _settle(folder)
    started = time.monotonic()
    return run(job, folder, lambda _: None) | {"seconds": time.monotonic() - started}


def _forked(job: Message, folder: str) -> Message:
    """Run a job in a forked process and end everything it started."""
    report_in, report_out = os.pipe()
    output_in, output_out = os.pipe()
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            _child(job, folder, report_out, output_out)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(report_out)
    os.close(output_out)
    report, output = bytearray(), bytearray()
    try:
        end = _watch(pid, report_in, output_in, report, output, started + job["timeout"], folder)
    finally:
        status, cpu = _end(pid)
    text = output.decode("utf-8", "replace")
    seconds = time.monotonic() - started
    known: Message = _last_message(report)
    if not known.pop("final", False):
        known |= _without_end(end, status, cpu, text, job)
    return known | {"seconds": seconds, "cpu_seconds": cpu}


def _last_message(report: bytearray) -> Message:
    """The newest whole line of a report: lines are repeated with more in them while a script runs."""
    lines = report.split(b"\n")[:-1]
    try:
        last = json.loads(lines[-1]) if lines else {}
    except (ValueError, RecursionError):  # the script wrote into it
        last = {}
    found: Message = last if isinstance(last, dict) else {}
    if len(lines) > 1:  # the script runs: it is not for it to say that none can
        found.pop("cannot", None)
    return found


def _child(job: Message, folder: str, report: int, output: int) -> None:
    os.setsid()
    if sys.platform.startswith("linux"):
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # Not fd 0 to 2 and not the pipe of the report: the parent's pipes are none of the script's business.
    os.dup2(report, 3)
    os.closerange(4, 4096)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(fd, mode, buffering=1, encoding="utf-8", errors="replace", closefd=False)
        for fd, mode in ((0, "r"), (1, "w"), (2, "w"))
    )
    _settle(folder)
    faulthandler.enable(2)
    for number in OUT_OF_CPU:
        faulthandler.register(number, file=2, chain=True)
    faulthandler.dump_traceback_later(max(0.1, job["timeout"] - GRACE), file=2)

    def tell(message: Message) -> None:
        data = json.dumps(message, default=str).encode() + b"\n"
        while data:
            data = data[os.write(3, data) :]

    from .job import run

    try:
        tell(run(job, folder, tell) | {"final": True})
    except Exception as error:
        message = f"verification itself failed with {type(error).__name__}: {error}"
        tell({"error": {"type": "Crash", "line": None, "message": message}, "final": True})


def _watch(pid: int, report_in: int, output_in: int, report: bytearray, output: bytearray, deadline: float,
           folder: str) -> str:  # fmt: skip
    """Read until the report ends; says how it ended: done, timeout, disk, memory or flood (of reports)."""
    sources = [report_in, output_in]
    # Where a GPU is used no limit of the kernel's holds (`limit_resources`), so this one must.
    most = (
        sandbox.memory_in_use() + sandbox.memory_to_give() if sys.platform.startswith("linux") else math.inf
    )
    look = time.monotonic() + TICK
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or _told_to_end:
            return "timeout"
        ready = select.select(sources, [], [], min(TICK, left))[0]
        for source in ready:
            chunk = os.read(source, 1 << 16)
            if not chunk:
                sources.remove(source)
                if source == report_in:
                    return "done"
            elif source == report_in:
                report += chunk
                if len(report) > MAX_REPORT:
                    return "flood"
            else:
                output += chunk
                del output[:-MAX_OUTPUT]
        if time.monotonic() >= look:
            if _too_much(folder, pid):
                return "disk"
            if sandbox.memory_in_use(pid) > most:
                return "memory"
            look = time.monotonic() + TICK


def _too_much(folder: str, pid: int) -> bool:
    """Whether a job fills the disk, or memory with files that have no name; links are not followed."""
    size, count = _nameless(pid), 0
    for place, _, files in _walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                size += Path(place, name).lstat().st_blocks * 512
        count += len(files) + 1
        if size > MAX_DISK or count > MAX_FILES:
            return True
    return False


def _nameless(pid: int) -> int:
    """The bytes of files that a process holds open, and that are in no folder."""
    sizes: dict[tuple[int, int], int] = {}
    for link in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):
            found = link.stat()
            if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                sizes[found.st_dev, found.st_ino] = found.st_blocks * 512
    return sum(sizes.values())


def _walk(folder: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`; a tree that is too deep for it has too many folders."""
    try:
        yield from os.walk(folder)
    except RecursionError:
        yield folder, [], [""] * (MAX_FILES + 1)


def _end(pid: int) -> tuple[int, float]:
    """Kill the job and all that descends from it.

    Returns:
        The exit status of the job (negative: a signal), and the seconds of CPU that it took.
    """
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)
    _, code, usage = os.wait4(pid, 0)
    _end_children()
    return os.waitstatus_to_exitcode(code), usage.ru_utime + usage.ru_stime


def _end_children() -> None:
    """Kill what has become ours, until there is nothing."""
    while True:
        for orphan in _children():
            with contextlib.suppress(OSError):
                os.kill(orphan, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    """The processes whose parent is this one."""
    own, found = str(os.getpid()), []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if file.read_text(errors="replace").rpartition(")")[2].split()[1] == own:
                found.append(int(file.parent.name))
    return found


def _without_end(end: str, status: int, cpu: float, output: str, job: Message) -> Message:
    """The verdict on a process that could not speak for itself any more."""
    error = {"type": "Crash", "line": _last_line(output, job["filename"]), "message": ""}
    if end == "timeout":
        error |= {"type": "Timeout", "message": f"still running after {job['timeout']:g} seconds"}
    elif end == "flood":
        error["message"] = "the script tampered with the report of its verification"
    elif end == "disk":
        error |= {"type": "DiskLimit", "message": "the script fills the disk: more than 2 GiB or 20000 files"}
    elif -status in OUT_OF_CPU or (job["cpu"] is not None and cpu >= job["cpu"]):
        error |= {"type": "Timeout", "message": f"still running after {cpu:.0f} seconds of CPU"}
    elif end == "memory" or re.search(OUT_OF_MEMORY, output) or status == -signal.SIGKILL:
        message = "the script needs more memory than it is given while it is verified"
        error |= {"type": "MemoryError", "message": message}
    elif status < 0:
        error["message"] = f"the process died of {signal.Signals(-status).name}"
    else:
        error["message"] = f"the process ended without a result, with exit status {status}"
    return {"error": error, "timeout": error["type"] == "Timeout"}


def _last_line(output: str, filename: str) -> int | None:
    """The innermost line of the script in the traceback that faulthandler wrote, main thread last."""
    block = re.split(r"\(most recent call first\):", output)[-1]
    match = re.search(rf'File "{re.escape(filename)}", line (\d+)', block)
    return int(match[1]) if match else None
