"""Who takes up how much of something that all share."""

from collections.abc import Iterable


class Shares:
    """Bytes by key. As many keys as have any."""

    def __init__(self, shares: Iterable[tuple[str, int]]) -> None:
        self._bytes = dict(shares)
        self.total = sum(self._bytes.values())

    def add(self, key: str, count: int) -> None:
        """Give a key so many bytes more, or fewer."""
        self.total += count
        left = self._bytes.get(key, 0) + count
        if left > 0:
            self._bytes[key] = left
        else:
            self._bytes.pop(key, None)

    def heaviest(self) -> list[str]:
        """All keys, that with most bytes first."""
        return sorted(self._bytes, key=self._bytes.__getitem__, reverse=True)
