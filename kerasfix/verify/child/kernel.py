"""What the Linux kernel forbids a script: Landlock for files, seccomp for processes, signals and the network.

Both need no privileges and no third-party package. Everything here is bookkeeping for three system calls.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
OLDEST_ABI = 3  # before it, an open with O_TRUNC empties a file that may not be written
PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_SECCOMP = 38, 1, 36, 22


class IsolationError(OSError):
    """The kernel refused to isolate the process."""


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def prctl(option: int, *arguments: int) -> None:
    """Call prctl(2), all arguments as unsigned longs.

    Raises:
        IsolationError: it failed.
    """
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    if _libc().prctl(option, *padded):
        code = ctypes.get_errno()
        raise IsolationError(code, f"prctl({option}): {os.strerror(code)}")


def landlock_abi() -> int:
    """The version of Landlock in this kernel; 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)))


def isolation() -> str:
    """What `isolate` uses on this machine, in words; "none" where it cannot work."""
    abi = landlock_abi()
    able = abi >= OLDEST_ABI and platform.machine() in ARCHITECTURES
    return f"landlock {abi} + seccomp" if able else "none"


def isolate(read: Iterable[str], write: Iterable[str], devices: Iterable[str] = ()) -> None:
    """Take everything away but these folders and files, for this thread and all that it starts.

    Args:
        read: what may be read; `write`: read and written; `devices`: read, written and controlled (ioctl).

    Raises:
        IsolationError: the kernel cannot.
    """
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    _landlock(read, write, devices)
    _seccomp()


def _drop_capabilities() -> None:
    """What root may do beyond others: raise limits, change the machine."""
    libc = _libc()
    header = struct.pack("<Ii", CAPABILITY_VERSION, 0)
    data = ctypes.create_string_buffer(24)
    column = ARCHITECTURES[platform.machine()][0]
    if libc.syscall(CAPGET[column], header, data):
        raise IsolationError(ctypes.get_errno(), "capget failed")
    effective, permitted, *_ = struct.unpack("<6I", data.raw)
    kept = struct.pack("<6I", effective & KEPT_CAPABILITIES, permitted & KEPT_CAPABILITIES, 0, 0, 0, 0)
    if libc.syscall(CAPSET[column], header, kept):
        raise IsolationError(ctypes.get_errno(), "capset failed")


def _landlock(read: Iterable[str], write: Iterable[str], devices: Iterable[str]) -> None:
    libc = _libc()
    abi = landlock_abi()
    if abi < OLDEST_ABI:
        raise IsolationError(errno.ENOSYS, f"Landlock {abi} is older than {OLDEST_ABI}")
    handled = (1 << 15) - 1 if abi < 5 else (1 << 16) - 1
    network = 3 if abi >= 4 else 0  # bind and connect of TCP
    scoped = 3 if abi >= 6 else 0  # abstract Unix sockets, signals
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    attributes = struct.pack("<QQQ", handled, network, scoped)[:size]
    ruleset = int(libc.syscall(LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0))
    if ruleset < 0:
        raise IsolationError(ctypes.get_errno(), "landlock_create_ruleset failed")
    rights = ((read, EXECUTE | READ_FILE | READ_DIR), (write, handled & ~EXECUTE & ~IOCTL_DEV))
    for paths, allowed in (*rights, (devices, handled)):
        for path in dict.fromkeys(paths):
            try:
                handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            granted = allowed & handled if Path(path).is_dir() else allowed & handled & OF_A_FILE
            rule = struct.pack("<Qi", granted, handle)
            failed = libc.syscall(LANDLOCK_ADD, ruleset, 1, rule, 0)
            os.close(handle)
            if failed:
                raise IsolationError(ctypes.get_errno(), f"landlock_add_rule failed for {path}")
    if libc.syscall(LANDLOCK_RESTRICT, ruleset, 0):
        raise IsolationError(ctypes.get_errno(), "landlock_restrict_self failed")
    os.close(ruleset)


# ---- seccomp: name -> its number on (x86_64, aarch64); 0 where the architecture has none

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

