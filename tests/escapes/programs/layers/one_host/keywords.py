# Arguments by name may pass by the checks.
sendmessage(destip="127.0.0.2", destport=PORT, message="hello", localip="127.0.0.1", localport=PORT)
