"""The first program: it says who it is and what it was given."""

print("Hello from", getthreadname(), "with", callargs)
