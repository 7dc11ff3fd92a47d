"""Scripts that misbehave: nothing outside their temporary folder changes, and nothing of them is left."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from kerasfix.report import plain
from kerasfix.report.verdict import description
from kerasfix.verify import Verdict, Verifier
from kerasfix.verify.child import kernel

pytestmark = [
    pytest.mark.keras,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="isolation is Linux's"),
]
Verify = Callable[..., Verdict]

MODEL = "import keras; model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True)\n"
CHANGES = {
    "update": "open(victim, 'r+').write('x')",
    "os.open": "import os; os.write(os.open(victim, os.O_RDWR), b'x')",
    "libc.open": LIBC + "fd = libc.open(victim.encode(), 1); assert fd < 0; raise OSError",
    "libc.creat": LIBC + "assert libc.creat((folder + '/new').encode(), 0o644) < 0; raise OSError",
    "libc.truncate": LIBC + "assert libc.truncate(victim.encode(), 0) < 0; raise OSError",
    "libc.open O_TRUNC": LIBC + "assert libc.open(victim.encode(), 512) < 0; raise OSError",
    "libc.unlink": LIBC + "assert libc.unlink(victim.encode()) < 0; raise OSError",
    "libc.rename": LIBC + "assert libc.rename(victim.encode(), b'mine') < 0; raise OSError",
    "libc.link": LIBC + "assert libc.link(victim.encode(), b'mine') < 0; raise OSError",
    "libc.chmod": LIBC + "libc.chmod(victim.encode(), 0o777); raise OSError",
    "libc.fchmod": LIBC + "libc.fchmod(libc.open(victim.encode(), 0), 0o777); raise OSError",
    "libc.utimes": LIBC + "libc.utimes(victim.encode(), None); raise OSError",
    "libc.mkdir": LIBC + "assert libc.mkdir((folder + '/new').encode(), 0o755) < 0; raise OSError",
    "libc.mount": LIBC + "assert libc.mount(b'none', folder.encode(), b'tmpfs', 0, None) < 0; raise OSError",
    "remove": "import os; os.remove(victim)",
    "unlink": "import pathlib; pathlib.Path(victim).unlink()",
    "rename": "import os; os.rename(victim, 'mine')",
    "replace": "import os; open('mine', 'w').close(); os.replace('mine', victim)",
    "rmtree": "import shutil; shutil.rmtree(folder)",
    "chmod": "import os; os.chmod(victim, 0o777)",
    "truncate": "import os; os.truncate(victim, 0)",
    "symlink": "import os; os.symlink(victim, 'link'); open('link', 'w').write('x')",
    "hard link": "import os; os.link(victim, 'link'); open('link', 'w').write('x')",
    "realpath replaced": "import os; os.path.realpath = lambda *_, **__: os.getcwd(); open(victim, 'r+').write('x')",
    "guard emptied": "import gc, os\n[each.clear() for each in gc.get_objects() if type(each) is dict and "
    "'os.remove' in each]\nos.remove(victim)",
    "memmap": "import numpy; numpy.memmap(victim, mode='r+')[0] = 7",
    "h5py": "import h5py; h5py.File(folder + '/new.h5', 'w')",
    "h5py update": "import h5py; h5py.File(victim, 'a')",
    "sqlite": "import sqlite3; sqlite3.connect(folder + '/new.db').execute('create table t (a)')",
    "gfile write": "import tensorflow as tf; tf.io.gfile.GFile(victim, 'w').write('x')",
    "gfile remove": "import tensorflow as tf; tf.io.gfile.remove(victim)",
    "gfile rmtree": "import tensorflow as tf; tf.io.gfile.rmtree(folder)",
    "tf.io.write_file": "import tensorflow as tf; tf.io.write_file(victim, 'x')",
    "saved model": MODEL + "import tensorflow as tf; tf.saved_model.save(model, folder + '/new')",
    "checkpoint": MODEL + "import tensorflow as tf; tf.train.Checkpoint(m=model).write(folder + '/new')",
    "summary writer": "import tensorflow as tf; tf.summary.create_file_writer(folder + '/new').init()",
}
# These are kept in the temporary folder, so that scripts of honest people go on.
KEPT = {
    "append": "open(victim, 'a').write('x')",
    "mkdir": "import os; os.mkdir(folder + '/new')",
    "numpy": "import numpy; numpy.save(folder + '/new.npy', [1])",
    "tofile": "import numpy; numpy.arange(3).tofile(victim)",
    "open": "open(folder + '/new', 'w').write('x')",
    "save": MODEL + "model.save(folder + '/new.keras')",
    "save h5": MODEL + "model.save(folder + '/new.h5')",
    "save_weights": MODEL + "model.save_weights(folder + '/new.weights.h5')",
    "export": MODEL + "model.export(folder + '/new')",
    "makedirs": "import os; os.makedirs(folder + '/a/b'); open(folder + '/a/b/c', 'w').close()",
}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not the script's, with one file."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "victim.txt").write_text("untouched")
    return folder


def state(folder: Path) -> dict[str, tuple[int, float, bytes]]:
    return {
        path.name: (path.stat().st_mode, path.stat().st_mtime, path.read_bytes())
        for path in sorted(folder.iterdir())
    }


def names(folder: Path) -> str:
    return f"folder, victim = {str(folder)!r}, {str(folder / 'victim.txt')!r}\n"


def left_behind(verifier: Verifier) -> list[str]:
    """The processes that descend from the server, and the files that jobs left."""
    assert "tensorflow" in verifier._servers
    server = str(verifier._servers["tensorflow"].process.pid)
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # others come and go
            parents[path.parent.name] = path.read_text().rpartition(")")[2].split()[1]
    jobs = list(Path(verifier._servers["tensorflow"].folder).glob("job-*"))
    return [pid for pid, parent in parents.items() if parent == server] + [str(job) for job in jobs]


@pytest.mark.parametrize("action", CHANGES)
def test_no_change_outside(verify: Verify, folder: Path, action: str) -> None:
    before = state(folder)
    verdict = verify(names(folder) + CHANGES[action])
    assert state(folder) == before
    assert verdict.status == "failed", "the script was told that it worked"


@pytest.mark.parametrize("action", KEPT)
def test_what_is_saved_outside_is_kept_inside(verify: Verify, folder: Path, action: str) -> None:
    before = state(folder)
    verdict = verify(names(folder) + KEPT[action])
    assert state(folder) == before
    assert verdict.error is None
    assert any(stub.startswith("write to ") for stub in verdict.stubs)


@pytest.mark.parametrize(
    "action",
    [
        "import os; os.fork()",
        "import os; os.system('touch mine')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import multiprocessing.util as m; m.spawnv_passfds(b'/bin/true', [b'true'], ())",
        "import multiprocessing as m; p = m.get_context('spawn').Process(target=print); p.start(); p.join()",
        "import multiprocessing as m; p = m.get_context('fork').Process(target=print); p.start()",
        LIBC + "assert libc.fork() < 0; raise OSError",
        LIBC + "assert libc.vfork() < 0; raise OSError",
        LIBC + "assert libc.syscall(56, 17, 0, 0, 0, 0) < 0; raise OSError",
        LIBC + "assert libc.execv(b'/bin/true', None) < 0; raise OSError",
        "import os\nfd = os.memfd_create('x')\nos.write(fd, open('/bin/true', 'rb').read())\n"
        "os.execve(fd, ['true'], {})",
        "import _posixsubprocess as p, os\n" + LIBC + "while libc.fork() >= 0: pass\nraise OSError",
    ],
)
def test_no_other_process(verify: Verify, verifier: Verifier, action: str) -> None:
    assert verify(action).status == "failed"
    assert left_behind(verifier) == []


@pytest.mark.parametrize(
    "action",
    [
        "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
        "import os, signal; os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)",
        "import os\n" + LIBC + "assert libc.kill(os.getppid(), 9) < 0; raise OSError",
        LIBC + "assert libc.kill(-1, 9) < 0; raise OSError",
        "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
        "import os; os.sched_setaffinity(os.getppid(), {0})",
        "import os; os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))",
        "import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
        "import os, signal; signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 9)",
        LIBC + "import os; assert libc.ptrace(16, os.getppid(), 0, 0) < 0; raise OSError",
        "import fcntl, os, socket\na, b = socket.socketpair()\nfcntl.fcntl(a, fcntl.F_SETOWN, os.getppid())",
        "import fcntl, os, struct\nfcntl.ioctl(os.pipe()[0], 0x8901, struct.pack('i', os.getppid()))",
        "import fcntl, os\nfcntl.fcntl(os.pipe()[0], 10, 9)",
        "import fcntl\nfcntl.fcntl(open('/etc/passwd'), fcntl.F_SETLEASE, fcntl.F_RDLCK)",
        "import os; os.setpgid(0, os.getpgid(os.getppid()))",
        LIBC + "assert libc.vhangup() < 0; raise OSError",
    ],
)
def test_no_signal_to_others(verify: Verify, verifier: Verifier, action: str) -> None:
    assert "tensorflow" in verifier._servers
    pid = verifier._servers["tensorflow"].process.pid
    assert verify(action).status == "failed"
    assert verifier._servers["tensorflow"].process.poll() is None
    assert verifier._servers["tensorflow"].process.pid == pid


@pytest.fixture
def listener() -> Iterator[int]:
    """The port of a server on this machine that nobody may reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server.getsockname()[1]
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "action",
    [
        "import socket; socket.create_connection(('127.0.0.1', port), 2)",
        "import urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{port}', timeout=2)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        LIBC + "assert libc.socket(2, 1, 0) < 0; raise OSError",
        LIBC + "assert libc.socket(1, 1, 0) < 0; raise OSError",
        "import tensorflow as tf; tf.distribute.Server.create_local_server()",
        LIBC + "assert libc.syscall(425, 8, b'0' * 120) < 0; raise OSError",
    ],
)
def test_no_network(verify: Verify, listener: int, action: str) -> None:
    assert verify(f"port = {listener}\n{action}").status == "failed"


