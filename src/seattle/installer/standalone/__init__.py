"""What works where nothing is installed: the standard library alone, imported relatively.

The same files run from inside the installer's file, from `supervisor.pyz` in a home, and as part of the package.

    loader.py        an installer's file: what it begins with, and that there is one, to the byte, that its parts make
    offer.py         the same file read, and checked as far as digests go
    installing.py    what `sh FILE` does; services.py, what keeps it running then; record.py, what it put elsewhere
    commands.py      `seattle-node`; uninstalling.py, leaving without a trace
    pythons.py       what an interpreter is, and which of this machine's would do
    environments.py  an environment of one version: what `venv` makes, and how it is mended
    wheels.py        a wheel into an environment
    bundles.py       one release as a file: checked, and unpacked whole or not at all
    versions.py      the home of an installation: which version is current, on trial, refused
    child.py         the daemon as a process: begun, ready, ended
    mending.py       what takes memory, and so is done in processes that end: another interpreter, copies, packing
    guarding.py      how a supervisor becomes its successor without risk
    asking.py        its control socket
    locks.py         who holds a lock
    journal.py       the log
    supervisor.py    the small process that is the service: keeps the daemon up, switches versions, goes back
    bounds.py        how patient it is; codes.py, how an update step ends
    durable.py       files and links that are there whole or not at all; archives.py, zips that are always the same
"""
