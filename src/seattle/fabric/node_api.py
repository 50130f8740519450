"""What may be asked of a node: a Struct for each request and reply, and the operation that ties them together.

Tolerant by design, since an old node meets a new client: fields have defaults where one makes sense, new
fields are added at the end with a default, and none is ever given another meaning. Keys are ids (`U...`, 56
characters).
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.fabric.advert import NatKind
from seattle.fabric.operations import Operation

MAX_CHUNK: Final = 512 * 1024  # bytes of a file in one call
MAX_WAIT: Final = 25.0  # seconds of a long poll
MAX_ENTRIES: Final = 2048  # files in one answer
MAX_LAYERS: Final = 16  # security layers above one program

VesselName = Annotated[str, Meta(min_length=1, max_length=64)]
FileName = Annotated[str, Meta(min_length=1, max_length=120)]
KeyId = Annotated[str, Meta(min_length=56, max_length=56)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]  # SHA-256
Count = Annotated[int, Meta(ge=0, le=2**62)]
ChunkCount = Annotated[int, Meta(ge=1, le=MAX_CHUNK)]  # bytes
Chunk = Annotated[bytes, Meta(max_length=MAX_CHUNK)]
Wait = Annotated[float, Meta(ge=0, le=MAX_WAIT)]  # seconds
Arguments = Annotated[list[Annotated[str, Meta(max_length=8192)]], Meta(max_length=256)]
# By resource name: cores, bytes, bytes a second or a number of things; or a list of ports.
Amounts = Annotated[dict[str, int | float | list[int]], Meta(max_length=64)]


class NodeMethod(StrEnum):
    """The methods of a node, as they stand in subjects and signatures."""

    DESCRIBE = "describe"
    GET_VESSELS = "get_vessels"
    GET_RESOURCES = "get_resources"
    ADD_FILE = "add_file"
    READ_FILE = "read_file"
    LIST_FILES = "list_files"
    STAT_FILE = "stat_file"
    DELETE_FILE = "delete_file"
    START = "start"
    START_BENEATH = "start_beneath"
    STOP = "stop"
    RESET = "reset"
    READ_LOG = "read_log"
    GET_OFFCUT_RESOURCES = "get_offcut_resources"
    SPLIT = "split"
    JOIN = "join"
    CHANGE_OWNER = "change_owner"
    CHANGE_USERS = "change_users"
    CHANGE_OWNER_INFORMATION = "change_owner_information"
    CHANGE_ADVERTISE = "change_advertise"
    WAIT_FOR_CHANGE = "wait_for_change"


class VesselState(StrEnum):
    """Where a vessel stands."""

    FRESH = "fresh"
    STARTED = "started"
    STOPPED = "stopped"
    TERMINATED = "terminated"  # its program ended by itself
    STALE = "stale"  # it ran, and the node no longer knows
    UNKNOWN = "unknown"  # a state that this version doesn't know

    @classmethod
    def _missing_(cls, _value: object) -> "VesselState":
        return cls.UNKNOWN  # tolerant: a newer node may have more states


class RestartPolicy(StrEnum):
    """Whether a node starts a program again that has ended, until it is stopped."""

    NEVER = "never"
    ON_FAILURE = "on-failure"  # after an exception, a crash, or an exit code that is not 0
    ALWAYS = "always"  # however it ended, also after the node's computer was restarted


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of all that travels here."""


class RunOutcome(Fact, frozen=True, kw_only=True):
    """How a run ended, in the words of the sandbox: `kind` is `exited`, `exception`, `unsafe`, `stopped`...."""

    kind: str
    detail: str = ""  # a traceback, what was violated, who stopped it ...; cut if it is long
    exit_code: int | None = None  # of `exited`
    resource: str = ""  # of `killed`


class WallReport(Fact, frozen=True, kw_only=True):
    """One wall of the sandbox on this machine."""

    name: str
    state: str = "absent"  # up, absent or failed
    detail: str = ""  # why it is not up


