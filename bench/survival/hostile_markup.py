"""Hostile markup: what nests, never ends, lies outside of any standard, or is far too large."""

import random
from collections.abc import Iterable
from functools import partial
from itertools import pairwise

from bench.survival.corpus import (
    PARAGRAPHS,
    SENTENCES,
    Content,
    Hostile,
    Table,
    at_start,
    before,
    behind,
    between,
    in_head,
    inside,
    listed,
    page,
    whole,
)
from bench.survival.mutations import mutated


def _deep(tag: str, depth: int, article: str = PARAGRAPHS) -> str:
    name = tag.split()[0]
    return page(f"<{tag}>" * depth + article + f"</{name}>" * depth)


def _wrapped(start: str, end: str = "") -> str:
    return page(start + PARAGRAPHS + end)


def _heaps(*makers: tuple[str, int]) -> Iterable[Content]:
    """Pieces of markup many times over, made when they are needed."""
    return [partial(str.__mul__, piece, times) for piece, times in makers]


def _broken(seed: str) -> str:
    """The story, as the fuzzer leaves it under a seed."""
    return mutated(page(PARAGRAPHS * 3), random.Random(seed), most=9)


LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghij"))
SECRET = "file:///etc/hostname"
STRICT = '"-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"'

NESTING: Table = [
    ("article nested deep", "kept", whole, [partial(_deep, "div", depth) for depth in (254, 1_000, 2_000)]),
    ("tags nested beyond the parser", "too_deep", whole, [partial(_deep, tag, 2_100) for tag in ("div", "b",
        "section")]),
    ("fifty thousand levels", "too_deep", whole, [partial(_deep, "div", 50_000), partial(_deep, "i", 50_000)]),
    ("deep markup before the article", "kept", before, ["<div>" * 2_000 + "</div>" * 2_000, "<div>" * 300]),
    ("tables nested in tables", "record|too_deep|extract_error", whole, [partial(_deep, "table><tr><td",
        depth) for depth in (20, 200)]),
    ("lists nested in lists", "record|too_deep|extract_error", whole,
        [page(f"{PARAGRAPHS}{'<ul><li>An item in a list' * n}") for n in (100, 300, 900)]),
    ("quotations nested in quotations", "record", whole, [partial(_deep, "blockquote", 200), partial(_deep, "q",
        300)]),
    ("inline tags never closed", "kept", before, ["<b><i><font>" * 100, "<b>" * 300, "<span><em><u><s><tt>" * 60]),
    ("inline tags closed in the wrong order", "kept", inside, ["<b><i></b></i>" * 1_000,
        "<b><p><i></b></p></i>x" * 50]),
    ("links inside links", "record", inside, ['<a href="/">x' * 300, '<a href="/"><a href="/"></a></a>' * 500]),
    ("forms inside forms", "kept", before, ["<form>" * 300, "<form><input><form></form>" * 500]),
    ("article in a form", "kept", whole, [_wrapped("<form method=post>", "</form>")]),
    ("ten thousand options", "kept", before, ["<select>" + "<option>Alder" * 10_000 + "</select>"]),
    ("select never closed", "kept|record|no_text", before, ["<select><option>Alder",
        "<select><optgroup><optgroup><option>"]),
    ("vector graphics nested deep", "kept", before, ["<svg>" + "<g>" * 1_000 + "</g>" * 1_000 + "</svg>"]),
    ("HTML in vector graphics", "kept", before,
        ["<svg><foreignObject><div>Chart</div></foreignObject><title>Map</title></svg>"]),
    ("style in vector graphics never closed", "record|no_text", before, ["<svg><style><p></svg>"]),
    ("graphics never closed", "kept", before, ["<svg><path d='", "<svg><g><path>", "<math><mi>"][1:]),
    ("formulas nested deep", "kept", behind,
        ["<math>" + "<mrow>" * 800 + "<mi>x</mi>" + "</mrow>" * 800 + "</math>"]),
    ("templates in templates", "kept", before, ["<template>" * 200 + "<p>Card</p>" + "</template>" * 200]),
    ("article in a template", "record|no_text", whole, [_wrapped("<template shadowrootmode=open>", "</template>")]),
    ("article in noscript", "record|no_text", whole, [_wrapped("<noscript>", "</noscript>"), _wrapped("<noscript>")]),
    ("article in srcdoc of a frame", "no_text|record", whole,
        [f"<html><body><iframe srcdoc='{PARAGRAPHS}'></iframe></body></html>"]),
    ("frames in frames", "kept", before, ["<iframe src=a>" * 200 + "</iframe>" * 200]),
    ("buttons, labels and fieldsets", "kept", before, ["<fieldset><legend><label><button>" * 150]),
    ("definition lists by the thousand", "kept", behind, ["<dl>" + "<dt>Alder<dd>A village" * 500 + "</dl>"]),
    ("ruby in ruby", "record", inside, ["<ruby>川<rp>(<rt>かわ<rp>)" * 50 + "</ruby>"]),
    ("paragraphs in paragraphs", "kept", before, ["<p>" * 3_000]),
    ("items outside of any list", "record", whole, [page("".join(f"<li>{sentence}" for sentence in SENTENCES))]),
    ("cells outside of any table", "record", whole, [page("".join(f"<td>{sentence}" for sentence in SENTENCES))]),
    ("text between the rows of a table", "record", whole,
        [page("<table><tr>" + "".join(f"{s}<td></td><p>" for s in SENTENCES) + "</table>")]),
    ("headings in headings", "kept", before, ["<h1><h2><h3><h4>" * 20 + "</h1>" * 80]),
    ("details, dialogs and slots", "kept", whole, [_wrapped("<details><summary>More</summary>", "</details>"),
        _wrapped("<dialog open><slot>")]),
    ("tags of the nineties", "kept", whole, [_wrapped("<center><font size=7><marquee><blink><nobr>"),
        _wrapped("<big><tt><strike>")]),
    ("custom and unknown tags", "kept", whole, [_wrapped("<x-article><foo:bar><Überschrift>", "</x-article>"),
        _wrapped("<amp-body>")]),
    ("fallback of an object", "record|no_text", whole, [_wrapped("<object data=x><embed>", "</object>"),
        _wrapped("<video><audio>")]),
]  # fmt: skip

