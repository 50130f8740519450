"""XML of strangers: what is read, what is refused, and that neither costs more than it is worth."""

import pytest
from tests.lib.conftest import Run

TELL = """
import xmlparse
def tell(text):
    try:
        print(xmlparse.parse(text).to_string())
    except xmlparse.ParseError as error:
        print("refused:", error)
"""

DOCUMENTS = {
    "<a/>": "<a></a>",
    "<?xml version='1.0'?>\n<!-- note -->\n<a x='1' y=\"2\"> <b>1</b> <b/> </a>": '<a x="1" y="2"><b>1</b><b></b></a>',
    "<a>1 &lt; 2 &amp;&amp; 3 &#62; &#x32;</a>": "<a>1 &lt; 2 &amp;&amp; 3 &gt; 2</a>",
    "<a>&amp;lt;</a>": "<a>&amp;lt;</a>",
    "<a><![CDATA[<b>&c;]]></a>": "<a>&lt;b&gt;&amp;c;</a>",
    "<ns:a ns:x='&quot;'>é</ns:a>": '<ns:a ns:x="&quot;">é</ns:a>',
    "<a>one<!-- in between -->two</a>": "<a>onetwo</a>",
}
NO_DOCUMENTS = {
    "": "no element",
    "text": "outside of the root",
    "<a>": "ends within <a>",
    "<a></b>": "does not end <a>",
    "</a>": "does not end nothing",
    "<a/><b/>": "one root",
    "<a><b/>text</a>": "both text and children",
    "<a x='1' x='2'/>": "two attributes x",
    "<a x=1/>": "this is no tag",
    "<a x='<'/>": "this is no tag",
    "<1/>": "this is no tag",
    "<a": "this is no tag",
    "<a>&nbsp;</a>": "an entity that nobody knows",
    "<a>&#0;</a>": "no character",
    "<a>&#xD800;</a>": "no character",
    "<a>&#1114112;</a>": "no character",
    "<a>\0</a>": "characters that XML can't have",
    "<!-- <a/>": "there is no -->",
    "<a><![CDATA[</a>": "there is no ]]>",
}


def test_given_documents_when_parsed_then_they_are_the_same_again(run: Run) -> None:
    told = run(f"{TELL}for text in {list(DOCUMENTS)!r}:\n    tell(text)").splitlines()
    assert told == list(DOCUMENTS.values())


def test_given_what_is_no_document_when_parsed_then_it_is_said_why(run: Run) -> None:
    told = run(f"{TELL}for text in {list(NO_DOCUMENTS)!r}:\n    tell(text)").splitlines()
    assert len(told) == len(NO_DOCUMENTS)
    for said, why in zip(told, NO_DOCUMENTS.values(), strict=True):
        assert said.startswith("refused:")
        assert why in said


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>',
        '<!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<a><!ENTITY x "y"></a>',
    ],
)
def test_given_a_document_that_defines_entities_when_parsed_then_it_is_refused(run: Run, document: str) -> None:
    assert "refused: document types are not read" in run(f"{TELL}tell({document!r})")


@pytest.mark.parametrize(
    "document", ["'<a>' * 200", "'<a>' * 10**6", "'<r>' + '<a/>' * 50_001 + '</r>'", "'<a>' + 'x' * 2**21 + '</a>'"]
)
def test_given_a_document_without_end_when_parsed_then_it_is_refused_at_a_bound(run: Run, document: str) -> None:
    told = run(f"{TELL}tell({document})")
    assert "at most 50000 nodes on 100 levels" in told or "more than 2097152 characters" in told


@pytest.mark.parametrize(
    "document",
    [
        "'<a' + ' ' * 10**6",
        "'<a ' + 'x=\"1\" ' * 10**5",
        "'<a>' + '&' * 10**6",
        "'<a ' + 'x' * 10**6",
        "'<!--' * 10**5",
    ],
)
def test_given_a_document_that_is_hard_to_read_when_parsed_then_it_is_refused_in_no_time(
    run: Run, document: str
) -> None:
    told = run(f"{TELL}began = getruntime()\ntell({document})\nprint(getruntime() - began < 5)")
    assert told.startswith("refused:")
    assert told.endswith("True\n")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("<a>é</a>".encode(), "<a>é</a>"),
        (b"\xef\xbb\xbf<a/>", "<a></a>"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", "<a>é</a>"),
        (b"<a>\xe9</a>", "refused: the document is not utf-8"),
        (b"<?xml version='1.0' encoding='utf-7'?><a/>", "refused: documents are read in UTF-8, ASCII or Latin-1 only"),
    ],
)
def test_given_bytes_when_parsed_then_their_encoding_counts(run: Run, data: bytes, told: str) -> None:
    assert told in run(f"{TELL}tell({data!r})")


def test_given_the_reference_s_names_when_used_then_they_mean_the_same(run: Run) -> None:
    program = """
xmlparse = dy_import_module("xmlparse.r2py")
tree = xmlparse.xmlparse_parse("<a b='c'><d>text</d></a>")
print(tree.tag_name, tree.attributes, [child.tag_name for child in tree.children], tree.children[0].content)
print(isinstance(tree, xmlparse.xmlparse_XMLTreeNode), tree.to_string())
try:
    xmlparse.xmlparse_parse("<a>")
except xmlparse.xmlparse_XMLParseError:
    print("no XML")
"""
    assert run(program).splitlines() == ["a {'b': 'c'} ['d'] text", 'True <a b="c"><d>text</d></a>', "no XML"]
