"""Which files a script may touch, how much it may use, and plain words where it is refused."""

import math
import os
import signal
import site
import socket
import sys
import time
from pathlib import Path

from . import kernel

SYSTEM = (  # noqa: SIM905
    "/usr /lib /lib32 /lib64 /bin /sbin /nix/store /sys /dev/null /dev/zero /dev/full /dev/random "
    "/dev/urandom /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/localtime /etc/timezone "
    "/etc/passwd /etc/group /etc/nsswitch.conf /etc/host.conf /etc/hosts /etc/mime.types /etc/ssl/certs "
    "/etc/ssl/cert.pem /etc/ssl/openssl.cnf /etc/pki/tls/certs /etc/pki/tls/openssl.cnf /etc/pki/ca-trust "
    "/etc/fonts /etc/os-release /etc/alternatives /etc/protocols /etc/services /etc/OpenCL "
    "/proc/cpuinfo /proc/meminfo /proc/stat /proc/version /proc/loadavg /proc/uptime /proc/filesystems "
    "/proc/sys /proc/driver /proc/devices /proc/mounts"
).split()
_DEVICES = ("nvidia*", "dri", "kfd", "dxg")
MAX_FILE = 1 << 30  # bytes
MAX_OPEN_FILES = 4096
MAX_MEMORY = 12 << 30  # bytes of address space on top of what Keras itself takes
SHARE_OF_FREE_MEMORY = 0.75
MEMORY_PER_CPU = 1 << 28  # bytes of address space that each thread's stack and heap only reserve


def devices() -> list[str]:
    """The files of GPUs, on Linux."""
    return [str(path) for pattern in _DEVICES for path in Path("/dev").glob(pattern)]


def readable(script_folder: str | None) -> list[str]:
    """What a script may read: the system, this Python and its libraries, its own folder."""
    python = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path, *site.getsitepackages()}
    home = _homes()
    libraries = {folder for folder in _mapped_folders() if folder not in home}
    paths = [*SYSTEM, "/proc/self", str(Path(__file__).resolve().parent)]
    paths += [path for path in python if path and path not in home]
    paths += sorted(libraries)
    return paths + (_folder_of_script(script_folder) if script_folder else [])


def _homes() -> set[str]:
    """Home folders and their parents: never opened as a whole."""
    homes: set[str] = {"/", "/home", "/root", "/tmp", "/var", "/etc", "/opt"}
    try:
        import pwd

        homes.add(pwd.getpwuid(os.getuid()).pw_dir)
    except (ImportError, KeyError):
        pass
    return homes | {str(parent) for home in tuple(homes) for parent in Path(home).parents}


def _mapped_folders() -> set[str]:
    """The folders of the shared libraries in use, wherever an unusual installation has them."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {str(Path(line[line.index("/") :]).parent) for line in lines if "/" in line and ".so" in line}


def _folder_of_script(folder: str) -> list[str]:
    """The folder; where that is a home folder or above one, only the plain files that lie directly in it."""
    if str(Path(folder).resolve()) not in _homes():
        return [folder]
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    return [entry.path for entry in entries if entry.is_file() and not entry.name.startswith(".")]


def limit_resources(seconds: float, cpu_seconds: float | None, gpu: bool) -> None:
    """Bound memory, CPU time, file sizes and open files of this process.

    Args:
        seconds: the wall-clock limit.
        cpu_seconds: the CPU limit; what all cores could do in that time, where None.
        gpu: no limit on address space, since CUDA reserves far more than there is; who watches looks at what is
            really used.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    if cpu_seconds is not None:  # to the hundredth; limits count whole seconds, but cannot be ignored
        left = max(0.01, cpu_seconds - time.process_time())
        signal.setitimer(signal.ITIMER_PROF, left)
    most = seconds * (os.cpu_count() or 1) + 5
    cpu = math.ceil(min(most, most if cpu_seconds is None else cpu_seconds))
    # The soft limit on CPU is told in a signal, at which the process says where it is; the hard one ends it.
    limits = [(resource.RLIMIT_CPU, cpu, cpu + 2), (resource.RLIMIT_CORE, 0, 0)]
    limits += [(resource.RLIMIT_FSIZE, MAX_FILE, MAX_FILE)]
    limits += [(resource.RLIMIT_NOFILE, MAX_OPEN_FILES, MAX_OPEN_FILES)]
    if not gpu and sys.platform.startswith("linux"):
        memory = _memory_limit()
        limits.append((resource.RLIMIT_AS, memory, memory))
    for name, *wanted in limits:
        hard = resource.getrlimit(name)[1]
        soft, most = (value if hard == resource.RLIM_INFINITY else min(value, hard) for value in wanted)
        resource.setrlimit(name, (soft, most))


