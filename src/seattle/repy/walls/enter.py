"""The guest's last steps before it may see a stranger's program."""

import os
from collections.abc import Callable, Iterable

from seattle.repy.walls import capabilities, descriptors, landlock, no_new_privs, process, rlimits, seccomp
from seattle.repy.walls.fork_guest import Birth
from seattle.repy.walls.report import Part, PartName, State
from seattle.repy.walls.rlimits import GuestLimits
from seattle.repy.walls.warm import Prepared


def enter(
    prepared: Prepared,
    limits: GuestLimits,
    birth: Birth,
    *,
    keep_fds: Iterable[int],
    leaving_out: frozenset[str] = frozenset(),
) -> list[Part]:
    """Put up the rest of the wall around this process, which has one thread, and report on all of it.

    Call it before anything untrusted arrives, with every module that will be needed already imported, and go on
    only if `standing(report)`. Afterwards there are no descriptors but `keep_fds` and a void 0, 1 and 2, no
    files, no network, and only the calls of `guest_calls.PERMITTED`. If the monitor is dead, this does not return.

    Objects that owned one of the closed descriptors must live as long as the guest: one that is collected closes
    its number, and by then that may be a door's. A monitor's frames do so, as long as the guest never returns
    through them.

    `leaving_out` names parts to do without; it is for tests that show what each part is worth alone.
    """
    parts = list(birth.parts)
    kept = {*keep_fds, birth.monitor, birth.midwife}
    # Order matters. A change of capabilities clears the parent-death signal, so that one comes later; Landlock
    # and seccomp need no_new_privs; seccomp refuses all that the others do, so it is last.
    steps: tuple[tuple[PartName, Callable[[], Part]], ...] = (
        (PartName.SIGNALS, process.reset_signals),
        (PartName.DESCRIPTORS, lambda: descriptors.close_all_but(kept, nothing=birth.nothing)),
        (PartName.CAPABILITIES, lambda: capabilities.drop_all(prepared.last_capability)),
        (PartName.PERSONALITY, process.reset_personality),
        (PartName.NOT_DUMPABLE, process.forbid_dumps),
        (PartName.PARENT_DEATH, lambda: _parent_death(birth)),
        (PartName.NO_NEW_PRIVS, no_new_privs.promise),
        (PartName.LANDLOCK, lambda: _landlock(prepared)),
        (PartName.RLIMITS, lambda: rlimits.limit(limits, own_user_namespace=_has_own_users(birth.parts))),
        (PartName.SECCOMP, lambda: _seccomp(prepared)),
    )
    parts += [step() for name, step in steps if name not in leaving_out]
    return parts


def tighten(limits: GuestLimits, report: Iterable[Part]) -> Part:
    """Lower the limits of a guest that entered before its vessel was known, and say how they stand.

    For the guest itself, after `enter` and before anything untrusted arrives; `report` is what `enter` returned.
    It asks for no privilege anywhere, whereas a monitor needs CAP_SYS_RESOURCE to do this to a guest of another
    account. Nobody can raise a limit again.
    """
    return rlimits.tighten(limits, own_user_namespace=_has_own_users(report))


def _has_own_users(report: Iterable[Part]) -> bool:
    return any(part.name == PartName.USER_NAMESPACE and part.state is State.UP for part in report)


def _parent_death(birth: Birth) -> Part:
    try:
        return process.die_with(monitor=birth.monitor, midwife=birth.midwife)
    finally:
        os.close(birth.monitor)
        os.close(birth.midwife)


def _landlock(prepared: Prepared) -> Part:
    version = prepared.landlock_abi
    return landlock.restrict(PartName.LANDLOCK, version, landlock.every_right(version))


def _seccomp(prepared: Prepared) -> Part:
    if isinstance(prepared.filter, str):
        return Part(PartName.SECCOMP, State.ABSENT, prepared.filter)
    return seccomp.confine(PartName.SECCOMP, prepared.filter)
