"""The reference's exceptions of Affix."""