class VesselSummary(Fact, frozen=True, kw_only=True):
    """One vessel, as shown to those who may see it."""

    name: VesselName
    owner: str = ""  # a key's id
    users: list[str] = []  # keys' ids, in the order in which the owner gave them
    state: VesselState = VesselState.FRESH
    advertise: bool = True  # whether the directory tells owner and users of it
    owner_information: str = ""  # the owner's words
    outcome: RunOutcome | None = None  # of the latest run, once it has ended
    run: int = 0  # number of the latest run; 0 if there was none
    tcp_ports: list[int] = []  # that its programs may listen on
    udp_ports: list[int] = []
    restart: str = RestartPolicy.NEVER  # a RestartPolicy, or one of a newer node's
    again_at: float | None = None  # when its program starts again; seconds since 1970 on the node's clock


class Nothing(Fact, frozen=True, kw_only=True):
    """There is nothing to say but that it was done."""


class Describe(Fact, frozen=True, kw_only=True):
    """Ask a node about itself."""


class NodeDescription(Fact, frozen=True, kw_only=True):
    """A node, as it shows itself to this caller."""

    node: str  # the node's id
    version: str = ""  # of its software
    vessels: list[VesselSummary] = []  # those that the caller may see
    walls: list[WallReport] = []
    addresses: list[str] = []  # by which others may reach its vessels
    public_address: str = ""  # as the node's broker sees it; empty: unknown
    nat: NatKind = NatKind.UNKNOWN  # whether a NAT is between it and the broker
    time: float = 0.0  # the node's clock, in seconds since 1970
    holding_back: str = ""  # why the node starts nothing at the moment; empty when it does
    notice: str = ""  # what the donor wants known ahead of time, such as when programs will be stopped
    trouble: str = ""  # what its donor has to mend, such as a full disk; empty if nothing


class GetVessels(Fact, frozen=True, kw_only=True):
    """Ask for the vessels that the caller may see."""


class VesselList(Fact, frozen=True, kw_only=True):
    """Vessels, sorted by name."""

    vessels: list[VesselSummary] = []
    holding_back: str = ""  # as in NodeDescription
    notice: str = ""  # as in NodeDescription


class GetResources(Fact, frozen=True, kw_only=True):
    """Ask for what a vessel may use and does use."""

    vessel: VesselName


class ResourceReport(Fact, frozen=True, kw_only=True):
    """By resource name: an amount (per second for the renewable ones), or a list of ports."""

    limits: dict[str, float | list[int]] = {}
    usage: dict[str, float | list[int]] = {}
    stop_times: list[tuple[float, float]] = []  # (at, for) seconds that the program was held


class AddFileChunk(Fact, frozen=True, kw_only=True):
    """Add a part of a file. Chunks come in order; the file appears when it is whole and its digest is right.

    An empty `data` for a file of more than 0 bytes only asks how much the node holds already.
    """

    vessel: VesselName
    name: FileName
    offset: Count  # bytes
    total_size: Count  # bytes of the whole file
    digest: Digest  # of the whole file
    data: Chunk = b""


class FileProgress(Fact, frozen=True, kw_only=True):
    """How much of this very content (this digest) the node holds."""

    received: Count  # bytes from the start, without gaps
    complete: bool = False  # in place, under its name


class ReadFileChunk(Fact, frozen=True, kw_only=True):
    """Ask for a part of a file."""

    vessel: VesselName
    name: FileName
    offset: Count  # bytes
    count: ChunkCount = MAX_CHUNK  # bytes, at most


class FileChunk(Fact, frozen=True, kw_only=True):
    """A part of a file, empty at or past its end."""

    data: Chunk = b""
    total_size: Count = 0  # bytes
    digest: str = ""  # SHA-256 of the whole file; it changes when the file does


class ListFiles(Fact, frozen=True, kw_only=True):
    """Ask for a vessel's files, in the order of their names, but for those of the donor."""

    vessel: VesselName
    after: str = ""  # begin with the name that comes after this one
    count: Annotated[int, Meta(ge=1, le=MAX_ENTRIES)] = MAX_ENTRIES  # at most
    digests: bool = False  # whether to tell the digest of each, which takes the node longer


class FileEntry(Fact, frozen=True, kw_only=True):
    """One file."""

    name: str
    size: Count = 0  # bytes
    changed_at: float = 0.0  # seconds since 1970, by the node's clock; 0.0 from a node that does not tell
    digest: str = ""  # SHA-256, if it was asked for


