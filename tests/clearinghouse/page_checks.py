"""What must hold for every page, as HTML: read by a parser, with no browser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

_CONTROLS = {"input", "select", "textarea"}
_NAMED_BY_TEXT = {"button", "a", "summary"}


@dataclass
class _Named:
    tag: str
    id: str
    text: str = ""


@dataclass
class PageReader(HTMLParser):
    """Finds what is wrong with a page; `wrong` is in words, and empty if all is well."""

    wrong: list[str] = field(default_factory=list)
    _levels: list[int] = field(default_factory=list)
    _open: list[_Named] = field(default_factory=list)
    _labelled: set[str] = field(default_factory=set)
    _unnamed: list[tuple[str, str]] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)
    _in_label: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        for name in values:
            if name == "style" or name.startswith("on"):
                self.wrong.append(f"<{tag}> has the attribute {name}, which the security policy forbids")
        if tag == "style" or (tag == "script" and "src" not in values):
            self.wrong.append(f"<{tag}> is in the page itself, which the security policy forbids")
        if "id" in values:
            if values["id"] in self._ids:
                self.wrong.append(f"the id {values['id']} is there twice")
            self._ids.add(values["id"])
        if tag in ("h1", "h2", "h3", "h4"):
            self._levels.append(int(tag[1]))
        if tag == "label":
            self._in_label += 1
            self._labelled.add(values.get("for", ""))
        named = "aria-label" in values or "aria-labelledby" in values
        if tag in _CONTROLS and values.get("type") != "hidden" and not named and not self._in_label:
            self._unnamed.append((tag, values.get("id", "")))
        if tag == "img" and "alt" not in values:
            self.wrong.append("an <img> has no alt")
        if tag in _NAMED_BY_TEXT and not named:
            self._open.append(_Named(tag, values.get("id", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._in_label -= 1
        if self._open and self._open[-1].tag == tag and not self._open.pop().text.strip():
            self.wrong.append(f"a <{tag}> has no name")

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.text += data

    def finish(self) -> list[str]:
        self.wrong += [f"<{tag} id={name}> has no label" for tag, name in self._unnamed if name not in self._labelled]
        if self._levels.count(1) != 1:
            self.wrong.append(f"there are {self._levels.count(1)} <h1>")
        for earlier, later in zip(self._levels, self._levels[1:], strict=False):
            if later > earlier + 1:
                self.wrong.append(f"<h{later}> follows <h{earlier}>")
        return self.wrong


def what_is_wrong(html: str) -> list[str]:
    """With a page, by what a parser can see of it."""
    reader = PageReader()
    reader.feed(html)
    reader.close()
    return reader.finish()
