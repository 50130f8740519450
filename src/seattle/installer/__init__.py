"""Getting onto a machine, staying current there, and leaving without a trace.

    standalone/   what runs before anything is installed, and when that is broken: the standard library alone
    update.py     the update step: fetch the newest release, unpack it beside, try it, name it as the next
    health.py     whether a new version works on this machine, asked of itself before it is switched to

May import: `identity`, `updater`, `node`; `standalone` imports nothing but itself.
"""