def _memory_limit() -> int:
    threads = (os.cpu_count() or 1) * MEMORY_PER_CPU
    return _memory("self", 0) + threads + memory_to_give()


def memory_to_give() -> int:
    """How many bytes of memory a script gets, on top of what is in use when it starts (Linux)."""
    free = next(
        int(line.split()[1]) << 10
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith("MemAvailable")
    )
    return min(MAX_MEMORY, int(free * SHARE_OF_FREE_MEMORY))


def memory_in_use(pid: int | str = "self") -> int:
    """How many bytes of memory a process really uses; 0 where it is gone, or where that cannot be told."""
    try:
        return _memory(pid, 1)
    except (OSError, IndexError, ValueError):
        return 0


def _memory(pid: int | str, column: int) -> int:
    """Bytes of memory of a process: of its addresses (0), or what it really uses (1)."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[column]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def enter(folder: str, script_folder: str | None, isolate: bool) -> str:
    """Isolate this process, where the kernel can; in any case explain refusals in plain words.

    Args:
        folder: the temporary folder, the only place that may be written.
        script_folder: the folder of the script, which may be read.
        isolate: whether the kernel is asked.

    Returns:
        What isolates, for the verdict ("none" where nothing does).
    """
    if isolate:
        kernel.isolate(readable(script_folder), [folder, "/dev/null"], devices())
    _explain(folder)
    return kernel.isolation() if isolate else "none"


INTERNET = (socket.AF_INET, socket.AF_INET6)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = {  # audit event -> how many of its first arguments are paths
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.mkdir": 1,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.chown": 1,
    "os.link": 2,
    "os.symlink": 2,
    "os.utime": 1,
    "os.setxattr": 1,
    "os.removexattr": 1,
    "shutil.rmtree": 1,
}
REFUSED = {
    "socket.__new__": "opens a network connection",
    "socket.connect": "opens a network connection",
    "socket.getaddrinfo": "looks up a network address",
    "socket.gethostbyname": "looks up a network address",
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "os.exec": "starts another program",
    "os.posix_spawn": "starts another program",
    "os.spawn": "starts another program",
    "os.startfile": "starts another program",
    "pty.spawn": "starts another program",
    "os.fork": "starts another process",
    "os.forkpty": "starts another process",
    "os.kill": "sends a signal to a process",
    "os.killpg": "sends a signal to a process",
    "webbrowser.open": "opens a web browser",
}


def _explain(folder: str) -> None:
    """Refuse with a sentence what the kernel would refuse with a number. This is no protection by itself."""
    root = os.path.realpath(folder)
    realpath, fsdecode, separator, own = os.path.realpath, os.fsdecode, os.sep, os.getpid()

    def outside(path: object) -> bool:
        if not isinstance(path, str | bytes):
            return False
        place = realpath(fsdecode(path))
        return place != "/dev/null" and place != root and not place.startswith(root + separator)

    def refuse(what: str) -> None:
        raise PermissionError(f"the script {what}, which is refused while it is verified")

    def harmless(event: str, arguments: tuple[object, ...]) -> bool:
        local = event == "socket.__new__" and arguments[1] not in INTERNET  # asyncio's pair of sockets
        return local or (event == "os.kill" and arguments[0] == own)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            flags = arguments[2]
            if isinstance(flags, int) and flags & WRITING and outside(arguments[0]):
                refuse(f"writes to {arguments[0]!r}, outside its temporary folder")
        elif event in CHANGING:
            for path in arguments[: CHANGING[event]]:
                if outside(path):
                    refuse(f"changes {path!r}, outside its temporary folder")
        elif event in REFUSED and not harmless(event, arguments):
            refuse(REFUSED[event])

    sys.addaudithook(hook)
