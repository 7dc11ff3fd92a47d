"""The side of verification that asks: it starts the server in the user's Python, and gets verdicts from it."""

import contextlib
import hashlib
import json
import os
import queue
import re
import shutil
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from kerasfix.verify.cache import Cache, versions
from kerasfix.verify.report import is_sound
from kerasfix.verify.verdict import Verdict

if TYPE_CHECKING:
    from subprocess import Popen

CHILD = Path(__file__).parent / "child" / "__main__.py"
START_SECONDS = 180.0  # for the import of Keras on a slow disk
HELLO = 0  # the number of the server's first message
GRACE_SECONDS = 15.0  # on top of a script's own limit, before the server itself is given up
KEPT_VARIABLES = (  # noqa: SIM905
    "HOME USERPROFILE APPDATA PYTHONUSERBASE "  # where `pip install --user` may have put Keras
    "PATH LANG LC_ALL LC_CTYPE TZ PYTHONPATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH CUDA_VISIBLE_DEVICES CUDA_HOME "
    "XLA_FLAGS SYSTEMROOT SYSTEMDRIVE WINDIR PATHEXT COMSPEC NUMBER_OF_PROCESSORS OMP_NUM_THREADS"
).split()
SET_VARIABLES = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",  # Keras asks for CUDA at import, which else forbids it to forked processes
    "MPLBACKEND": "Agg",
    "JOBLIB_MULTIPROCESSING": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
}


class CannotVerify(Exception):
    """Verification is not possible here; the message says why and what to do."""


Backend = Literal["tensorflow", "jax", "torch"]
BACKENDS: tuple[Backend, ...] = ("tensorflow", "jax", "torch")
_NAMED = re.compile(r"""KERAS_BACKEND['"]\s*(?:\]\s*=|,)\s*['"](\w+)['"]""")


def named_backend(text: str) -> Backend:
    """The backend that a script asks for in its first lines, or TensorFlow."""
    found = _NAMED.search(text)
    return next((name for name in BACKENDS if found and found[1] == name), BACKENDS[0])


@dataclass(frozen=True)
class Options:
    """How to verify.

    Attributes:
        device: "gpu" insists on one, "auto" uses one where the backend sees it.
        backend: of Keras; "auto" takes the one that a script sets in `KERAS_BACKEND`, else TensorFlow.
        python: the interpreter that has Keras; this one where None.
        timeout: seconds of wall clock for each script.
        seed: of every random number.
        allow_unisolated: run scripts even where the system cannot shut them in.
        cache: the folder in which reports of earlier runs are kept (`.kerasfix_cache`); None runs every script.
    """

    device: Literal["auto", "cpu", "gpu"] = "auto"
    python: str | None = None
    timeout: float = 120.0
    allow_unisolated: bool = False
    backend: Backend | Literal["auto"] = "auto"
    seed: int = 0
    cache: Path | None = None


