"""The seccomp filter, run by a small interpreter: so that aarch64 is tested on other machines, too."""

import struct

import pytest

from kerasfix.verify.child import kernel

OWN = 4321


def decide(machine: str, number: int, arguments: tuple[int, ...] = (), audit: int | None = None) -> int:
    """What the filter for a machine returns for a system call."""
    data = struct.pack(
        "<IIQ6Q", number, audit or kernel.ARCHITECTURES[machine][1], 0, *(*arguments, *[0] * 6)[:6]
    )
    program = list(struct.iter_unpack("<HBBI", kernel._filter(machine, OWN)))
    accumulator = position = 0
    while True:
        code, if_true, if_false, value = program[position]
        position += 1
        match code:
            case kernel.LOAD:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case kernel.AND:
                accumulator &= value
            case kernel.JUMP_EQUAL:
                position += if_true if accumulator == value else if_false
            case kernel.JUMP_AT_LEAST:
                position += if_true if accumulator >= value else if_false
            case kernel.RETURN:
                return int(value)


@pytest.mark.parametrize("machine", kernel.ARCHITECTURES)
def test_every_listed_call_is_decided_as_listed(machine: str) -> None:
    column = kernel.ARCHITECTURES[machine][0]
    for table, action in ((kernel.REFUSED, kernel.EPERM), (kernel.PRETENDED, kernel.NOTHING)):
        for name, numbers in table.items():
            if numbers[column]:
                assert decide(machine, numbers[column]) == action, name
    for name, numbers in kernel.OWN_PROCESS_ONLY.items():
        assert decide(machine, numbers[column], (OWN, 9)) == kernel.ALLOW, name
        assert decide(machine, numbers[column], (OWN + 1, 9)) == kernel.EPERM, name
        assert decide(machine, numbers[column], (0, 9)) == kernel.EPERM, name


@pytest.mark.parametrize("machine", kernel.ARCHITECTURES)
def test_calls_that_depend_on_an_argument(machine: str) -> None:
    column = kernel.ARCHITECTURES[machine][0]

    def decided(numbers: tuple[int, int], *arguments: int) -> int:
        return decide(machine, numbers[column], arguments)

    assert decided(kernel.CLONE, 0x3D0F00) == kernel.ALLOW, "a thread, as glibc starts it"
    assert decided(kernel.CLONE, 17) == kernel.EPERM, "a process"
    assert decided(kernel.CLONE3) == kernel.ENOSYS
    assert decided(kernel.SOCKETPAIR, 1, 1) == kernel.ALLOW
    assert decided(kernel.SOCKETPAIR, 1, 2 | 0x80000) == kernel.EPERM
    assert decided(kernel.IOCTL, 5, 0x5401) == kernel.ALLOW
    assert decided(kernel.IOCTL, 5, 0x40086602) == kernel.EPERM
    assert decided(kernel.FCNTL, 5, 4, 2048) == kernel.ALLOW, "F_SETFL"
    assert {decided(kernel.FCNTL, 5, command) for command in kernel.REFUSED_FCNTLS} == {kernel.EPERM}
    assert decided(kernel.PRCTL, 15, 1) == kernel.ALLOW, "PR_SET_NAME"
    assert decided(kernel.PRCTL, kernel.PR_SET_DUMPABLE, 0) == kernel.NOTHING
    for numbers in kernel.OWN_OR_CALLER.values():
        assert decided(numbers, 0) == decided(numbers, OWN) == kernel.ALLOW
        assert decided(numbers, 1) == kernel.EPERM


def test_everyday_calls_pass_and_foreign_ones_do_not() -> None:
    everyday = {"x86_64": (0, 1, 3, 9, 257, 202), "aarch64": (63, 64, 57, 222, 56, 98)}  # read ... futex
    for machine, numbers in everyday.items():
        assert {decide(machine, number) for number in numbers} == {kernel.ALLOW}
    assert decide("x86_64", kernel.X32_BIT | 1) == kernel.EPERM
    assert decide("x86_64", 1, audit=0x40000003) == kernel.EPERM, "32-bit calls have other numbers"
