# Write to a file of the donor's whose path is known.
open(callargs[0], "w").write("was here")