BROKEN: Table = [
    ("tag that swallows the rest as text", "record|no_text", before, ["<plaintext>", "<xmp>", "<listing>"]),
    ("text field never closed", "record|no_text", before, ["<textarea>", "<input><textarea><p>"]),
    ("title never closed", "kept|record|no_text", whole, [page().replace("</title>", ""), page(before="<title>")]),
    ("script never closed", "no_text", before, ["<script>", "<script>'</scrip>'", "<style>p{"]),
    ("script that writes its own end", "kept", before, ["<script>'<script><!--</script>'</script>",
        "<script><!-- <script> --></script>"]),
    ("script closed by itself", "record|no_text", before, ["<script src=x />", "<style/>", "<iframe />"]),
    ("blocks closed by themselves", "kept", before, ["<div/><p/><a/><span/>" * 50, "<b/>" * 200]),
    ("comment never closed", "no_text", before, ["<!-- and so on", "<!-- -- > ->"]),
    ("comment never closed behind the article", "kept", behind, ["<!-- and so on", "<!--", "<!"]),
    ("comment with an unusual end", "kept", before, ["<!-- a --!>", "<!-->", "<!--->", "<!-- a -- b -->",
        "<!-- <!-- -->"]),
    ("conditional comment", "kept", before, ["<!--[if IE]><p>Get a browser.</p><![endif]-->",
        "<![if !IE]><p></p><![endif]>"]),
    ("comment of five megabytes", "kept", before, _heaps(("<!--" + "note " * 1_000_000 + "-->", 1))),
    ("a thousand comments in a sentence", "kept", inside, ["<!-- x -->" * 1_000]),
    ("CDATA", "kept", between, ["<![CDATA[ x ]]>", "<![CDATA[ <p> ", "]]>"][::2]),
    ("CDATA never closed", "record|no_text", between, ["<![CDATA[ <b>"]),
    ("processing instruction", "kept", between, ["<?php echo '?>'; ?>", "<?xml-stylesheet href='x'?>",
        "<?" + "x" * 9_000 + ">"]),
    ("template of a server left in place", "kept", before, ["<%= render %>", "{{#each}}{{/each}}",
        "<jsp:include page='x'/>", "<cfif>"]),
    ("entities that grow tenfold", "kept", at_start, [f"<!DOCTYPE html [{LAUGHS}]>\n<html>"]),
    ("entity expanded ten thousand million times", "kept", whole, [page(f"{PARAGRAPHS}<p>&j;</p>",
        start=f"<!DOCTYPE html [{LAUGHS}]>\n<html>")]),
    ("entity from a file", "kept", whole, [page(f"{PARAGRAPHS}<p>&x;</p>",
        start=f'<!DOCTYPE html [<!ENTITY x SYSTEM "{SECRET}">]>\n<html>')]),
    ("definition from elsewhere", "kept", at_start, [f'<!DOCTYPE html SYSTEM "{SECRET}">\n<html>',
        '<!DOCTYPE html SYSTEM "http://127.0.0.1:9/x.dtd">\n<html>']),
    ("parameter entities", "kept", at_start, [f'<!DOCTYPE html [<!ENTITY % a SYSTEM "{SECRET}"> %a; %a;]>\n<html>']),
    ("doctype cut short", "kept", at_start, ["<!DOCTYPE\n<html>", "<!DOCTYPE html PUBLIC \"\n<html>",
        "<!doctype>\n<html>"][::2]),
    ("doctype of many lines, twice, or behind the start", "kept", at_start,
        [f"<!DOCTYPE html PUBLIC\n{STRICT}\n>\n<html>", "<!DOCTYPE html><!DOCTYPE html>\n<html>",
        "<html><!DOCTYPE html>"]),
    ("doctype of a megabyte", "kept", at_start, [lambda: f"<!DOCTYPE html {'x' * 1_000_000}>\n<html>"]),
    ("XML declaration", "kept", at_start,
        [f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html PUBLIC {STRICT}>\n<html>',
        '<?xml version="9.9" encoding="none"?><html>']),
    ("XHTML with prefixes", "record|no_text", whole,
        [f'<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:body>{PARAGRAPHS.replace("<p>", "<h:p>").replace("</p>", "</h:p>")}</h:body></h:html>']),  # noqa: E501

    ("namespaces nobody declared", "kept", before, ["<o:p></o:p><st1:place w:st='on'>Alder</st1:place>",
        "<fb:like/><g:plusone>"]),
    ("feed or other XML in place of a page", "record|no_text", whole,
        ['<?xml version="1.0"?><rss><channel><item><description>' + " ".join(SENTENCES) + "</description></item></channel></rss>"]),  # noqa: E501

    ("attribute never closed", "record|no_text|kept", before, ['<a href="x>link</a>', "<img alt='",
        '<div class="a" id="'][:2]),
    ("attribute never closed at the end", "kept", behind, ['<a href="x', "<div class='", "<p", "</", "<"]),
    ("end of the document in its middle", "kept", between, ["</html>", "</body></html>",
        "</body></html><html><body>"]),
    ("two bodies, two heads", "kept", before, ["<body><head><body class=x>", "</body><body>",
        "<head><title>Other</title></head>"]),
    ("frameset", "no_text", whole,
        ['<html><frameset cols="50%,50%"><frame src="a.html"><noframes></noframes></frameset></html>']),
    ("frameset behind the text", "record|no_text|kept", behind, ["<frameset><frame></frameset>"]),
    ("article in noframes", "record|no_text", whole,
        [f"<html><frameset><frame src=a><noframes><body>{PARAGRAPHS}</body></noframes></frameset></html>"]),
    ("everything closed that was never open", "kept", between, ["</div></article></section></main>" * 50,
        "</b></p></br></td></option>" * 50]),
    ("only closing tags", "no_text", whole, ["</p></div></html>" * 500]),
    ("page cut anywhere", "record|no_text", whole, [page()[:n] for n in (7, 60, 200, 400)]),
    ("tag inside a tag", "kept|record", between, ["<p <p <p", "<div <span>x</span>", "<<<p>>>", "<p<b>"]),
    ("names of tags nobody would choose", "kept", before, ["<dïv>", "<p-\U0001f600>", "<h7>", "<:>", "<a:b:c>",
        "<1>"]),
    ("name of a tag of a megabyte", "kept", before, [lambda: f"<{'x' * 1_000_000}>"]),
]  # fmt: skip