class Verifier:
    """Runs scripts in processes of a server that has Keras imported already; several threads may ask at once.

    The server of a backend starts with the first script that needs it, and ends with the `with` block.
    """

    def __init__(self, options: Options = Options()) -> None:
        self.options = options
        self._servers: dict[Backend, _Server] = {}
        self._impossible: dict[Backend, str] = {}
        self._closed = False
        self._starting = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Elsewhere, all that come with the same options are one, and there is no folder of ours."""
        return _shared, (replace(self.options, cache=None),)

    @cached_property
    def _cache(self) -> Cache | None:
        """Where earlier reports are; None where there can be none."""
        if self.options.cache is None or self.options.allow_unisolated:
            return None
        try:
            found = versions(shutil.which(self.options.python or sys.executable) or "")
        except Exception:  # the server will say what is wrong with this Python
            return None
        options = {**asdict(self.options), "cache": None}
        return Cache(self.options.cache, [_own_code(), found, options])

    def __enter__(self) -> "Verifier":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the server now instead of with the first script.

        Raises:
            CannotVerify: no script can be verified with these options on this machine.
        """
        self._server(BACKENDS[0] if self.options.backend == "auto" else self.options.backend)

    def close(self) -> None:
        """End the servers; nothing can be verified any more."""
        self._closed = True
        with self._starting:
            while self._servers:
                self._servers.popitem()[1].close()

    def verify(
        self,
        text: str,
        filename: str,
        assumed: tuple[str, ...] = (),
        cpu: float | None = None,
        predictions: bool = False,
    ) -> Verdict:
        """Build and briefly fit the models of a script.

        Args:
            text: the script.
            filename: its name, for the verdict; the files beside it can be read, if it exists.
            assumed: names that the script uses and never defines, and that stand for data: only these are
                replaced by made-up data, which gets its shape from the model.
            cpu: seconds of CPU that it may take; by default, what `timeout` allows.
            predictions: also note what the models predict in the end, to be compared.

        Raises:
            CannotVerify: no script can be verified with these options on this machine.
        """
        path = Path(filename)
        job = {
            "text": text,
            "filename": str(path.absolute()),
            "folder": str(path.absolute().parent) if path.is_file() else None,
            "assumed": list(assumed),
            "device": self.options.device,
            "timeout": self.options.timeout,
            "cpu": cpu,
            "seed": self.options.seed,
            "predictions": predictions,
        }
        key = self._cache.key(job) if self._cache is not None else ""
        if self._cache is not None and (known := self._cache.get(key)) is not None and is_sound(known):
            return Verdict.from_report(filename, known | {"cached": True})
        backend = named_backend(text) if self.options.backend == "auto" else self.options.backend
        server = self._server(backend)
        job["isolate"] = server.isolation != "none"
        try:
            report = server.ask(job, self.options.timeout + (GRACE_SECONDS if server.forks else 0))
        except _SilentError as silent:
            server.kill()
            kind = "Timeout" if silent.timed_out else "Crash"
            report = {"error": {"type": kind, "line": None, "message": f"the verification process {silent}"}}
            report |= {"seconds": self.options.timeout, "timeout": silent.timed_out}
        if not server.forks or server.process.poll() is not None:
            self._forget(backend, server)
        if "cannot" in report:
            self._impossible[backend] = report["cannot"]
            raise CannotVerify(report["cannot"])
        ours = {"backend": backend, "isolation": server.isolation, "cached": False}
        if not is_sound(report | ours):
            message = "the script tampered with the report of its verification"
            error = {"type": "Crash", "line": None, "message": message}
            report = {name: report.get(name, 0.0) for name in ("seconds", "cpu_seconds")} | {"error": error}
        report |= ours
        if self._cache is not None:
            self._cache.put(key, report)
        return Verdict.from_report(filename, report)

    def _server(self, backend: Backend) -> "_Server":
        with self._starting:
            server = self._servers.get(backend)
            if server is not None and server.process.poll() is not None:
                self._forget(backend, server)
                server = None
            if self._closed:
                raise CannotVerify("verification has ended")
            if backend in self._impossible:
                raise CannotVerify(self._impossible[backend])
            if server is None:
                try:
                    server = self._servers[backend] = _Server(self.options, backend)
                except CannotVerify as error:
                    self._impossible[backend] = str(error)
                    raise
            return server

    def _forget(self, backend: Backend, server: "_Server") -> None:
        if self._servers.get(backend) is server:
            del self._servers[backend]
        server.close()


@cache
def _shared(options: Options) -> Verifier:
    return Verifier(options)


class _SilentError(Exception):
    """The server does not answer."""

    def __init__(self, what: str, timed_out: bool) -> None:
        super().__init__(what)
        self.timed_out = timed_out


