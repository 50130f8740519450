"""A DNS server for names that programs announce: `seattle run --on NODE/VESSEL name_server.py -- lab.example -p PORT`.

PORT is one of that vessel's UDP ports. A program that calls `advertise.announce("A here.lab.example", getmyip(), 600)`
is found then by `dig @ADDRESS -p PORT here.lab.example`.
"""

import zenodotus

zenodotus.main(callargs)
