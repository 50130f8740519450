"""What a donor's policy looks at, a file for each: functions that read this computer, beneath a root that is given.

A reader returns a `Reading`. What can't be read is said to be unknown, and why; it is never guessed.
"""
