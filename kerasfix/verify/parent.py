"""The side of verification that asks: it starts the server in the user's Python, and gets verdicts from it."""

import json
import os
import queue
import shutil
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Literal

from kerasfix.verify.verdict import Verdict

if TYPE_CHECKING:
    from subprocess import Popen

CHILD = Path(__file__).parent / "child" / "__main__.py"
START_SECONDS = 180.0  # for the import of Keras on a slow disk
GRACE_SECONDS = 15.0  # on top of a script's own limit, before the server itself is given up
KEPT_VARIABLES = (  # noqa: SIM905
    "HOME USERPROFILE APPDATA PYTHONUSERBASE "  # where `pip install --user` may have put Keras
    "PATH LANG LC_ALL LC_CTYPE TZ PYTHONPATH LD_LIBRARY_PATH DYLD_LIBRARY_PATH CUDA_VISIBLE_DEVICES CUDA_HOME "
    "XLA_FLAGS SYSTEMROOT SYSTEMDRIVE WINDIR PATHEXT COMSPEC NUMBER_OF_PROCESSORS OMP_NUM_THREADS"
).split()
SET_VARIABLES = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
}


class CannotVerify(Exception):
    """Verification is not possible here; the message says why and what to do."""


@dataclass(frozen=True)
class Options:
    """How to verify.

    Attributes:
        device: "gpu" insists on one, "auto" uses one where TensorFlow sees it.
        python: the interpreter that has Keras; this one where None.
        timeout: seconds of wall clock for each script.
        allow_unisolated: run scripts even where the system cannot shut them in.
    """

    device: Literal["auto", "cpu", "gpu"] = "auto"
    python: str | None = None
    timeout: float = 120.0
    allow_unisolated: bool = False


class Verifier:
    """Runs scripts, one at a time, in processes of one server that has Keras imported already.

    The server starts with the first script and ends with the `with` block.
    """

    def __init__(self, options: Options = Options()) -> None:
        self.options = options
        self._server: _Server | None = None

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
        self._started()

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def verify(
        self, text: str, filename: str, assumed: tuple[str, ...] = (), cpu: float | None = None
    ) -> Verdict:
        """Build and briefly fit the models of a script.

        Args:
            text: the script.
            filename: its name, for the verdict; the files beside it can be read, if it exists.
            assumed: names that the script uses and never defines, and that stand for data: only these are
                replaced by made-up data, which gets its shape from the model.
            cpu: seconds of CPU that it may take; by default, what `timeout` allows.

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
        }
        server = self._started()
        job["isolate"] = server.isolation != "none"
        try:
            report = server.ask(job, self.options.timeout + (GRACE_SECONDS if server.forks else 0))
        except _SilentError as silent:
            server.process.kill()
            server.process.wait()
            kind = "Timeout" if silent.timed_out else "Crash"
            report = {"error": {"type": kind, "line": None, "message": f"the verification process {silent}"}}
            report |= {"seconds": self.options.timeout, "timeout": silent.timed_out}
        if not server.forks or server.process.poll() is not None:
            self.close()
        if "cannot" in report:
            raise CannotVerify(report["cannot"])
        report.setdefault("isolation", server.isolation)
        try:
            return Verdict.from_report(filename, report)
        except (TypeError, KeyError, AttributeError):
            message = "the script tampered with the report of its verification"
            error = {"type": "Crash", "line": None, "message": message}
            known = {"isolation": server.isolation, "seconds": report.get("seconds", 0.0), "error": error}
            return Verdict.from_report(filename, known)

    def _started(self) -> "_Server":
        if self._server is not None and self._server.process.poll() is not None:
            self.close()
        if self._server is None:
            self._server = _Server(self.options)
        return self._server


class _SilentError(Exception):
    """The server does not answer."""

    def __init__(self, what: str, timed_out: bool) -> None:
        super().__init__(what)
        self.timed_out = timed_out


class _Server:
    """The server process, its temporary folder, and a thread that reads its answers."""

    def __init__(self, options: Options) -> None:
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
                env=_environment(self.folder, options.device),
                start_new_session=True,
            )
        except OSError as error:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise CannotVerify(f"{python} cannot be started: {error.strerror}.") from error
        self._lines: queue.Queue[str] = queue.Queue()
        assert self.process.stdout is not None
        threading.Thread(target=_read, args=(self.process.stdout, self._lines), daemon=True).start()
        try:
            hello = self._receive(START_SECONDS)
            if "error" in hello:
                raise CannotVerify(
                    f"{python} has no usable Keras 3 ({hello['error']}). Install it there "
                    "(pip install 'kerasfix[verify]'), or give another Python with --python."
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
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise _SilentError("has died", timed_out=False) from error
        return self._receive(seconds)

    def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise _SilentError(f"did not answer for {seconds:g} seconds", timed_out=True) from None
        if not line:
            raise _SilentError("ended unexpectedly", timed_out=False)
        message: dict[str, Any] = json.loads(line)
        return message

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


def _read(stream: IO[str], lines: "queue.Queue[str]") -> None:
    """Pass lines on, and an empty one at the end."""
    for line in stream:
        lines.put(line)
    lines.put("")


def _environment(folder: str, device: str) -> dict[str, str]:
    """Only what Python and TensorFlow need: nothing of the user's secrets."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    homes = dict.fromkeys(("TMPDIR", "TEMP", "TMP", "KERAS_HOME", "MPLCONFIGDIR"), folder)
    hidden = {"CUDA_VISIBLE_DEVICES": "-1"} if device == "cpu" else {}
    return kept | SET_VARIABLES | homes | hidden
