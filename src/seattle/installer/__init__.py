"""Getting onto a machine, staying current there, and leaving without a trace.

    standalone/   what runs before anything is installed, and when that is broken: the standard library alone
    bundling.py   a release as one file, of wheels
    statement.py  what an installer says of itself, and who signed that
    building.py   an installer's file, of these two; build_ids.py, what it is called
    setup.py      what a release does on a donor's computer before they are asked
    update.py     the update step: fetch the newest release, unpack it beside, try it, name it as the next
    source.py     where updates come from
    health.py     whether a new version works on this machine, asked of itself before it is switched to

May import: `identity`, `updater`, `node`; `standalone` imports nothing but itself.
"""
