"""Bodies of XML-RPC. What a stranger sends is bounded while it is read: no document types, no entities, no depth."""

import re
import xmlrpc.client
from typing import Any, Final
from xml.parsers.expat import ExpatError
from xmlrpc.client import Fault, Unmarshaller

from defusedxml import DefusedXmlException
from defusedxml.xmlrpc import DefusedExpatParser

from seattle.clearinghouse.xmlrpc.faults import Code

MOST_BYTES: Final = 128 * 1024  # a thousand handles of the longest names
DEEPEST: Final = 14  # elements within elements: as a call has that builds vessels with users

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Reader(Unmarshaller):
    """Refuses to go deeper than any call does."""

    def __init__(self) -> None:
        super().__init__(use_datetime=True)
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("nested too deeply")
        super().start(tag, attrs)

    def end(self, tag: str) -> None:
        self._depth -= 1
        super().end(tag)


def read_call(body: bytes) -> tuple[str, tuple[Any, ...]]:
    """The call's name and its arguments. Raises Fault."""
    if len(body) > MOST_BYTES:
        raise Fault(Code.UNHANDLED, f"a call has {MOST_BYTES} bytes at most")
    reader = _Reader()
    parser = DefusedExpatParser(reader, forbid_dtd=True)
    try:
        parser.feed(body)
        parser.close()
        arguments = reader.close()
        name = reader.getmethodname()
    except (
        ExpatError,
        DefusedXmlException,
        xmlrpc.client.Error,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
    ) as why:
        raise Fault(Code.UNHANDLED, "this is no call of XML-RPC, or it is nested too deeply") from why
    if not isinstance(name, str):
        raise Fault(Code.UNHANDLED, "this is no call of XML-RPC: it has no name")
    return name, tuple(arguments)


def write_answer(answer: Any) -> bytes:
    """The body of an answer: a value, or a Fault."""
    if isinstance(answer, Fault):
        text = xmlrpc.client.dumps(Fault(int(answer.faultCode), answer.faultString))
    else:
        text = xmlrpc.client.dumps((answer,), methodresponse=True)
    return _NOT_XML.sub("?", text).encode()
