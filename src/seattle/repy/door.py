"""The wire format between guest and monitor: all that a program can ask for, and the answers it can get.

A guest thread owns one end of a `SOCK_SEQPACKET` pair; the monitor owns the other. One packet is one frame. The
guest sends a `Call` and waits for the one `Done` or `Failed` that answers it; a second call on the same channel
before the answer, a frame that does not decode, or one longer than `MAX_FRAME` is a violation and ends the vessel.

Both ends ship together, so decoding is strict: no unknown fields, every string, buffer and number bounded. What a
value *means* (is this a valid address, may this port be used) is the monitor's business, never the format's.
"""

from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

MAX_DATA = 128 * 1024
"""Bytes of payload in one frame. A socket pair's default buffer takes a packet of somewhat more than this."""

MAX_FRAME = MAX_DATA + 16 * 1024
"""Bytes of one frame, payload and all. Longer ones are refused unread."""

MAX_NAMES = 500
"""File names in one answer. A folder's entry has at most 255 bytes, so that many fit a frame."""

MAX_WATCHED = 1024
"""Sockets in one question for those that are ready; as many again for writing."""

MAX_WAIT = 3600.0
"""Seconds of one wait for sockets. Who has waited so long asks again."""

MAX_PROGRAM = 4 * 1024 * 1024
"""Bytes of program text. It crosses the door in `ProgramText` frames of at most `MAX_DATA` each."""

MAX_PARTS = 64
"""Parts of the kernel wall in one report."""

Integer = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Handle = Annotated[int, Meta(ge=0, le=2**53)]
Offset = Annotated[int, Meta(ge=0, le=2**62)]  # bytes
Count = Annotated[int, Meta(ge=0, le=MAX_DATA)]  # bytes
Payload = Annotated[bytes, Meta(max_length=MAX_DATA)]
Text = Annotated[str, Meta(max_length=1024)]
TextSize = Annotated[int, Meta(ge=0, le=MAX_PROGRAM)]  # bytes
Watched = Annotated[list[Handle], Meta(max_length=MAX_WATCHED)]
Report = Annotated[str, Meta(max_length=64 * 1024)]


class Refusal(StrEnum):
    """Why the monitor did not do what was asked. The value names the exception that the program sees."""

    ARGUMENT = "RepyArgumentError"
    TIMEOUT = "TimeoutError"
    EXHAUSTED = "ResourceExhaustedError"
    FORBIDDEN = "ResourceForbiddenError"
    POLICY = "DonorPolicyError"
    BUDGET = "TrafficBudgetError"
    FILE_NOT_FOUND = "FileNotFoundError"
    FILE_IN_USE = "FileInUseError"
    PAST_END = "SeekPastEndOfFileError"
    FILE_CLOSED = "FileClosedError"
    FILE = "FileError"
    NETWORK = "NetworkError"
    ADDRESS = "NetworkAddressError"
    ALREADY_LISTENING = "AlreadyListeningError"
    DUPLICATE_TUPLE = "DuplicateTupleError"
    CLEANUP = "CleanupInProgressError"
    INTERNET = "InternetConnectivityError"
    BINDING = "AddressBindingError"
    CONNECTION_REFUSED = "ConnectionRefusedError"
    CLOSED_LOCAL = "SocketClosedLocal"
    CLOSED_REMOTE = "SocketClosedRemote"
    WOULD_BLOCK = "SocketWouldBlockError"
    ADVERTISE = "AdvertiseError"


class Frame(msgspec.Struct, frozen=True, array_like=True, tag=True, forbid_unknown_fields=True, gc=False):
    """One packet. Arrays, not maps: field names do not cross the door."""


# --- from guest to monitor: how a run begins and ends -----------------------------------------------------------


class Ready(Frame, frozen=True):
    """The answer to `Bounds`: which parts of the kernel wall stand, as (name, state, detail)."""

    walls: Annotated[list[tuple[Text, Text, Text]], Meta(max_length=MAX_PARTS)]


class Finished(Frame, frozen=True):
    """The program is over: `kind` is an `OutcomeKind` that a program may cause by itself; `detail` says more."""

    kind: Text
    detail: Report


class NewThread(Frame, frozen=True):
    """Take an `events` unit. The answer carries a descriptor: the new thread's own channel.

    The unit comes back when that channel closes.
    """


# --- from guest to monitor: the API ------------------------------------------------------------------------------


class Log(Frame, frozen=True):
    """Append to the log. Charges `lograte`."""

    data: Payload


class RandomBytes(Frame, frozen=True):
    """1024 bytes of randomness. Charges `random`."""


class GetResources(Frame, frozen=True):
    """Limits, usage and stop times."""


class OpenFile(Frame, frozen=True):
    """A handle on a file of the vessel."""

    name: Text
    create: bool