REFUSED: dict[str, tuple[int, int]] = {
    # new programs and processes (threads are clone with CLONE_THREAD, below)
    "execve": (59, 221),
    "execveat": (322, 281),
    "fork": (57, 0),
    "vfork": (58, 0),
    # network, and ways around the filter
    "socket": (41, 198),
    "connect": (42, 203),
    "sendmsg": (46, 211),  # open files could be sent, and are nobody's then
    "sendmmsg": (307, 269),
    "bind": (49, 200),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "tkill": (200, 130),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    # what would outlive the process
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    # the machine itself
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "fanotify_init": (300, 262),
    "open_by_handle_at": (304, 265),
    "mknod": (133, 0),
    "mknodat": (259, 33),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "syslog": (103, 116),
    "iopl": (172, 0),
    "ioperm": (173, 0),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "vhangup": (153, 58),
}
# Landlock does not look at these and a filter sees no path: they do nothing, and say that they did.
PRETENDED: dict[str, tuple[int, int]] = {
    "chmod": (90, 0),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 0),
    "fchown": (93, 55),
    "lchown": (94, 0),
    "fchownat": (260, 54),
    "utime": (132, 0),
    "utimes": (235, 0),
    "futimesat": (261, 0),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
}
OWN_PROCESS_ONLY: dict[str, tuple[int, int]] = {
    "kill": (62, 129),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
}
OWN_OR_CALLER: dict[str, tuple[int, int]] = {  # 0 is the thread that calls
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
}
CLONE, CLONE3, SOCKETPAIR, IOCTL, FCNTL = (56, 220), (435, 435), (53, 199), (16, 29), (72, 25)
PRCTL, PR_SET_DUMPABLE = (157, 167), 4  # without it, nobody could see which files are open
CLONE_THREAD = 0x10000
SOCK_TYPE, SOCK_DGRAM = 0xF, 2
# FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, TIOCSTI, and who gets signals: FIOSETOWN, SIOCSPGRP
REFUSED_IOCTLS = (0x40086602, 0x401C5820, 0x5412, 0x8901, 0x8902)
# Who gets signals, and which: F_SETOWN, F_SETSIG, F_SETOWN_EX; F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ
REFUSED_FCNTLS = (8, 10, 15, 1024, 1026, 1031)
CAPGET, CAPSET, CAPABILITY_VERSION = (125, 90), (126, 91), 0x20080522
KEPT_CAPABILITIES = (
    0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: root reads files of others, within Landlock
)
X32_BIT = 0x40000000

LOAD, AND, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
EPERM, ENOSYS, NOTHING = ERRNO | errno.EPERM, ERRNO | errno.ENOSYS, ERRNO
WHOLE = 0xFFFFFFFF


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value & WHOLE)


def _on(number: int, block: list[bytes]) -> list[bytes]:
    """Run a block that always returns, for one system call."""
    return [_instruction(JUMP_EQUAL, number, 0, len(block)), *block] if number else []


def _by_argument(index: int, mask: int, values: tuple[int, ...], hit: int, miss: int) -> list[bytes]:
    """Return `hit` where the low half of an argument, masked, is one of the values, else `miss`."""
    tests = [_instruction(JUMP_EQUAL, value, len(values) - position) for position, value in enumerate(values)]
    load = [_instruction(LOAD, 16 + 8 * index), _instruction(AND, mask)]
    return [*load, *tests, _instruction(RETURN, miss), _instruction(RETURN, hit)]


def _filter(machine: str, own: int) -> bytes:
    """The program of the filter for one architecture and the process `own`."""
    column, audit = ARCHITECTURES[machine]
    program = [
        _instruction(LOAD, 4),
        _instruction(JUMP_EQUAL, audit, 1, 0),
        _instruction(RETURN, EPERM),
        _instruction(LOAD, 0),
        _instruction(JUMP_AT_LEAST, X32_BIT, 0, 1),
        _instruction(RETURN, EPERM),
    ]
    for table, action in ((REFUSED, EPERM), (PRETENDED, NOTHING)):
        for numbers in table.values():
            program += _on(numbers[column], [_instruction(RETURN, action)])
    for numbers in OWN_PROCESS_ONLY.values():
        program += _on(numbers[column], _by_argument(0, WHOLE, (own,), ALLOW, EPERM))
    for numbers in OWN_OR_CALLER.values():
        program += _on(numbers[column], _by_argument(0, WHOLE, (0, own), ALLOW, EPERM))
    program += _on(CLONE[column], _by_argument(0, CLONE_THREAD, (CLONE_THREAD,), ALLOW, EPERM))
    program += _on(CLONE3[column], [_instruction(RETURN, ENOSYS)])  # its flags lie in memory: use clone
    program += _on(SOCKETPAIR[column], _by_argument(1, SOCK_TYPE, (SOCK_DGRAM,), EPERM, ALLOW))
    program += _on(IOCTL[column], _by_argument(1, WHOLE, REFUSED_IOCTLS, EPERM, ALLOW))
    program += _on(FCNTL[column], _by_argument(1, WHOLE, REFUSED_FCNTLS, EPERM, ALLOW))
    program += _on(PRCTL[column], _by_argument(0, WHOLE, (PR_SET_DUMPABLE,), NOTHING, ALLOW))
    program.append(_instruction(RETURN, ALLOW))
    return b"".join(program)


def _seccomp() -> None:
    code = _filter(platform.machine(), os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer)))
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(header))
