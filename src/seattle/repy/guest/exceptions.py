"""The exceptions that programs see and catch. The tree is the reference's.

    Exception
    └─ RepyException
       ├─ RepyArgumentError, TimeoutError, CodeUnsafeError, ContextUnsafeError, LockDoubleReleaseError,
       │  AdvertiseError
       ├─ ResourceUsageError
       │  ├─ ResourceExhaustedError   TrafficBudgetError
       │  └─ ResourceForbiddenError   DonorPolicyError
       ├─ FileError              FileNotFoundError, FileInUseError, SeekPastEndOfFileError, FileClosedError
       └─ NetworkError           NetworkAddressError, AlreadyListeningError, DuplicateTupleError,
                                 CleanupInProgressError, InternetConnectivityError, AddressBindingError,
                                 ConnectionRefusedError, LocalIPChanged, SocketClosedLocal, SocketClosedRemote,
                                 SocketWouldBlockError, TCPServerSocketInvalidError

`TimeoutError`, `FileNotFoundError` and `ConnectionRefusedError` take the place of Python's in programs, and are
also Python's, so that a program that catches the standard ones (or `OSError`) catches ours.
"""

# ruff: noqa: A001, N818 - the names are the reference's, and programs depend on them
import builtins


class RepyException(Exception):
    """Root of all that the API raises."""


class RepyArgumentError(RepyException):
    """A call got an argument of the wrong type or value."""


class TimeoutError(RepyException, builtins.TimeoutError):
    """Something took longer than the program was willing to wait."""


class CodeUnsafeError(RepyException):
    """Program text is not Repy."""


class ContextUnsafeError(RepyException):
    """A context holds names that a program may not use."""


class AdvertiseError(RepyException):
    """A value could not be announced, or looked up."""


class LockDoubleReleaseError(RepyException):
    """A lock was released that nobody held."""


class ResourceUsageError(RepyException):
    """Root of refusals for want of resources."""


class ResourceExhaustedError(ResourceUsageError):
    """All units of a resource are taken."""


class ResourceForbiddenError(ResourceUsageError):
    """The vessel may not use this at all."""


class DonorPolicyError(ResourceForbiddenError):
    """The donor's policy keeps programs from that part of the network."""


class TrafficBudgetError(ResourceExhaustedError):
    """What the donor allows of network traffic, for this month say, is used up."""


class FileError(RepyException):
    """Root of what goes wrong with files."""


class FileNotFoundError(FileError, builtins.FileNotFoundError):
    """There is no such file."""


class FileInUseError(FileError):
    """The file is open already."""


class SeekPastEndOfFileError(FileError):
    """The offset lies past the end of the file."""


class FileClosedError(FileError):
    """The file was closed."""


class NetworkError(RepyException):
    """Root of what goes wrong on the network."""


class NetworkAddressError(NetworkError):
    """A name has no address."""


class AlreadyListeningError(NetworkError):
    """Somebody listens on this address and port already."""


class DuplicateTupleError(NetworkError):
    """The same two ends are connected already."""


class CleanupInProgressError(NetworkError):
    """The system has not yet let go of the address and port."""


class InternetConnectivityError(NetworkError):
    """There is no way to the other computer."""


class AddressBindingError(NetworkError):
    """The local address is not one of this computer's."""


class ConnectionRefusedError(NetworkError, builtins.ConnectionRefusedError):
    """The other computer does not accept the connection."""


class LocalIPChanged(NetworkError):
    """Kept for old programs; no longer raised."""


class SocketClosedLocal(NetworkError):
    """The socket was closed on this side."""


class SocketClosedRemote(NetworkError):
    """The connection was closed by the other side."""


class SocketWouldBlockError(NetworkError):
    """There is nothing yet; try again later."""


class TCPServerSocketInvalidError(NetworkError):
    """Kept for old programs; no longer raised."""


EXCEPTIONS: dict[str, type[RepyException]] = {
    kind.__name__: kind
    for kind in (
        RepyException,
        RepyArgumentError,
        TimeoutError,
        CodeUnsafeError,
        ContextUnsafeError,
        LockDoubleReleaseError,
        AdvertiseError,
        ResourceUsageError,
        ResourceExhaustedError,
        ResourceForbiddenError,
        DonorPolicyError,
        TrafficBudgetError,
        FileError,
        FileNotFoundError,
        FileInUseError,
        SeekPastEndOfFileError,
        FileClosedError,
        NetworkError,
        NetworkAddressError,
        AlreadyListeningError,
        DuplicateTupleError,
        CleanupInProgressError,
        InternetConnectivityError,
        AddressBindingError,
        ConnectionRefusedError,
        LocalIPChanged,
        SocketClosedLocal,
        SocketClosedRemote,
        SocketWouldBlockError,
        TCPServerSocketInvalidError,
    )
}
"""By name: what programs find among their builtins, and what a `door.Refusal` stands for."""
