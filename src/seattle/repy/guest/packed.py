"""The library's texts and code, packed: what a nursery holds is a part of every vessel's memory.

A program wants a few modules of many, and unpacks those.
"""

import marshal
import zlib
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType
from typing import Final

_QUICK: Final = 1  # zlib's level, for the texts, which each nursery packs; the code is packed once and kept


class PackedTexts(Mapping[str, str]):
    """Texts by name."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        self._packed = {name: zlib.compress(text.encode(), _QUICK) for name, text in texts}

    def __getitem__(self, name: str) -> str:
        return zlib.decompress(self._packed[name]).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


def pack(code: CodeType) -> bytes:
    """The code of a module, packed."""
    return zlib.compress(marshal.dumps(code), zlib.Z_BEST_COMPRESSION)


def unpack(packed: bytes) -> CodeType:
    """The code again. For what `pack` returned alone: anything else could crash the interpreter."""
    code: CodeType = marshal.loads(zlib.decompress(packed))  # noqa: S302 - see above
    return code