def test_refusals_are_explained(verify: Verify, folder: Path) -> None:
    for text, words in (
        (
            "import os\nos.remove(victim)",
            f"changes {str(folder / 'victim.txt')!r}, outside its temporary folder",
        ),
        ("import subprocess\nsubprocess.run(['ls'])", "starts another program"),
        ("import urllib.request as u\nu.urlopen('http://127.0.0.1:9')", "network"),
    ):
        verdict = verify(names(folder) + text)
        assert verdict.error is not None
        assert verdict.error.line == 3
        assert words in verdict.error.message
        assert "refused while it is verified" in verdict.error.message


@pytest.mark.parametrize(
    "action",
    [
        "import os; raise SystemExit('hunter2' in str(os.environ))",
        "import os; open(f'/proc/{os.getppid()}/environ').read()",
        pytest.param(f"open('/proc/{os.getpid()}/environ').read()", id="environ-of-the-tests"),
        "open(victim).read()",
        "import os; os.listdir(folder)",
        "import os; os.listdir(os.path.expanduser('~root'))",
        "import os; os.listdir('../..')",
        "import os; os.listdir('/proc/self/root' + folder)",
        "import os; open(f'/proc/self/../{os.getppid()}/cmdline').read()",
        "import os; open(f'/proc/{os.getppid()}/mem', 'rb').seek(0)",
        "import os; os.listdir('/etc/ssl/private')",
        LIBC + "assert libc.open(victim.encode(), 0) < 0; raise OSError",
    ],
)
def test_no_secrets(verify: Verify, folder: Path, action: str) -> None:
    verdict = verify(names(folder) + action)
    if "SystemExit" in action:
        assert verdict.error is None
    else:
        assert verdict.status == "failed"


