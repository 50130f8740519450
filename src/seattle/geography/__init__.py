"""Where addresses are, from data that comes with packages: nothing is asked of anybody.

`locations.py` tells country, network and coordinates of an address, `distances.py` how far apart two places are, in km
and in milliseconds of a round trip.

May import: nothing of Seattle. Promises: a private address is nowhere, and nothing is made up for one.
"""
