"""A server of announcements for a laboratory without a testbed: values under keys, which live for some time.

Start it by `repy advertise_server.py [-v] [PORT]`, or on one vessel by `seattle run advertise_server.py`. It prints
where it listens, and with `-v` who announces what. Programs use it after `advertise.use("central", IP, PORT)`.
"""

import advertiseserver_v2

advertiseserver_v2.main(callargs)
