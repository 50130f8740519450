"""Read small XML documents into trees: `parse("<a><b>text</b></a>").children[0].content`.

A node has children or text. Documents of strangers are safe to read: they have at most `MAX_TEXT` characters,
`MAX_NODES` nodes and `MAX_DEPTH` levels, and what defines entities is refused.

Missing: document types (they define entities, which can unfold to any size), namespaces, text beside children.
"""

import re

MAX_TEXT = 2**21  # characters
MAX_NODES = 50_000
MAX_DEPTH = 100

_NAME = r"[A-Za-z_:\u00b7-\uffff][\w:.\-\u00b7]*"
_START = re.compile(rf"""<({_NAME})((?:\s+{_NAME}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>""")
_ATTRIBUTE = re.compile(rf"""({_NAME})\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_END = re.compile(rf"</({_NAME})\s*>")
_ESCAPE = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));|&")
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_BAD = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_CODECS = {b"utf-8": "utf-8", b"us-ascii": "ascii", b"ascii": "ascii", b"iso-8859-1": "latin-1", b"latin-1": "latin-1"}


class ParseError(ValueError):
    """The text is no XML document, or none that is read here."""


class Node:
    """An element: `tag_name`, `attributes` (a dict), `children` (a list of nodes) and `content`, its text."""

    __slots__ = ("attributes", "children", "content", "tag_name")

    def __init__(self, tag_name, attributes=None, children=None, content=""):
        self.tag_name = tag_name
        self.attributes = {} if attributes is None else attributes
        self.children = [] if children is None else children
        self.content = content

    def __repr__(self):
        return self.to_string()

    def to_string(self):
        """The element as XML."""
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        inside = "".join(child.to_string() for child in self.children) or escape(self.content)
        return f"<{self.tag_name}{attributes}>{inside}</{self.tag_name}>"


def escape(text):
    """The text, such that it stands for itself within XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def parse(text):
    """The root of a document, which is text, or bytes in UTF-8, ASCII or Latin-1. Raises ParseError."""
    if len(text) > MAX_TEXT:
        raise ParseError(f"a document of more than {MAX_TEXT} characters is not read")
    text = (text if isinstance(text, str) else _decoded(text)).replace("\r\n", "\n").replace("\r", "\n")
    if _BAD.search(text):
        raise ParseError("the document has characters that XML can't have")
    return _Reader(text).read()


def _decoded(data):
    found = _ENCODING.match(data)
    codec = _CODECS.get(found[1].lower()) if found else "utf-8"
    if codec is None:
        raise ParseError("documents are read in UTF-8, ASCII or Latin-1 only")
    try:
        return bytes(data).decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError as why:
        raise ParseError(f"the document is not {codec}: {why}") from None


class _Reader:
    def __init__(self, text):
        self._text = text
        self._root = None
        self._open = []  # the nodes that we are in
        self._texts = []  # the pieces of text of the innermost one
        self._nodes = 0
        self._names = {}  # of the tags, each of which is kept once

    def read(self):
        text, at = self._text, 0
        while (mark := text.find("<", at)) >= 0:
            self._add_text(_unescaped(text[at:mark]))
            at = self._read_mark(mark)
        self._add_text(_unescaped(text[at:]))
        if self._open:
            raise ParseError(f"the document ends within <{self._open[-1].tag_name}>")
        if self._root is None:
            raise ParseError("the document has no element")
        return self._root

    def _read_mark(self, mark):
        """Take in what begins with this `<`; the position behind it."""
        text = self._text
        if text.startswith("</", mark):
            return self._read_end(mark)
        if text.startswith("<!--", mark):
            return self._find("-->", mark + 4)
        if text.startswith("<?", mark):
            return self._find("?>", mark + 2)
        if text.startswith("<![CDATA[", mark):
            end = self._find("]]>", mark + 9)
            if not self._open:
                raise ParseError("text stands outside of the root")
            self._add_text(text[mark + 9 : end - 3])
            return end
        if text.startswith("<!", mark):
            raise ParseError("document types are not read: they could define entities")
        return self._read_start(mark)

    def _find(self, what, start):
        end = self._text.find(what, start)
        if end < 0:
            raise ParseError(f"there is no {what} to what begins at character {start}")
        return end + len(what)

    def _read_start(self, mark):
        found = _START.match(self._text, mark)
        if found is None:
            raise ParseError(f"this is no tag: {self._text[mark : mark + 30]!r}")
        node = Node(self._names.setdefault(found[1], found[1]))
        for name, double, single in _ATTRIBUTE.findall(found[2]):
            if name in node.attributes:
                raise ParseError(f"<{found[1]}> has two attributes {name}")
            node.attributes[name] = _unescaped(double or single)
        self._enter(node)
        if found[3]:
            self._leave()
        return found.end()

    def _enter(self, node):
        self._nodes += 1
        if self._nodes > MAX_NODES or len(self._open) == MAX_DEPTH:
            raise ParseError(f"a document has at most {MAX_NODES} nodes on {MAX_DEPTH} levels")
        if self._open:
            self._expect_no_text()
            self._open[-1].children.append(node)
        elif self._root is None:
            self._root = node
        else:
            raise ParseError("a document has one root")
        self._open.append(node)

    def _read_end(self, mark):
        found = _END.match(self._text, mark)
        if found is None or not self._open or self._open[-1].tag_name != found[1]:
            within = f"<{self._open[-1].tag_name}>" if self._open else "nothing"
            raise ParseError(f"{self._text[mark : mark + 30]!r} does not end {within}")
        self._leave()
        return found.end()

    def _leave(self):
        node = self._open[-1]
        if node.children:
            self._expect_no_text()
        node.content = "".join(self._texts)
        self._texts.clear()
        self._open.pop()

    def _add_text(self, piece):
        if self._open:
            if piece:
                self._texts.append(piece)
        elif piece.strip():
            raise ParseError("text stands outside of the root")

    def _expect_no_text(self):
        if "".join(self._texts).strip():
            raise ParseError(f"<{self._open[-1].tag_name}> has both text and children")
        self._texts.clear()


def _unescaped(text):
    return _ESCAPE.sub(_character, text) if "&" in text else text


def _character(found):
    if found[3]:
        return _ENTITIES[found[3]]
    if found[0] == "&":
        raise ParseError("an & stands for itself, or begins an entity that nobody knows")
    code = int(found[1], 16) if found[1] else int(found[2])
    if code > 0x10FFFF or _BAD.match(chr(code)):
        raise ParseError(f"{found[0]} is no character that XML can have")
    return chr(code)


xmlparse_parse = parse
xmlparse_XMLTreeNode = Node
xmlparse_XMLParseError = ParseError
