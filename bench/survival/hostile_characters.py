"""Hostile characters and references in a page, and hostile encodings of it."""

import random

from bench.survival.corpus import SENTENCES, Hostile, Table, glued, in_head, inside, listed, page, whole

SPACES = "\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"

CHARACTERS: Table = [
    ("reference to a control character", "kept", inside, ["&#1;", "&#x1F;", "&#11;", "&#12;", "&#27;[31m", "&#x7f;"]),
    ("reference to NUL", "kept", inside, ["&#0;", "&#x0000;"]),
    ("reference to a noncharacter", "kept", inside, ["&#xFFFE;", "&#x1FFFF;"]),
    ("reference to a surrogate", "kept", inside, ["&#xD800;", "&#57343;", "&#xD83D;&#xDE00;"]),
    ("reference beyond Unicode", "kept", inside, ["&#x110000;", "&#99999999999999999999;"]),
    ("reference of a hundred thousand digits", "kept", inside, ["&#" + "9" * 100_000 + ";", "&#x" + "f" * 100_000]),
    ("reference without its semicolon", "kept", inside, ["&#x1F", "&#8217", "&amp", "&eacute"]),
    ("reference with leading zeros", "kept", inside, ["&#" + "0" * 50_000 + "65;", "&#x000000000001;"]),
    ("reference to a C1 control, windows-1252 meant", "kept", inside, ["&#146;", "&#129;", "&#x96;"]),
    ("reference with nothing in it", "kept", inside, ["&#;", "&#x;", "&;", "&#xZZ;", "&#-1;"]),
    ("entity with a name of 100 kB", "kept", inside, ["&" + "a" * 100_000 + ";"]),
    ("ten thousand references in a row", "kept", inside, ["&#1;" * 10_000, "&amp;" * 10_000, "&#x200b;" * 10_000]),
    ("control character escaped twice", "kept", inside, ["&amp;#1;", "&amp;#11;", "&amp;#0;", "&amp;#x7f;"]),
    ("surrogate escaped twice", "kept", inside, ["&amp;#xD800;", "&amp;amp;#xD800;"]),
    ("line break escaped twice", "kept", inside, ["&amp;#10;", "&amp;#8232;", "&amp;#133;", "&amp;NewLine;"]),
    ("markup escaped twice", "kept", inside, ["&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;"]),
    ("one of the extractor's own marks", "kept", inside, ["\ufdd0", "\ufdd1", "\ufdd2", "&#xFDD1;", "&amp;#xFDD0;"]),
    ("entity of two characters", "kept", inside, ["&NotEqualTilde;", "&fjlig;"]),
    ("raw C0 control", "kept", inside, ["\x01", "\x0b", "\x0c", "\x1b]0;title\x07", "\x1c\x1d\x1e\x1f", "\x7f"]),
    ("raw NUL", "kept", inside, ["\0", "\0\0\0"]),
    ("NUL inside a tag", "kept", inside, ["<b\0>x</b\0>", "<\0b>", '<i a="\0">x</i>']),
    ("raw C1 control", "kept", inside, ["\x80", "\x85", "\x92", "\x9b31m"]),
    ("raw noncharacter", "kept", inside, ["\ufffe\uffff", "\U0001fffe\U0010ffff"]),
    ("lone surrogate in UTF-8", "kept", inside, ["\ud800", "\udfff x", "\ud83d\ud83d"]),
    ("line separator inside a line", "kept", inside, ["\u2028", "\u2029", "\u2028" * 500]),
    ("every Unicode space", "kept", inside, [SPACES, SPACES * 500]),
    ("no-break spaces", "kept", inside, ["\xa0", "\xa0" * 5_000, " \xa0 " * 1_000]),
    ("zero-width characters", "kept", inside, ["\u200b\u200c\u200d\u2060\ufeff", "\u200b" * 20_000]),
    ("soft hyphen in every word", "kept", inside, ["\xad" * 1_000, "wa\xadter\xad"]),
    ("bidirectional override never closed", "kept", inside, ["\u202e", "\u202d\u202e\u202a\u202b"]),
    ("bidirectional isolates by the thousand", "kept", inside, ["\u2066\u2067\u2068" * 1_000]),
    ("combining marks by the thousand", "kept", inside, ["e" + "\u0301\u0316\u0489" * 3_000, "\u0300" * 3_000]),
    ("chain of joined emoji", "kept", inside, ["👩" + "\u200d👧" * 2_000, "🏳️\u200d🌈" * 500]),
    ("lone variation selector", "kept", inside, ["\ufe0f", "\U000e0100" * 100]),
    ("lone regional indicators and skin tones", "kept", inside, ["🇦🇦🇦", "🏽🏿" * 100]),
    ("private use", "kept", inside, ["\ue000\uf8ff", "\U000f0000\U0010fffd"]),
    ("unassigned code points", "kept", inside, ["\u0378\u0e7f\U0001fbfb\U000e0fff"]),
    ("language tag characters", "kept", inside, ["\U000e0001\U000e0065\U000e006e\U000e007f"]),
    ("interlinear annotation", "kept", inside, ["\ufff9a\ufffab\ufffb"]),
    ("letters that cannot be seen", "kept", inside, ["\u3164\u115f\u1160\uffa0", "\u034f\u17b4\u17b5"]),
    ("letters whose folding is longer", "kept", inside, ["İ" * 300, "ßŉǰΐﬃ" * 60, "ſK\u212aÅ"]),
    ("one character that stands for many", "kept", inside, ["ﷺ" * 200, "㍿㋿"]),
    ("decomposed Hangul", "kept", inside, ["\u1112\u1161\u11ab" * 200]),
    ("digits of many scripts", "kept", inside, ["٣४৫๖７𝟠" * 50, "²③Ⅳ½"]),
    ("letters of mathematics for letters", "kept", inside, ["𝕿𝖍𝖊 𝓯𝓮𝓻𝓻𝔂 🅰🆎"]),
    ("look-alike letters of other scripts", "kept", inside, ["Тhе fеrrу аt Аldеr"]),
    ("replacement characters by the thousand", "kept", inside, ["\ufffd" * 5_000]),
    ("angle brackets of text", "kept", inside, ["<3", "a < b > c", "<<<<<<", "<>", "< p >", "<-", "<=>"]),
    ("ampersands by the thousand", "kept", inside, ["&" * 20_000]),
    ("character between two words and no space", "record", glued, ["\u2028", "\x0b", "\u3000", "\xad", "\u200b",
        "&#11;"]),
]  # fmt: skip