class ReadFile(Frame, frozen=True):
    """Up to `count` bytes from `offset`."""

    handle: Handle
    offset: Offset
    count: Count


class WriteFile(Frame, frozen=True):
    """All of `data` at `offset`, if the quota has room for it and the `following` bytes of the next such frames."""

    handle: Handle
    offset: Offset
    data: Payload
    following: Offset


class FileSize(Frame, frozen=True):
    """How many bytes an open file has."""

    handle: Handle


class CloseFile(Frame, frozen=True):
    """Give the handle back."""

    handle: Handle


class ListFiles(Frame, frozen=True):
    """The first `MAX_NAMES` names of files that sort after `after`, in order; fewer when those are all."""

    after: Text


class RemoveFile(Frame, frozen=True):
    """Delete a file that is not open."""

    name: Text


class GetHostByName(Frame, frozen=True):
    """One address of a host."""

    name: Text


class GetMyIp(Frame, frozen=True):
    """The address by which this computer reaches the Internet."""


class SendMessage(Frame, frozen=True):
    """Send one datagram."""

    destip: Text
    destport: Integer
    message: Payload
    localip: Text
    localport: Integer


class ListenForMessage(Frame, frozen=True):
    """A handle on a bound UDP socket."""

    localip: Text
    localport: Integer


class GetMessage(Frame, frozen=True):
    """One datagram from a listener, if there is one."""

    handle: Handle


class OpenConnection(Frame, frozen=True):
    """A handle on a connected TCP socket, within `timeout` seconds."""

    destip: Text
    destport: Integer
    localip: Text
    localport: Integer
    timeout: float


class ListenForConnection(Frame, frozen=True):
    """A handle on a listening TCP socket."""

    localip: Text
    localport: Integer


class GetConnection(Frame, frozen=True):
    """An accepted connection from a listener, if there is one."""

    handle: Handle


class Receive(Frame, frozen=True):
    """Up to `count` bytes from a connection, if there are any."""

    handle: Handle
    count: Count


class Send(Frame, frozen=True):
    """Send what fits; the answer is how much did. Refused when the other side sends no more, unless `half_closed`."""

    handle: Handle
    data: Payload
    half_closed: bool


class EndSending(Frame, frozen=True):
    """Tell the other side of a connection that no more will come; it may go on to send."""

    handle: Handle


class CloseSocket(Frame, frozen=True):
    """Close a listener or a connection."""

    handle: Handle


class WaitReady(Frame, frozen=True):
    """Wait until one of these sockets can be read or written; the answer is those of both that can, maybe none."""

    reading: Watched
    writing: Watched
    timeout: float


class Announce(Frame, frozen=True):
    """Announce a value under a key, for `lifetime` seconds."""

    key: Text
    value: Text
    lifetime: Integer


class LookUp(Frame, frozen=True):
    """Up to `most` values that anyone has announced under a key."""

    key: Text
    most: Integer


Call = (
    Ready
    | Finished
    | NewThread
    | Log
    | RandomBytes
    | GetResources
    | OpenFile
    | ReadFile
    | WriteFile
    | FileSize
    | CloseFile
    | ListFiles
    | RemoveFile
    | GetHostByName
    | GetMyIp
    | SendMessage
    | ListenForMessage
    | GetMessage
    | OpenConnection
    | ListenForConnection
    | GetConnection
    | Receive
    | Send
    | EndSending
    | CloseSocket
    | WaitReady
    | Announce
    | LookUp
)


# --- from monitor to guest ---------------------------------------------------------------------------------------


class Bounds(Frame, frozen=True):
    """First frame to a guest behind the walls: how far its vessel's limits lie below those it was born with."""

    data_bytes: int  # private writable memory, stacks of threads included
    stack_bytes: int  # the part of it that is for stacks
    open_files: int
    threads: int


class Program(Frame, frozen=True):
    """What to run. The text follows in `ProgramText` frames, `size` bytes in all; before it the texts of its layers."""

    name: Text
    size: TextSize
    arguments: list[str]
    callfunc: Text
    checked: bool  # whether the language wall stands; False only for `--walls kernel`
    layers: list[tuple[Text, TextSize]] = []  # name and size of each, the outermost first


class ProgramText(Frame, frozen=True):
    """A piece of the program's text."""

    data: Payload


class Done(Frame, frozen=True):
    """The call's result; its type is fixed by the call."""

    value: Any = None


class Failed(Frame, frozen=True):
    """The call was refused. `text` is for people."""

    refusal: Refusal
    text: str


encode = msgspec.msgpack.Encoder().encode
encode_into = msgspec.msgpack.Encoder().encode_into
decode_call = msgspec.msgpack.Decoder(Call).decode
decode_answer = msgspec.msgpack.Decoder(Done | Failed).decode
decode_bounds = msgspec.msgpack.Decoder(Bounds).decode
decode_program = msgspec.msgpack.Decoder(Program | ProgramText).decode
