"""What makes a site of the pages: files outside `docs/` that pages link to are part of it, in the folder `project/`."""

import posixpath
import re
import sys
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT: Final = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # what builds the site has another path

from docs.site import seattlelib  # noqa: E402 - the line above lets it be found

OUTSIDE: Final = "project"
_LINK: Final = re.compile(r"(\]\()([^)#\s]+)((?:#[^)]*)?\))")
_FENCE: Final = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_IN_THE_NAVIGATION: Final = ("README.md", "ARCHITECTURE.md", "SECURITY.md", "CHANGELOG.md")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of SeattleLib's modules, and what is linked to, starting from what the navigation names."""
    for module in seattlelib.modules():
        files.append(File.generated(config, _page_of(module), content=seattlelib.page_of(module)))
    waiting = [ROOT / name for name in _IN_THE_NAVIGATION]
    waiting += [target for page in sorted((ROOT / "docs").glob("*.md")) for target in _targets(page)]
    seen: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in seen or path.is_relative_to(ROOT / "docs") or not path.is_file():
            continue
        seen.add(path)
        files.append(File.generated(config, f"{OUTSIDE}/{path.relative_to(ROOT)}", abs_src_path=str(path)))
        if path.suffix == ".md":
            waiting += _targets(path)
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have links lead to where their targets are in the site."""
    del config
    place = page.file.src_uri
    source = ROOT / place.removeprefix(f"{OUTSIDE}/") if place.startswith(f"{OUTSIDE}/") else ROOT / "docs" / place

    def moved(link: re.Match[str]) -> str:
        path = _target(source, link[2])
        if path is None or not path.is_relative_to(ROOT):
            return link[0]
        if path.is_relative_to(seattlelib.LIB):
            return f"{link[1]}{_page_of(seattlelib.Module(path))}{link[3]}"
        inside = path.relative_to(ROOT)
        where = str(inside.relative_to("docs")) if inside.parts[:1] == ("docs",) else f"{OUTSIDE}/{inside}"
        if path.is_dir():
            where = f"{where}/README.md"
        if files.get_file_from_path(where) is None:
            return link[0]  # which leads nowhere, and is an error
        return f"{link[1]}{posixpath.relpath(where, posixpath.dirname(place))}{link[3]}"

    parts = _FENCE.split(markdown)
    return "".join(part if part.startswith("```") else _LINK.sub(moved, part) for part in parts)


def _page_of(module: seattlelib.Module) -> str:
    return f"seattlelib/{module.name}.md"


def _targets(page: Path) -> list[Path]:
    text = "".join(part for part in _FENCE.split(page.read_text("utf-8")) if not part.startswith("```"))
    found = [_target(page, link[2]) for link in _LINK.finditer(text)]
    return [path / "README.md" if path.is_dir() else path for path in found if path is not None and path.exists()]


def _target(source: Path, link: str) -> Path | None:
    """The file that a link in a page leads to; None for one to elsewhere."""
    return None if ":" in link else (source.parent / link).resolve()