FORGED = {
    "types": {"fits": [{"line": "x", "loss": "0", "finite": 1, "gradients": {}, "depends_on_labels": None}]},
    "a part left out": {"fits": [{"line": 1, "loss": 0.0, "finite": True, "gradients": {}}]},
    "more parts": {
        "models": [{"name": "m", "line": 1, "built": True, "output_shape": 1, "params": 1, "x": 1}]
    },
    "no list": {"models": {"name": "m"}},
    "numbers": {"remaining": True},
    "an error": {"error": ["no"]},
    "evidence": {"evidence": [{"place": [1, 2], "shape": [1], "dtype": "int64"}]},
    "shapes": {"evidence": [{"place": [1, 0, 1, 5], "shape": ["x"], "dtype": "int64"}]},
    "levels": {
        "models": [
            {"name": "m", "line": 1, "built": True, "output_shape": [[[[[[[[[[[1]]]]]]]]]]], "params": 1}
        ]
    },
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_report_is_told(verify: Verify, forged: str) -> None:
    verdict = verify(
        f"import os\nos.write(3, {json.dumps({**FORGED[forged], 'final': True})!r}.encode() + b'\\n')\nos._exit(0)"
    )
    assert verdict.error is not None
    assert "tampered with the report" in verdict.error.message
    assert not verdict.models


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("b'[' * 100000", "without a result"),
        ("""b'{"final": true, "models": ' + b'[' * 900 + b']' * 900 + b'}'""", "tampered"),
        ("""b'{"final": true, "cannot": "No script can run here"}'""", None),
    ],
)
def test_a_report_ends_nothing_but_its_script(
    verify: Verify, verifier: Verifier, line: str, words: str | None
) -> None:
    verdict = verify(f"import os\nos.write(3, {line} + b'\\n')\nos._exit(0)")
    assert (verdict.error is None) == (words is None)
    assert words is None or (verdict.error and words in verdict.error.message)
    assert verify("x = 1").status == "skipped"
    assert left_behind(verifier) == []


