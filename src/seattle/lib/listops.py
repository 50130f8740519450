"""Lists as sets that keep their order: what is in both, in either, in one only. The items may be anything.

Missing: nothing. Items that have a hash are found by it, so that long lists take no time.
"""


def uniq(items):
    """The items, each once."""
    try:
        return list(dict.fromkeys(items))
    except TypeError:  # some of them have no hash
        found = []
        for item in items:
            if item not in found:
                found.append(item)
        return found


def union(first, second):
    """What is in either list, each once."""
    return uniq([*first, *second])


def intersect(first, second):
    """What is in both lists, each once."""
    others = _searchable(second)
    return [item for item in uniq(first) if item in others]


def difference(first, second):
    """What is in the first list and not in the second, each once."""
    others = _searchable(second)
    return [item for item in uniq(first) if item not in others]


class _Searchable:
    """Items to look others up in, some of which may have no hash."""

    def __init__(self, items):
        self._plain = [item for item in items if not _has_hash(item)]
        self._hashed = {item for item in items if _has_hash(item)}

    def __contains__(self, item):
        if item in self._plain:
            return True
        return item in (self._hashed if _has_hash(item) else list(self._hashed))


def _searchable(items):
    return _Searchable(list(items))


def _has_hash(item):
    try:
        hash(item)
    except TypeError:
        return False
    return True


listops_uniq = uniq
listops_union = union
listops_intersect = intersect
listops_difference = difference
