"""What can go wrong on a node. `code` is for programs, the text for people.

NodeError
├── BadSettings              a settings file or variable is not as it should be
├── BadVesselInfo            a vesselinfo file is not as it should be; names source and line
├── TooLittleDonated         what is donated does not carry the vessels that are wanted
├── FolderInUse              another daemon works in this folder
├── FolderUnusable           the folder is damaged, or belongs to another node
├── NurseryGone              no program can be started at the moment
├── NotRunning               no daemon is there to be asked
├── BadReply                 the daemon's answer to its donor can't be read
├── ControlRefused           the daemon's answer to its donor is no
└── CallRefused              the answer to a caller is no
    ├── UnknownMethod        this node has no such call
    ├── NotAllowed           the caller has no right to this, or there is no such vessel
    ├── Denied               the donor has barred the caller's key, or that of the vessel's owner
    ├── HeldBack             the donor lets nothing be started at the moment
    ├── BadName              this can't be the name of a vessel's file
    ├── BadArguments         these can't be the arguments of a program
    ├── NoSuchFile           the vessel has no file of this name
    ├── OverQuota            the vessel's disk quota doesn't allow it
    ├── DiskFull             the donor's disk is full
    ├── DiskBroken           the donor's disk takes or gives nothing
    ├── WrongDigest          what arrived is not what was announced
    ├── LayerChanged         a security layer is not what it was when it was asked for
    ├── AlreadyStarted       a program runs in this vessel
    ├── NoSuchRun            the vessel has not had this run, or not for a long time
    ├── VesselGone           the vessel was split or joined meanwhile
    ├── HoldersChanged       who may use the vessel changed meanwhile
    ├── SameVessel           a vessel can't be joined with itself
    ├── TooManyVessels       the node holds as many as it may
    ├── TooManyUsers         more than a vessel may have
    ├── BadKey               this is no key of anybody
    ├── BadOwnerInformation  the owner's words are too long, or more than a line
    ├── BadResources         these resources can't be, or can't be had
    ├── NotStarted           the program could not be started
    └── Busy                 too much at once; try again
"""
# ruff: noqa: N818 - what went wrong is the name; the suffix is for the base, as elsewhere in the house

from typing import ClassVar

from seattle.resources.errors import ResourceError


class NodeError(Exception):
    """Any failure of the node."""

    code: ClassVar[str] = "node"


class BadSettings(NodeError):
    """A settings file or variable is not as it should be."""

    code = "bad-settings"


class BadVesselInfo(NodeError):
    """A vesselinfo file is not as it should be. `line` counts from 1; 0 is the file as a whole."""

    code = "bad-vesselinfo"

    def __init__(self, problem: str, *, source: str, line: int = 0) -> None:
        super().__init__(f"{source}:{line}: {problem}" if line else f"{source}: {problem}")
        self.source = source
        self.line = line


class TooLittleDonated(NodeError):
    """What is donated does not carry the vessels that are wanted."""

    code = "too-little-donated"


class FolderInUse(NodeError):
    """Another daemon works in this folder."""

    code = "folder-in-use"


class FolderUnusable(NodeError):
    """The folder is damaged, or belongs to another node."""

    code = "folder-unusable"


class NurseryGone(NodeError):
    """No program can be started at the moment."""

    code = "nursery-gone"


class NotRunning(NodeError):
    """No daemon is there to be asked. `hint` says what to do."""

    code = "not-running"

    def __init__(self, text: str, *, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


class BadReply(NodeError):
    """The daemon's answer to its donor can't be read, or never came."""

    code = "bad-reply"


class ControlRefused(NodeError):
    """The daemon's answer to its donor is no. `code` is that of the reason."""

    def __init__(self, code: str, text: str, *, hint: str = "") -> None:
        super().__init__(text)
        self.code = code  # type: ignore[misc]  # this family carries the codes of all others
        self.hint = hint


class CallRefused(NodeError):
    """The answer to a caller is no. What it says is meant for the caller."""

    code = "refused"


class UnknownMethod(CallRefused):
    """This node has no such call."""

    code = "unknown-method"


class NotAllowed(CallRefused):
    """The caller has no right to this; the same words whether or not there is such a vessel."""

    code = "not-allowed"


class Denied(CallRefused):
    """The donor has barred the caller's key, or that of the vessel's owner."""

    code = "denied"


class HeldBack(CallRefused):
    """The donor lets nothing be started at the moment; the text says why."""

    code = "held-back"


class BadName(CallRefused):
    """This can't be the name of a vessel's file."""

    code = "bad-name"


class BadArguments(CallRefused):
    """These can't be the arguments of a program."""

    code = "bad-arguments"


class NoSuchFile(CallRefused):
    """The vessel has no file of this name."""

    code = "no-such-file"

    def __init__(self, name: str, *, hint: str) -> None:
        super().__init__(f"there is no file {name!r} in this vessel; {hint}")


class OverQuota(CallRefused):
    """The vessel's disk quota doesn't allow it."""

    code = "over-quota"

    def __init__(self, *, used: int, limit: int, wanted: int) -> None:
        super().__init__(f"{used} of {limit} bytes of diskused are taken, {wanted} more do not fit: delete files first")


class DiskFull(CallRefused):
    """The donor's disk is full."""

    code = "disk-full"


class DiskBroken(CallRefused):
    """The donor's disk takes or gives nothing."""

    code = "disk-broken"


class WrongDigest(CallRefused):
    """What arrived is not what was announced."""

    code = "wrong-digest"


class LayerChanged(CallRefused):
    """A security layer is not what it has to be: what it would hold back may have written it."""

    code = "layer-changed"

    def __init__(self, name: str) -> None:
        super().__init__(f"the layer {name!r} is another text than was asked for: upload it again, and start again")


class AlreadyStarted(CallRefused):
    """A program runs in this vessel."""

    code = "already-started"


class NoSuchRun(CallRefused):
    """The vessel has not had this run, or it was so long ago that it is forgotten."""

    code = "no-such-run"


class VesselGone(CallRefused):
    """The vessel was split or joined while this was asked of it."""

    code = "vessel-gone"

    def __init__(self, name: str) -> None:
        super().__init__(f"vessel {name} is no more: it was split or joined; get_vessels shows what there is")


class HoldersChanged(CallRefused):
    """Who may use the vessel changed while this waited for its turn."""

    code = "holders-changed"

    def __init__(self, name: str) -> None:
        super().__init__(f"who may use vessel {name} has changed while this waited for its turn: ask again")


class SameVessel(CallRefused):
    """A vessel can't be joined with itself."""

    code = "same-vessel"


class TooManyVessels(CallRefused):
    """The node holds as many vessels as it may."""

    code = "too-many-vessels"


class TooManyUsers(CallRefused):
    """More users than a vessel may have."""

    code = "too-many-users"


class BadKey(CallRefused):
    """This is no key of anybody."""

    code = "bad-key"


class BadOwnerInformation(CallRefused):
    """The owner's words are too long, or more than a line."""

    code = "bad-owner-information"


class BadResources(CallRefused):
    """These resources can't be, or can't be had. `code` is that of the package `resources`, which says more."""

    code = "bad-resources"

    def __init__(self, why: ResourceError) -> None:
        super().__init__(str(why))
        self.code = why.code  # type: ignore[misc]  # one for each way in which resources can be wrong


class NotStarted(CallRefused):
    """The program could not be started."""

    code = "not-started"


class Busy(CallRefused):
    """Too much at once."""

    code = "busy"