class _Server:
    """The server process, its temporary folder, and a thread that hands its answers to those who asked."""

    def __init__(self, options: Options, backend: Backend) -> None:
        import subprocess

        python = options.python or sys.executable
        found = shutil.which(python)
        if found is None:
            raise CannotVerify(f"There is no Python at {python}. Give the one that has Keras with --python.")
        self.folder = tempfile.mkdtemp(prefix="kerasfix-")
        self._log = Path(self.folder, "server.log").open("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        try:
            self.process: Popen[str] = subprocess.Popen(
                [found, "-B", str(CHILD), self.folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                text=True,
                encoding="utf-8",
                cwd=self.folder,
                env=_environment(self.folder, options.device, backend),
                start_new_session=True,
            )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise CannotVerify(f"{python} cannot be started: {error.strerror}.") from error
        self._asking = threading.Lock()
        self._ended = False
        self._numbers = count(1)
        self._waiting: dict[int, queue.Queue[dict[str, Any] | None]] = {HELLO: queue.Queue()}
        threading.Thread(target=self._read, daemon=True).start()
        try:
            hello = self._receive(HELLO, START_SECONDS)
            if "error" in hello:
                needs = "'kerasfix[verify]'" if backend == "tensorflow" else f"keras {backend}"
                raise CannotVerify(
                    f"{python} has no usable Keras 3{_on(backend)} ({hello['error']}). Install it there "
                    f"(pip install {needs}), or give another Python with --python."
                )
            self.isolation: str = hello["isolation"]
            self.forks: bool = hello["forks"]
            if self.isolation == "none" and not options.allow_unisolated:
                raise CannotVerify(
                    "This system cannot shut a script in (that takes Linux 6.2 or later with Landlock), so it could "
                    "touch your files and the network. Use --allow-unisolated for scripts that you trust."
                )
        except _SilentError as silent:
            problem = self._log_tail() or str(silent)
            self.close()
            raise CannotVerify(f"{python} could not start verification: {problem}") from silent
        except BaseException:
            self.close()
            raise

    def ask(self, job: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a job and wait for its report.

        Raises:
            _SilentError: the server died or did not answer in time.
        """
        assert self.process.stdin is not None
        number = next(self._numbers)
        self._waiting[number] = queue.Queue()
        if self._ended:
            raise _SilentError("has died", timed_out=False)
        try:
            with self._asking:
                self.process.stdin.write(json.dumps(job | {"id": number}) + "\n")
                self.process.stdin.flush()
        except (OSError, ValueError) as error:
            raise _SilentError("has died", timed_out=False) from error
        return self._receive(number, seconds)

    def _receive(self, number: int, seconds: float) -> dict[str, Any]:
        try:
            message = self._waiting[number].get(timeout=seconds)
        except queue.Empty:
            raise _SilentError(f"did not answer for {seconds:g} seconds", timed_out=True) from None
        finally:
            del self._waiting[number]
        if message is None:
            raise _SilentError("ended unexpectedly", timed_out=False)
        return message

    def _read(self) -> None:
        """Hand answers to those who wait for them; None to all of them at the end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with contextlib.suppress(
                ValueError, AttributeError, RecursionError
            ):  # it may be no server of ours
                message = json.loads(line)
                if (waiting := self._waiting.get(message.pop("id", HELLO))) is not None:
                    waiting.put(message)
        self._ended = True
        for waiting in list(self._waiting.values()):
            waiting.put(None)

    def kill(self) -> None:
        """End a process that does not answer."""
        self.process.kill()
        self.process.wait()

    def _log_tail(self) -> str:
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        return lines[-1] if lines else ""

    def close(self) -> None:
        """End the process (it ends its own) and remove the temporary folder."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.close()
            self.process.wait(timeout=5)
        except Exception:
            self.process.kill()
            self.process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _own_code() -> str:
    """A sum of the files that run scripts: in a checkout, they change without the version."""
    sums = hashlib.sha256()
    for path in sorted(CHILD.parent.glob("*.py")):
        sums.update(path.read_bytes())
    return sums.hexdigest()


def _on(backend: Backend) -> str:
    return "" if backend == "tensorflow" else f" on {backend}"


def _environment(folder: str, device: str, backend: Backend) -> dict[str, str]:
    """Only what Python and the backend need: nothing of the user's secrets."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    homes = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "KERAS_HOME", "MPLCONFIGDIR"), folder)
    hidden = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"} if device == "cpu" else {}
    return kept | SET_VARIABLES | homes | hidden | {"KERAS_BACKEND": backend}
