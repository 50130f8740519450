"""Read HTML as it comes, whatever its state, as Python's `html.parser` does: a class says what happens with its parts.

    class Links(HTMLParser):
        def handle_starttag(self, tag, attrs):
            print(tag, dict(attrs).get("href"))

    Links().feed("<a href=/>here</a>")

Missing: nothing of Python's interface; on broken markup the parts can differ, as they do between Python's versions.
"""

import re
from html import unescape

_NAME = re.compile(r"[^\t\n\r\f />]*")
_ATTRIBUTE = re.compile(r"([^\s/>][^\s/=>]*)(?:\s*=\s*)?")
_FILLING = re.compile(r"(?:\s|/(?!>))*")
_BARE = re.compile(r"[^>\s]*")
_REFERENCE = re.compile(r"&(?:#([0-9]+|[xX][0-9a-fA-F]+)|([a-zA-Z][-.a-zA-Z0-9]*));?")
_REFERENCE_ENDS = re.compile(r"[\s;]")
_LONGEST_REFERENCE = 34  # characters


class HTMLParser:
    """Calls `handle_starttag`, `handle_data` and so on for what it is fed with; what they do is for a class to say.

    References such as `&amp;` become characters, unless `convert_charrefs` is False.
    """

    CDATA_CONTENT_ELEMENTS = ("script", "style")

    def __init__(self, *, convert_charrefs=True):
        self.convert_charrefs = convert_charrefs
        self.reset()

    def reset(self):
        """Forget what was fed."""
        self.rawdata = ""
        self.lasttag = "???"
        self.cdata_elem = None
        self.lineno, self.offset = 1, 0
        self._starttag_text = None

    def feed(self, data):
        """Take in more text; what is not complete yet waits for the rest."""
        self.rawdata += data
        self._read(is_end=False)

    def close(self):
        """Take what waits as it is."""
        self._read(is_end=True)

    def getpos(self):
        """`(line, column)` of the part that is being handled; lines begin at 1, columns at 0."""
        return self.lineno, self.offset

    def get_starttag_text(self):
        """The start tag that was read last, as it was spelt."""
        return self._starttag_text

    def set_cdata_mode(self, elem):
        """Read what follows as text, up to the end tag."""
        self.cdata_elem = elem.lower()

    def clear_cdata_mode(self):
        """Read markup again."""
        self.cdata_elem = None

    def handle_startendtag(self, tag, attrs):
        """`<tag/>`: a start tag and an end tag."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_starttag(self, tag, attrs):
        """`<tag name="value">`: the tag and the names in lower case, `attrs` as pairs. A value can be None."""

    def handle_endtag(self, tag):
        """`</tag>`."""

    def handle_charref(self, name):
        """`&#name;`, if references are not converted."""

    def handle_entityref(self, name):
        """`&name;`, if references are not converted."""

    def handle_data(self, data):
        """Text."""

    def handle_comment(self, data):
        """`<!--data-->`."""

    def handle_decl(self, decl):
        """`<!decl>`, such as the document's type."""

    def handle_pi(self, data):
        """`<?data>`."""

    def unknown_decl(self, data):
        """`<![data]>`."""

    def _read(self, is_end):
        at = 0
        while at < len(self.rawdata):
            mark = self._end_of_text(at, is_end)
            if mark < 0:
                break
            at = self._handle_text(at, mark)
            end = self._read_markup(at) if at < len(self.rawdata) else at
            if end >= 0:
                at = self._advance(at, end)
            elif is_end:
                at = self._handle_text(at, len(self.rawdata))
            else:
                break
        self.rawdata = self.rawdata[at:]

    def _advance(self, start, end):
        """Count lines; returns `end`."""
        lines = self.rawdata.count("\n", start, end)
        if lines:
            self.lineno += lines
            self.offset = end - self.rawdata.rindex("\n", start, end) - 1
        else:
            self.offset += end - start
        return end

    def _end_of_text(self, start, is_end):
        """Where the next markup begins; -1 if the text from here on can't be handled yet."""
        text = self.rawdata
        if self.cdata_elem is not None:
            found = re.compile(rf"</{re.escape(self.cdata_elem)}(?=[\t\n\r\f />])", re.IGNORECASE).search(text, start)
            return found.start() if found else len(text) if is_end else -1
        mark = text.find("<", start)
        if mark >= 0 or is_end:
            return mark if mark >= 0 else len(text)
        last = text.rfind("&", max(start, len(text) - _LONGEST_REFERENCE))
        return len(text) if last < 0 or _REFERENCE_ENDS.search(text, last) else -1

    def _handle_text(self, start, end):
        """Handle text without markup; returns `end`."""
        if self.cdata_elem is None and not self.convert_charrefs:
            for found in _REFERENCE.finditer(self.rawdata, start, end):
                self._handle_data(start, found.start())
                if found[1]:
                    self.handle_charref(found[1])
                else:
                    self.handle_entityref(found[2])
                start = self._advance(found.start(), found.end())
        return self._handle_data(start, end)

    def _handle_data(self, start, end):
        if start < end:
            text = self.rawdata[start:end]
            self.handle_data(unescape(text) if self.cdata_elem is None and self.convert_charrefs else text)
        return self._advance(start, end)

    def _read_markup(self, at):
        """Handle what begins with this `<`; the position behind it, -1 if its end is not there."""
        text = self.rawdata
        if text.startswith("</", at):
            return self._read_end_tag(at)
        if text[at + 1 : at + 2].isalpha():
            return self._read_start_tag(at)
        if text.startswith("<!--", at):
            return self._read_to("-->", at, 4, self.handle_comment)
        if text.startswith("<![", at):
            return self._read_to("]>", at, 3, self.unknown_decl)
        if text.startswith("<!", at):
            return self._read_declaration(at)
        if text.startswith("<?", at):
            return self._read_to(">", at, 2, self.handle_pi)
        if len(text) == at + 1:
            return -1
        self.handle_data("<")
        return at + 1

    def _read_to(self, what, at, skip, handle):
        end = self.rawdata.find(what, at + skip)
        if end >= 0:
            handle(self.rawdata[at + skip : end])
        return end if end < 0 else end + len(what)

    def _read_declaration(self, at):
        text = self.rawdata
        if "<!--".startswith(text[at:]):
            return -1
        is_one = text[at + 2 : at + 9].lower() == "doctype"
        return self._read_to(">", at, 2, self.handle_decl if is_one else self.handle_comment)

    def _read_end_tag(self, at):
        text = self.rawdata
        end = text.find(">", at)
        if end < 0:
            return -1
        if not text[at + 2 : at + 3].isalpha():
            if end > at + 2:
                self.handle_comment(text[at + 2 : end])
            return end + 1
        tag = _NAME.match(text, at + 2)[0].lower()
        self.clear_cdata_mode()
        self.handle_endtag(tag)
        return end + 1

    def _read_start_tag(self, at):
        text = self.rawdata
        name = _NAME.match(text, at + 1)
        found = self._read_attributes(name.end())
        if found is None:
            return -1
        attributes, end, is_whole = found
        self._starttag_text = text[at:end]
        self.lasttag = tag = name[0].lower()
        if is_whole:
            self.handle_startendtag(tag, attributes)
            return end
        self.handle_starttag(tag, attributes)
        if tag in self.CDATA_CONTENT_ELEMENTS:
            self.set_cdata_mode(tag)
        return end

    def _read_attributes(self, at):
        """`(attributes, position behind the tag, whether it ends itself)`; None if the tag's end is not there."""
        text, attributes = self.rawdata, []
        while True:
            at = _FILLING.match(text, at).end()
            if at >= len(text) - 1 and not text.endswith(">"):
                return None
            if text.startswith((">", "/>"), at):
                return attributes, text.index(">", at) + 1, text[at] == "/"
            name = _ATTRIBUTE.match(text, at)
            at = name.end()
            if "=" not in name[0][len(name[1]) :]:
                attributes.append((name[1].lower(), None))
                at = name.end(1)
                continue
            if text.startswith(("'", '"'), at):
                end = text.find(text[at], at + 1)
                if end < 0:
                    return None
                value, at = text[at + 1 : end], end + 1
            else:
                value = _BARE.match(text, at)[0]
                at += len(value)
            attributes.append((name[1].lower(), unescape(value)))
