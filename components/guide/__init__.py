"""The page Guide: what such models are, in plain words, each claim with what shows it.

claims: what a claim is, and how one is drawn. chapters: one file a question. evidence: figures
drawn by the models of this machine while the page is open.
"""
