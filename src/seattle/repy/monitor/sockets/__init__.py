"""UDP, TCP and names as programs see them: `sockets.Sockets` is all network calls of one vessel.

Each call goes the same way: its arguments are read (`ends`), it is admitted or not (`admission`), it waits until
earlier debts are paid (`rates`), it is done (`names`, `udp`, `tcp_listeners`, `tcp_connections`), and charged. What
the kernel answers meanwhile becomes the exception that the program sees in `kernel_answers`.
"""