def _bytes(name: str, text: str = "", declared: str = "") -> bytes:
    """The page in an encoding, with nothing declared, or with something else."""
    meta = f'<meta charset="{declared}">' if declared else ""
    article = "".join(f"<p>{line}</p>" for line in (text or " \n".join(SENTENCES)).split("\n"))
    return f"<html><head>{meta}<title>x</title></head><body><article>{article}</article></body></html>".encode(name)


def _with(raw: bytes) -> bytes:
    """The page with bytes between two words."""
    return page().encode().replace(b"old river", b"old " + raw + b" river")


RUSSIAN = "\n".join(["Паром отошёл поздно, потому что до девяти часов над рекой лежал густой туман."] * 8)
JAPANESE = "\n".join(["今朝の渡し船は、川に霧がかかっていたため、九時まで出ることができなかった。"] * 8)
CHINESE = "\n".join(["今天早上渡船晚点了，因为河面上的大雾一直到九点才散去，孩子们都迟到了。"] * 8)
KOREAN = "\n".join(["오늘 아침 나룻배는 강에 안개가 끼어 아홉 시까지 떠나지 못했다고 선장이 말했다."] * 8)
FRENCH = "\n".join(
    ["Le bac est parti en retard ce matin, la brume ayant traîné sur la rivière jusqu'à neuf heures."] * 8
)
CODECS = [
    "rot13",
    "hex",
    "base64",
    "zlib",
    "bz2",
    "idna",
    "punycode",
    "undefined",
    "unicode_escape",
    "raw_unicode_escape",
    "mbcs",
    "utf-7",
]