FROM_A_FUZZER: Table = [
    ("end of the document inside its head", "kept", in_head, ["</html>", "</head></html>", "</html><html><head>"]),
    ("name of a tag that has swallowed a quote", "kept", inside, ['<b"x>y</b"x>', '<foclass="a">', "<b--!>x"]),
    ("end of the document by the thousand", "kept|record", between, ["</html>" * 3_000, "</html><p>x" * 3_000]),
    ("raw text never closed, between blocks", "record|no_text", between, ["<plaintext>", "<div><xmp>"]),
    ("sample page broken at random", "record|no_text|not_html", _broken, [str(n) for n in range(16)]),
]  # fmt: skip

SIZES: Table = [
    ("attribute of five megabytes", "kept|timeout|memory", before,
        _heaps(("<div title='" + "x " * 2_500_000 + "'></div>", 1))),
    ("four thousand attributes", "kept", before, ["<div " + " ".join(f"a{n}=1" for n in range(4_000)) + "></div>"]),
    ("thirty-two thousand attributes", "kept|timeout slow", before,
        [lambda: "<i " + " ".join(f"a{n}" for n in range(32_000)) + "></i>"]),
    ("one attribute ten thousand times", "kept", before, ["<div " + "class=a " * 10_000 + "></div>"]),
    ("names of attributes nobody would choose", "kept", before,
        ["<i <= =x ⚡ xml:lang=\x01 xmlns:=x a:b:c=1 {x}=y></i>", "<i xmlns='x' xmlns:a='\x0b'></i>"]),
    ("class and style of a megabyte", "kept", whole,
        [lambda: _wrapped(f"<div class='{'a1 ' * 300_000}' style='{'a:b;' * 250_000}'>")]),
    ("eleven megabytes of script", "kept", before, _heaps(("<script>" + "var a=1;" * 1_400_000 + "</script>", 1))),
    ("picture of eleven megabytes in its address", "kept", before,
        [lambda: f'<img src="data:image/png;base64,{"QUJD" * 2_800_000}">']),
    ("page above the cap", "too_large", whole, [lambda: page(before="<!--" + "x" * 17_000_000 + "-->")]),
    ("page just below the cap", "kept|timeout|memory slow", whole,
        [lambda: page(before="<!--" + "x" * (16 * 1024**2 - 2_000) + "-->")]),
    ("twenty thousand paragraphs", "record|timeout slow", whole, [lambda: page("<p>Yes, it did.</p>" * 20_000)]),
    ("fifty thousand line breaks", "record|timeout slow", whole,
        [lambda: page(SENTENCES[0] + "<br>" * 50_000 + SENTENCES[1])]),
    ("fifteen thousand cells", "record|timeout slow", whole,
        [lambda: page(f"<table>{'<tr><td>1<td>2<td>3' * 5_000}</table>{PARAGRAPHS}")]),
    ("ten thousand links", "kept|record|timeout slow", behind, [lambda: '<a href="/a">Alder</a> ' * 10_000]),
    ("thirty thousand empty blocks", "kept|timeout slow", before, _heaps(("<div></div>", 30_000), ("<span></span>",
        30_000))),
    ("ten thousand empty inline tags in a sentence", "kept", inside, ["<b></b>" * 10_000, "<wbr>" * 10_000]),
    ("paragraph of five megabytes without a space", "record|timeout|memory slow", whole,
        [lambda: page(f"<p>{'x' * 5_000_000}</p>")]),
    ("paragraph of a megabyte of words", "record|timeout", whole,
        [lambda: page(f"<p>{'the ferry left late, ' * 50_000}</p>")]),
    ("megabyte of spaces", "kept|timeout", inside, _heaps((" ", 1_000_000), ("\n", 1_000_000))),
    ("spans that overflow", "kept", behind,
        [f"<table><tr><td colspan={n} rowspan={n}>wide</td><td>x</td></tr></table>" for n in ("9000000000000000",
        "-1", "NaN", "1e9", "0x7fffffff", "'9'*9")]),
    ("row of three thousand cells", "kept", behind, ["<table><tr>" + "<td>1" * 3_000 + "</table>"]),
    ("listing of twenty thousand lines", "kept|timeout", behind,
        [lambda: f"<pre>{'int main() ;' + chr(10)}" * 1 + "x = 1\n" * 20_000 + "</pre>"]),
    ("list of five thousand items", "kept|record|timeout", behind, ["<ul>" + "<li>Alder" * 5_000 + "</ul>"]),
    ("same paragraph five thousand times", "record|timeout", whole, [lambda: page(f"<p>{SENTENCES[0]}</p>" * 5_000)]),
    ("article hidden from the eye", "record|no_text", whole, [_wrapped(f"<div {how}>", "</div>") for how in ("hidden",
        'style="display:none"', 'aria-hidden="true"')]),
    ("article in what looks like a comment section", "record|no_text", whole,
        [_wrapped(f"<div class='{name}' id='{name}'>", "</div>") for name in ("comments", "footer", "sidebar",
        "cookie")]),
    ("language of a page nobody could know", "kept", at_start, [f'<html lang="{name}">' for name in ("", "\0", "😀",
        "x" * 100_000, "en\n\n", "-_-", "tlh-Piqd-x-y")]),
    ("attributes of the start tag by the hundred", "kept", at_start,
        ["<html " + " ".join(f"data-{n}='<>'" for n in range(300)) + " ⚡4ads>"]),
    ("base address nobody could resolve", "kept", in_head, [f'<base href="{url}">' for url in ("javascript:alert(1)",
        "http://[", "//", "\0", "data:,x")]),
    ("refresh that leads away", "kept", in_head, ['<meta http-equiv=refresh content="0; url=file:///etc/passwd">',
        '<meta http-equiv=refresh content="0;URL=\'javascript:x\'">']),
]  # fmt: skip


def inputs() -> list[Hostile]:
    return [*listed(NESTING), *listed(BROKEN), *listed(FROM_A_FUZZER), *listed(SIZES)]