def test_terminals_get_no_commands_of_a_forged_report(verify: Verify) -> None:
    forged = {
        "final": True,
        "device": "\x1b]0;x\x07",
        "stubs": ["\x1b[2J"],
        "skipped": ["\x1b[2J"],
        "assumed": ["\x1b[2J"],
    }
    verdict = verify(f"import os\nos.write(3, {json.dumps(forged)!r}.encode() + b'\\n')\nos._exit(0)")
    assert "\x1b" not in "".join(description("script.py", verdict, plain))


def test_root_is_nobody_special(verify: Verify) -> None:
    """It may read files of others, where Landlock lets it; and no more: no limit can be raised again."""
    status = "dict(line.split(':') for line in open('/proc/self/status'))"
    verdict = verify(
        f"assert int({status}['CapEff'], 16) in (0, 6)\nassert int({status}['CapPrm'], 16) in (0, 6)"
    )
    assert verdict.error is None
    assert verify("import resource as r\nr.setrlimit(r.RLIMIT_AS, (-1, -1))").status == "failed"


def test_folders_that_a_script_has_closed_are_removed(tmp_path: Path) -> None:
    program = dedent("""
        import os, sys
        sys.path.insert(0, sys.argv[1])
        from child import kernel, server
        folder = sys.argv[2]
        os.makedirs(folder + "/a/b")
        os.symlink("/", folder + "/a/root")
        os.mkdir(folder + "/a/closed", 0)
        os.chmod(folder + "/a/b", 0)
        kernel.KEPT_CAPABILITIES = 0  # what is closed is so for root, too
        kernel._drop_capabilities()
        server._remove(folder + "/a")
        assert os.listdir(folder) == []
        """)
    place = str(Path(kernel.__file__).parents[1])
    subprocess.run([sys.executable, "-c", program, place, str(tmp_path)], check=True)


def test_the_home_folder_cannot_be_read() -> None:
    from kerasfix.verify.child import sandbox

    homes = {str(Path.home()), "/", "/home", "/root"}
    assert not homes & set(sandbox.readable("/some/folder"))
    assert str(Path.home()) not in sandbox.readable(str(Path.home()))


# Files that are in no folder: on the disk, or in memory beyond its limit.
NAMELESS = "import os, time\nfor _ in range(3):\n    os.posix_fallocate({}, 0, 1 << 30)\ntime.sleep(20)"


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("import numpy\nkept = [numpy.zeros(1 << 27) for _ in range(1 << 20)]", "MemoryError"),
        ("kept = bytearray(1 << 45)", "MemoryError"),
        ("with open('big', 'wb') as file:\n    file.truncate(1 << 33)", "OSError"),
        ("import os\nkept = [open(os.devnull) for _ in range(100000)]", "OSError"),
        ("for number in range(10 ** 9):\n    open(f'file{number}', 'w').close()", "DiskLimit"),
        ("import os\nwhile True:\n    os.mkdir('d')\n    os.chdir('d')", "DiskLimit"),
        ("import os\nwhile True:\n    os.write(3, b'x' * 65536)", "Crash"),
        (NAMELESS.format("os.open('.', os.O_TMPFILE | os.O_RDWR)"), "DiskLimit"),
        (NAMELESS.format("os.memfd_create('x')"), "DiskLimit"),
        (
            "import ctypes\nctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
            + NAMELESS.format("os.memfd_create('x')"),
            "DiskLimit",
        ),
        ("import socket\na, b = socket.socketpair()\nsocket.send_fds(a, [b'x'], [0])", "PermissionError"),
        ("import fcntl, os\nfcntl.fcntl(os.pipe()[1], 1031, 1 << 20)", "PermissionError"),
        ("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()", None),
    ],
)
def test_no_flood(verify: Verify, verifier: Verifier, action: str, kind: str | None) -> None:
    verdict = verify(action)
    assert verdict.status == "failed"
    assert verdict.error is not None
    assert kind is None or verdict.error.type == kind
    assert left_behind(verifier) == []


