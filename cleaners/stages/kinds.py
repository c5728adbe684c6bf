"""Kinds of pages whose content looks like leftovers elsewhere: threads of posts, and recipes."""

import re

from cleaners.document import Document

_LONGEST_LINE = 120  # code points; longer lines are not asked
_LEAST_POSTS = 4
_SHARE_BEFORE = 0.5  # of the characters: where posts begin later, they are readers' comments below an article
_LEAST_AMOUNTS = 3

# What forum software prints about a post or its writer, and below it.
_POST = re.compile(
    r"\W*(?:joined|join date|member since|registered|posts|messages|reputation|rep power|reaction score|location|rank"
    r"|solutions|(?:original )?poster|thread starter|topic author|junior member|senior member|registriert(?: seit)?"
    r"|beiträge|mitglied seit|inscrit(?: le)?|registrado|mensajes|iscritto|messaggi|dołączył\w*|posty"
    r"|сообщени[йя]|регистрация|репутация|注册时间|帖子|积分|登録日|投稿数)\b ?:? ?[#\d\w.,/ -]{0,30}"
    r"|\W*(?:re: .{3,80}|#\d{1,4}|post #?\d+|beitrag #?\d+|сообщение #?\d+|\d{1,3}楼|楼主|沙发)\W*"
    r"|.{0,60}\b(?:said|wrote|asked|answered|replied|posted|schrieb|a écrit|escribió|ha scritto|napisał|писал)"
    r"\w{0,2}:?"
    r"|\W*(?:asked|answered|replied|posted|modified|viewed)\b.{0,60}(?:\d{4}|\d+ \w+ ago|today|yesterday).{0,20}"
    r"|\W*(?:\d+ )?(?:accepted answer|best answer|answers?|solution|beste antwort|antworten|réponses?"
    r"|respuestas?|risposte|ответ\w*|回答|ベストアンサー)\W*(?:\(\d+\)|\d+)?"
    r"|\W*(?:reply|quote|report|permalink|upvote|antworten|zitieren|répondre|citer|responder|rispondi|odpowiedz"
    r"|cytuj|ответить|цитировать|balas|yanıtla|回复|回覆|引用|点赞|举报|返信)\W*(?:\(\d+\)|\d+)?\W*"
    r"|.{0,60}(?:\d{4}[-./年]\d|\d[./]\d{4}|\d:\d\d|\b\d{4}\b|\bago\b|назад|\btemu\b|前|önce).{0,30}",
    re.IGNORECASE,
)
_CODE = re.compile(r"[{}`\\]|\w ?= ?\S|;\s*$|</|<\w+>|\w\(.*\)\s*$|^\s*--\w|\[-")
_AMOUNT = re.compile(
    r"\W*(?:\d+(?:[.,/]\d+)?|[½¼¾⅓⅔])(?: ?[-–] ?\d+)? ?(?:[½¼¾⅓⅔] )?"
    r"(?:g|kg|mg|ml|cl|dl|l|oz|lbs?|cups?|tbsp|tsp|tablespoons?|teaspoons?|pinch(?:es)?|cloves?|slices?|cans?"
    r"|el|tl|prisen?|stück|becher|zehen?|cuill\w*|c\. ?à|gousses?|pincées?|cucharad\w*|tazas?|dientes"
    r"|cucchia\w*|bicchier\w*|szklank\w*|łyż\w*|ст\. ?л|ч\. ?л|стакан\w*|г|кг|мл|克|毫升|杯|大さじ|小さじ)\b"
    r"\.?\s?.{0,60}",
    re.IGNORECASE,
)


def is_thread(document: Document) -> bool:
    """A forum, or questions with answers: there the posts are the content, and "Reply" stands below each.

    So is a page that is mostly readers' comments: better left alone.
    """
    half = _SHARE_BEFORE * sum(len(block.text) for block in document.blocks)
    before = found = 0
    for block in document.blocks:
        if block.text and len(block.text) <= _LONGEST_LINE:
            found += _POST.fullmatch(block.text) is not None
        if found >= _LEAST_POSTS:
            return True
        before += len(block.text)
        if before > half:
            break
    return False


def looks_like_code(text: str) -> bool:
    """A line of code or markup, in already-extracted text that no longer marks it as such.

    >>> looks_like_code("const [state, setState] = useState(0)"), looks_like_code("Home > News > Sport")
    (True, False)
    """
    return _CODE.search(text) is not None


def is_recipe(document: Document) -> bool:
    """Amounts of ingredients, a line each."""
    lines = (block.text for block in document.blocks if 0 < len(block.text) <= _LONGEST_LINE)
    return sum(_AMOUNT.fullmatch(line) is not None for line in lines) >= _LEAST_AMOUNTS
