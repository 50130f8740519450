"""The status page: what `seattle node page` shows in a browser on the same computer. Read-only.

A process of its own, which asks the daemon over the control socket: whatever a browser, or another user of this
computer, sends to a port of loopback never reaches the daemon. `guard.py` decides who is answered at all, `app.py`
knows the pages, `models.py` makes of the daemon's answers what `templates/` show, `server.py` serves; in
`connections.py` those that ask for nothing give way.

May import: `seattle.node` above it. Nothing of the daemon imports this.

Promises:
* Only requests that name this computer (no rebound DNS name) and know the token are answered.
* Nothing is changed by any request, and no page needs a script.
* Whatever strangers wrote is text: escaped, and with its control characters shown.
"""
