"""How addresses are found: on a site, in a feed, in a list."""
