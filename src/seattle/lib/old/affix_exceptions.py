"""The reference's exceptions of Affix."""

from affix.errors import (
    AffixArgumentError,
    AffixConfigError,
    AffixError,
    AffixInternalError,
    AffixNotFoundError,
    AffixStackError,
)

__all__ = [
    "AffixArgumentError",
    "AffixConfigError",
    "AffixError",
    "AffixInternalError",
    "AffixNotFoundError",
    "AffixStackError",
]
