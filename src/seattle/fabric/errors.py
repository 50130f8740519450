"""What can go wrong between here and a peer. `code` is for programs, the text for people.

FabricError
├── ConnectionFailed         no broker could be reached, or the connection went away
│   ├── NotConnected         there is no connection now; the supervisor is trying
│   ├── ConnectionLost       it went away while this call was under way: it may or may not have arrived
│   ├── CredentialRefused    the broker does not take our credential: enrol again
│   └── ServerTooOld         the broker is older than we need
├── NotPermitted             the broker refuses this subject to this principal
├── NobodyThere              nobody serves the subject: the node is offline
├── NoAnswer                 the time for the call is up
├── NotASubject              the text can't be the subject of a call
├── NotABroker               the address of a broker is none, or not one to be trusted
├── TooLarge                 the message is larger than the fabric carries
├── NotEncodable             a request holds what no message can
├── RemoteError              the node answered: no. Carries the node's own code and message
│   └── BadRequest           the request is not of the form that its operation takes
├── BadReply                 what came back is not a reply of the one we asked
├── AdvertRefused            an advert is forged, stale, malformed or too large
├── TransferFailed           a file could not be moved whole
├── EnrolmentRefused         no credential for this request
├── EnrolmentFailed          the enrolment service can't be had
├── ClaimsRefused            a broker does not take what holds for the account
├── AuthorityUnusable        the folder of an authority is missing, damaged or open to others
└── ServerFailed             the embedded server did not start or stop
"""

# ruff: noqa: N818 - what went wrong is the name; the suffix is for bases, as elsewhere in the house


class FabricError(Exception):
    """Any failure of the fabric."""

    code = "fabric"


class ConnectionFailed(FabricError):
    """No broker could be reached, or the connection went away."""

    code = "connection-failed"


class NotConnected(ConnectionFailed):
    """There is no connection at the moment."""

    code = "not-connected"


class ConnectionLost(ConnectionFailed):
    """The connection went away during a call, which may or may not have reached its peer."""

    code = "connection-lost"


class CredentialRefused(ConnectionFailed):
    """The broker does not take our credential."""

    code = "credential-refused"


class ServerTooOld(ConnectionFailed):
    """The broker is older than we need."""

    code = "server-too-old"

    def __init__(self, *, found: str, needed: str) -> None:
        super().__init__(f"the NATS server is version {found}, {needed} or newer is needed: upgrade the server")


class NotPermitted(FabricError):
    """The broker refuses this subject to this principal."""

    code = "not-permitted"


class NobodyThere(FabricError):
    """Nobody serves the subject."""

    code = "nobody-there"

    def __init__(self, subject: str) -> None:
        super().__init__(f"nobody answers to {subject}: the peer is offline, or was never there")
        self.subject = subject


class NoAnswer(FabricError):
    """The time for the call is up."""

    code = "no-answer"

    def __init__(self, subject: str, *, within: float) -> None:
        super().__init__(f"no answer from {subject} within {within:g} s")
        self.subject = subject


class NotASubject(FabricError):
    """The text can't be the subject of a call."""

    code = "not-a-subject"


class NotABroker(FabricError):
    """The address of a broker is none, or not one that we may connect to."""

    code = "not-a-broker"


class TooLarge(FabricError):
    """The message is larger than the fabric carries."""

    code = "too-large"

    def __init__(self, size: int, *, limit: int) -> None:
        super().__init__(f"a message of {size} bytes is larger than the {limit} bytes allowed: send it in parts")


class NotEncodable(FabricError):
    """A request holds what no message can: text that is none, or a number of more than 64 bits."""

    code = "not-encodable"


class RemoteError(FabricError):
    """The node answered: no. `code` is the node's, so it is set on the instance."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadRequest(RemoteError):
    """The request is not of the form that its operation takes: the one who serves raises it."""

    def __init__(self, message: str) -> None:
        super().__init__("bad-request", message)


class BadReply(FabricError):
    """What came back is not a reply of the one we asked."""

    code = "bad-reply"


class AdvertRefused(FabricError):
    """An advert is forged, stale, malformed or too large; `code` tells which."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class TransferFailed(FabricError):
    """A file could not be moved whole."""

    code = "transfer-failed"


class EnrolmentRefused(FabricError):
    """No credential for this request."""

    code = "enrolment-refused"


class EnrolmentFailed(FabricError):
    """The enrolment service can't be had, or what is there is none."""

    code = "enrolment-failed"


class ClaimsRefused(FabricError):
    """A broker does not take what holds for the account."""

    code = "claims-refused"


class AuthorityUnusable(FabricError):
    """The folder of an authority is missing, damaged or open to others."""

    code = "authority-unusable"


class ServerFailed(FabricError):
    """The embedded server did not start."""

    code = "server-failed"
