"""Names that content management systems, schema.org and addresses use, grouped by what they are signs of.

What each group says of a page's kind is learned, not written here: see cleaners/page_kind.py.
"""


def _groups(groups: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words.split()) for name, words in groups.items()}


def _by_word(groups: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """The group of each word, written small or as in `productCard`."""
    return {form: name for name, words in groups.items() for word in words for form in (word, word.capitalize())}


#: Words of class names.
CLASSES = _groups(
    {
        "post": "post posts message messages reply replies postbody bbp topic topics thread threads discussion",
        "comment": "comment comments commentlist",
        "user": "user users avatar member username poster profile reputation userinfo joined rank badge",
        "vote": "vote votes voting upvote score likes reactions reaction karma solved",
        "forum": "forum forums phpbb vbulletin xenforo discourse bbpress mybb smf ipb ips viewtopic crawler bbcode "
        "topictitle",
        "quote": "quote signature quoted editedby",
        "product": "product products sku variant variants swatch swatches woocommerce item pdp shopify",
        "price": "price prices pricing sale discount money currency amount compare",
        "cart": "cart addtocart atc basket buy qty quantity checkout wishlist stock availability",
        "rating": "rating ratings star stars review reviews",
        "card": "card cards tile tiles grid teaser",
        "list": "list listing listings results result items feed archive loop stream river",
        "filter": "filter filters facet facets sort sorting refine plp",
        "pages": "pagination pager paging paginate infinite loadmore",
        "contents": "toc toctree headerlink anchor anchorjs permalink onthispage",
        "code": "highlight hljs prism codehilite snippet literal token sourcecode code shiki codeblock clipboard",
        "docs": "docs doc docusaurus sphinx rst mdx theme markdown admonition callout vp docutils devsite api edit",
        "hero": "hero banner cta jumbotron",
        "service": "service services testimonial testimonials client clients benefit benefits solution solutions "
        "features feature contact faq faqs partners logos team accordion steps",
        "builder": "elementor wpb vc fl et pb divi wixui sqs webflow w slick swiper carousel",
        "story": "story entry byline author published dateline timestamp headline caption paragraph",
        "share": "share sharing social related recommended tags newsletter",
        "advert": "ad ads advert advertisement sponsored dfp adslot",
    }
)
CLASS_OF = _by_word(CLASSES)

#: Words of the class and the id of <html> and <body>.
BODY = _groups(
    {
        "single": "single node article story post entry",
        "archive": "archive category tag blog list listing search index taxonomy tax section browse",
        "shop": "product collection woocommerce catalog shop store template cart",
        "page": "page home front landing",
        "forum": "forum topic thread bbpress phpbb question discussion discourse",
        "docs": "docs doc documentation wiki mediawiki api",
    }
)
BODY_OF = _by_word(BODY)

#: Types of schema.org and Open Graph, in lower case.
TYPES = _groups(
    {
        "article": "article newsarticle blogposting reportagenewsarticle report analysisnewsarticle blog "
        "opinionnewsarticle liveblogposting review recipe scholarlyarticle",
        "forum": "discussionforumposting qapage question answer forumposting comment socialmediaposting",
        "docs": "techarticle apireference howto learningresource softwaresourcecode",
        "product": "product productgroup offer productmodel softwareapplication videogame book",
        "list": "itemlist collectionpage searchresultspage offercatalog listitem collection",
        "service": "service localbusiness professionalservice faqpage organization homeandconstructionbusiness "
        "aboutpage contactpage profilepage",
        "website": "website webpage",
        "rating": "aggregaterating rating",
        "crumbs": "breadcrumblist",
        "person": "person profile",
    }
)
TYPE_OF = _by_word(TYPES)

#: Words of addresses, in the languages in which addresses are written most.
PLACES = _groups(
    {
        "forum": "forum forums community thread threads topic topics discuss discussion discussions showthread "
        "viewtopic bbs board boards question questions answers comments ask qa post foro foros foren",
        "docs": "docs doc documentation reference api guide guides manual learn tutorial tutorials wiki help "
        "developer developers dev man book dokumentation documentacion hilfe ayuda aide",
        "product": "product products p item itm dp shop store goods app detail produkt produkte produkty producto "
        "productos produit produits prodotto prodotti produto produtos",
        "collection": "collections collection category categories c cat catalog browse department departments "
        "brand brands shop w women men womens mens sale kategorie kategorien kategoria categoria categorie tienda "
        "boutique sklep",
        "listing": "tag tags topics search archive archives list lists jobs news events directory listing index "
        "page best top trending latest internships suche recherche rubrik rubrique",
        "service": "service services solutions solution pricing platform features industries insurance consulting "
        "agency contact about locations company business personal servicios leistungen kontakt contacto",
        "article": "blog article articles news story stories post posts press opinion magazine review reviews "
        "politics world sport sports artikel articulo articolo nachrichten noticias noticia actualites politik",
    }
)

#: Programs that name themselves in <meta name="generator">, by what they are made for.
GENERATORS = _groups(
    {
        "blog": "wordpress blogger ghost",
        "forum": "discourse vbulletin phpbb nodebb flarum",
        "docs": "docusaurus sphinx mkdocs hugo docutils mdbook vitepress gitbook mediawiki antora rustdoc",
        "shop": "woocommerce shopify prestashop magento",
        "builder": "wix elementor webflow squarespace",
    }
)
GENERATOR_OF = _by_word(GENERATORS)
