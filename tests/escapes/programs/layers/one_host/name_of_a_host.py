# Whoever looks up names talks to name servers, in names of his choice.
gethostbyname("secret.example.org")
