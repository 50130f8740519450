"""The worker: loops that drive nodes to what the database says. Only this process holds a private key.

    main.py        the process: its connection, its loops, the enrolment service
    config.py      its own settings, apart from the site's
    visits.py      one visit to one node, for which there are scene.py, duties.py (what somebody waits for), looks.py
    survey.py      what a node's answer means, as a pure function: rows and report in, steps out
    dividing.py    a donation into units, so that a crash at any point is mended by the next visit
    cleaning.py    a vessel that was somebody's into one that is provably nobody's
    chores.py      what is done by the clock: leases that end, warnings, heartbeat, trimming
    cut_offs.py    keys that are to be of no use anywhere
    signing.py     builds of installers, checked anew and signed
    calls.py       hearing that there is work, so that nobody waits for the next look
    admissions.py  who may enrol in the fabric, from the database

Any number of workers run side by side on PostgreSQL: a node is visited by whoever has claimed its row, and a claim ends
by itself when its worker does not. Each step may be repeated; what was done twice is done once.
"""
