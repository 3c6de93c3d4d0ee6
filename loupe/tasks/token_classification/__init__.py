"""Token classification: which words of a text name what."""