@pytest.mark.parametrize(
    "action",
    [
        "import time\ntime.sleep(1000)",
        "while True:\n    pass",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()",
        "while True:\n    print('x' * 10000)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        "import signal, os\nfor each in range(1, 64):\n    try: signal.signal(each, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: pass",
    ],
)
def test_what_never_ends_is_ended(verify: Verify, verifier: Verifier, action: str) -> None:
    usual, verifier.options = verifier.options, replace(verifier.options, timeout=2.0)
    try:
        verdict = verify(action)
    finally:
        verifier.options = usual
    assert verdict.status == "timeout"
    assert verdict.error is not None
    assert "2 seconds" in verdict.error.message
    assert left_behind(verifier) == []


def test_a_run_is_ended_at_its_seconds_of_cpu(verifier: Verifier) -> None:
    for text in (
        "while True:\n    pass",
        "import signal\nsignal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass",
    ):
        verdict = verifier.verify(text, "script.py", cpu=1.4)
        assert verdict.status == "timeout"
        assert verdict.error is not None
        assert "seconds of CPU" in verdict.error.message
        assert 1.3 < verdict.cpu_seconds < (1.7 if "signal" not in text else 2.3), (
            "that of limits is a whole one"
        )


def test_a_timeout_tells_where_and_what_was_shown(verify: Verify, verifier: Verifier) -> None:
    usual, verifier.options = verifier.options, replace(verifier.options, timeout=8.0)
    try:
        verdict = verify(MODEL + "model.compile('sgd', 'mse')\nimport numpy as np\n"
                         "model.fit(np.ones((9, 2)), np.ones(9))\nimport time\ntime.sleep(1000)")  # fmt: skip
    finally:
        verifier.options = usual
    assert verdict.error is not None
    assert (verdict.status, verdict.error.line) == ("timeout", 6)
    assert [fit.line for fit in verdict.fits] == [4]
    assert verdict.models[0].built


def test_threads_end_with_the_script(verify: Verify, verifier: Verifier) -> None:
    verdict = verify(
        MODEL + "import threading\ndef spin():\n    while True: pass\n"
        "threading.Thread(target=spin, daemon=True).start()\n"
    )
    assert verdict.status == "passed"
    assert left_behind(verifier) == []


def test_nothing_is_left_when_the_checker_is_killed(tmp_path: Path) -> None:
    script = dedent("""
        import sys
        from kerasfix.verify import Options, Verifier
        with Verifier(Options(timeout=300)) as verifier:
            verifier.start()
            print(verifier._servers["tensorflow"].process.pid, verifier._servers["tensorflow"].folder, flush=True)
            verifier.verify("import time; time.sleep(1000)", "forever.py")
        """)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    ) as checker:
        assert checker.stdout is not None
        pid, folder = checker.stdout.readline().split()
        until(lambda: bool(list(Path(folder).glob("job-*"))))
        checker.kill()
    until(lambda: not Path(f"/proc/{pid}").exists())
    until(lambda: not Path(folder).exists())


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_killed_server_is_replaced(verify: Verify, verifier: Verifier) -> None:
    assert "tensorflow" in verifier._servers
    os.kill(verifier._servers["tensorflow"].process.pid, signal.SIGKILL)
    verifier._servers["tensorflow"].process.wait()
    assert verify("x = 1").status == "skipped"
