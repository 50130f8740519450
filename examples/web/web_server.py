"""A web server: the vessel's files, a listing of them at `/`, and a wall on which visitors write.

    seattle get 1
    seattle put index.html
    seattle run examples/web/web_server.py

Prints `serving at http://IP:PORT/` and one line for each request. An argument is the port, instead of the vessel's
own. `/thewall.html` shows the comments; `/thewall.html?name=Ada&comment=hello` adds one, of letters and digits only.
Ends when it is stopped.
"""

import html
import mimetypes

import rendezvous
from simple_http import serve

WALL = "/thewall.html"
MOST_COMMENTS = 100
LONGEST_WORD = 200  # characters of a name or a comment

comments = []
lock = createlock()  # a file can be open once only, and many may want the same


def answer(request):
    status, kind, body = page(request)
    print(request.method, request.path, status)
    return status, kind, body


def page(request):
    if request.path == "/":
        return 200, "text/html", document("Files", listing())
    if request.path == WALL:
        return 200, "text/html", document("The wall", wall(request.fields))
    name = request.path[1:]
    try:
        with lock, open(name, "rb") as file:
            return 200, mimetypes.guess_type(name)[0] or "application/octet-stream", file.read()
    except (FileNotFoundError, RepyArgumentError):
        return 404, "text/html", document("Not found", f"<p>There is no {html.escape(request.path)} here.</p>")


def listing():
    names = sorted({*listfiles(), WALL[1:]})
    items = "".join(f'<li><a href="/{html.escape(name)}">{html.escape(name)}</a></li>' for name in names)
    return f"<ul>{items}</ul>"


def wall(fields):
    """The wall; what was written on it by this very request is there already, or why it is not."""
    said = ""
    if fields:
        name, comment = fields.get("name", ""), fields.get("comment", "")
        if is_word(name) and is_word(comment):
            comments.append((name, comment))
            del comments[:-MOST_COMMENTS]
        else:
            said = "<p>A name and a comment have letters and digits, and nothing else.</p>"
    items = "".join(f"<li>{name}: {comment}</li>" for name, comment in list(comments))
    form = (
        '<form><label>Name <input name="name"></label> <label>Comment <input name="comment"></label> '
        "<button>Write</button></form>"
    )
    return f"{said}<ul>{items}</ul>{form}"


def is_word(text):
    return text.isascii() and text.isalnum() and len(text) <= LONGEST_WORD


def document(title, body):
    return f"<!DOCTYPE html><html lang=en><title>{title}</title><h1>{title}</h1>{body}</html>\n"


ip, port = getmyip(), int(callargs[0]) if callargs else rendezvous.own_port()
print(f"serving at http://{ip}:{port}/")
serve(ip, port, answer)
