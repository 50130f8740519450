# Twice what the vessel has.
bytearray(2 * getresources()[0]["memory"])
