"""Landlock: the kernel's own allow-list of files, ports and peers, for processes without privilege."""

import ctypes
import os
from collections.abc import Iterable
from typing import NamedTuple

from seattle.repy.walls import libc
from seattle.repy.walls.report import Part, PartName, State, refused

# The same on every architecture.
_CREATE_RULESET = 444
_ADD_RULE = 445
_RESTRICT_SELF = 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
REFER = 1 << 13  # rename or link from one folder into another
TRUNCATE = 1 << 14

_FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF, 5: 0xFFFF}  # by ABI; later ones added none
_NET_SINCE = 4
_NET_RIGHTS = 0b11  # bind and connect TCP
_SCOPE_SINCE = 6
SCOPE_ABSTRACT_UNIX = 0b01
SCOPE_SIGNAL = 0b10


class Rights(NamedTuple):
    """What a ruleset is about: what it does not go on to permit is refused."""

    files: int
    net: int
    scope: int


class Rule(NamedTuple):
    """What is permitted beneath a folder (or on a file), given as an open descriptor."""

    descriptor: int
    files: int


def abi() -> int:
    """The version of Landlock that runs here; 0 for none."""
    try:
        return libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def every_right(version: int) -> Rights:
    """All rights that Landlock of this ABI version knows, as far as we do; none for version 0."""
    if version == 0:
        return Rights(0, 0, 0)
    return Rights(
        files=_FILE_RIGHTS[min(version, max(_FILE_RIGHTS))],
        net=_NET_RIGHTS if version >= _NET_SINCE else 0,
        scope=SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL if version >= _SCOPE_SINCE else 0,
    )


def restrict(name: PartName, version: int, rights: Rights, rules: Iterable[Rule] = ()) -> Part:
    """Refuse all of `rights` to this thread and its children, except what `rules` permit.

    Needs no_new_privs. `version` is what `abi` returned.
    """
    if version == 0:
        return Part(name, State.ABSENT, "this kernel runs without Landlock")
    try:
        ruleset = libc.syscall(_CREATE_RULESET, _RulesetAttr(*rights), ctypes.sizeof(_RulesetAttr), 0)
        try:
            for rule in rules:
                attr = _PathBeneathAttr(rule.files & rights.files, rule.descriptor)
                libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, attr, 0)
            libc.syscall(_RESTRICT_SELF, ruleset, 0)
        finally:
            os.close(ruleset)
    except OSError as why:
        return refused(name, why, f"Landlock ABI {version}")
    return Part(name, State.UP, f"ABI {version}{', files only' if version < _NET_SINCE else ''}")


class _RulesetAttr(ctypes.Structure):
    # An older kernel knows fewer fields and takes the rest as long as they are zero.
    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scope", ctypes.c_uint64))


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("files", ctypes.c_uint64), ("descriptor", ctypes.c_int32))
