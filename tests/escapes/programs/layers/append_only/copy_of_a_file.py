# A copy may be looser than the original.
import copy

file = openfile("diary.txt", False)
try:
    copy.deepcopy(file)
    print("LEAKED")
except TypeError:
    copy.copy(file).writeat("X", 0)
