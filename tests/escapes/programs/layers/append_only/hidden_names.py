# Ask the context for what it hides.
try:
    _context["__builtins__"]["openfile"]("diary.txt", False).writeat("X", 0)
except ValueError:
    pass
_context.clear()
open("diary.txt", "r+").write("X")
