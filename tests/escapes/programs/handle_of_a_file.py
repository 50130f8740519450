# Handles are numbers; other numbers may be somebody else's.
f = openfile("mine", True)
f.the__handle = 1
