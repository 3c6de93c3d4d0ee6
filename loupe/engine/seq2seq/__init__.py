"""What tasks share that turn one text into another by an encoder and a decoder.

questions: what may be asked. settings: what decides a decoding. decode: outputs for a batch.
scores: what the model thinks of a given output. cross_attention, words: where it looks. languages:
codes of multilingual tokenizers. texts: between texts and ids. outputs, alignment, recompute: one
output with its scores, where it comes from, and the same numbers by another way. sentences,
batches, documents, pieces, lines: long texts, part by part. references: how near they come to what
somebody else wrote. bits: what makes models with different tokenizers compare. kept: documents that
a reload finds again. progress: how far it is.
"""
