"""The same job as other tools do it: each a program that says `ready`, and does it for each `go` on its stdin.

The job: put `hello.py` into a hundred places of this machine, run it in each as a process, and show all output. The
command line's last words are the program, the number of places and a folder for them.
"""
