"""Suggested partners on the page: a ranked list, a card of evidence for each, and the link that is suggested."""