class FileList(Fact, frozen=True, kw_only=True):
    """Files, sorted by name."""

    files: list[FileEntry] = []
    more: bool = False  # whether others come after these


class StatFile(Fact, frozen=True, kw_only=True):
    """Ask for one file's size, time and digest; the answer is a FileEntry."""

    vessel: VesselName
    name: FileName


class DeleteFile(Fact, frozen=True, kw_only=True):
    """Delete a file."""

    vessel: VesselName
    name: FileName


class Start(Fact, frozen=True, kw_only=True):
    """Start a program that is among the vessel's files."""

    vessel: VesselName
    program: FileName
    arguments: Arguments = []
    restart: RestartPolicy = RestartPolicy.NEVER


class Layer(Fact, frozen=True, kw_only=True):
    """A security layer: a file of the vessel that must have this content, now and whenever its program starts again."""

    name: FileName
    digest: Digest


class StartBeneath(Fact, frozen=True, kw_only=True):
    """Start a program that is among the vessel's files beneath security layers.

    A method of its own: a node that knows of no layers must refuse, and not start the program without them.
    """

    vessel: VesselName
    program: FileName
    layers: Annotated[list[Layer], Meta(min_length=1, max_length=MAX_LAYERS)]  # the outermost first
    arguments: Arguments = []
    restart: RestartPolicy = RestartPolicy.NEVER


class RunStarted(Fact, frozen=True, kw_only=True):
    """The program runs."""

    run: int  # number of this run in this vessel, from 1
    walls: list[WallReport] = []
    log_offset: Count | None = None  # where in the vessel's log it begins, in bytes; a node may not tell


class Stop(Fact, frozen=True, kw_only=True):
    """Stop what runs in a vessel."""

    vessel: VesselName
    run: Count = 0  # only this run: if another is the latest, nothing is done; 0: whichever runs


class Reset(Fact, frozen=True, kw_only=True):
    """Stop what runs, and delete all files and the log."""

    vessel: VesselName


class ReadLog(Fact, frozen=True, kw_only=True):
    """Ask for the log. Answered when there is more past `offset`, the run has ended, or the wait is over."""

    vessel: VesselName
    offset: Count | None = None  # bytes since the vessel was fresh; None for the oldest that is kept
    count: ChunkCount = 64 * 1024  # bytes, at most
    wait: Wait = 0.0  # seconds
    run: Count = 0  # the part that this run wrote, and its outcome, also when later ones have begun; 0: all, the latest


class LogChunk(Fact, frozen=True, kw_only=True):
    """A part of the log.

    What was overwritten in the ring is skipped: then `offset` is past the one asked for.
    """

    offset: Count  # of the first byte of `data`
    next_offset: Count  # to ask for next
    data: Chunk = b""
    ended: bool = False  # nothing runs, and `next_offset` is the end
    outcome: RunOutcome | None = None  # of the run asked for, or else the latest, once it has ended
    run: int = 0  # which run that is
    holding_back: str = ""  # as in NodeDescription: a program that is held back writes nothing
    notice: str = ""  # as in NodeDescription


class GetOffcutResources(Fact, frozen=True, kw_only=True):
    """Ask what one more vessel costs: what a split loses, and a join gives back."""


class OffcutReport(Fact, frozen=True, kw_only=True):
    """What one more vessel costs this node, by resource name."""

    resources: Amounts = {}


class Split(Fact, frozen=True, kw_only=True):
    """Make two vessels of one in which nothing runs: one with exactly these resources, one with the rest.

    Both have the owner, the users and the owner's words of the vessel that was, and neither file nor log.
    """

    vessel: VesselName
    resources: Amounts  # at least cpu, memory and diskused


class SplitDone(Fact, frozen=True, kw_only=True):
    """The vessel that was split is no more; these two are there instead."""

    rest: VesselName  # has what was left over
    part: VesselName  # has what was asked for


class Join(Fact, frozen=True, kw_only=True):
    """Make one vessel of two with the same owner, in which nothing runs; files and logs of both are deleted.

    Users, owner's words and whether it is advertised are those of `vessel`.
    """

    vessel: VesselName
    other: VesselName


