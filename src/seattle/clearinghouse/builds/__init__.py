"""Installers that are built for planners: whose the vessels of a computer will be, signed, in one file for donors.

`layout.py` says which layouts can be built, `services.py` writes them down, a worker signs them (`worker/signing.py`),
and `installers.py` makes the files: the site has no key, so it can neither change what was signed nor sign anything.
`release.py` is the version that they carry.

A private key is in no row here. Pairs that are made on the server are told once, in the answer to who asked for them.
"""
