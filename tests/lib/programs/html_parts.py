"""Pages taken apart."""

from html.parser import HTMLParser


class Parts(HTMLParser):
    def handle_starttag(self, tag, attrs):
        print(self.getpos(), "start", tag, attrs, repr(self.get_starttag_text()))

    def handle_endtag(self, tag):
        print(self.getpos(), "end", tag)

    def handle_data(self, data):
        print(self.getpos(), "data", repr(data))

    def handle_comment(self, data):
        print(self.getpos(), "comment", repr(data))

    def handle_decl(self, decl):
        print("decl", decl)

    def handle_pi(self, data):
        print("pi", data)

    def unknown_decl(self, data):
        print("unknown", data)

    def handle_entityref(self, name):
        print("entity", name)

    def handle_charref(self, name):
        print("char", name)


PAGE = """<!DOCTYPE html>
<html lang=en><head><title>A &amp; B</title>
<meta charset="utf-8"/><link rel='stylesheet' href="a.css?x=1&amp;y=2">
<style>p > a { color: red }</style>
<script type="text/javascript">if (a < b && c > d) { document.write("<p>no tag</p>"); }</script></head>
<body class = "big wide" DATA-X=1 hidden>
<!-- a comment -- with <tags> -->
<P>First<BR>second &lt;not a tag&gt; &eacute; &#65;&#x42; & alone &nothing;
<a href="/x?a=1&b=2" title='say "hi"'>link</a>
<input disabled value=bare/><img src=x alt="">
<?php echo 1 ?>
1 < 2 and 3 > 2
</p ></body></html>
"""
parser = Parts()
parser.feed(PAGE)
parser.close()
print("--- in pieces")
parser = Parts()
for start in range(0, 200, 7):
    parser.feed(PAGE[start : min(start + 7, 200)])
parser.close()
print("--- references as they are")
parser = Parts(convert_charrefs=False)
parser.feed("a &amp; b &#65; &#x42; &eacute; end")
parser.close()
