"""SeattleLib's pages, made of its modules' texts.

`python -m docs.site.seattlelib` brings the table in `docs/seattlelib.md` up to date; the page of each module is made
when the site is.
"""

import ast
import html
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LIB: Final = ROOT / "src" / "seattle" / "lib"
TESTS: Final = ROOT / "tests" / "lib"
PAGE: Final = ROOT / "docs" / "seattlelib.md"
OLD: Final = "old"

_TABLE: Final = re.compile(r"(<!-- modules: (?P<kind>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PREFIX_OF_TESTS: Final = "test_lib_"
_MISSING: Final = re.compile("Missing(?!: nothing)")  # what the paragraph begins with that tells what a module lacks
_CODE: Final = re.compile(r"(`+[^`]*`+)")


@dataclass(frozen=True)
class Module:
    """One module of the library."""

    file: Path

    @property
    def name(self) -> str:
        """As `import` has it; of the reference's own, as their file is called."""
        inside = self.file.relative_to(LIB).with_suffix("")
        parts = inside.parts[:-1] if inside.name == "__init__" else inside.parts
        return f"{parts[1]}.r2py" if parts[0] == OLD else ".".join(parts)

    @property
    def kind(self) -> str:
        """`Python`, `Seattle` or `reference`: whose module of this name it is like."""
        if self.name.endswith(".r2py"):
            return "reference"
        return "Python" if self.name.partition(".")[0] in sys.stdlib_module_names else "Seattle"

    @property
    def tree(self) -> ast.Module:
        """What stands in it."""
        return ast.parse(self.file.read_text("utf-8"))

    @property
    def paragraphs(self) -> list[str]:
        """Of its docstring."""
        return (ast.get_docstring(self.tree) or "").split("\n\n")

    @property
    def old_names(self) -> list[str]:
        """The reference's names that it has beside its own."""
        return [
            target.id
            for node in self.tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id.lower().startswith(self.name.replace(".", "_").lower() + "_")
        ]

    @property
    def is_whole(self) -> bool:
        """Whether nothing of its model is missing that it would have to tell."""
        return not any(_MISSING.match(paragraph) for paragraph in self.paragraphs)

    @property
    def tests(self) -> list[Path]:
        """The files and programs that are named for it; where there are none, those that use it."""
        word = self.name.removesuffix(".r2py").replace(".", "_")
        old = f"{OLD}_" if self.kind == "reference" else ""
        names = {f"{_PREFIX_OF_TESTS}{old}{word}", f"{_PREFIX_OF_TESTS}{word}"}
        named = [file for file in _test_files() if file.stem in names]
        named += [file for file in _test_files() if file.parent.name == "programs" and _is_of(file.stem, word)]
        return named or _users(self.name)


@cache
def modules() -> list[Module]:
    """All of them, by name."""
    files = [file for file in LIB.rglob("*.py") if file != LIB / "__init__.py"]
    found = [Module(file) for file in files if ast.get_docstring(ast.parse(file.read_text("utf-8"))) is not None]
    return sorted(found, key=lambda module: module.name.lower())


@cache
def _test_files() -> list[Path]:
    return sorted(TESTS.rglob("*.py"))


def _is_of(program: str, word: str) -> bool:
    return program == word or program.startswith(f"{word}_")


def _users(name: str) -> list[Path]:
    word = re.escape(name)
    uses = re.compile(rf"[\"']{word}[\"']" if name.endswith(".r2py") else rf"\b(import {word}|from {word} import)\b")
    found = [file for file in _test_files() if uses.search(file.read_text("utf-8"))]
    package = name.partition(".")[0]
    return found or [file for file in _test_files() if file.stem.startswith(f"{_PREFIX_OF_TESTS}{package}")]


def fill_in(page: str) -> str:
    """The page with its tables as the modules are now."""
    return _TABLE.sub(lambda region: region[1] + _table(region["kind"]) + region[3], page)


def _table(kind: str) -> str:
    lines = [
        "\n| module | what it is for | status | the reference's names | tests |",
        "| --- | --- | --- | --- | --- |",
    ]
    for module in (one for one in modules() if one.kind == kind):
        link = f"[`{module.name}`](../{module.file.relative_to(ROOT)})"
        status = "whole" if module.is_whole else "in part"
        lines.append(f"| {link} | {in_a_cell(module.paragraphs[0])} | {status} | {_old(module)} | {_tests(module)} |")
    return "\n".join(lines) + "\n\n"


def _old(module: Module) -> str:
    return "itself" if module.kind == "reference" else f"{len(module.old_names) or ''}"


def _tests(module: Module) -> str:
    tests = list(dict.fromkeys(module.tests))
    programs = [file for file in tests if file.parent.name == "programs"]
    named = [file.stem.removeprefix(_PREFIX_OF_TESTS) for file in tests if file not in programs]
    compared = f"{len(programs)} compared with CPython" if programs else ""
    return ", ".join(filter(None, [", ".join(f"`{name}`" for name in named), compared]))


def in_a_cell(paragraph: str) -> str:
    """The paragraph as the cell of a table takes it."""
    return " ".join(paragraph.split()).replace("|", "\\|")


def page_of(module: Module) -> str:
    """The reference page of one module."""
    return "\n".join([f"# `{module.name}`\n", *(f"{_plain(one)}\n" for one in module.paragraphs), *_members(module)])


def _members(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        match node:
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                yield from _entry(f"{name}({_signature(node)})", node, "##")
            case ast.ClassDef(name=name) if not name.startswith("_"):
                yield from _entry(f"class {name}{_bases(node)}", node, "##")
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                        yield from _entry(f"{name}.{inner.name}({_signature(inner, method=True)})", inner, "###")
            case _:
                pass
    if module.old_names:
        yield "## The reference's names\n"
        yield ", ".join(f"`{name}`" for name in module.old_names) + "\n"


def _entry(title: str, node: ast.FunctionDef | ast.ClassDef, level: str) -> Iterator[str]:
    yield f"{level} `{title}`\n"
    text = ast.get_docstring(node)
    if text:
        yield re.sub(r"^(Args|Returns|Raises|Yields):$", r"\n**\1**\n", _plain(text), flags=re.MULTILINE) + "\n"


def _plain(text: str) -> str:
    """A docstring's text, in which what looks like HTML is meant as it stands, also in code."""
    return "".join(map(_plain_part, _CODE.split(text)))


def _plain_part(text: str) -> str:
    if "<" not in text:
        return text
    return f"<code>{html.escape(text.strip('`'))}</code>" if text.startswith("`") else html.escape(text, quote=False)


def _signature(node: ast.FunctionDef, *, method: bool = False) -> str:
    text = ast.unparse(node.args)
    return re.sub(r"^(self|cls)(, )?", "", text) if method else text


def _bases(node: ast.ClassDef) -> str:
    return f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""


if __name__ == "__main__":
    PAGE.write_text(fill_in(PAGE.read_text("utf-8")), encoding="utf-8")
