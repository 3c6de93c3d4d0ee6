"""What tasks share that turn one text into another by an encoder and a decoder.

settings: what decides a decoding. decode: outputs for a batch. scores: what the model thinks of a
given output. cross_attention, words: where it looks. languages: codes of multilingual tokenizers.
texts: between texts and ids. outputs, alignment, recompute: one output with its scores, where it
comes from, and the same numbers by another way. sentences, batches, documents: long texts, piece by
piece. progress: how far it is. tables: CSV.
"""
