"""Staying current: releases that are published, and nodes that fetch them, by The Update Framework (TUF).

Whoever serves the files, and whoever stands between, can keep news from a node for as long as metadata lasts, and
nothing else: what is installed was signed by as many of the release managers as the root says. The library `tuf` does
the checking; here is who signs what, where files lie, and how much a mirror may send.

May import: `identity`. The node, the site and the `seattle` command import this.
"""
