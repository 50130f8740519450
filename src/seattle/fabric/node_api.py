"""What may be asked of a node: a Struct for each request and reply, and the operation that ties them together.

Tolerant by design, since an old node meets a new client: fields have defaults where one makes sense, new
fields are added at the end with a default, and none is ever given another meaning. Keys are ids (`U...`, 56
characters).
"""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from seattle.fabric.operations import Operation

MAX_CHUNK: Final = 512 * 1024  # bytes of a file in one call
MAX_WAIT: Final = 25.0  # seconds of a long poll

VesselName = Annotated[str, Meta(min_length=1, max_length=64)]
FileName = Annotated[str, Meta(min_length=1, max_length=120)]
KeyId = Annotated[str, Meta(min_length=56, max_length=56)]
Digest = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]  # SHA-256
Count = Annotated[int, Meta(ge=0, le=2**62)]
ChunkCount = Annotated[int, Meta(ge=1, le=MAX_CHUNK)]  # bytes
Chunk = Annotated[bytes, Meta(max_length=MAX_CHUNK)]
Wait = Annotated[float, Meta(ge=0, le=MAX_WAIT)]  # seconds
Arguments = Annotated[list[Annotated[str, Meta(max_length=8192)]], Meta(max_length=256)]


class NodeMethod(StrEnum):
    """The methods of a node, as they stand in subjects and signatures."""

    DESCRIBE = "describe"
    GET_VESSELS = "get_vessels"
    GET_RESOURCES = "get_resources"
    ADD_FILE = "add_file"
    READ_FILE = "read_file"
    LIST_FILES = "list_files"
    DELETE_FILE = "delete_file"
    START = "start"
    STOP = "stop"
    RESET = "reset"
    READ_LOG = "read_log"


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
    detail: str = ""
    exit_code: int | None = None
    resource: str = ""  # of `killed`


class WallReport(Fact, frozen=True, kw_only=True):
    """One wall of the sandbox on this machine."""

    name: str
    state: str = "absent"  # up, absent or failed
    detail: str = ""


class VesselSummary(Fact, frozen=True, kw_only=True):
    """One vessel, as shown to those who may see it."""

    name: VesselName
    owner: str = ""
    users: list[str] = []
    state: VesselState = VesselState.FRESH
    advertise: bool = True
    owner_information: str = ""
    outcome: RunOutcome | None = None
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

    node: str
    version: str = ""
    vessels: list[VesselSummary] = []  # those that the caller may see
    walls: list[WallReport] = []
    addresses: list[str] = []
    time: float = 0.0  # the node's clock, in seconds since 1970
    holding_back: str = ""  # why the node starts nothing at the moment; empty when it does


class GetVessels(Fact, frozen=True, kw_only=True):
    """Ask for the vessels that the caller may see."""


class VesselList(Fact, frozen=True, kw_only=True):
    """Vessels, sorted by name."""

    vessels: list[VesselSummary] = []


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
    """Ask for the names of a vessel's files."""

    vessel: VesselName


class FileEntry(Fact, frozen=True, kw_only=True):
    """One file."""

    name: str
    size: Count = 0  # bytes


class FileList(Fact, frozen=True, kw_only=True):
    """Files, sorted by name."""

    files: list[FileEntry] = []


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


class RunStarted(Fact, frozen=True, kw_only=True):
    """The program runs."""

    run: int  # number of this run in this vessel, from 1
    walls: list[WallReport] = []
    log_offset: Count | None = None  # where in the vessel's log it begins, in bytes; a node may not tell


class Stop(Fact, frozen=True, kw_only=True):
    """Stop what runs in a vessel."""

    vessel: VesselName


class Reset(Fact, frozen=True, kw_only=True):
    """Stop what runs, and delete all files and the log."""

    vessel: VesselName


class ReadLog(Fact, frozen=True, kw_only=True):
    """Ask for the log. Answered when there is more past `offset`, the run has ended, or the wait is over."""

    vessel: VesselName
    offset: Count | None = None  # bytes since the vessel was fresh; None for the oldest that is kept
    count: ChunkCount = 64 * 1024  # bytes, at most
    wait: Wait = 0.0  # seconds


class LogChunk(Fact, frozen=True, kw_only=True):
    """A part of the log.

    What was overwritten in the ring is skipped: then `offset` is past the one asked for.
    """

    offset: Count  # of the first byte of `data`
    next_offset: Count  # to ask for next
    data: Chunk = b""
    ended: bool = False  # nothing runs, and `next_offset` is the end
    outcome: RunOutcome | None = None  # of the latest run, once it has ended
    run: int = 0


DESCRIBE: Final = Operation(NodeMethod.DESCRIBE, Describe, NodeDescription)
GET_VESSELS: Final = Operation(NodeMethod.GET_VESSELS, GetVessels, VesselList)
GET_RESOURCES: Final = Operation(NodeMethod.GET_RESOURCES, GetResources, ResourceReport)
ADD_FILE: Final = Operation(NodeMethod.ADD_FILE, AddFileChunk, FileProgress)
READ_FILE: Final = Operation(NodeMethod.READ_FILE, ReadFileChunk, FileChunk)
LIST_FILES: Final = Operation(NodeMethod.LIST_FILES, ListFiles, FileList)
DELETE_FILE: Final = Operation(NodeMethod.DELETE_FILE, DeleteFile, Nothing)
START: Final = Operation(NodeMethod.START, Start, RunStarted)
STOP: Final = Operation(NodeMethod.STOP, Stop, Nothing)
RESET: Final = Operation(NodeMethod.RESET, Reset, Nothing)
READ_LOG: Final = Operation(NodeMethod.READ_LOG, ReadLog, LogChunk)
