"""What HTTP's codes and methods are called, as in Python's `http`; `http.client` and `http.server` speak it."""

from enum import IntEnum, StrEnum


class HTTPStatus(IntEnum):
    """A status code: `HTTPStatus.NOT_FOUND == 404`, with its `phrase` and `description`."""

    CONTINUE = 100
    SWITCHING_PROTOCOLS = 101
    PROCESSING = 102
    EARLY_HINTS = 103
    OK = 200
    CREATED = 201
    ACCEPTED = 202
    NON_AUTHORITATIVE_INFORMATION = 203
    NO_CONTENT = 204
    RESET_CONTENT = 205
    PARTIAL_CONTENT = 206
    MULTI_STATUS = 207
    ALREADY_REPORTED = 208
    IM_USED = 226
    MULTIPLE_CHOICES = 300
    MOVED_PERMANENTLY = 301
    FOUND = 302
    SEE_OTHER = 303
    NOT_MODIFIED = 304
    USE_PROXY = 305
    TEMPORARY_REDIRECT = 307
    PERMANENT_REDIRECT = 308
    BAD_REQUEST = 400
    UNAUTHORIZED = 401
    PAYMENT_REQUIRED = 402
    FORBIDDEN = 403
    NOT_FOUND = 404
    METHOD_NOT_ALLOWED = 405
    NOT_ACCEPTABLE = 406
    PROXY_AUTHENTICATION_REQUIRED = 407
    REQUEST_TIMEOUT = 408
    CONFLICT = 409
    GONE = 410
    LENGTH_REQUIRED = 411
    PRECONDITION_FAILED = 412
    REQUEST_ENTITY_TOO_LARGE = 413
    CONTENT_TOO_LARGE = 413
    REQUEST_URI_TOO_LONG = 414
    URI_TOO_LONG = 414
    UNSUPPORTED_MEDIA_TYPE = 415
    REQUESTED_RANGE_NOT_SATISFIABLE = 416
    RANGE_NOT_SATISFIABLE = 416
    EXPECTATION_FAILED = 417
    IM_A_TEAPOT = 418
    MISDIRECTED_REQUEST = 421
    UNPROCESSABLE_ENTITY = 422
    UNPROCESSABLE_CONTENT = 422
    LOCKED = 423
    FAILED_DEPENDENCY = 424
    TOO_EARLY = 425
    UPGRADE_REQUIRED = 426
    PRECONDITION_REQUIRED = 428
    TOO_MANY_REQUESTS = 429
    REQUEST_HEADER_FIELDS_TOO_LARGE = 431
    UNAVAILABLE_FOR_LEGAL_REASONS = 451
    INTERNAL_SERVER_ERROR = 500
    NOT_IMPLEMENTED = 501
    BAD_GATEWAY = 502
    SERVICE_UNAVAILABLE = 503
    GATEWAY_TIMEOUT = 504
    HTTP_VERSION_NOT_SUPPORTED = 505
    VARIANT_ALSO_NEGOTIATES = 506
    INSUFFICIENT_STORAGE = 507
    LOOP_DETECTED = 508
    NOT_EXTENDED = 510
    NETWORK_AUTHENTICATION_REQUIRED = 511

    @property
    def phrase(self):
        """What stands behind the code in a reply: `Not Found`."""
        return _PHRASES.get(self.value) or " ".join(map(_capital, self.name.split("_")))

    @property
    def description(self):
        """A sentence about it, or an empty string."""
        return _DESCRIPTIONS.get(self.value, "")

    @property
    def is_informational(self):
        """Whether the code begins with 1."""
        return 100 <= self.value <= 199

    @property
    def is_success(self):
        """Whether the code begins with 2."""
        return 200 <= self.value <= 299

    @property
    def is_redirection(self):
        """Whether the code begins with 3."""
        return 300 <= self.value <= 399

    @property
    def is_client_error(self):
        """Whether the code begins with 4."""
        return 400 <= self.value <= 499

    @property
    def is_server_error(self):
        """Whether the code begins with 5."""
        return 500 <= self.value <= 599


class HTTPMethod(StrEnum):
    """A method of a request: `HTTPMethod.GET == "GET"`, with its `description`."""

    CONNECT = "CONNECT"
    DELETE = "DELETE"
    GET = "GET"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"
    PATCH = "PATCH"
    POST = "POST"
    PUT = "PUT"
    TRACE = "TRACE"

    @property
    def description(self):
        """A sentence about it."""
        return _METHODS[self.value]

    def __repr__(self):
        return f"<HTTPMethod.{self.name}>"


def _capital(word):
    return word if word in ("OK", "URI", "HTTP", "IM") else "to" if word == "TO" else word.capitalize()


_PHRASES = {
    203: "Non-Authoritative Information",
    207: "Multi-Status",
    414: "Request-URI Too Long",
    418: "I'm a Teapot",
}
_DESCRIPTIONS = {
    200: "Here is what was asked for",
    201: "It was made; the reply says where it is",
    202: "It will be done later",
    204: "It was done, and there is nothing to say",
    206: "Here is a part of it",
    301: "It has moved for good",
    302: "It is somewhere else for now",
    303: "Get the answer from another place",
    304: "It has not changed since",
    307: "It is somewhere else for now; ask there in the same way",
    308: "It has moved for good; ask there in the same way",
    400: "The request is none, or is malformed",
    401: "Say first who you are",
    403: "This is not allowed, whoever asks",
    404: "There is nothing of this name here",
    405: "This can't be done with it",
    408: "The request took too long to come",
    411: "The request has to say how long it is",
    413: "The request is too large",
    414: "The name asked for is too long",
    417: "What the request expects can't be had",
    429: "Too many requests; try again later",
    431: "The request has too many headers, or too long ones",
    500: "The server failed",
    501: "The server can't do this",
    502: "Another server's reply was none",
    503: "The server can't serve this now",
    504: "Another server's reply did not come in time",
    505: "The server does not speak this version",
}
_METHODS = {
    "CONNECT": "Open a line through a proxy.",
    "DELETE": "Remove the target.",
    "GET": "Read the target.",
    "HEAD": "Read what GET says about the target, without the target.",
    "OPTIONS": "Ask what can be done with the target.",
    "PATCH": "Change the target in part.",
    "POST": "Have the target work on what is sent.",
    "PUT": "Put what is sent in the target's place.",
    "TRACE": "Have the request sent back.",
}