ENCODINGS: Table = [
    ("UTF-16 with a mark", "kept", whole, [_bytes("utf-16"), b"\xfe\xff" + _bytes("utf-16-be")]),
    ("UTF-16 without a mark", "kept", whole, [_bytes("utf-16-le"), _bytes("utf-16-be")]),
    ("UTF-16 of odd length", "kept", whole, [_bytes("utf-16") + b"\0", _bytes("utf-16-be") + b"<"]),
    ("UTF-32", "kept", whole, [_bytes("utf-32"), _bytes("utf-32-be"), _bytes("utf-32-le")[:-1]]),
    ("UTF-16 declared, and it is UTF-8", "kept", whole, [_bytes("utf-8", "", "utf-16"), _bytes("utf-8", "",
        "utf-32")]),
    ("mark of UTF-16 before UTF-8", "record|no_text|charset_undecodable|not_html", whole,
        [b"\xff\xfe" + _bytes("utf-8")]),
    ("mark of UTF-8 before UTF-16", "kept|record|not_html", whole, [b"\xef\xbb\xbf" + _bytes("utf-16-le")]),
    ("two marks", "kept", whole, [b"\xef\xbb\xbf" * 2 + page().encode(), b"\xff\xfe" * 2 + _bytes("utf-16-le")]),
    ("mark in the middle", "kept", inside, ["\ufeff", "\ufeff" * 100]),
    ("latin-1 declared as UTF-8", "record", whole, [_bytes("latin-1", FRENCH, "utf-8")]),
    ("UTF-8 declared as something else", "record", whole, [_bytes("utf-8", FRENCH, name) for name in ("latin-1",
        "cp1251")]),
    ("Cyrillic undeclared", "record", whole, [_bytes(name, RUSSIAN) for name in ("cp1251", "koi8-r", "cp866",
        "iso8859-5")]),
    ("Cyrillic under a wrong name", "record", whole, [_bytes("cp1251", RUSSIAN, "latin-1"), _bytes("koi8-r", RUSSIAN,
        "utf-8")]),
    ("Japanese undeclared", "record", whole, [_bytes(name, JAPANESE) for name in ("cp932", "euc_jp")]),
    ("seven-bit Japanese and Chinese", "record", whole, [_bytes("iso2022_jp", JAPANESE), _bytes("hz", CHINESE,
        "hz-gb-2312")]),
    ("seven-bit text cut inside an escape", "record", whole, [_bytes("iso2022_jp", JAPANESE)[:-61]]),
    ("Chinese declared by the narrower name", "record", whole, [_bytes("gb18030", CHINESE, "gb2312"), _bytes("gbk",
        CHINESE)]),
    ("Korean undeclared", "record", whole, [_bytes("cp949", KOREAN), _bytes("johab", KOREAN, "johab")]),
    ("multi-byte text cut in half a character", "record", whole, [_bytes("cp932", JAPANESE, "shift_jis")[:330],
        page(f"<p>{RUSSIAN}").encode()[:600]]),
    ("overlong UTF-8", "kept", whole, [_with(b"\xc0\xaf"), _with(b"\xe0\x80\xbc"), _with(b"\xc0\x80")]),
    ("UTF-8 of five and six bytes", "kept", whole, [_with(b"\xf8\x88\x80\x80\x80"),
        _with(b"\xfd\xbf\xbf\xbf\xbf\xbf")]),
    ("surrogate pairs in UTF-8", "kept", whole, [_with(b"\xed\xa0\xbd\xed\xb8\x80")]),
    ("stray bytes in UTF-8", "kept", whole, [_with(b"\x92"), _with(b"\xff"), _with(b"\xe2\x80")]),
    ("windows-1252 and UTF-8 in one page", "kept", whole, [_with(b"caf\xe9 caf\xc3\xa9"),
        _with(b"\x93\xe2\x80\x9c")]),
    ("UTF-8 encoded twice", "kept", whole, [_with("café – naïve".encode().decode("latin-1").encode())]),
    ("UTF-7", "record|no_text", whole, [_bytes("utf-7", "", "utf-7"),
        b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-" * 9]),
    ("EBCDIC", "record|charset_undecodable|not_html|no_text", whole, [_bytes("cp037"), _bytes("cp500", FRENCH)]),
    ("name of no encoding", "kept", whole, [_bytes("utf-8", "", name) for name in ("x-nosuch", "\0", "x-user-defined",
        "utf-8" * 99)]),
    ("name of an encoding of 100 kB", "kept", whole, [_bytes("utf-8", "", "u" * 100_000)]),
    ("name of a codec that is no character encoding", "kept", whole, [_bytes("utf-8", "", name) for name in CODECS]),
    ("declaration behind a megabyte", "record", whole, [_bytes("cp1251", RUSSIAN).replace(b"<head>",
        b"<head><!--" + b"-" * 1_000_000 + b'--><meta charset="windows-1251">')]),
    ("declarations that disagree", "kept", in_head,
        ['<meta charset="big5"><meta charset="cp1251"><meta http-equiv="Content-Type" content="text/html; charset=koi8-r">']),  # noqa: E501

    ("declaration in a comment or a script", "record", whole, [_bytes("cp1251", RUSSIAN).replace(b"<head>",
        b'<head><!-- <meta charset="euc-kr"> --><script>"<meta charset=big5>"</script>')]),
    ("half a declaration", "record|no_text", in_head, ['<meta charset="', "<meta charset='>",
        '<meta http-equiv=content-type content="text/html; charset=">'][1:2]),
    ("all 256 bytes", "kept|record|not_html|charset_undecodable", whole, [_with(bytes(range(256))),
        bytes(range(256)) * 8]),
    ("random bytes", "charset_undecodable|not_html|no_text|record", whole,
        [random.Random(n).randbytes(3_000) for n in range(3)]),
    ("page of high bytes only", "record|charset_undecodable|no_text|not_html", whole,
        [b"<p>" + random.Random(7).randbytes(2_000).translate(bytes(n | 128 for n in range(256)))]),
    ("reversed bits of a page", "record|charset_undecodable|no_text|not_html", whole,
        [bytes(byte ^ 255 for byte in page().encode())]),
]  # fmt: skip


def inputs() -> list[Hostile]:
    return [*listed(CHARACTERS), *listed(ENCODINGS)]