class JoinDone(Fact, frozen=True, kw_only=True):
    """The two that were joined are no more; this one is there instead."""

    vessel: VesselName
    users_left_out: list[str] = []  # keys of users of `other` that are no users of the new vessel


class ChangeOwner(Fact, frozen=True, kw_only=True):
    """Give a vessel away. The owner's words are emptied and it is advertised; users and what runs stay."""

    vessel: VesselName
    owner: KeyId


class ChangeUsers(Fact, frozen=True, kw_only=True):
    """Set who may use a vessel, in place of all who might until now. What runs is not disturbed."""

    vessel: VesselName
    users: Annotated[list[KeyId], Meta(max_length=8192)] = []


class ChangeOwnerInformation(Fact, frozen=True, kw_only=True):
    """Set the owner's words about a vessel: at most 256 characters on one line."""

    vessel: VesselName
    owner_information: str = ""


class ChangeAdvertise(Fact, frozen=True, kw_only=True):
    """Set whether the directory tells owner and users of a vessel that it is here."""

    vessel: VesselName
    advertise: bool


class WaitForChange(Fact, frozen=True, kw_only=True):
    """Ask what has changed among the vessels that the caller may see. Answered when something has, or in time.

    A change is one of a vessel's state, run, outcome, holders, words, or of which vessels there are.
    """

    cursor: Annotated[str, Meta(max_length=64)] = ""  # of the last answer; empty to be told everything at once
    wait: Wait = 0.0  # seconds


class Changed(Fact, frozen=True, kw_only=True):
    """The vessels that have changed since, and the names of all: one that is missing is not the caller's any more."""

    cursor: str  # to ask with next
    vessels: list[VesselSummary] = []
    names: list[VesselName] = []
    holding_back: str = ""  # as in NodeDescription; a change of it is one of all vessels
    notice: str = ""  # as in NodeDescription


DESCRIBE: Final = Operation(NodeMethod.DESCRIBE, Describe, NodeDescription)
GET_VESSELS: Final = Operation(NodeMethod.GET_VESSELS, GetVessels, VesselList)
GET_RESOURCES: Final = Operation(NodeMethod.GET_RESOURCES, GetResources, ResourceReport)
ADD_FILE: Final = Operation(NodeMethod.ADD_FILE, AddFileChunk, FileProgress)
READ_FILE: Final = Operation(NodeMethod.READ_FILE, ReadFileChunk, FileChunk)
LIST_FILES: Final = Operation(NodeMethod.LIST_FILES, ListFiles, FileList)
STAT_FILE: Final = Operation(NodeMethod.STAT_FILE, StatFile, FileEntry)
DELETE_FILE: Final = Operation(NodeMethod.DELETE_FILE, DeleteFile, Nothing)
START: Final = Operation(NodeMethod.START, Start, RunStarted)
START_BENEATH: Final = Operation(NodeMethod.START_BENEATH, StartBeneath, RunStarted)
STOP: Final = Operation(NodeMethod.STOP, Stop, Nothing)
RESET: Final = Operation(NodeMethod.RESET, Reset, Nothing)
READ_LOG: Final = Operation(NodeMethod.READ_LOG, ReadLog, LogChunk)
GET_OFFCUT_RESOURCES: Final = Operation(NodeMethod.GET_OFFCUT_RESOURCES, GetOffcutResources, OffcutReport)
SPLIT: Final = Operation(NodeMethod.SPLIT, Split, SplitDone)
JOIN: Final = Operation(NodeMethod.JOIN, Join, JoinDone)
CHANGE_OWNER: Final = Operation(NodeMethod.CHANGE_OWNER, ChangeOwner, Nothing)
CHANGE_USERS: Final = Operation(NodeMethod.CHANGE_USERS, ChangeUsers, Nothing)
CHANGE_OWNER_INFORMATION: Final = Operation(NodeMethod.CHANGE_OWNER_INFORMATION, ChangeOwnerInformation, Nothing)
CHANGE_ADVERTISE: Final = Operation(NodeMethod.CHANGE_ADVERTISE, ChangeAdvertise, Nothing)
WAIT_FOR_CHANGE: Final = Operation(NodeMethod.WAIT_FOR_CHANGE, WaitForChange, Changed)
