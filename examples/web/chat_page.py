"""One user's page of a chat, for a browser: shows what is said, and says what is typed.

    chat_page.py SERVER_IP:PORT NAME [plain | reversed | pig-latin] [PORT]

Prints `NAME's page is at http://IP:PORT/`. The page shows all lines in the user's own way, which is plain, reversed or
Pig Latin with a hyphen; what is typed there is taken to be written in that way, too, and is sent in plain. Names are
left as they are. Ends when it is stopped, or the server is gone.
"""

import html
import socket
import threading

import rendezvous
from simple_http import serve
from translations import TRANSLATIONS

MOST_LINES = 200
LONGEST = 500  # characters

server, name, *rest = callargs
way = rest[0] if rest and rest[0] in TRANSLATIONS else "plain"
show, understand = TRANSLATIONS[way]
port = int(rest[-1]) if rest and rest[-1].isdecimal() else rendezvous.own_port()
lines = []


def listen():
    """Keep what is said, in the user's way."""
    for line in connection.makefile(encoding="utf-8"):
        who, _colon, said = line.rstrip("\n").partition(": ")
        lines.append(f"{who}: {show(said)}")
        del lines[:-MOST_LINES]
    print("the server is gone")
    exitall()


def answer(request):
    if request.path != "/":
        return 404, "text/plain", "this server has one page: /\n"
    if request.method == "POST":
        said = " ".join(understand(request.fields.get("say", "")).split())[:LONGEST]
        if said:
            connection.sendall(said.encode() + b"\n")
    items = "".join(f"<li>{html.escape(line)}</li>" for line in list(lines))
    form = (
        '<form method="post"><label>Your line <input name="say" autofocus></label> <button>Say</button> '
        '<a href="/">Look again</a></form>'
    )
    return 200, "text/html; charset=utf-8", f"<!DOCTYPE html><title>Chat</title><h1>{name}</h1><ul>{items}</ul>{form}\n"


connection = socket.create_connection(rendezvous.parse_place(server))
connection.sendall(name.encode() + b"\n")
threading.Thread(target=listen).start()
ip = getmyip()
print(f"{name}'s page is at http://{ip}:{port}/")
serve(ip, port, answer)
