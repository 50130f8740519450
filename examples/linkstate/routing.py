"""The arithmetic of link-state routing: shortest paths on a map of links. No network, so that it can be tried alone."""

import heapq


def shortest_paths(links, start):
    """Dijkstra: for each node that can be reached, its (cost, first hop) as seen from `start`.

    `links` has a dict for each node: its neighbours and what the link to each costs. A link counts if both of its ends
    tell of it. Of two equal paths the one with the lower first hop is taken, so that all agree.
    """
    best = {}
    candidates = [(0, start, start)]  # cost, first hop, node
    while candidates:
        cost, hop, node = heapq.heappop(candidates)
        if node in best:
            continue
        best[node] = (cost, hop)
        for neighbour, more in links.get(node, {}).items():
            if neighbour not in best and node in links.get(neighbour, {}):
                heapq.heappush(candidates, (cost + more, neighbour if node == start else hop, neighbour))
    return best


def parse_links(text):
    """The pairs of a file with two numbers a line; the first of a pair opens the connection."""
    return [tuple(map(int, line.split())) for line in text.splitlines() if line.strip()]


def neighbours_of(pairs, node):
    """All who share a link with a node."""
    return sorted({other for pair in pairs if node in pair for other in pair if other != node})
